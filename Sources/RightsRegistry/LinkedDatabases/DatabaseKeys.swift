public import CivilTime
public import SQLDatabase

/// One of the keys under which a linked database's list is made. A database has one; while its key is changed it has two, and
/// its list has the rows of both.
public struct KeyGeneration: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// The one that the custodian matches with.
        case active
        /// The list is getting its rows, and the custodian does not match with it yet.
        case incoming
        /// The custodian matches with its successor, and its rows are being ended.
        case outgoing
        /// Nothing of it is in force at the target, and its key is destroyed, or is about to be.
        case retired
    }

    /// From 1.
    public let number: Int
    public let state: State
    public let since: Instant
    /// Up to which position of the ledger registrations are gone through for it, outside of the batches that follow the
    /// ledger.
    public let bound: Int64
    /// As far as that has been handed over, and as far as the database has confirmed it.
    public let handed: Int64
    public let confirmed: Int64
    /// The position that the database must have confirmed before its successor can take over.
    public let due: Int64
    /// When the change to it was called off; nil where it was not.
    public let calledOffAt: Instant?
    /// Of a change that was called off: the registrations after the first position, up to the second, that were never told
    /// under it.
    let untold: Untold

    struct Untold: Sendable, Hashable {
        let after: Int64
        let upTo: Int64

        static let none = Untold(after: 0, upTo: 0)

        func contains(_ position: Int64) -> Bool { position > after && position <= upTo }
    }

    /// The key of a database whose key was never changed.
    static func first(since: Instant) -> KeyGeneration {
        KeyGeneration(
            number: 1, state: .active, since: since, bound: 0, handed: 0, confirmed: 0, due: 0)
    }

    /// Whether the list speaks under this key of an objection whose newest registration stands at `position`.
    ///
    /// - Parameter asConfirmed: in the list as the database has confirmed it, and not as it was handed over.
    public func carries(_ position: Int64, asConfirmed: Bool = false) -> Bool {
        let passed = asConfirmed ? confirmed : handed
        return switch state {
        case .active: true
        // What is registered from now on is told under both keys; what was before, once it has been gone through.
        case .incoming: position <= passed || position > bound
        // Ended one after the other; what is registered from now on never has a row.
        case .outgoing: position > passed && position <= bound && !untold.contains(position)
        case .retired: false
        }
    }

    /// Whether all that it has to go through is confirmed.
    public var isGoneThrough: Bool { confirmed >= bound }

    /// As it will be once it is gone through.
    public var goneThrough: KeyGeneration {
        KeyGeneration(
            number: number, state: state, since: since, bound: bound, handed: bound, confirmed: bound, due: due,
            calledOffAt: calledOffAt, untold: untold)
    }

    /// Whether it was called off, and what was handed over of it is still to be confirmed: nothing more is.
    public var isStopping: Bool { state == .incoming && calledOffAt != nil }

    /// Whether it can be taken back: nobody waits to know what became of a part of it.
    var isSettled: Bool { confirmed == handed }

    init(
        number: Int, state: State, since: Instant, bound: Int64, handed: Int64, confirmed: Int64, due: Int64,
        calledOffAt: Instant? = nil, untold: Untold = .none
    ) {
        (self.calledOffAt, self.untold) = (calledOffAt, untold)
        (self.number, self.state, self.since) = (number, state, since)
        (self.bound, self.handed, self.confirmed, self.due) = (bound, handed, confirmed, due)
    }

    init(_ row: Row) throws {
        guard let state = State(rawValue: try row["state"]) else { throw SQLError.decoding("database_key.state") }
        self.init(
            number: try row["generation"], state: state, since: try row["since"], bound: try row["bound"],
            handed: try row["handed"], confirmed: try row["confirmed"], due: try row["due"],
            calledOffAt: try row["called_off_at"],
            untold: Untold(after: try row["untold_after"], upTo: try row["untold_upto"]))
    }
}

