import CivilTime
import HTTPServer
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// Voiding many at once where that takes two, by programs.
    func voidingRoutes(_ console: Console) -> [Route] {
        let path = "/api/v1/operator/voidings"
        return [
            Route(.get, path, access: .personal) { request, _ in
                let proposals = try await console.desk.voidingProposals(for: try await signedIn(request, console))
                return Response.json(ListAnswer.json(proposals.map(\.json), total: proposals.count, next: nil))
            },
            Route(.post, path, access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let (cases, reasons) = try ObjectReader.read(body) { reader in
                    let cases = reader.seenCases("requests")
                    let reasons = reader.string("reasons", maxLength: 5000)
                    guard let cases, let reasons else { return nil as ([SeenCase], String)? }
                    return (cases, reasons)
                }
                try await console.desk.proposeVoiding(cases, reasons: reasons, by: asker)
                let proposals = try await console.desk.voidingProposals(for: asker)
                return Response.json(
                    ListAnswer.json(proposals.map(\.json), total: proposals.count, next: nil), status: .created)
            },
            Route(.post, "\(path)/{id}/confirmation", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                try ObjectReader.read(body) { _ in () }
                let results = try await console.desk.confirmVoiding(
                    try context.parameters.require("id"), by: asker)
                return Response.json(results.json(policy))
            },
            Route(.post, "\(path)/{id}/return", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let note = try ObjectReader.read(body) { $0.string("note", maxLength: 5000) }
                try await console.desk.declineVoiding(
                    try context.parameters.require("id"), note: note, by: asker)
                return Response(status: .noContent)
            },
            Route(.delete, "\(path)/{id}", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                try await console.desk.takeBackVoiding(try context.parameters.require("id"), by: asker)
                return Response(status: .noContent)
            },
        ]
    }
}

extension ObjectReader {
    /// The cases of an act on many: `[{"reference": "R-…", "after"?: 5}, …]`.
    mutating func seenCases(_ name: String) -> [SeenCase]? {
        objects(name) { item in
            let after = item.optionalInt("after", in: 0...1_000_000)
            return item.string("reference", maxLength: 40).map { SeenCase($0, after: after) }
        }
    }
}

extension [BulkResult] {
    /// `{"done": 38, "results": […]}`.
    func json(_ policy: RightsPolicy) -> JSON {
        ["done": .integer(Int64(count(where: \.isDone))), "results": .array(map { $0.json(policy) })]
    }
}

extension VoidingProposal {
    fileprivate var json: JSON {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "count": .integer(Int64(count)),
            "proposer": .string(proposer), "proposedAt": .string(proposedAt.description),
            "examples": .array(examples.map(JSON.string)), "reasons": JSON(reasons),
            "declined": decline.map {
                ["by": .string($0.name), "at": .string($0.at.description), "note": JSON($0.note)]
            } ?? .null,
        ]
    }
}
