import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import RightsRegistry
import StrictJSON

extension Portal {
    /// The desk for programs: one act on many requests, colleagues, and the requests of a person.
    func deskAPIRoutes(_ console: Console) -> [Route] {
        [
            Route(.post, "/api/v1/operator/requests/events", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let (cases, act) = try bulk(
                    try JSON(parsing: try await request.jsonBody(in: context).readableBytesView))
                let results = try await console.desk.perform(act, onEach: cases, by: asker)
                return Response.json(results.json(policy))
            },
            Route(.get, "/api/v1/operator/colleagues", access: .personal) { request, _ in
                let colleagues = try await console.desk.colleagues(for: try await signedIn(request, console))
                return Response.json(ListAnswer.json(colleagues.map(\.json), total: colleagues.count, next: nil))
            },
            Route(.put, "/api/v1/operator/colleagues/{name}/absence", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let absence = try ObjectReader.read(body) { Absence(reading: &$0) }
                try await console.desk.setAbsence(
                    absence, of: try context.parameters.require("name"), by: asker)
                return Response(status: .noContent)
            },
            Route(.delete, "/api/v1/operator/colleagues/{name}/absence", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                try await console.desk.setAbsence(nil, of: try context.parameters.require("name"), by: asker)
                return Response(status: .noContent)
            },
            Route(.post, "/api/v1/operator/handovers", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let (from, to, note) = try ObjectReader.read(body) { reader in
                    let from = reader.string("from", maxLength: 40)
                    let to = reader.string("to", maxLength: 40)
                    let note = reader.optionalString("note", maxLength: 2000)
                    guard let from, let to else { return nil as (String, String, String?)? }
                    return (from, to, note)
                }
                let results = try await console.desk.handOver(from: from, to: to, note: note, by: asker)
                return Response.json(results.json(policy))
            },
            Route(.post, "/api/v1/operator/people/search", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let today = today
                let (motive, person) = try ObjectReader.read(body) { reader in
                    let motive = reader.choice("motive", of: OpeningMotive.self)
                    let person = reader.object("person") { SoughtPerson(reading: &$0, today: today) }
                    guard let motive, let person else { return nil as (OpeningMotive, SoughtPerson)? }
                    return (motive, person)
                }
                let (found, hasMore) = try await console.desk.find(person, motive: motive, for: asker)
                return Response.json(["items": .array(found.map(\.json)), "hasMore": .bool(hasMore)])
            },
        ]
    }

    /// The cases and the act of a bulk act: `{"requests": [{"reference": "R-…", "after"?: 5}, …], "act": {…}}`.
    private func bulk(_ body: JSON) throws -> ([SeenCase], OperatorAct) {
        let today = today
        return try ObjectReader.read(body) { reader in
            let cases = reader.seenCases("requests")
            let act = reader.object("act") { OperatorAct(reading: &$0, today: today) }
            guard let cases, let act else { return nil as ([SeenCase], OperatorAct)? }
            return (cases, act)
        }
    }
}

extension Absence {
    /// `{"from": day, "until": day, "deputy"?: name}`.
    fileprivate init?(reading reader: inout ObjectReader) {
        func day(_ name: String) -> CalendarDate? {
            guard let text = reader.string(name, maxLength: 10) else { return nil }
            guard let day = CalendarDate(text) else {
                reader.fail(name, "date")
                return nil
            }
            return day
        }
        let (from, until) = (day("from"), day("until"))
        let deputy = reader.optionalString("deputy", maxLength: 40)
        guard let from, let until else { return nil }
        self.init(from: from, until: until, deputy: deputy)
    }
}

extension BulkResult {
    func json(_ policy: RightsPolicy) -> JSON {
        switch outcome {
        case .done: ["reference": .string(reference), "done": true]
        case .alreadySo: ["reference": .string(reference), "done": false, "alreadySo": true]
        case .refused(let error):
            refusal(
                Problems.problem(of: error).map { problem in
                    meanwhile.map { problem.telling($0, policy) } ?? problem
                })
        case .failed: refusal(nil)
        }
    }

    private func refusal(_ problem: ProblemDetails?) -> JSON {
        [
            "reference": .string(reference), "done": false, "code": .string(problem?.code ?? "failed"),
            "detail": .string(
                problem?.detail ?? "Une panne l’a empêché : recommencez. / A failure prevented it: try again."),
        ]
    }
}

extension Colleague {
    fileprivate var json: JSON {
        [
            "name": .string(name), "role": .string(role.rawValue), "openRequests": .integer(Int64(openCases)),
            "absence": absence.map {
                [
                    "from": .string($0.from.description), "until": .string($0.until.description),
                    "deputy": JSON($0.deputy),
                ]
            } ?? .null,
        ]
    }
}

extension AlikeCase {
    var json: JSON {
        [
            "reference": .string(reference), "right": .string(right.rawValue), "state": .string(state.rawValue),
            "outcome": JSON(outcome?.rawValue), "receivedAt": .string(receivedAt.description),
            "isCertain": .bool(isCertain), "deathRecorded": .bool(isDeathRecorded),
        ]
    }
}