/// Why a change of keys can't go on yet.
///
/// The words are for operators.
public enum KeyChangeRefusal: String, Error, Sendable, Hashable, CustomStringConvertible {
    case notLinked = "It is not linked."
    case underWay = "A change of its key is under way already."
    case notBegun = "No change of its key is under way."
    case confirmed = "Its custodian has confirmed the new key already: change it once more instead."
    case calledOff = "This change of its key was called off."
    case stopped = "It has stopped, or is of another ledger: resynchronise it first."
    case notConfirmed = "It has not confirmed everything under the new key yet."
    case exceptions = "It could not take some objections: resolve these exceptions first."
    case strays =
        "Its list has rows in force that the ledger does not explain, and nobody can make their pseudonyms under the new key: decide on them first (regard database strays)."

    public var description: String { rawValue }
}

/// The keys of linked databases, as far as they were ever changed.
public enum DatabaseKeyStore {
    /// All generations of a database's key, the oldest first.
    public static func all(of database: String, on connection: any SQLConnection) throws -> [KeyGeneration] {
        let found = try connection.query(
            "SELECT * FROM database_key WHERE linked_database = $1 ORDER BY generation", database
        ).map(KeyGeneration.init)
        guard found.isEmpty else { return found }
        return [
            .first(since: try LinkedDatabaseStore.find(database, on: connection)?.createdAt ?? .init(milliseconds: 0))
        ]
    }

    /// By database, the generations of those whose key was ever changed.
    public static func byDatabase(on connection: any SQLConnection) throws -> [String: [KeyGeneration]] {
        let rows = try connection.query("SELECT * FROM database_key ORDER BY linked_database, generation")
        return Dictionary(
            grouping: try rows.map { (id: try $0["linked_database"] as String, key: try KeyGeneration($0)) }, by: \.id
        ).mapValues { $0.map(\.key) }
    }

    /// Those under which the list has rows, or is getting them.
    public static func current(of database: String, on connection: any SQLConnection) throws -> [KeyGeneration] {
        try all(of: database, on: connection).filter { $0.state != .retired }
    }

    /// Begins a change of keys: from the next batch on, whatever is told is told under both.
    ///
    /// - Parameters:
    ///   - number: of the new key, whose file is there.
    ///   - list: the name of the list, which stays what it was.
    ///
    /// Throws `KeyChangeRefusal`.
    public static func begin(
        _ number: Int, of database: String, list: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        guard let linked = try LinkedDatabaseStore.find(database, on: connection),
            linked.state == .active || linked.state == .paused
        else { throw KeyChangeRefusal.notLinked }
        let known = try all(of: database, on: connection)
        guard known.allSatisfy({ $0.state == .active || $0.state == .retired }) else { throw KeyChangeRefusal.underWay }
        for generation in known {
            try connection.execute(
                """
                INSERT INTO database_key (linked_database, generation, state, since) VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING
                """, database, generation.number, generation.state.rawValue, generation.since)
        }
        // What is under way is told as it was begun, and gone through with the rest.
        let bound = max(linked.position, linked.handing ?? 0)
        try connection.execute(
            """
            INSERT INTO database_key (linked_database, generation, state, since, bound, due)
            VALUES ($1, $2, 'incoming', $3, $4, $4)
            """, database, number, now, bound)
        try connection.execute(
            "UPDATE linked_database SET list = COALESCE(list, $1), key_change = key_change + 1 WHERE id = $2", list,
            database)
    }

