public import CivilTime
public import SQLDatabase

extension LedgerStore {
    /// Begins a new incarnation, as after a restore: from now on every linked database stops until it is resynchronised,
    /// since what it has confirmed may be of entries that this ledger lost.
    public static func beginIncarnation(
        _ incarnation: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        let last: Int64? = try connection.first("SELECT since FROM ledger ORDER BY since DESC LIMIT 1")?["since"]
        try connection.execute(
            "INSERT INTO ledger (incarnation, since) VALUES ($1, $2)", incarnation,
            max(now.milliseconds, (last ?? 0) + 1))
    }
}

extension LinkedDatabaseStore {
    /// Records that a database's list is what the ledger yields up to `position`, and where its cursor stands from now on.
    ///
    /// What it had confirmed before counts no more: its list was not what it should have been.
    public static func recordResynchronised(
        _ id: String, incarnation: String, position: Int64, at now: Instant, on connection: any SQLConnection
    ) throws {
        try forgetConfirmations(of: id, incarnation, on: connection)
        try connection.execute(
            """
            UPDATE linked_database
            SET incarnation = $1, position = $2, handing = NULL, confirmed_at = $3, failing_since = NULL, failure = NULL,
                stopped_at = NULL
            WHERE id = $4
            """, incarnation, position, now, id)
        try DatabaseKeyStore.recordGoneThrough(id, on: connection)
        guard position > 0 else { return }
        try connection.execute(
            """
            INSERT INTO delivery_batch (linked_database, incarnation, to_position, from_position, confirmed_at)
            VALUES ($1, $2, $3, 0, $4)
            """, id, incarnation, position, now)
    }

    /// Begins the list of a database anew, from position 0: whatever it had confirmed counts no more until it is confirmed
    /// again.
    ///
    /// A mailbox gets an edition that was never there, whatever a restore has made us forget: editions grow with the clock.
    public static func beginAnew(_ id: String, at now: Instant, on connection: any SQLConnection) throws {
        let incarnation = try LedgerStore.incarnation(on: connection)
        try forgetConfirmations(of: id, incarnation, on: connection)
        let position = try find(id, on: connection)?.position ?? 0
        try DatabaseKeyStore.beginAnew(id, from: position, at: now, on: connection)
        try connection.execute(
            """
            UPDATE linked_database
            SET incarnation = $1, position = 0, handing = NULL, failing_since = NULL, failure = NULL, stopped_at = NULL,
                edition = CASE WHEN edition >= $2 THEN edition + 1 ELSE $2 END, acknowledged = 0,
                told_number = NULL, told_count = NULL, told_digest = NULL,
                told_kept = NULL
            WHERE id = $3
            """, incarnation, now.milliseconds / 1000, id)
        try connection.execute("UPDATE mailbox_batch SET sealed = NULL WHERE linked_database = $1", id)
        // What waited in a batch of the edition before is caught up with in this one.
        try connection.execute(
            "UPDATE project_reach SET handed_at = NULL WHERE linked_database = $1 AND served_at IS NULL", id)
        try connection.execute(
            """
            UPDATE delivery_exception SET handed_at = NULL, retry_at = $1
            WHERE linked_database = $2 AND resolved_at IS NULL
            """, now, id)
    }

    private static func forgetConfirmations(
        of id: String, _ incarnation: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM delivery_batch WHERE linked_database = $1 AND incarnation = $2", id, incarnation)
    }
}

extension LinkedDatabaseStore {
    /// By database, how many rows its custodian keeps in force that the edition of its list has not named.
    public static func kept(on connection: any SQLConnection) throws -> [String: Int64] {
        let rows = try connection.query("SELECT id, told_kept FROM linked_database WHERE told_kept > 0")
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["id"], try $0["told_kept"]) })
    }
}

extension ProjectReach {
    /// The projects that `database` has confirmed to have caught up with.
    public static func acknowledged(in database: String, on connection: any SQLConnection) throws -> Set<String> {
        let rows = try connection.query(
            "SELECT project FROM project_reach WHERE linked_database = $1 AND served_at IS NOT NULL", database)
        return Set(try rows.map { try $0["project"] })
    }
}

extension DeliveryExceptionStore {
    /// Ends every exception of a database whose list has been brought to the ledger.
    public static func resolveAll(in database: String, at now: Instant, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE delivery_exception SET resolved_at = $1 WHERE linked_database = $2 AND resolved_at IS NULL", now,
            database)
        try ImpossibilityStore.lapseConfirmed(in: database, after: 0, upTo: .max, on: connection)
    }

    /// The open exceptions' objections, and how many identifiers each has, of whatever kind.
    public static func excepted(
        in database: String, on connection: any SQLConnection
    ) throws -> [(objection: ObjectionID, identifierCount: Int)] {
        try connection.query(
            """
            SELECT e.objection, max(l.identifier_count + l.trait_count) AS identifiers FROM delivery_exception e
            JOIN ledger_entry l ON l.objection = e.objection
            WHERE e.linked_database = $1 AND e.resolved_at IS NULL GROUP BY e.objection
            """, database
        ).compactMap { row in
            guard let objection = ObjectionID(try row["objection"]) else { return nil }
            return (objection, try row["identifiers"])
        }
    }
}
