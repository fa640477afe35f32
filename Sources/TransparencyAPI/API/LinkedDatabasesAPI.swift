public import CivilTime
import HTTPServer
import Hummingbird
import PublicRegistry
public import RightsRegistry
import SQLDatabase
public import StrictJSON

extension Portal {
    /// The linked databases as the public may see them.
    var linkedDatabaseRoutes: [Route] {
        [
            Route(.get, "/api/v1/databases", access: .public) { _, _ in
                let (standings, moment) = (try await linkedStandings(), now())
                let delays = try await delayMeter.delays()
                let items = standings.map { standing in
                    standing.publicJSON(
                        targetHours: policy.targets.hours(of: standing.linked), at: moment,
                        delay: delays.byDatabase[standing.linked.id])
                }
                return Response.json(ListAnswer.json(items, total: items.count, next: nil))
            }
        ]
    }

    /// Every linked database.
    func linkedDatabases() async throws -> [LinkedDatabase] {
        try await database.read { try LinkedDatabaseStore.linked(on: $0) }
    }

    /// How every linked database stands.
    func linkedStandings() async throws -> [DatabaseStanding] {
        try await database.read { try DatabaseStandingStore.linked(on: $0) }
    }
}

extension DatabaseStanding {
    /// Name, by what it knows people, position, lag, last confirmation, target and delay: never how it is reached.
    func publicJSON(targetHours: Int, at now: Instant, delay: DelayFigures?) -> JSON {
        [
            "id": .string(linked.id), "name": linked.name?.json ?? .null,
            "datasets": .array(linked.datasets.map(JSON.string)), "state": .string(linked.state.rawValue),
            "matchesOn": .string(linked.matching.rawValue),
            "position": .integer(linked.position), "lag": .integer(lag),
            "lastConfirmedAt": JSON(linked.confirmedAt?.description), "targetHours": .integer(Int64(targetHours)),
            "isLate": .bool(isLate(after: targetHours, at: now)), "delay": delay?.json ?? .null,
        ]
    }

    /// The same with what operators need to mend it.
    public func consoleJSON(targetHours: Int, at now: Instant) -> JSON {
        var members = publicJSON(targetHours: targetHours, at: now, delay: nil).object ?? [:]
        members["delay"] = nil
        members["unconfirmedSince"] = JSON(waitingSince?.description)
        members["exceptions"] = .integer(Int64(exceptions))
        members["waitingChanges"] = mailbox.map { .integer(Int64($0.changes)) } ?? 0
        members["waitingSince"] = JSON(mailbox?.since?.description)
        members["keys"] = .array(
            keys.map { generation in
                [
                    "generation": .integer(Int64(generation.number)), "state": .string(generation.state.rawValue),
                    "since": .string(generation.since.description), "confirmed": .integer(generation.confirmed),
                    "bound": .integer(generation.bound), "calledOffAt": JSON(generation.calledOffAt?.description),
                ]
            })
        members["connector"] = .string(linked.connector)
        members["failure"] = JSON(linked.failure)
        members["failingSince"] = JSON(linked.failingSince?.description)
        members["tries"] = .integer(Int64(linked.tries))
        members["nextTryAt"] = JSON(linked.nextTryAt?.description)
        members["isTriedSeldom"] = .bool(linked.isTriedSeldom)
        return .object(members)
    }
}

extension DelayFigures {
    var json: JSON {
        [
            // Choices are people's: see `ToldCount`.
            "cases": .integer(Int64(ToldCount(ofMany: cases).atLeast)),
            "firstQuartileSeconds": .integer(Int64(firstQuartile)), "medianSeconds": .integer(Int64(median)),
            "thirdQuartileSeconds": .integer(Int64(thirdQuartile)),
            "percentile95Seconds": .integer(Int64(percentile95)),
        ]
    }
}