    /// Makes the incoming key the one that the custodian matches with: from now on the rows of the other are ended.
    ///
    /// Throws `KeyChangeRefusal` while anything that is in force is not confirmed under the new key.
    public static func confirm(_ database: String, at now: Instant, on connection: any SQLConnection) throws {
        guard let linked = try LinkedDatabaseStore.find(database, on: connection),
            linked.state == .active || linked.state == .paused
        else { throw KeyChangeRefusal.notLinked }
        let current = try current(of: database, on: connection)
        guard let incoming = current.first(where: { $0.state == .incoming }) else {
            let isCalledOff = current.contains { $0.calledOffAt != nil }
            throw isCalledOff ? KeyChangeRefusal.calledOff : KeyChangeRefusal.notBegun
        }
        guard incoming.calledOffAt == nil else { throw KeyChangeRefusal.calledOff }
        guard linked.stoppedAt == nil, linked.incarnation == (try LedgerStore.incarnation(on: connection)) else {
            throw KeyChangeRefusal.stopped
        }
        guard incoming.isGoneThrough, linked.position >= incoming.due else { throw KeyChangeRefusal.notConfirmed }
        guard try !DeliveryExceptionStore.holdsKeyBack(in: database, on: connection) else {
            throw KeyChangeRefusal.exceptions
        }
        guard try StrayStore.all(in: database, on: connection).allSatisfy({ $0.state == .ended }) else {
            throw KeyChangeRefusal.strays
        }
        // They are sealed under the key that goes.
        try StrayStore.forget(database, on: connection)
        try connection.execute(
            """
            UPDATE database_key SET state = 'outgoing', since = $1, bound = $2, handed = 0, confirmed = 0
            WHERE linked_database = $3 AND state = 'active'
            """, now, max(linked.position, linked.handing ?? 0), database)
        try connection.execute(
            "UPDATE database_key SET state = 'active', since = $1 WHERE linked_database = $2 AND state = 'incoming'",
            now,
            database)
        try recordChange(of: database, on: connection)
    }

    /// Calls off a change that the custodian has not confirmed: the key that they match with stays, and what the list has got
    /// under the other is ended.
    ///
    /// Throws `KeyChangeRefusal`.
    public static func callOff(_ database: String, at now: Instant, on connection: any SQLConnection) throws {
        guard let linked = try LinkedDatabaseStore.find(database, on: connection),
            linked.state == .active || linked.state == .paused
        else { throw KeyChangeRefusal.notLinked }
        let current = try current(of: database, on: connection)
        guard let incoming = current.first(where: { $0.state == .incoming }) else {
            let outgoing = current.first { $0.state == .outgoing }
            throw outgoing.map { $0.calledOffAt == nil ? .confirmed : .calledOff } ?? KeyChangeRefusal.notBegun
        }
        guard incoming.calledOffAt == nil else { throw KeyChangeRefusal.calledOff }
        try connection.execute(
            "UPDATE database_key SET called_off_at = $1 WHERE linked_database = $2 AND state = 'incoming'", now,
            database)
        try turnBack(in: database, at: now, on: connection)
    }

    /// Begins to end the rows of a change that was called off, once it is known of each part that was handed over what became
    /// of it. Nothing where there is none.
    ///
    /// - Parameter isListBegunAnew: whether the list is begun anew: then nothing of it is under way any more.
    public static func turnBack(
        in database: String, isListBegunAnew: Bool = false, at now: Instant, on connection: any SQLConnection
    ) throws {
        guard
            try current(of: database, on: connection).contains(where: {
                $0.isStopping && ($0.isSettled || isListBegunAnew)
            }), let linked = try LinkedDatabaseStore.find(database, on: connection)
        else { return }
        try connection.execute(
            """
            UPDATE database_key
            SET state = 'outgoing', since = $1, untold_after = handed, untold_upto = bound, bound = $2, handed = 0,
                confirmed = 0
            WHERE linked_database = $3 AND state = 'incoming' AND called_off_at IS NOT NULL
            """, now, max(linked.position, linked.handing ?? 0), database)
        try recordChange(of: database, on: connection)
    }

    private static func recordChange(of database: String, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE linked_database SET key_change = key_change + 1 WHERE id = $1", database)
    }

    // MARK: Going through the registrations

    /// The generation whose registrations are to be gone through next; nil where there is none, or not before the database has
    /// come that far.
    ///
    /// - Parameter place: up to where the database has been told of the ledger.
    public static func waiting(
        in database: String, at place: Int64, on connection: any SQLConnection
    ) throws -> KeyGeneration? {
        try current(of: database, on: connection).first {
            $0.state != .active && !$0.isStopping && $0.handed < $0.bound && $0.bound <= place
        }
    }

