import CivilTime
import HTTPServer
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// Refusals that wait for a second person, by programs.
    func proposalRoutes(_ console: Console) -> [Route] {
        let path = "/api/v1/operator/requests/{reference}/proposals"
        return [
            Route(.post, path, access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let reference = try context.parameters.require("reference")
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let act = try OperatorAct(body, today: today)
                try await sayingWhoWasFaster(on: reference, asker, console) {
                    try await console.desk.propose(act, on: reference, by: asker)
                }
                return Response.json(try await caseJSON(reference, asker, console), status: .created)
            },
            Route(.post, "\(path)/{id}/confirmation", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let (reference, id) = try Self.proposal(context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                try ObjectReader.read(body) { _ in () }
                try await sayingWhoWasFaster(on: reference, asker, console) {
                    try await console.desk.confirm(id, on: reference, by: asker)
                }
                return Response.json(try await caseJSON(reference, asker, console), status: .created)
            },
            Route(.post, "\(path)/{id}/return", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let (reference, id) = try Self.proposal(context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let note = try ObjectReader.read(body) { $0.string("note", maxLength: 5000) }
                try await sayingWhoWasFaster(on: reference, asker, console) {
                    try await console.desk.sendBack(id, on: reference, note: note, by: asker)
                }
                return Response.json(try await caseJSON(reference, asker, console))
            },
            Route(.delete, "\(path)/{id}", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let (reference, id) = try Self.proposal(context)
                try await sayingWhoWasFaster(on: reference, asker, console) {
                    try await console.desk.takeBack(id, on: reference, by: asker)
                }
                return Response.json(try await caseJSON(reference, asker, console))
            },
        ]
    }

    /// Does an act on a case for a program. Where somebody else was faster, the 409 says what they did.
    func sayingWhoWasFaster(
        on reference: String, _ asker: Operator, _ console: Console, _ act: () async throws -> Void
    ) async throws {
        do {
            try await act()
        } catch let error as RightsError where error.saysMoved {
            guard let last = try? await console.desk.lastAct(on: reference, for: asker) else { throw error }
            throw Problems.problem(of: error)?.telling(last, policy) ?? error
        }
    }

    private static func proposal(_ context: PortalContext) throws -> (reference: String, id: String) {
        (try context.parameters.require("reference"), try context.parameters.require("id"))
    }

    /// A case as operators' programs see it, with what waits in it.
    func caseJSON(_ reference: String, _ asker: Operator, _ console: Console) async throws -> JSON {
        let view = try await console.desk.request(reference, for: asker)
        let answering = try await console.desk.answering(reference, for: asker)
        var members = view.consoleJSON(policy.targets).object ?? [:]
        members["proposal"] = answering.proposal?.json ?? .null
        members["held"] = answering.held?.json ?? .null
        return .object(members)
    }
}

extension ProblemDetails {
    /// The same, and what happened last, in both languages.
    func telling(_ last: LastAct, _ policy: RightsPolicy) -> ProblemDetails {
        var problem = self
        let halves = (detail ?? "").split(separator: " / ", maxSplits: 1).map(String.init)
        func told(_ place: Int, _ language: Language) -> String {
            let words = last.words(in: language, zone: policy.zone)
            return place < halves.count ? "\(halves[place]) \(words)" : words
        }
        problem.detail = "\(told(0, .fr)) / \(told(1, .en))"
        return problem
    }
}

extension RefusalProposal {
    fileprivate var json: JSON {
        [
            "id": .string(id), "type": .string(type.rawValue), "proposer": .string(proposer),
            "proposedAt": .string(proposedAt.description), "isOutdated": .bool(isOutdated), "act": body ?? .null,
        ]
    }
}

extension HeldAct {
    fileprivate var json: JSON {
        [
            "type": .string(type.rawValue), "operator": .string(operatorName), "goesAt": .string(dueAt.description),
            "files": .integer(Int64(fileCount)),
        ]
    }
}
