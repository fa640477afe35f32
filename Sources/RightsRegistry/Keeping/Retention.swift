public import CivilTime

/// For how long cases are kept once they are closed, by right and outcome, and the identifiers of objections once they have ended:
/// the institution's to set.
public struct Retention: Sendable, Hashable {
    /// Days after closing, where nothing else is said.
    public let days: Int
    /// Days for which the ledger keeps the identifiers of an objection that has ended, once every database has confirmed that.
    public let ledgerDays: Int
    private let byRight: [Right: [RequestOutcome: Int]]

    /// The shortest that makes sense: whoever was answered is told within days, and may answer.
    public static let shortest = 30

    public init(days: Int = 1096, ledgerDays: Int = 365, byRight: [Right: [RequestOutcome: Int]] = [:]) {
        self.days = days
        self.ledgerDays = ledgerDays
        self.byRight = byRight
    }

    /// For a request of that right that came to that outcome.
    public func days(_ right: Right, _ outcome: RequestOutcome) -> Int { byRight[right]?[outcome] ?? days }

    /// The shortest of them all.
    var least: Int { byRight.values.flatMap(\.values).reduce(days, min) }

    /// The days of the request `r`, as SQL: names and numbers of ours alone.
    var sqlDays: String {
        let cases = byRight.flatMap { right, outcomes in
            outcomes.map { "WHEN r.right_kind = '\(right.rawValue)' AND r.outcome = '\($0.rawValue)' THEN \($1)" }
        }
        return cases.isEmpty ? "\(days)" : "CASE \(cases.sorted().joined(separator: " ")) ELSE \(days) END"
    }
}

extension RightsPolicy {
    /// The day on which a case is to be erased; nil while it is open.
    ///
    /// It counts from the last of its closing, of what was decided since, and of what either side wrote since: whoever writes to a
    /// closed case is still being served.
    public func erasedOn(_ timeline: Timeline, right: Right) -> CalendarDate? {
        guard timeline.state == .closed, let outcome = timeline.outcome, let closedAt = timeline.closedAt else {
            return nil
        }
        let written = timeline.events.last { $0.type == .message }?.at
        let since = [closedAt, timeline.decidedAt, written].compactMap { $0 }.max() ?? closedAt
        return since.date(in: zone).adding(days: retention.days(right, outcome))
    }

    /// The same of a case that was erased, whose objection has ended since. In an older database, erased again after a restore, it may
    /// never have been closed: then it counts from the end.
    func outlivedUntil(_ timeline: Timeline, right: Right) -> CalendarDate? {
        if let day = erasedOn(timeline, right: right) { return day }
        guard timeline.outcome == .withdrawn, let endedAt = timeline.decidedAt else { return nil }
        return endedAt.date(in: zone).adding(days: retention.days(right, .withdrawn))
    }
}
