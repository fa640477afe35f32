import CivilTime
import Foundation
import HTTPServer
import Hummingbird
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// What changed in the register: one page of it, or all as files.
    var changeRoutes: [Route] {
        [
            Route(.get, "/api/v1/changes", access: .public, handler: listChanges),
            Route(.get, "/api/v1/changes.csv", access: .public) { request, _ in
                try exportChanges(
                    request, type: FileType.csv, file: "changes.csv", header: CSV.header(ChangeTable.columns)
                ) { CSV.line($0, ChangeTable.columns) }
            },
            Route(.get, "/api/v1/changes.jsonl", access: .public) { request, _ in
                try exportChanges(request, type: FileType.jsonLines, file: "changes.jsonl") {
                    "\($0.json(api: Self.api).canonical)\n"
                }
            },
            Route(.get, "/api/v1/changes.csv-metadata.json", access: .public) { request, _ in
                try await cachedJSON(request) {
                    CSV.metadata(
                        of: "changes.csv",
                        title: LocalizedText(fr: "Ce qui a changé au répertoire", en: "What changed in the register")!,
                        ChangeTable.columns, key: ["change"])
                }
            },
        ]
    }

    private func listChanges(_ request: Request, _ context: PortalContext) async throws -> Response {
        let body = try await cache.body(for: request.uri.string, generation: register.generation) {
            let query = try request.queryFields().changeQuery(besides: ["limit", "cursor"], zone: policy.zone)
            let page = try await changeLog.page(query)
            let next = try ListAnswer.next(request, page.nextCursor)
            var members =
                ListAnswer.json(page.items.map { $0.json(api: Self.api) }, total: page.total, next: next).object ?? [:]
            members["latest"] = .integer(register.generation)
            return ListAnswer.body(.object(members), next: next)
        }
        return body.response(to: request)
    }

    /// All of them, oldest first; what changes meanwhile comes at the end.
    private func exportChanges(
        _ request: Request, type: String, file: String, header: String = "",
        _ line: @escaping @Sendable (LoggedChange) -> String
    ) throws -> Response {
        var query = try request.queryFields().changeQuery(zone: policy.zone)
        query.limit = PageLimit(ChangeLog.linesAtOnce) ?? .standard
        return stream(
            request, type: type, file: file, description: "\(Self.api)/changes.csv-metadata.json", header: header
        ) { [changeLog, query] write in
            var query = query
            repeat {
                let page = try await changeLog.page(query)
                try await write(page.items.map(line).joined())
                query.cursor = page.nextCursor
            } while query.cursor != nil
        }
    }
}

extension FormFields {
    /// The changes that a query asks for, one page of them or all.
    fileprivate func changeQuery(
        besides others: [String] = [], zone: TimeZone
    ) throws(ProblemDetails) -> ChangeQuery {
        try requireOnly(["since", "month", "kind", "act"] + others)
        var query = ChangeQuery(limit: try pageLimit(), cursor: present("cursor"))
        query.kinds = try choices("kind", of: RecordKind.self)
        query.act = try choice("act", of: ChangeAct.self)
        if query.act == .typography {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "act ne peut pas être typography : prenez changed. / act can't be typography: take changed.")
        }
        try readTime(into: &query, zone: zone)
        return query
    }

    /// `month`, or `since`: a change's number, a day or an instant.
    fileprivate func readTime(into query: inout ChangeQuery, zone: TimeZone) throws(ProblemDetails) {
        if let text = present("month") {
            guard let days = CalendarMonth(text)?.days(zone) else {
                throw ProblemDetails(
                    .badRequest, code: "badParameter",
                    detail: "month doit être un mois AAAA-MM. / month must be a month YYYY-MM.")
            }
            (query.from, query.until) = (days.start, days.end)
        }
        guard let text = present("since") else { return }
        guard query.from == nil else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "since et month ne vont pas ensemble. / since and month can't be given together.")
        }
        if let number = Int64(text), number >= 0 {
            query.since = number
        } else if let day = CalendarDate(text) {
            query.from = day.start(in: zone)
        } else if let moment = Instant(text) {
            query.from = moment
        } else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "since doit être le numéro d’un changement, une date AAAA-MM-JJ ou un instant RFC 3339 en UTC."
                    + " / since must be the number of a change, a date YYYY-MM-DD or an RFC 3339 instant in UTC.")
        }
    }
}
