public import CivilTime
public import SQLDatabase
import StrictJSON

/// Closes requests by themselves: once a decision stands and every linked database in scope has confirmed it, or can't apply
/// it and an operator has said why.
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

    /// Complete is: the objection's latest entry has a position; every database in scope that is linked, paused ones too,
    /// has confirmed that position of this very ledger and is not known to have lost it; none has an open exception for
    /// it, or still has to get what was objected to in one of its projects. Where a project uses data that no connector
    /// reaches, its controller has answered. A database of which an operator has declared that it can't apply it is not
    /// waited for.
    ///
    /// A registration has also yielded an identifier that the database knows people by, in each of them, and for each project there is a database or a controller to
    /// confirm it; what is granted is registered, whatever was taken back of it since. A withdrawal that was granted
    /// waits for the databases to confirm it. Another right that was granted waits until every database in scope that was
    /// linked by then has been asked, and has answered, or is declared unable to. Whatever else registered nothing has nothing to
    /// wait for. Nothing is complete while an answer of a database is awaited.
    private static let complete = """
        SELECT r.reference FROM rights_request r
        LEFT JOIN ledger_entry e ON e.objection = r.objection AND e.ordinal =
            (SELECT max(latest.ordinal) FROM ledger_entry latest WHERE latest.objection = r.objection)
        LEFT JOIN ledger_entry w ON w.objection = r.objection AND r.right_kind = 'objection' AND w.ordinal =
            (SELECT max(latest.ordinal) FROM ledger_entry latest
             WHERE latest.objection = r.objection AND latest.scope = r.scope)
        WHERE r.outcome IS NOT NULL AND r.state = 'underReview' AND \(isNothingAwaited)
        AND (
            (e.id IS NULL AND (r.right_kind IN ('objection', 'objectionWithdrawal')
                OR r.outcome NOT IN ('granted', 'partiallyGranted') OR (\(isAnswered))))
            OR (
                e.position IS NOT NULL
                AND (r.right_kind = 'objectionWithdrawal' OR w.effect = 'withdraw'
                    OR e.identifier_count + e.trait_count > 0
                    OR EXISTS (SELECT 1 FROM impossible_there i WHERE i.objection = r.objection))
                AND (r.right_kind = 'objectionWithdrawal' OR w.effect = 'register'
                    OR r.outcome NOT IN ('granted', 'partiallyGranted'))
                AND (r.right_kind = 'objectionWithdrawal' OR w.effect = 'withdraw' OR (\(isReached)))
                AND NOT EXISTS (
                    SELECT 1 FROM linked_database d
                    WHERE d.state NOT IN ('removed', 'pending') AND \(isInScope) AND NOT \(isImpossible) AND (
                        d.position < e.position OR d.stopped_at IS NOT NULL
                        OR (w.effect = 'register' AND NOT \(Matching.knows("e", in: "d")) AND \(isNotTakenBack))
                        OR d.incarnation <> (SELECT incarnation FROM ledger ORDER BY since DESC LIMIT 1)))
                AND NOT EXISTS (
                    SELECT 1 FROM delivery_exception x JOIN linked_database d ON d.id = x.linked_database
                    WHERE x.objection = r.objection AND x.resolved_at IS NULL AND d.state NOT IN ('removed', 'pending')
                        AND \(isInScope) AND NOT \(isImpossible))
                AND NOT EXISTS (
                    SELECT 1 FROM request_scope s JOIN project_reach p ON p.project = s.id
                    JOIN linked_database d ON d.id = p.linked_database
                    WHERE s.reference = r.reference AND s.part = 'project' AND p.served_at IS NULL
                        AND d.state NOT IN ('removed', 'pending') AND NOT \(isImpossible))
                AND NOT EXISTS (
                    SELECT 1 FROM controller_task t WHERE t.objection = r.objection AND t.answered_at IS NULL)
            )
        )
        ORDER BY r.reference LIMIT \(batch)
        """

    /// That an operator has declared that the database `d` can't apply the objection of the request `r`.
    private static let isImpossible = ImpossibilityStore.stands("r.objection", in: "d.id")

    /// That no answer of a database to the request `r` is awaited.
    static let isNothingAwaited = """
        NOT EXISTS (
            SELECT 1 FROM request_task t JOIN linked_database d ON d.id = t.linked_database
            WHERE t.reference = r.reference AND t.state IN ('waiting', 'sent') AND d.state <> 'removed'
                AND NOT \(ImpossibleAnswerStore.stands("t.reference", in: "t.linked_database")))
        """

    /// That a database has answered what the request `r` asks, or is declared unable to, and none in scope that was linked when
    /// it was decided is left to be asked.
    private static let isAnswered = """
        (EXISTS (SELECT 1 FROM request_task t WHERE t.reference = r.reference AND t.state = 'answered')
            OR EXISTS (SELECT 1 FROM impossible_answer a WHERE a.reference = r.reference))
        AND \(isEveryoneAsked)
        """

    /// That of the databases in the scope of the request `r` that were linked when it was decided, each was asked or is declared
    /// unable to answer.
    static let isEveryoneAsked = """
        NOT EXISTS (
            SELECT 1 FROM linked_database d
            WHERE d.state NOT IN ('removed', 'pending') AND \(isInScope)
                AND NOT \(ImpossibleAnswerStore.stands("r.reference", in: "d.id"))
                AND d.created_at <= (SELECT MAX(v.at) FROM request_event v
                    WHERE v.reference = r.reference AND v.type IN ('granted', 'partiallyGranted'))
                AND NOT EXISTS (
                    SELECT 1 FROM request_task t
                    WHERE t.reference = r.reference AND t.linked_database = d.id AND t.state <> 'cancelled'))
        """

    /// That the database `d` was not taken out of the objection of the request `r` since it was registered: there it has
    /// nobody to know.
    private static let isNotTakenBack = """
        NOT EXISTS (
            SELECT 1 FROM ledger_entry b WHERE b.objection = r.objection AND b.effect = 'withdraw' AND b.ordinal > w.ordinal
                AND b.scope LIKE '%"kind":"databases"%' AND b.scope LIKE '%"' || d.id || '"%')
        """

    /// That the request `r` covers the database `d`.
    static let isInScope = """
        (NOT EXISTS (SELECT 1 FROM request_scope s WHERE s.reference = r.reference) OR EXISTS (
            SELECT 1 FROM request_scope s WHERE s.reference = r.reference AND s.part = 'database' AND s.id = d.id)
        OR EXISTS (
            SELECT 1 FROM request_scope s JOIN project_reach p ON p.project = s.id
            WHERE s.reference = r.reference AND s.part = 'project' AND p.linked_database = d.id))
        """

    /// That there is a database to confirm the request `r`, or for each of its projects a database or a controller who
    /// has answered.
    private static let isReached = """
        (EXISTS (SELECT 1 FROM linked_database d WHERE d.state NOT IN ('removed', 'pending') AND \(isInScope))
            OR EXISTS (SELECT 1 FROM request_scope s WHERE s.reference = r.reference AND s.part = 'project'))
        AND NOT EXISTS (
            SELECT 1 FROM request_scope s WHERE s.reference = r.reference AND s.part = 'project'
                AND NOT EXISTS (
                    SELECT 1 FROM project_reach p JOIN linked_database d ON d.id = p.linked_database
                    WHERE p.project = s.id AND d.state NOT IN ('removed', 'pending'))
                AND NOT EXISTS (
                    SELECT 1 FROM controller_task t
                    WHERE t.objection = r.objection AND t.project = s.id AND t.answered_at IS NOT NULL))
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
                let notApplied = try Self.notApplied(reference, on: connection)
                try RequestStore.append(
                    .closed, to: stored, actor: .system,
                    data: notApplied.isEmpty ? [:] : ["notApplied": .array(notApplied.map(JSON.string))], at: moment,
                    policy: policy, on: connection)
            }
            return references.count
        }
    }

    /// The databases in which what is closed is not applied: its closing never says that it is done everywhere.
    private static func notApplied(_ reference: String, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT d.id FROM linked_database d JOIN rights_request r ON r.reference = $1
            WHERE d.state NOT IN ('removed', 'pending') AND \(isInScope)
                AND (\(isImpossible) OR \(ImpossibleAnswerStore.stands("r.reference", in: "d.id"))) ORDER BY d.id
            """, reference
        ).map { try $0["id"] }
    }
}
