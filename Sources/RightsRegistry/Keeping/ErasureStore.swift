import CivilTime
import SQLDatabase

/// The SQL of erasing a case: every table that has something of it, and what goes. docs/keeping.md shows the list to jurists; a test
/// holds it against the schema, so that no table is forgotten.
enum ErasureStore {
    /// What of one table goes. `$1` is the reference, `$2` the moment.
    struct Forgotten: Sendable {
        let table: String
        let sql: String
        var takesMoment = false
    }

    static let forgotten: [Forgotten] = [
        // Words of the case; that something was said, when and by which role stays.
        Forgotten(table: "request_event", sql: "UPDATE request_event SET sealed = NULL WHERE reference = $1"),
        Forgotten(table: "case_file_part", sql: "DELETE FROM case_file_part WHERE reference = $1"),
        Forgotten(
            table: "case_file",
            sql: """
                UPDATE case_file SET sealed_name = NULL, destroyed_at = COALESCE(destroyed_at, $2) WHERE reference = $1
                """, takesMoment: true),
        // Exceptions quote what custodians sent.
        Forgotten(
            table: "task_exception",
            sql: "DELETE FROM task_exception WHERE task IN (SELECT id FROM request_task WHERE reference = $1)"),
        // That a database was asked and has answered stays, and not what: it tells whether somebody is there.
        Forgotten(
            table: "request_task",
            sql: """
                UPDATE request_task SET segment = NULL, sealed_identifiers = NULL, sealed_instruction = NULL,
                    case_instruction = NULL, document = NULL, answer = NULL, answer_wrap = NULL, answer_words = NULL
                WHERE reference = $1
                """),
        // Files would tell the same.
        Forgotten(
            table: "task_file_part",
            sql: "DELETE FROM task_file_part WHERE task IN (SELECT id FROM request_task WHERE reference = $1)"),
        Forgotten(
            table: "task_file",
            sql: "DELETE FROM task_file WHERE task IN (SELECT id FROM request_task WHERE reference = $1)"),
        // So would the size of what was put together. That there was a package, until when it opened and whether it was
        // fetched is proof of an answer.
        Forgotten(table: "access_package_part", sql: "DELETE FROM access_package_part WHERE reference = $1"),
        Forgotten(
            table: "access_package",
            sql: """
                UPDATE access_package SET sealed_names = NULL, size = 0, destroyed_at = COALESCE(destroyed_at, $2)
                WHERE reference = $1
                """, takesMoment: true),
        Forgotten(
            table: "access_package_failure", sql: "DELETE FROM access_package_failure WHERE reference = $1"),
        Forgotten(table: "package_code", sql: "DELETE FROM package_code WHERE reference = $1"),
        // Hashes of what was written and of where to write to: whoever has the words finds the case by them.
        Forgotten(table: "filing_sign", sql: "DELETE FROM filing_sign WHERE reference = $1"),
        // The reasons for which it was to be voided with others.
        Forgotten(
            table: "voiding_proposal_case", sql: "DELETE FROM voiding_proposal_case WHERE reference = $1"),
        Forgotten(table: "case_viewing", sql: "DELETE FROM case_viewing WHERE reference = $1"),
        // That somebody was told, and when it was posted, is proof; what could still go out has nobody to go to.
        Forgotten(table: "letter", sql: "DELETE FROM letter WHERE reference = $1 AND posted_on IS NULL"),
        Forgotten(table: "letter", sql: "UPDATE letter SET sealed = NULL, failure = NULL WHERE reference = $1"),
        Forgotten(table: "notice", sql: "DELETE FROM notice WHERE reference = $1 AND state = 'waiting'"),
        Forgotten(
            table: "notice",
            sql: "UPDATE notice SET message = NULL, failure = NULL, refused_at = NULL WHERE reference = $1"),
        // A file of earlier objections may be imported again: its line is known for ever, and nothing leads from it to anybody.
        Forgotten(
            table: "imported_objection",
            sql: "UPDATE imported_objection SET reference = '', line_digest = line_index WHERE reference = $1"),
    ]

