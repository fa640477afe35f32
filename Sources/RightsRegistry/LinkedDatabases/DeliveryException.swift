public import CivilTime
public import SQLDatabase

/// An objection that a database could not take. While it is open, nothing of that objection is complete there.
public struct DeliveryException: Sendable, Hashable {
    public let database: String
    public let objection: ObjectionID
    /// The entry that was refused; nil where it was not one entry.
    public let position: Int64?
    public let openedAt: Instant
    /// The custodian's word for it, for operators.
    public let reason: String
    /// Since when it is to be sent once more; nil while nobody has asked.
    public let retryAt: Instant?
    /// Since when it stands in a batch that waits to be acknowledged.
    public let handedAt: Instant?
    public let resolvedAt: Instant?
    /// Whether an operator has declared that the database can't apply the objection: then nothing waits for it.
    public let isImpossible: Bool

    init(_ row: Row) throws {
        guard let objection = ObjectionID(try row["objection"]) else {
            throw SQLError.decoding("delivery_exception.objection")
        }
        database = try row["linked_database"]
        self.objection = objection
        position = try row["position"]
        openedAt = try row["opened_at"]
        reason = try row["reason"]
        retryAt = try row["retry_at"]
        handedAt = try row["handed_at"]
        resolvedAt = try row["resolved_at"]
        isImpossible = try row["is_impossible"] as Int == 1
    }
}

/// The exceptions of all databases.
public enum DeliveryExceptionStore {
    /// The open ones of a database, the oldest first; at the end those that were declared impossible.
    public static func open(
        in database: String, limit: Int = 1000, on connection: any SQLConnection
    ) throws -> [DeliveryException] {
        try connection.query(
            """
            SELECT x.*, CASE WHEN \(ImpossibilityStore.stands("x.objection", in: "x.linked_database")) THEN 1 ELSE 0 END
                AS is_impossible
            FROM delivery_exception x WHERE x.linked_database = $1 AND x.resolved_at IS NULL
            ORDER BY is_impossible, x.opened_at, x.objection LIMIT \(limit)
            """, database
        ).map(DeliveryException.init)
    }

    /// The references of the requests that the objections are of; none for a request that was erased.
    public static func requests(
        of exceptions: [DeliveryException], on connection: any SQLConnection
    ) throws -> [ObjectionID: String] {
        guard !exceptions.isEmpty else { return [:] }
        let places = exceptions.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let rows = try connection.query(
            "SELECT reference, objection FROM rights_request WHERE objection IN (\(places)) AND right_kind = 'objection'",
            parameters: exceptions.map(\.objection.description))
        return try rows.reduce(into: [:]) { found, row in
            guard let objection = ObjectionID(try row["objection"] as String) else { return }
            found[objection] = try row["reference"]
        }
    }

