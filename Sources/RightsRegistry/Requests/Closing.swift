public import CivilTime
public import SQLDatabase

/// Closes requests by themselves: once a decision stands and every linked database in scope has confirmed it.
public struct RequestClosing: Sendable {
    private static let batch = 100

    let database: SQLDatabase
    let policy: RightsPolicy
    let now: TimeSource

    public init(database: SQLDatabase, policy: RightsPolicy, now: @escaping TimeSource) {
        self.database = database
        self.policy = policy
        self.now = now
    }

    /// Complete is: the objection's latest entry has a position; every database that is linked, paused ones too, has
    /// confirmed that position of this very ledger and is not known to have lost it; none has an open exception for it. A
    /// registration has also yielded an identifier, and there is a database to confirm it; what is granted is registered.
    /// A withdrawal that was granted waits for the databases to confirm it. Another right that was granted waits for what
    /// was promised to be done in each database, which nothing here can tell: it stays open. Whatever else registered
    /// nothing has nothing to wait for.
    private static let complete = """
        SELECT r.reference FROM rights_request r
        LEFT JOIN ledger_entry e ON e.objection = r.objection AND e.ordinal =
            (SELECT max(latest.ordinal) FROM ledger_entry latest WHERE latest.objection = r.objection)
        WHERE r.outcome IS NOT NULL AND r.state = 'underReview' AND (
            (e.id IS NULL AND (r.right_kind IN ('objection', 'objectionWithdrawal')
                OR r.outcome NOT IN ('granted', 'partiallyGranted')))
            OR (
                e.position IS NOT NULL
                AND (e.effect = 'withdraw' OR e.identifier_count > 0)
                AND (e.effect = 'register' OR r.right_kind = 'objectionWithdrawal'
                    OR r.outcome NOT IN ('granted', 'partiallyGranted'))
                AND (e.effect = 'withdraw' OR EXISTS (SELECT 1 FROM linked_database d WHERE d.state <> 'removed'))
                AND NOT EXISTS (
                    SELECT 1 FROM linked_database d
                    WHERE d.state <> 'removed' AND (
                        d.position < e.position OR d.stopped_at IS NOT NULL
                        OR d.incarnation <> (SELECT incarnation FROM ledger ORDER BY since DESC LIMIT 1)))
                AND NOT EXISTS (
                    SELECT 1 FROM delivery_exception x JOIN linked_database d ON d.id = x.linked_database
                    WHERE x.objection = r.objection AND x.resolved_at IS NULL AND d.state <> 'removed')
            )
        )
        ORDER BY r.reference LIMIT \(batch)
        """

    /// Closes what is complete now; returns how many. What became complete is judged again in the closing transaction.
    public func closeComplete() async throws -> Int {
        let found: [String] = try await database.read { connection in
            try connection.query(Self.complete).map { try $0["reference"] }
        }
        guard !found.isEmpty else { return 0 }
        let (moment, policy) = (now(), policy)
        return try await database.write { connection in
            let references: [String] = try connection.query(Self.complete).map { try $0["reference"] }
            for reference in references {
                guard let stored = try RequestStore.load(reference, on: connection) else { continue }
                try RequestStore.append(
                    .closed, to: stored, actor: .system, at: moment, policy: policy, on: connection)
            }
            return references.count
        }
    }
}
