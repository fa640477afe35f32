public import CivilTime
public import PublicRegistry
public import SQLDatabase
import StrictJSON

/// A database that applies objections, and how far it has confirmed.
public struct LinkedDatabase: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// Not linked yet: its custodian has not shown that both sides make the same pseudonyms. It gets nothing, and no
        /// objection waits for it.
        case pending
        case active
        /// Gets nothing for now, and stays in the scope of every objection.
        case paused
        /// No longer linked: no objection waits for it.
        case removed
    }

    public let id: String
    /// Nil where it has none but its id.
    public let name: LocalizedText?
    /// How the hub reaches it: `postgres://…`, `sqlite:PATH`, `https://…`, `dir:PATH`, `pull:` or `manual:`. Never public.
    public let connector: String
    /// By what it knows people.
    public let matching: Matching
    /// The catalogue's datasets that it holds.
    public let datasets: [String]
    public let state: State
    public let createdAt: Instant
    /// Since when objections wait for it; nil while it is pending.
    public let linkedAt: Instant?
    /// The ledger that `position` counts in.
    public let incarnation: String
    /// Every entry up to this position is confirmed.
    public let position: Int64
    /// The end of the batch that was last handed over; beyond `position` while its outcome is not known, or while what
    /// stands in a mailbox waits to be acknowledged.
    public let handing: Int64?
    public let confirmedAt: Instant?
    public let failingSince: Instant?
    /// Why the last attempt failed, for operators.
    public let failure: String?
    /// How often it could not be served since it last was.
    public let tries: Int
    /// When it is tried again; nil while it is served.
    public let nextTryAt: Instant?
    /// Since when the target is known not to hold what it has confirmed; nil while it is where it was left.
    public let stoppedAt: Instant?
    /// Changes whenever other entries come to be handed over here: of one more project, or of an objection that was held back.
    public let reach: Int64
    /// Counts how often the list in a mailbox was begun anew.
    public let edition: Int64
    /// The last batch of that edition that the custodian has acknowledged; 0 before the first.
    public let acknowledged: Int64
    /// What its list is called, where that does not follow from its key: a key that was changed has made another.
    public let list: String?
    /// Changes whenever another set of keys counts.
    public let keyChange: Int64
    /// The number of the last batch that was handed over beside those of the ledger, where batches are pushed.
    public let beside: Int64

    init(_ row: Row) throws {
        id = try row["id"]
        name = try Self.name(try row["name"])
        connector = try row["connector"]
        datasets = try JSON(parsing: (try row["datasets"] as String).utf8).array?.compactMap(\.string) ?? []
        guard let matching = Matching(rawValue: try row["matches_on"]) else {
            throw SQLError.decoding("linked_database.matches_on")
        }
        self.matching = matching
        guard let state = State(rawValue: try row["state"]) else { throw SQLError.decoding("linked_database.state") }
        self.state = state
        createdAt = try row["created_at"]
        linkedAt = try row["linked_at"]
        incarnation = try row["incarnation"]
        position = try row["position"]
        handing = try row["handing"]
        confirmedAt = try row["confirmed_at"]
        failingSince = try row["failing_since"]
        failure = try row["failure"]
        tries = try row["tries"]
        nextTryAt = try row["next_try_at"]
        stoppedAt = try row["stopped_at"]
        reach = try row["reach"]
        edition = try row["edition"]
        acknowledged = try row["acknowledged"]
        list = try row["list"]
        keyChange = try row["key_change"]
        beside = try row["beside"]
    }

    /// A name as it is stored.
    static func name(_ stored: String) throws -> LocalizedText? {
        let name = try JSON(parsing: stored.utf8)
        return LocalizedText(fr: name["fr"]?.string, en: name["en"]?.string)
    }

    /// From so many failures on a database is tried seldom: its circuit is open.
    public static let seldomAfter = 6

    /// Whether it has failed so often that it is tried seldom, until it answers or is resumed.
    public var isTriedSeldom: Bool { tries >= Self.seldomAfter }

    /// Whether `id` may name a linked database: 1 to 40 of `a-z`, `0-9` and `-`.
    public static func isAllowed(id: String) -> Bool {
        (1...40).contains(id.utf8.count)
            && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

/// The linked databases, in the database at hand.
public enum LinkedDatabaseStore {
    /// Connectors that name no place: any number of databases have them.
    public static let placeless: Set<String> = ["pull:", "manual:"]

    /// Adds a database at position 0, so that it gets the whole ledger. False where the id is taken, or the connector is
    /// another's: two lists in one place would be neither's.
    ///
    /// - Parameter feedIndex: knows the token of whoever fetches its batches (`FeedKey.index`); nil where nobody does.
    public static func add(
        id: String, name: LocalizedText?, connector: String, datasets: [String], feedIndex: [UInt8]? = nil,
        matching: Matching = .nir, state: LinkedDatabase.State = .active, at now: Instant,
        on connection: any SQLConnection
    ) throws -> Bool {
        guard
            try placeless.contains(connector)
                || connection.first(
                    "SELECT id FROM linked_database WHERE connector = $1 AND state <> 'removed'", connector) == nil
        else { return false }
        return try connection.execute(
            """
            INSERT INTO linked_database
                (id, name, connector, datasets, state, created_at, incarnation, position, feed_index, linked_at,
                 matches_on)
            VALUES ($1, $2, $3, $4, $8, $5, $6, 0, $7, $9, $10) ON CONFLICT DO NOTHING
            """,
            id, (name?.json ?? [:]).canonical, connector, JSON.array(datasets.map { .string($0) }).canonical, now,
            try LedgerStore.incarnation(on: connection), feedIndex, state.rawValue, state == .pending ? nil : now,
            matching.rawValue) == 1
    }

    /// Every database that was ever linked, by id.
    public static func all(on connection: any SQLConnection) throws -> [LinkedDatabase] {
        try connection.query("SELECT * FROM linked_database ORDER BY id").map(LinkedDatabase.init)
    }

    /// Those that objections wait for: all that have been confirmed and not removed.
    public static func linked(on connection: any SQLConnection) throws -> [LinkedDatabase] {
        try all(on: connection).filter { $0.state != .removed && $0.state != .pending }
    }

    /// Links a database that was waiting for its custodian; from position 0, whatever has happened since it was added. False
    /// where it was not.
    public static func confirm(_ id: String, at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE linked_database SET state = 'active', incarnation = $1, linked_at = $3
            WHERE id = $2 AND state = 'pending'
            """, try LedgerStore.incarnation(on: connection), id, now) == 1
    }

    public static func find(_ id: String, on connection: any SQLConnection) throws -> LinkedDatabase? {
        try connection.first("SELECT * FROM linked_database WHERE id = $1", id).map(LinkedDatabase.init)
    }

    /// Pauses, resumes or removes a database; one that is resumed is tried at once. False where there is none of this id,
    /// it was removed, or it waits for its custodian and is not to be removed. One that is removed is asked nothing more.
    public static func set(
        _ state: LinkedDatabase.State, of id: String, on connection: any SQLConnection
    ) throws -> Bool {
        if state == .removed { try TaskStore.cancel(in: id, on: connection) }
        return try connection.execute(
            """
            UPDATE linked_database SET state = $1, tries = 0, next_try_at = NULL
            WHERE id = $2 AND state <> 'removed' AND (state <> 'pending' OR CAST($1 AS text) = 'removed')
            """, state.rawValue, id) == 1
    }

    // MARK: The hub's cursor

    /// Records that the batch up to `end` is about to be handed over, before it is.
    public static func recordHanding(to end: Int64, of id: String, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE linked_database SET handing = $1 WHERE id = $2", end, id)
    }

    /// Records that a batch beside those of the ledger is about to be handed over as the one that follows `number`; false where
    /// another is, since that was read.
    public static func recordBeside(after number: Int64, of id: String, on connection: any SQLConnection) throws -> Bool
    {
        try connection.execute(
            "UPDATE linked_database SET beside = beside + 1 WHERE id = $1 AND beside = $2", id, number) == 1
    }

    /// Records that other entries are handed over from now on: of more projects, or of objections that were held back.
    static func recordReach(of id: String, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE linked_database SET reach = reach + 1 WHERE id = $1", id)
    }

    /// Records that the database has confirmed everything up to `end`; false, and nothing, where its cursor has left `start`.
    @discardableResult
    public static func recordConfirmation(
        from start: Int64, to end: Int64, of database: LinkedDatabase, at now: Instant,
        on connection: any SQLConnection
    ) throws -> Bool {
        let moved = try connection.execute(
            """
            UPDATE linked_database
            SET position = $1, confirmed_at = $2, handing = CASE WHEN handing > $1 THEN handing END,
                failing_since = NULL, failure = NULL, stopped_at = NULL, tries = 0, next_try_at = NULL
            WHERE id = $3 AND incarnation = $4 AND position = $5
            """, end, now, database.id, database.incarnation, start)
        guard moved == 1, end > start else { return moved == 1 }
        try connection.execute(
            """
            INSERT INTO delivery_batch (linked_database, incarnation, to_position, from_position, confirmed_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """, database.id, database.incarnation, end, start, now)
        try ImpossibilityStore.lapseConfirmed(in: database.id, after: start, upTo: end, on: connection)
        return true
    }

    /// Records that the database could not be served, and since when; with `isOutOfPlace`, that what it has confirmed can no
    /// longer be relied upon.
    public static func recordFailure(
        _ reason: String, isOutOfPlace: Bool, of id: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE linked_database
            SET failing_since = COALESCE(failing_since, $1), failure = $2, stopped_at = COALESCE(stopped_at, $3),
                tries = tries + 1
            WHERE id = $4
            """, now, reason, isOutOfPlace ? now : nil, id)
    }

    /// Records when a database that could not be served is tried again; nothing where it has been served since.
    public static func recordNextTry(of id: String, at next: Instant, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE linked_database SET next_try_at = $1 WHERE id = $2 AND tries > 0", next, id)
    }

    /// Records that the database was reached, and is where it was left.
    public static func recordPlace(of id: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE linked_database
            SET failing_since = NULL, failure = NULL, stopped_at = NULL, tries = 0, next_try_at = NULL WHERE id = $1
            """, id)
    }
}
