public import CivilTime
public import SQLDatabase

/// A row that a database's list had and no entry of the ledger explains: of an objection that was lost, or put there by
/// another hand. It protects somebody, and nobody knows whom.
public struct StrayRow: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// In force there until an operator decides.
        case waiting
        /// In force there for good.
        case kept
        /// To be ended there.
        case ended
    }

    public let database: String
    public let token: [UInt8]
    public let scope: String
    public let isActive: Bool
    /// The pseudonym, under a key of that database's own.
    public let sealed: [UInt8]
    public let foundAt: Instant
    public let state: State

    public init(
        database: String, token: [UInt8], scope: String, isActive: Bool, sealed: [UInt8], foundAt: Instant, state: State
    ) {
        self.database = database
        self.token = token
        self.scope = scope
        self.isActive = isActive
        self.sealed = sealed
        self.foundAt = foundAt
        self.state = state
    }

    init(_ row: Row) throws {
        guard let state = State(rawValue: try row["state"]) else { throw SQLError.decoding("stray_row.state") }
        self.init(
            database: try row["linked_database"], token: try row["token"], scope: try row["scope"],
            isActive: try row["active"], sealed: try row["sealed"], foundAt: try row["found_at"], state: state)
    }
}

/// The stray rows of all databases.
public enum StrayStore {
    /// Keeps rows that were found. What is known stays as it was decided, unless it is to be ended.
    public static func record(_ rows: [StrayRow], on connection: any SQLConnection) throws {
        for row in rows {
            try connection.execute(
                """
                INSERT INTO stray_row (linked_database, token, scope, active, sealed, found_at, state)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (linked_database, token, scope) DO UPDATE SET state = CASE
                    WHEN $7 = 'ended' THEN 'ended' ELSE stray_row.state END
                """, row.database, row.token, row.scope, row.isActive, row.sealed, row.foundAt, row.state.rawValue)
        }
    }

    /// All of a database, by token.
    public static func all(in database: String, on connection: any SQLConnection) throws -> [StrayRow] {
        try connection.query(
            "SELECT * FROM stray_row WHERE linked_database = $1 ORDER BY token, scope", database
        ).map(StrayRow.init)
    }

    /// How many tokens wait for an operator's decision, by database.
    public static func waiting(on connection: any SQLConnection) throws -> [String: Int] {
        let rows = try connection.query(
            """
            SELECT linked_database, count(DISTINCT token) AS tokens FROM stray_row WHERE state = 'waiting'
            GROUP BY linked_database
            """)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["linked_database"], try $0["tokens"]) })
    }

    /// Records an operator's decision on a token's rows, or on all that wait where `token` is nil. Returns how many rows.
    public static func decide(
        _ state: StrayRow.State, _ token: [UInt8]?, in database: String, by actor: String, at now: Instant,
        on connection: any SQLConnection
    ) throws -> Int {
        guard let token else {
            return try connection.execute(
                """
                UPDATE stray_row SET state = $1, decided_by = $2, decided_at = $3
                WHERE linked_database = $4 AND state = 'waiting'
                """, state.rawValue, actor, now, database)
        }
        return try connection.execute(
            """
            UPDATE stray_row SET state = $1, decided_by = $2, decided_at = $3
            WHERE linked_database = $4 AND token = $5
            """, state.rawValue, actor, now, database, token)
    }

    /// Forgets what was kept of a database that has left.
    public static func forget(_ database: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM stray_row WHERE linked_database = $1", database)
    }
}
