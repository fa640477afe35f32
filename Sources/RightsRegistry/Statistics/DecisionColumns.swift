import CivilTime
import SQLDatabase

/// The decision of a request as columns hold it, for the desk's figures: a pure function of its events.
struct DecisionColumns: Sendable, Hashable {
    let decidedAt: Instant
    let decidedAs: RequestOutcome
    let isInTime: Bool

    /// The first decision since the request was filed, or last taken up again, or that it was voided after all: a forged filing was
    /// answered to nobody. Nil where there is none.
    init?(_ timeline: Timeline, receivedAt: Instant, _ policy: RightsPolicy) {
        let since = timeline.events.lastIndex { $0.type == .reopened } ?? timeline.events.startIndex
        let events = timeline.events[since...]
        guard
            let place = events.lastIndex(where: { $0.type == .voided })
                ?? events.firstIndex(where: { $0.type.outcome != nil }),
            let outcome = timeline.events[place].type.outcome
        else { return nil }
        decidedAt = timeline.events[place].at
        decidedAs = outcome
        // By the clock that ran until then.
        let clock = policy.clock(of: Timeline(Array(timeline.events[...place])), receivedAt: receivedAt)
        isInTime = decidedAt.date(in: policy.zone) <= clock.due
    }

    /// Keeps what an event has decided, or that nothing is decided any more.
    static func keep(
        after type: EventType, _ timeline: Timeline, of stored: StoredRequest, by operatorName: String?,
        _ policy: RightsPolicy, on connection: any SQLConnection
    ) throws {
        if type == .reopened {
            try connection.execute(
                """
                UPDATE rights_request SET is_desks = 1, decided_at = NULL, decided_by = NULL, decided_as = NULL,
                    decided_in_time = NULL, decided_for = NULL
                WHERE reference = $1
                """, stored.reference)
        } else if type.outcome != nil, stored.timeline.outcome == nil || type == .voided,
            let decision = DecisionColumns(timeline, receivedAt: stored.receivedAt, policy)
        {
            try connection.execute(
                """
                UPDATE rights_request SET decided_at = $1, decided_by = $2, decided_as = $3, decided_in_time = $4,
                    decided_for = $5
                WHERE reference = $6
                """, decision.decidedAt, operatorName, decision.decidedAs.rawValue, decision.isInTime,
                stored.assignee ?? operatorName, stored.reference)
        }
    }

    /// Reads from their events whether some requests that were decided before there were such columns were decided in time;
    /// false where there are none left.
    static func readSome(_ limit: Int, _ policy: RightsPolicy, on connection: any SQLConnection) throws -> Bool {
        let references: [String] = try connection.query(
            """
            SELECT reference FROM rights_request
            WHERE is_desks = 1 AND decided_at IS NOT NULL AND decided_in_time IS NULL ORDER BY reference LIMIT \(limit)
            """
        ).map { try $0["reference"] }
        for reference in references {
            guard let stored = try RequestStore.load(reference, on: connection) else { continue }
            let decision = DecisionColumns(stored.timeline, receivedAt: stored.receivedAt, policy)
            try connection.execute(
                "UPDATE rights_request SET decided_in_time = $1 WHERE reference = $2", decision?.isInTime ?? true,
                reference)
        }
        return !references.isEmpty
    }
}