    /// Whether the list may hold rows of an excepted objection that it would lack under another key. One that was declared
    /// impossible from its first entry on never had any.
    static func holdsKeyBack(in database: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT 1 AS found FROM delivery_exception x
            WHERE x.linked_database = $1 AND x.resolved_at IS NULL
                AND NOT (\(ImpossibilityStore.stands("x.objection", in: "x.linked_database"))
                    AND x.position = (SELECT MIN(e.position) FROM ledger_entry e WHERE e.objection = x.objection))
            LIMIT 1
            """, database) != nil
    }

    /// The objections whose entries are held back from a database: what is said of them later would find nothing there.
    /// Once they are sent again, so is what follows.
    public static func held(in database: String, on connection: any SQLConnection) throws -> Set<ObjectionID> {
        Set(
            try connection.query(
                """
                SELECT objection FROM delivery_exception
                WHERE linked_database = $1 AND resolved_at IS NULL AND handed_at IS NULL
                """, database
            ).compactMap { ObjectionID(try $0["objection"]) })
    }

    /// Opens one for the objection whose entry stands at `position`. Where one is open, it gets the newest reason, and waits
    /// for a person again.
    public static func record(
        _ reason: String, at position: Int64, in database: String, now: Instant, on connection: any SQLConnection
    ) throws {
        guard
            let objection: String = try connection.first(
                "SELECT objection FROM ledger_entry WHERE position = $1", position)?["objection"]
        else { return }
        let reason = String(reason.prefix(200))
        try ImpossibilityStore.lapse(objection, in: database, on: connection)
        // No batch may go out that was made before.
        try LinkedDatabaseStore.recordReach(of: database, on: connection)
        let isOpen = try connection.execute(
            """
            UPDATE delivery_exception SET reason = $1, position = $2, retry_at = NULL, handed_at = NULL
            WHERE linked_database = $3 AND objection = $4 AND resolved_at IS NULL
            """, reason, position, database, objection)
        guard isOpen == 0 else { return }
        try connection.execute(
            """
            INSERT INTO delivery_exception (linked_database, objection, opened_at, reason, position)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (linked_database, objection, opened_at)
            DO UPDATE SET reason = $4, position = $5, resolved_at = NULL, retry_at = NULL, handed_at = NULL
            """, database, objection, now, reason, position)
    }

    /// Asks that the objection's current state be sent once more. False where no exception is open for it.
    public static func retry(
        _ objection: ObjectionID, in database: String, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        let count = try connection.execute(
            """
            UPDATE delivery_exception SET retry_at = $1
            WHERE linked_database = $2 AND objection = $3 AND resolved_at IS NULL
            """, now, database, objection.description)
        if count > 0 { try ImpossibilityStore.lapse(objection.description, in: database, on: connection) }
        return count > 0
    }

    /// The objections that are to be sent once more and have not been handed over since.
    public static func waiting(
        in database: String, limit: Int, on connection: any SQLConnection
    ) throws -> [ObjectionID] {
        try connection.query(
            """
            SELECT DISTINCT objection FROM delivery_exception
            WHERE linked_database = $1 AND resolved_at IS NULL AND retry_at IS NOT NULL AND handed_at IS NULL
            ORDER BY objection LIMIT \(limit)
            """, database
        ).compactMap { ObjectionID(try $0["objection"]) }
    }

    /// What is to be said of objections that are sent once more, up to `position`: all their entries, or of one that has
    /// ended its end alone, since what could not be taken need not be taken any more.
    public static func current(
        of objections: [ObjectionID], upTo position: Int64, on connection: any SQLConnection
    ) throws -> [LedgerEntry] {
        try objections.flatMap { objection in
            let entries = try LedgerStore.entries(of: [objection.description], upTo: position, on: connection)
            // What was said later is said later: it may find rows that this makes.
            let history = try ObjectionHistory.load(objection, on: connection).upTo(position)
            guard let last = entries.last, last.effect == .withdraw, !history.isInForce else { return entries }
            return [last]
        }.sorted { $0.position < $1.position }
    }

    /// Records that they stand in a batch that waits to be acknowledged.
    public static func recordHanded(
        _ objections: [ObjectionID], in database: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        for objection in objections {
            try connection.execute(
                """
                UPDATE delivery_exception SET handed_at = $1
                WHERE linked_database = $2 AND objection = $3 AND resolved_at IS NULL
                """, now, database, objection.description)
        }
    }

    /// Ends the exceptions of objections that the database has now taken.
    public static func resolve(
        _ objections: [ObjectionID], in database: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        guard !objections.isEmpty else { return }
        // A batch that was made while their entries were held back lacks them.
        try LinkedDatabaseStore.recordReach(of: database, on: connection)
        for objection in objections {
            try connection.execute(
                """
                UPDATE delivery_exception SET resolved_at = $1
                WHERE linked_database = $2 AND objection = $3 AND resolved_at IS NULL AND retry_at IS NOT NULL
                """, now, database, objection.description)
            try ImpossibilityStore.lapse(objection.description, in: database, on: connection)
        }
    }
}