    /// The generation of which a part has been handed over, and nobody knows what became of it: where the database answers
    /// at once.
    public static func unsettled(in database: String, on connection: any SQLConnection) throws -> KeyGeneration? {
        try current(of: database, on: connection).first { $0.state != .active && $0.confirmed < $0.handed }
    }

    /// Records that registrations up to `position` are about to be handed over.
    public static func recordHanded(
        _ generation: Int, to position: Int64, in database: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE database_key SET handed = $1 WHERE linked_database = $2 AND generation = $3 AND handed < $1",
            position,
            database, generation)
    }

    /// Records that the database has confirmed a part. One that was made before the change was called off says nothing of
    /// what is ended since.
    public static func recordConfirmed(
        _ pass: KeyPass, in database: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE database_key SET confirmed = $1
            WHERE linked_database = $2 AND generation = $3 AND state = $4 AND confirmed < $1 AND handed >= $1
            """, pass.upTo, database, pass.generation, pass.kind.rawValue)
    }

    /// Records that the list was brought to the ledger under every key.
    static func recordGoneThrough(_ database: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE database_key SET handed = bound, confirmed = bound WHERE linked_database = $1", database)
    }

    /// Begins it anew, where the list is: it is told everything from position 0, under both keys.
    static func beginAnew(
        _ database: String, from position: Int64, at now: Instant, on connection: any SQLConnection
    ) throws {
        try turnBack(in: database, isListBegunAnew: true, at: now, on: connection)
        try connection.execute(
            """
            UPDATE database_key SET due = CASE WHEN due < $1 THEN $1 ELSE due END, bound = 0, handed = 0, confirmed = 0
            WHERE linked_database = $2 AND state = 'incoming'
            """, position, database)
        // What the list kept under the key that goes is ended once the database has come as far as it has rows.
        try connection.execute(
            "UPDATE database_key SET handed = 0, confirmed = 0 WHERE linked_database = $1 AND state = 'outgoing'",
            database)
    }

    // MARK: Destroying keys

    /// Retires a key whose rows are all confirmed to be ended. False where none is.
    public static func retire(in database: String, at now: Instant, on connection: any SQLConnection) throws -> Bool {
        let count = try connection.execute(
            """
            UPDATE database_key SET state = 'retired', since = $1
            WHERE linked_database = $2 AND state = 'outgoing' AND confirmed >= bound
            """, now, database)
        if count > 0 { try recordChange(of: database, on: connection) }
        return count > 0
    }

    /// The retired generations whose files may still be there.
    public static func undestroyed(in database: String, on connection: any SQLConnection) throws -> [Int] {
        try connection.query(
            """
            SELECT generation FROM database_key
            WHERE linked_database = $1 AND state = 'retired' AND destroyed_at IS NULL ORDER BY generation
            """, database
        ).map { try $0["generation"] }
    }

    public static func recordDestroyed(
        _ generation: Int, in database: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE database_key SET destroyed_at = $1 WHERE linked_database = $2 AND generation = $3", now, database,
            generation)
    }

    /// Whether the hub has something to do for a change of keys.
    ///
    /// - Parameters:
    ///   - place: up to where the database has been told of the ledger.
    ///   - answersAtOnce: whether what was handed over and is not confirmed is to be handed over again.
    public static func hasWork(
        in database: String, at place: Int64, answersAtOnce: Bool, on connection: any SQLConnection
    ) throws -> Bool {
        try all(of: database, on: connection).contains { generation in
            switch generation.state {
            case .active: false
            case .incoming, .outgoing:
                !generation.isStopping && generation.handed < generation.bound && generation.bound <= place
                    || generation.isStopping && generation.isSettled
                    || answersAtOnce && generation.confirmed < generation.handed
                    || generation.state == .outgoing && generation.isGoneThrough
            case .retired: false
            }
        } || !undestroyed(in: database, on: connection).isEmpty
    }
}