    /// Tables that name a case and keep what they have of it: nothing there is about a person.
    static let kept = ["request_scope", "impossible_there", "impossible_answer", "clock_alert", "voided_wave_case"]

    /// Tables of what waits in a case for its operators: ``CaseAnswering/discard(of:on:)`` takes all of it away.
    static let answering = ["held_act", "held_file", "held_file_part", "refusal_proposal", "operator_draft"]

    /// Tables whose part in it depends on whether the objection outlives the case.
    static let conditional = ["rights_request", "person_index"]

    /// 32 zeros: no secret's index equals it.
    static let noSecret = [UInt8](repeating: 0, count: 32)

    /// Whether nothing of a case waits for anything: it is closed, no database has still to apply what it came to or to answer, no
    /// controller either, and no exception is open; no package of it can be fetched, nothing that was sent can be recalled, and no
    /// refusal waits for a second person. Nobody can tell a controller of what was closed unread. `r` is the request.
    static let isAtRest = """
        (r.closed_at IS NOT NULL AND r.indexing <> 'waiting'
        AND NOT EXISTS (SELECT 1 FROM access_package p WHERE p.reference = r.reference AND p.destroyed_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM held_act h WHERE h.reference = r.reference)
        AND NOT EXISTS (SELECT 1 FROM refusal_proposal f WHERE f.reference = r.reference)
        AND NOT EXISTS (
            SELECT 1 FROM request_task t LEFT JOIN task_exception x ON x.task = t.id AND x.resolved_at IS NULL
            WHERE t.reference = r.reference AND (t.state IN ('waiting', 'sent') OR x.task IS NOT NULL))
        AND NOT EXISTS (
            SELECT 1 FROM controller_task c
            WHERE c.objection = r.objection AND c.answered_at IS NULL
                AND coalesce(r.outcome, '') <> 'unreadable')
        AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.objection = r.objection AND e.position IS NULL)
        AND NOT EXISTS (
            SELECT 1 FROM delivery_exception x JOIN linked_database d ON d.id = x.linked_database
            WHERE x.objection = r.objection AND x.resolved_at IS NULL AND d.state NOT IN ('removed', 'pending')
                AND NOT \(isImpossible))
        AND NOT EXISTS (
            SELECT 1 FROM linked_database d JOIN ledger_entry e ON e.objection = r.objection
            WHERE d.state NOT IN ('removed', 'pending') AND \(RequestClosing.isInScope) AND NOT \(isImpossible) AND (
                d.position < e.position OR d.stopped_at IS NOT NULL
                OR d.incarnation <> (SELECT incarnation FROM ledger ORDER BY since DESC LIMIT 1)))
        AND NOT EXISTS (
            SELECT 1 FROM request_scope s JOIN project_reach p ON p.project = s.id
            JOIN linked_database d ON d.id = p.linked_database
            WHERE s.reference = r.reference AND s.part = 'project' AND r.objection IS NOT NULL AND p.served_at IS NULL
                AND d.state NOT IN ('removed', 'pending') AND NOT \(isImpossible)))
        """

    private static let isImpossible = ImpossibilityStore.stands("r.objection", in: "d.id")

    static func isAtRest(_ reference: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT r.reference FROM rights_request r WHERE r.reference = $1 AND \(isAtRest)", reference) != nil
    }

    /// Throws `RightsError.erased` for a case that was erased: asked in the transaction that writes something sealed, so that an
    /// erasure which came in between leaves nothing of it.
    static func requireStanding(_ reference: String, on connection: any SQLConnection) throws {
        let erased = try connection.first(
            "SELECT 1 AS one FROM rights_request WHERE reference = $1 AND erased_at IS NOT NULL", reference)
        if erased != nil { throw RightsError.erased }
    }

