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
    /// Operators' names; empty for whomever.
    public var assignees: [String] = []
    /// Only those that nobody has taken.
    public var isUnassigned = false
    /// Only those that an operator has something to do about: undecided, written to without an answer since, promised
    /// something that no database does by itself, or filed after a recorded death.
    public var needsOperator = false
    /// Only those that wait for a decision.
    public var isUndecided = false
    /// Only those for which a refusal is proposed that somebody has to confirm.
    public var awaitsConfirmation = false
    /// Only those that are open and that nobody can read any more.
    public var isLost = false
    /// A reference, or its beginning.
    public var reference: String?
    /// 1 to 1000.
    public var limit: Int
    /// Where the page before ended.
    public var after: QueuePlace?
    /// A request that is left out.
    public var except: String?

    public init(limit: Int = 20) { self.limit = limit }
}

/// Where a request stands in the queue: what is due first comes first; of what is due on one day, what was received first.
public struct QueuePlace: Sendable, Hashable {
    public let dueOn: CalendarDate
    public let receivedAt: Instant
    public let reference: String

    public init(dueOn: CalendarDate, receivedAt: Instant, reference: String) {
        (self.dueOn, self.receivedAt, self.reference) = (dueOn, receivedAt, reference)
    }
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
    /// Whether it was filed after the death of its person was recorded, and an operator has to say which of the two is wrong.
    public let isDeathDoubted: Bool
    /// The number of its last event.
    public let eventCount: Int

    public var place: QueuePlace { QueuePlace(dueOn: dueOn, receivedAt: receivedAt, reference: reference) }
}

extension OperatorDesk {
    /// As the queue's index has it, to the letter: engines compare the words.
    private static let isOpen = "(state <> 'closed' OR awaits_reply = 1 OR death_doubted = 1)"

    /// What makes its way by itself, as an objection that was granted at once, is for nobody to look at; nor is what is closed and can't be
    /// read any more.
    private static let needsOperator = """
        \(isOpen) AND (outcome IS NULL OR awaits_reply = 1 OR death_doubted = 1
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
            AND NOT (state = 'closed' AND \(LostCases.isUnderEndedKeys))
        """

    /// The requests of the queue, in the order of `QueuePlace`, and how many there are in all.
    ///
    /// - Parameter most: how far they are counted, where who asks can do with “more than that”; the total is then one more.
    public func queue(
        _ query: QueueQuery, countingTo most: Int? = nil, for signedIn: Operator
    ) async throws -> (items: [QueueItem], total: Int, hasMore: Bool) {
        try await demand(.readRequests, of: signedIn, asking: "requests")
        return try await database.read { connection in
            let filter = Self.filter(query)
            let counted = "SELECT 1 FROM rights_request \(filter.clause)" + (most.map { " LIMIT \($0 + 1)" } ?? "")
            let total: Int =
                try connection.query(
                    "SELECT count(*) AS n FROM (\(counted)) AS counted", parameters: filter.parameters
                ).first?["n"] ?? 0
            let items = try Self.page(query, limit: query.limit + 1, on: connection)
            return (Array(items.prefix(query.limit)), total, items.count > query.limit)
        }
    }

    /// What comes next in the queue after a request, and from its beginning again where nothing does; nil where there is
    /// nothing else. Throws `RightsError.notFound`.
    public func next(
        after reference: String, in query: QueueQuery, for signedIn: Operator
    ) async throws -> QueueItem? {
        try await demand(.readRequests, of: signedIn, asking: "requests")
        return try await database.read { connection in
            let row = try connection.first(
                "SELECT due_on, received_at FROM rights_request WHERE reference = $1", reference)
            guard let row else { throw RightsError.notFound }
            var following = query
            following.except = reference
            following.after = QueuePlace(
                dueOn: try row["due_on"], receivedAt: try row["received_at"], reference: reference)
            if let next = try Self.page(following, limit: 1, on: connection).first { return next }
            following.after = nil
            return try Self.page(following, limit: 1, on: connection).first
        }
    }

    /// The requests that a filter finds, for a bulk act: up to `limit`, those due first first.
    public func references(
        _ query: QueueQuery, limit: Int, for signedIn: Operator
    ) async throws -> [SeenCase] {
        try await demand(.readRequests, of: signedIn, asking: "requests")
        return try await database.read { connection in
            try Self.page(query, limit: limit, on: connection).map { SeenCase($0.reference, after: $0.eventCount) }
        }
    }

    private static func page(
        _ query: QueueQuery, limit: Int, on connection: any SQLConnection
    ) throws -> [QueueItem] {
        let filter = filter(query, isPaged: true)
        return try connection.query(
            """
            SELECT reference, right_kind, state, outcome, received_at, due_on, alert_on, assignee,
                awaits_reply, death_doubted, event_count
            FROM rights_request \(filter.clause)
            ORDER BY due_on, received_at, reference LIMIT \(limit)
            """, parameters: filter.parameters
        ).map(QueueItem.init)
    }

    /// - Parameter isPaged: whether it begins where the page before ended.
    private static func filter(
        _ query: QueueQuery, isPaged: Bool = false
    ) -> (clause: String, parameters: [any SQLConvertible]) {
        var conditions: [String] = []
        var parameters: [any SQLConvertible] = []
        func place(_ value: any SQLConvertible) -> String {
            parameters.append(value)
            return "$\(parameters.count)"
        }
        if let state = query.state { conditions.append("state = \(place(state.rawValue))") }
        if let right = query.right { conditions.append("right_kind = \(place(right.rawValue))") }
        if let dueBy = query.dueBy { conditions.append("due_on <= \(place(dueBy))") }
        if let alertBy = query.alertBy {
            // What has a day to warn of is undecided, and its clock runs: nothing more has to be looked at.
            conditions.append("alert_on IS NOT NULL AND alert_on <= \(place(alertBy))")
        }
        if !query.assignees.isEmpty {
            conditions.append("assignee IN (\(query.assignees.map(place).joined(separator: ", ")))")
        }
        if query.isUnassigned { conditions.append("assignee IS NULL") }
        // Nothing is to be done about what was erased.
        if query.needsOperator, query.alertBy == nil { conditions.append("erased_at IS NULL AND \(needsOperator)") }
        if query.awaitsConfirmation {
            conditions.append("reference IN (SELECT reference FROM refusal_proposal)")
        }
        if query.isLost { conditions.append(LostCases.isOpen) }
        if query.isUndecided, query.alertBy == nil { conditions.append("erased_at IS NULL AND outcome IS NULL") }
        if let reference = query.reference {
            // A reference's characters are letters, digits and hyphens; anything else can match nothing.
            let prefix = reference.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            conditions.append("reference LIKE \(place(prefix.isEmpty ? "" : prefix + "%"))")
        }
        if isPaged, let except = query.except { conditions.append("reference <> \(place(except))") }
        if isPaged, let after = query.after {
            let end = [place(after.dueOn), place(after.receivedAt), place(after.reference)].joined(separator: ", ")
            conditions.append("(due_on, received_at, reference) > (\(end))")
        }
        return (conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "), parameters)
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
        try await demand(.readRequests, of: signedIn, asking: "requests")
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
            awaitsReply: try row["awaits_reply"] as Int == 1,
            isDeathDoubted: try row["death_doubted"] as Int == 1, eventCount: try row["event_count"])
    }
}
