import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import Propagation
import RightsRegistry
import StrictJSON

extension Portal {
    /// What custodians' programs fetch and acknowledge. Served by any process: the token opens what waits.
    var feedRoutes: [Route] {
        [
            Route(.get, "/api/v1/feeds/{database}", access: .personal) { request, context in
                try await fetch(request, context)
            },
            Route(.post, "/api/v1/feeds/{database}/acknowledgements", access: .personal) { request, context in
                let feed = try await feed(request, context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let (position, number) = try await feeds.acknowledge(body, of: feed)
                return Response.json(["position": .integer(position), "number": .integer(number)])
            },
        ].map { $0.limited(.feed) } + (taskAnswers.map(taskRoutes) ?? [])
    }

    /// The feed that the path names, opened with `Authorization: Bearer`. Throws `FeedRefusal.unknown`.
    func feed(_ request: Request, _ context: PortalContext) async throws -> Feed {
        let value = request.headers[.authorization] ?? ""
        let token = value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst("bearer ".count)) : nil
        return try await feeds.open(try context.parameters.require("database"), token: token)
    }

    private func fetch(_ request: Request, _ context: PortalContext) async throws -> Response {
        let feed = try await feed(request, context)
        let query = try request.queryFields()
        try query.requireOnly("after", "edition", "limit", "wait")
        let limit = try query.limit()
        let wait = try query.number("wait", in: 0...Self.longestWait) ?? request.preferredWait
        let place = try await feeds.place(of: feed)
        let edition = try query.number("edition", in: 1...(1 << 52)).map(Int64.init) ?? place.edition
        let number = try query.number("after", in: 0...(1 << 52)).map(Int64.init) ?? place.number
        var first = try await feeds.next(of: feed, edition: edition, after: number)
        if first == nil, wait > 0 {
            first = try await feedWaiting.wait(for: feed.database, .seconds(wait)) {
                try await feeds.next(of: feed, edition: edition, after: number)
            }
        }
        guard let first else { return Response(status: .noContent) }
        return stream(first, of: feed, limit: limit, packed: request.prefersGzip)
    }

