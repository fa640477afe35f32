public import CivilTime
import SQLDatabase

/// What the queue is asked for.
public struct QueueQuery: Sendable {
    public var state: RequestState?
    public var right: Right?
    /// Only those due on this day or before.
    public var dueBy: CalendarDate?
    /// Only those whose clock runs and whose day to warn of, the earlier of the two due dates, is this day or before.
    public var alertBy: CalendarDate?
    /// An operator's name.
    public var assignee: String?
    /// Only those that nobody has taken.
    public var isUnassigned = false
    /// Only those that an operator has something to do about: undecided, written to without an answer since, or promised
    /// something that no database does by itself.
    public var needsOperator = false
    /// Only those that wait for a decision.
    public var isUndecided = false
    /// A reference, or its beginning.
    public var reference: String?
    /// 1 to 1000.
    public var limit: Int
    /// The due date and reference of the last request of the page before.
    public var after: (dueOn: CalendarDate, reference: String)?

    public init(limit: Int = 20) { self.limit = limit }
}

/// One request in the queue.
public struct QueueItem: Sendable {
    public let reference: String
    public let right: Right
    public let state: RequestState
    public let outcome: RequestOutcome?
    public let receivedAt: Instant
    public let dueOn: CalendarDate
    /// The day to warn of; nil while the clock stands, and once there is nothing left to decide.
    public let alertOn: CalendarDate?
    public let assignee: String?
    /// Whether the citizen has written something that nobody has answered yet.
    public let awaitsReply: Bool
}

extension OperatorDesk {
    /// What makes its way by itself, as an objection that was granted at once, is for nobody to look at.
    private static let needsOperator = """
        (outcome IS NULL OR awaits_reply = 1
            OR (state <> 'closed' AND (
                right_kind NOT IN ('objection', 'objectionWithdrawal')
                OR objection IN (SELECT objection FROM controller_task WHERE answered_at IS NULL)
                OR objection IN (
                    SELECT x.objection FROM delivery_exception x
                    WHERE x.resolved_at IS NULL AND NOT \(ImpossibilityStore.stands("x.objection", in: "x.linked_database")))
                OR objection IN (
                    SELECT objection FROM ledger_entry WHERE effect = 'register' AND identifier_count = 0)
                OR (EXISTS (
                    SELECT 1 FROM linked_database
                    WHERE matches_on = 'insTraits' AND state NOT IN ('removed', 'pending'))
                    AND EXISTS (
                        SELECT 1 FROM ledger_entry e
                        WHERE e.objection = rights_request.objection AND e.effect = 'register' AND e.trait_count = 0)))))
        """

    /// The requests of the queue, those due first first, and how many there are in all.
    public func queue(
        _ query: QueueQuery, for signedIn: Operator
    ) async throws -> (items: [QueueItem], total: Int, hasMore: Bool) {
        try require(.readRequests, of: signedIn)
        var conditions: [String] = []
        var parameters: [any SQLConvertible] = []
        func add(_ condition: (String) -> String, _ value: any SQLConvertible) {
            parameters.append(value)
            conditions.append(condition("$\(parameters.count)"))
        }
        if let state = query.state { add({ "state = \($0)" }, state.rawValue) }
        if let right = query.right { add({ "right_kind = \($0)" }, right.rawValue) }
        if let dueBy = query.dueBy { add({ "due_on <= \($0)" }, dueBy) }
        if let alertBy = query.alertBy { add({ "alert_on <= \($0)" }, alertBy) }
        if let assignee = query.assignee { add({ "assignee = \($0)" }, assignee) }
        if query.isUnassigned { conditions.append("assignee IS NULL") }
        if query.needsOperator { conditions.append(Self.needsOperator) }
        if query.isUndecided { conditions.append("outcome IS NULL") }
        if let reference = query.reference {
            // A reference's characters are letters, digits and hyphens; anything else can match nothing.
            let prefix = reference.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            add({ "reference LIKE \($0)" }, prefix.isEmpty ? "" : prefix + "%")
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let filterParameters = parameters
        if let after = query.after {
            parameters.append(after.dueOn)
            parameters.append(after.reference)
            conditions.append("(due_on, reference) > ($\(parameters.count - 1), $\(parameters.count))")
        }
        let page = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let pageParameters = parameters
        let limit = query.limit
        return try await database.read { connection in
            let total: Int =
                try connection.query(
                    "SELECT count(*) AS n FROM rights_request \(filter)", parameters: filterParameters
                ).first?["n"] ?? 0
            let rows = try connection.query(
                """
                SELECT reference, right_kind, state, outcome, received_at, due_on, alert_on, assignee, awaits_reply
                FROM rights_request \(page)
                ORDER BY due_on, reference LIMIT \(limit + 1)
                """, parameters: pageParameters)
            return (try rows.prefix(limit).map(QueueItem.init), total, rows.count > limit)
        }
    }
}

/// How much of what an operator has taken is due soon.
public struct OwnDue: Sendable, Hashable {
    /// Within the days of `periods.alertDays`; those that are late included.
    public let soon: Int
    public let late: Int
}

extension OperatorDesk {
    /// What the operator has taken and is to be decided soon.
    public func ownDue(for signedIn: Operator) async throws -> OwnDue {
        try require(.readRequests, of: signedIn)
        let today = now().date(in: policy.zone)
        let latest = today.adding(days: policy.alertDays)
        return try await database.read { connection in
            let row = try connection.first(
                """
                SELECT count(*) AS soon, coalesce(sum(CASE WHEN alert_on < $3 THEN 1 ELSE 0 END), 0) AS late
                FROM rights_request
                WHERE assignee = $1 AND assignee IS NOT NULL AND alert_on IS NOT NULL AND alert_on <= $2
                """, signedIn.name, latest, today)
            return OwnDue(soon: try row?["soon"] ?? 0, late: try row?["late"] ?? 0)
        }
    }
}

extension QueueItem {
    init(_ row: Row) throws {
        guard let right = Right(rawValue: try row["right_kind"]), let state = RequestState(rawValue: try row["state"])
        else { throw SQLError.decoding("rights_request.right_kind or state") }
        self.init(
            reference: try row["reference"], right: right, state: state,
            outcome: (try row["outcome"] as String?).flatMap(RequestOutcome.init), receivedAt: try row["received_at"],
            dueOn: try row["due_on"], alertOn: try row["alert_on"], assignee: try row["assignee"],
            awaitsReply: try row["awaits_reply"] as Int == 1)
    }
}
