import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

extension Portal {
    /// The operators' half of the API. Each route asks the desk, which asks the role.
    func operatorRoutes(_ console: Console) -> [Route] {
        [
            Route(.post, "/api/v1/operator/session", access: .personal) { request, context in
                try await signIn(request, context, console)
            }.limited(.operatorSignIn),
            Route(.delete, "/api/v1/operator/session", access: .personal) { request, _ in
                guard let asker = try await whoeverSignedIn(request, console) else { throw Self.signInNeeded }
                if let token = request.cookie(OperatorCookie.name) {
                    try await console.sessions.signOut(token, of: asker)
                }
                var response = Response(
                    status: .noContent, headers: [HTTPField.Name("Clear-Site-Data")!: "\"cookies\", \"storage\""])
                response.set(OperatorCookie.cleared)
                return response
            },
            Route(.get, "/api/v1/operator/requests", access: .personal) { request, _ in
                try await queue(request, console)
            },
            Route(.get, "/api/v1/operator/requests/{reference}", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let reference = try context.parameters.require("reference")
                return Response.json(try await caseJSON(reference, asker, console))
            },
            Route(.post, "/api/v1/operator/requests/{reference}/identity", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let motive = try ObjectReader.read(body) {
                    Optional.some($0.optionalChoice("motive", of: OpeningMotive.self))
                }
                let identity = try await console.desk.openIdentity(
                    try context.parameters.require("reference"), motive: motive, for: asker)
                return Response.json(identity)
            },
            Route(
                .post, "/api/v1/operator/requests/{reference}/events", access: .personal, bodyLimit: longestUpload
            ) { request, context in
                let asker = try await signedIn(request, console)
                let reference = try context.parameters.require("reference")
                try await actWithFiles(request, context) { act, files in
                    try await sayingWhoWasFaster(on: reference, asker, console) {
                        try await console.desk.perform(act, on: reference, by: asker, files: files)
                    }
                }
                return Response.json(try await caseJSON(reference, asker, console), status: .created)
            },
            Route(.get, "/api/v1/operator/outbox", access: .personal) { request, _ in
                Response.json(try await console.desk.outbox(for: try await signedIn(request, console)).json)
            },
            Route(.get, "/api/v1/operator/databases", access: .personal) { request, _ in
                try await console.desk.demand(
                    .readDatabases, of: try await signedIn(request, console), asking: "databases")
                let (standings, moment) = (try await linkedStandings(), now())
                let items = standings.map {
                    $0.consoleJSON(targetHours: policy.targets.hours(of: $0.linked), at: moment)
                }
                return Response.json(ListAnswer.json(items, total: items.count, next: nil))
            },
        ] + deskAPIRoutes(console) + operatorFileRoutes(console) + auditorRoutes(console)
            + reconciliationRoutes(console) + proposalRoutes(console) + voidingRoutes(console) + templateRoutes(console)
    }

    private func signIn(_ request: Request, _ context: PortalContext, _ console: Console) async throws -> Response {
        let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
        let (name, password, code) = try ObjectReader.read(body) { reader in
            let name = reader.string("name", maxLength: 100)
            let password = reader.string("password", maxLength: 1000)
            let code = reader.string("otp", maxLength: 20)
            guard let name, let password, let code else { return nil as (String, String, String)? }
            return (name, password, code)
        }
        let session = try await console.sessions.signIn(
            name: name, password: password, code: code, address: context.remoteAddress?.ipAddress ?? "")
        var response = Response.json(
            ["name": .string(session.signedIn.name), "role": .string(session.signedIn.role.rawValue)], status: .created)
        response.set(OperatorCookie.carrying(session.token, of: console.sessions))
        return response
    }

    private func queue(_ request: Request, _ console: Console) async throws -> Response {
        let asker = try await signedIn(request, console)
        let fields = try request.queryFields()
        try fields.requireOnly("state", "right", "due", "assignee", "awaits", "q", "limit", "cursor")
        var query = QueueQuery(limit: try fields.limit())
        query.state = try fields.choice("state", of: RequestState.self)
        query.right = try fields.choice("right", of: Right.self)
        if let due = fields.present("due") {
            guard let date = CalendarDate(due) else {
                throw ProblemDetails(
                    .badRequest, code: "badParameter",
                    detail: "due doit être une date AAAA-MM-JJ. / due must be a date YYYY-MM-DD.")
            }
            query.dueBy = date
        }
        query.assignees = [fields.present("assignee")].compactMap { $0 }
        switch try fields.choice("awaits", of: QueueAwaits.self) {
        case .confirmation: query.awaitsConfirmation = true
        case .closing: query.isLost = true
        case nil: break
        }
        query.reference = fields.present("q")
        if let cursor = fields.present("cursor") { query.after = try QueueCursor.decode(cursor) }
        let (items, total, hasMore) = try await console.desk.queue(query, for: asker)
        let next = try ListAnswer.next(request, hasMore ? items.last.map { QueueCursor.encode($0) } : nil)
        return Response.json(ListAnswer.json(items.map { $0.json }, total: total, next: next))
    }
}

/// What a request of the queue may wait for.
private enum QueueAwaits: String, CaseIterable {
    /// A second person, for a refusal.
    case confirmation
    /// Being closed, since nobody can read it any more.
    case closing
}

extension QueueItem {
    fileprivate var json: JSON {
        [
            "reference": .string(reference), "right": .string(right.rawValue), "state": .string(state.rawValue),
            "outcome": JSON(outcome?.rawValue), "receivedAt": .string(receivedAt.description),
            "dueOn": .string(dueOn.description), "assignee": JSON(assignee),
            "awaitsReply": .bool(awaitsReply), "deathDoubted": .bool(isDeathDoubted),
        ]
    }
}

/// Where a page of the queue ended.
enum QueueCursor {
    static func encode(_ item: QueueItem) -> String {
        Base64URL.encode(Array("\(item.dueOn)|\(item.receivedAt.milliseconds)|\(item.reference)".utf8))
    }

    /// Throws `CursorError`'s answer for anything that `encode` did not make.
    static func decode(_ text: String) throws -> QueuePlace {
        let parts = Base64URL.decode(text).map { String(decoding: $0, as: UTF8.self).split(separator: "|") } ?? []
        guard parts.count == 3, let dueOn = CalendarDate(parts[0]), let received = Int64(parts[1]),
            let reference = RequestReference(entered: parts[2])
        else { throw CursorError.malformed }
        return QueuePlace(
            dueOn: dueOn, receivedAt: Instant(milliseconds: received), reference: reference.description)
    }
}