    /// Closed cases that are at rest and were closed so long before `moment` that they may be due, after one of them in their order.
    static func closed(
        by moment: Instant, _ retention: Retention, after last: (closedAt: Instant, reference: String)?, limit: Int,
        on connection: any SQLConnection
    ) throws -> [(closedAt: Instant, reference: String)] {
        let start = last ?? (Instant(milliseconds: .min), "")
        return try connection.query(
            """
            SELECT r.closed_at, r.reference FROM rights_request r
            WHERE r.closed_at IS NOT NULL AND r.erased_at IS NULL AND r.closed_at <= $4
                AND r.closed_at + CAST(\(retention.sqlDays) AS BIGINT) * 86400000 <= $1 AND (r.closed_at, r.reference) > ($2, $3) AND \(isAtRest)
            ORDER BY r.closed_at, r.reference LIMIT \(limit)
            """, moment, start.closedAt, start.reference, moment.adding(seconds: -retention.least * 86_400)
        ).map { (try $0["closed_at"], try $0["reference"]) }
    }

    /// Destroys the keys of a case and everything that was sealed. Where its objection is in force, whoever signs in still finds it,
    /// and so does the secret where `keepsSecret`.
    static func erase(
        _ stored: StoredRequest, keepsSecret: Bool, at moment: Instant, on connection: any SQLConnection
    ) throws {
        let isOutlived =
            try stored.right == .objection
            && stored.objection.map { try ObjectionHistory.load($0, on: connection).isInForce } == true
        // Nothing waits for a case at rest; in an older database that was restored, something still may.
        try TaskStore.cancel(of: stored.reference, at: moment, on: connection)
        try connection.execute(
            """
            UPDATE rights_request SET erased_at = $1, outlived = $2, secret_index = $3, operator_wrap = NULL,
                citizen_wrap = NULL, sealed_filing = NULL, awaits_reply = 0, death_doubted = 0, state = 'closed', closed_at = $1,
                alert_on = NULL
            WHERE reference = $4
            """, moment, isOutlived ? 1 : 0, isOutlived && keepsSecret ? stored.secretIndex : noSecret,
            stored.reference)
        for forgotten in forgotten {
            if forgotten.takesMoment {
                try connection.execute(forgotten.sql, stored.reference, moment)
            } else {
                try connection.execute(forgotten.sql, stored.reference)
            }
        }
        try CaseAnswering.discard(of: stored.reference, on: connection)
        if !isOutlived { try forgetPerson(of: stored.reference, on: connection) }
    }

    /// Forgets how the rest of an erased case was found, once its objection has ended.
    static func endOutlived(_ reference: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE rights_request SET outlived = 0, secret_index = $1 WHERE reference = $2", noSecret, reference)
        try forgetPerson(of: reference, on: connection)
    }

    private static func forgetPerson(of reference: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM person_index WHERE reference = $1", reference)
    }

    /// Erased cases whose objection has been withdrawn since.
    static func outlived(
        after reference: String, limit: Int, on connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT r.reference FROM rights_request r
            WHERE r.outlived = 1 AND r.outcome = 'withdrawn' AND r.reference > $1 AND \(isAtRest)
            ORDER BY r.reference LIMIT \(limit)
            """, reference
        ).map { try $0["reference"] }
    }

    /// Forgets answers to filings that were sent with an idempotency key before `moment`, some of them; returns how many.
    static func forgetAnswers(
        filedBefore moment: Instant, limit: Int, on connection: any SQLConnection
    ) throws -> Int {
        try connection.execute(
            """
            DELETE FROM filing_answer WHERE key_index IN (
                SELECT key_index FROM filing_answer WHERE filed_at < $1 ORDER BY filed_at LIMIT \(limit))
            """, moment)
    }

    // MARK: How far the journal is in this database

    static func mark(of journal: String, on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT position FROM erasure_mark WHERE journal = $1", journal)?["position"] ?? 0
    }

    static func setMark(_ position: Int64, of journal: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO erasure_mark (journal, position) VALUES ($1, $2)
            ON CONFLICT (journal) DO UPDATE SET position = $2
            """, journal, position)
    }
}