    /// Batch after batch, each read when the one before it has been taken.
    private func stream(_ first: FeedBatch, of feed: Feed, limit: Int, packed: Bool) -> Response {
        var headers: HTTPFields = [.contentType: "application/x-ndjson", .vary: "Accept-Encoding"]
        if packed { headers[.contentEncoding] = "gzip" }
        let body = ResponseBody { [feeds] writer in
            let gzip = packed ? GzipStream() : nil
            var (next, count, bytes) = (Optional(first), 0, 0)
            while let batch = next {
                var rest = batch.document[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(64 * 1024)
                    rest = rest.dropFirst(piece.count)
                    let buffer = gzip?.pack(piece) ?? ByteBuffer(bytes: piece)
                    if buffer.readableBytes > 0 { try await writer.write(buffer) }
                }
                count += 1
                bytes += batch.document.count
                next = nil
                if count < limit, bytes < Self.longestAnswer {
                    // What can't be had any more ends the answer, which is whole up to here; the next request says why.
                    let following = try? await feeds.next(of: feed, edition: batch.edition, after: batch.number)
                    next = following?.edition == batch.edition ? following : nil
                }
            }
            if let gzip { try await writer.write(gzip.finish()) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// Seconds for which a request may wait for a batch: less than the deadline for the beginning of an answer.
    fileprivate static let longestWait = 55
    /// Bytes after which an answer takes up no further batch.
    private static let longestAnswer = 16 * 1024 * 1024
}

extension Request {
    /// The seconds of `Prefer: wait=N` (RFC 7240), as many as we grant; 0 where it is not asked for.
    fileprivate var preferredWait: Int {
        let preferences = headers[values: HTTPField.Name("Prefer")!].flatMap { $0.lowercased().split(separator: ",") }
        for preference in preferences {
            let parts = preference.split(separator: ";")[0].split(separator: "=").map { $0.filter { $0 != " " } }
            guard parts.count == 2, parts[0] == "wait", let seconds = Int(parts[1]), seconds > 0 else { continue }
            return min(seconds, Portal.longestWait)
        }
        return 0
    }
}

extension FormFields {
    /// A parameter that is a whole number; nil where it is absent. Throws 400 for anything else.
    fileprivate func number(_ name: String, in bounds: ClosedRange<Int>) throws(ProblemDetails) -> Int? {
        guard let text = present(name) else { return nil }
        guard let number = Int(text), bounds.contains(number) else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "\(name) doit être un nombre de \(bounds.lowerBound) à \(bounds.upperBound). / "
                    + "\(name) must be a number from \(bounds.lowerBound) to \(bounds.upperBound).")
        }
        return number
    }
}

extension Problems {
    static func feed(_ refusal: FeedRefusal) -> ProblemDetails {
        switch refusal {
        case .unknown:
            ProblemDetails(
                .unauthorized, code: "feedToken",
                detail: "Joignez le jeton de cette base : Authorization: Bearer JETON. / "
                    + "Send this database’s token: Authorization: Bearer TOKEN.",
                headers: [.wwwAuthenticate: "Bearer"])
        case .future:
            ProblemDetails(
                .conflict, code: "future",
                detail: "Aucun lot n’a ce numéro : cette liste n’est pas la nôtre. Demandez une nouvelle édition. / "
                    + "No batch has this number: this list is not ours. Ask for a new edition.")
        case .acknowledged(let number):
            ProblemDetails(
                .conflict, code: "acknowledged",
                detail: "Les lots jusqu’au n° \(number) ont été confirmés et ne sont plus gardés. Si votre liste "
                    + "ne les a pas, demandez une nouvelle édition. / Batches up to number \(number) were acknowledged and are "
                    + "not kept. If your list lacks them, ask for a new edition.")
        case .otherEdition:
            ProblemDetails(
                .conflict, code: "otherEdition",
                detail: "Cette édition n’existe pas. Demandez une nouvelle édition. / "
                    + "There is no such edition. Ask for a new edition.")
        case .unreadable:
            ProblemDetails(
                .conflict, code: "unreadable",
                detail: "Ce qui attend a été scellé pour un autre jeton. Demandez une nouvelle édition. / "
                    + "What waits was sealed for another token. Ask for a new edition.")
        }
    }

    static func acknowledgement(_ refusal: AcknowledgementRefusal) -> ProblemDetails {
        switch refusal {
        case .otherEdition:
            ProblemDetails(
                .conflict, code: refusal.rawValue,
                detail: "Cette confirmation parle d’une autre édition de la liste, ou d’un autre registre. / "
                    + "This acknowledgement is of another edition of the list, or of another ledger.")
        case .future:
            ProblemDetails(
                .conflict, code: refusal.rawValue,
                detail: "Cette confirmation parle d’un lot qui n’a pas été fait. / "
                    + "This acknowledgement names a batch that was never made.")
        case .wrongPosition:
            ProblemDetails(
                .unprocessableContent, code: refusal.rawValue,
                detail: "Les positions de cette confirmation ne sont pas celles du lot qu’elle nomme. / "
                    + "The positions of this acknowledgement are not those of the batch that it names.")
        case .notLinked:
            ProblemDetails(
                .conflict, code: refusal.rawValue,
                detail: "Cette base n’est plus liée. / This database is not linked any more.")
        }
    }

    static func target(_ error: TargetError) -> ProblemDetails? {
        switch error {
        case .otherDatabase:
            ProblemDetails(
                .unprocessableContent, code: "otherDatabase",
                detail: "Cette confirmation est d’une autre base. / This acknowledgement is of another database.")
        case .otherList:
            ProblemDetails(
                .conflict, code: "otherList",
                detail: "Cette confirmation est d’une autre liste. / This acknowledgement is of another list.")
        default: nil
        }
    }
}
