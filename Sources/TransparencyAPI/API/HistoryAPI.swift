import CivilTime
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// The register's history: versions, how they differ, what changed, and all of it as one file.
    var historyRoutes: [Route] {
        recordHistoryRoutes(.project) + recordHistoryRoutes(.dataset) + [
            Route(.get, "/api/v1/history.jsonl", access: .public, handler: exportHistory)
        ] + changeRoutes
    }

    var history: RegisterHistory { RegisterHistory(database: database) }
    var changeLog: ChangeLog { ChangeLog(database: database) }

    private func recordHistoryRoutes(_ kind: RecordKind) -> [Route] {
        let record = "/api/v1/\(kind.collection)/{reference}"
        return [
            Route(.get, "\(record)/versions", access: .public) { request, context in
                let reference = try context.parameters.require("reference")
                return try await cachedJSON(request) {
                    guard let chronicle = try await history.chronicle(reference, kind) else {
                        throw ProblemDetails.notFound
                    }
                    let path = "\(Self.api)/\(kind.collection)/\(reference)"
                    return ListAnswer.json(
                        chronicle.versions.map { $0.json(record: path) }, total: chronicle.versions.count, next: nil)
                }
            },
            Route(.get, "\(record)/versions/{n}", access: .public) { request, context in
                let reference = try context.parameters.require("reference")
                guard let n = Int(try context.parameters.require("n")) else { throw ProblemDetails.notFound }
                return try await cachedJSON(request) { try await versionJSON(reference, kind, n) }
            },
            Route(.get, "\(record)/differences", access: .public) { request, context in
                try await showDifferences(request, try context.parameters.require("reference"), kind)
            },
        ]
    }

    private func versionJSON(_ reference: String, _ kind: RecordKind, _ n: Int) async throws -> JSON {
        if kind == .project, let record = try await projects.version(reference, n: n) {
            return record.json(api: Self.api)
        }
        if let version = try await history.version(reference, kind, n: n) { return version.json(api: Self.api) }
        let known = try await history.chronicle(reference, kind)?.versions.first { $0.n == n }
        throw known == nil ? ProblemDetails.notFound : Self.withheld
    }

    private func showDifferences(_ request: Request, _ reference: String, _ kind: RecordKind) async throws -> Response {
        let fields = try request.queryFields()
        try fields.requireOnly("from", "to", "raw")
        let isRaw = try fields.choice("raw", of: Truth.self) == .true
        let (from, to) = (try fields.versionNumber("from"), try fields.versionNumber("to"))
        if let from, let to, from > to {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "from ne doit pas dépasser to. / from must not be greater than to.")
        }
        return try await cachedJSON(request, key: "?\(from ?? 0)..\(to ?? 0)\(isRaw ? "!" : "")") {
            guard let chronicle = try await history.chronicle(reference, kind) else { throw ProblemDetails.notFound }
            let last = to ?? chronicle.versions.first?.n ?? 1
            let first = from ?? max(1, last - 1)
            return try await difference(chronicle, first, last, isRaw: isRaw).json(api: Self.api)
        }
    }

    /// Throws 404 where one of the versions is not there, 410 where it must not be shown.
    func difference(
        _ chronicle: RecordChronicle, _ from: Int, _ to: Int, isRaw: Bool
    ) async throws -> VersionDifference {
        let ends = chronicle.versions.filter { $0.n == from || $0.n == to }
        guard from <= to, ends.count == Set([from, to]).count else { throw ProblemDetails.notFound }
        guard !ends.contains(where: \.isWithheld),
            let difference = try await history.difference(
                chronicle.reference, chronicle.kind, from: from, to: to, isRaw: isRaw)
        else { throw Self.withheld }
        return difference
    }

    /// What the address of a record tells that is not in the register: 200 with its last content, 410 where that is
    /// withheld, 404 where there never was one.
    func tombstoneJSON(_ reference: String, _ kind: RecordKind) async throws -> JSON {
        guard let tombstone = try await history.tombstone(reference, kind) else { throw ProblemDetails.notFound }
        guard tombstone.content != nil else { throw Self.gone(tombstone.removal) }
        return tombstone.json(api: Self.api)
    }

    /// 410 for a record that left the register with its content.
    static func gone(_ removal: Removal) -> ProblemDetails {
        ProblemDetails(
            .gone, code: "removed",
            detail: "Retiré du répertoire le \(removal.removedAt) : \(removal.reason.frenchFirst)"
                + " / Removed from the register on \(removal.removedAt): \(removal.reason.englishFirst)")
    }

    /// 410 for a version whose content must not be shown.
    static let withheld = ProblemDetails(
        .gone, code: "contentWithheld",
        detail: "Le contenu de cette version n’est plus public. / The content of this version is no longer public.")

    // MARK: Whole

    /// Every public version, one a line, as of the change that this process knows. Lines are read when those before them
    /// have been taken: memory does not grow with the history.
    private func exportHistory(_ request: Request, _ context: PortalContext) async throws -> Response {
        try request.queryFields().requireOnly([])
        let (last, isPacked) = (register.generation, request.prefersGzip)
        var headers: HTTPFields = [
            .contentType: "application/jsonl; charset=utf-8", .vary: "Accept-Encoding",
            .cacheControl: CacheControl.register,
            .contentDisposition: "attachment; filename=\"history-\(today).jsonl\"",
        ]
        headers[.eTag] = "\"history-\(last)\(isPacked ? "-gz" : "")\""
        if let condition = request.headers[.ifNoneMatch], condition == headers[.eTag] {
            return Response(status: .notModified, headers: headers)
        }
        if isPacked { headers[.contentEncoding] = "gzip" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [changeLog] writer in
                let gzip = isPacked ? GzipStream() : nil
                var after: Int64 = 0
                while let part = try await changeLog.lines(after: after, through: last) {
                    after = part.last
                    let text = part.lines.joined()
                    let buffer = gzip?.pack(text.utf8) ?? ByteBuffer(string: text)
                    if buffer.readableBytes > 0 { try await writer.write(buffer) }
                }
                if let gzip { try await writer.write(gzip.finish()) }
                try await writer.finish(nil)
            })
    }
}

/// A parameter that is on or off.
enum Truth: String, CaseIterable {
    case `true`, `false`
}

extension FormFields {
    /// The ordinal of a version. Throws 400 for what can't be one.
    fileprivate func versionNumber(_ name: String) throws(ProblemDetails) -> Int? {
        guard let text = present(name) else { return nil }
        guard let n = Int(text), n >= 1, n <= Int(Int32.max) else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "\(name) doit être le numéro d’une version, à partir de 1."
                    + " / \(name) must be the number of a version, from 1 on.")
        }
        return n
    }
}
