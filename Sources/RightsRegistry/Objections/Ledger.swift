public import CivilTime
public import SQLDatabase
import StrictJSON
public import Vault

/// What an entry does to the lists.
public enum LedgerEffect: String, Sendable, CaseIterable {
    case register, withdraw
}

/// An objection's id, fixed at filing: 16 random bytes, 32 hexadecimal digits in the database.
public struct ObjectionID: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(random: RandomSource = systemRandom) { bytes = random(16) }

    /// Nil unless `text` is 32 hexadecimal digits.
    public init?(_ text: String) {
        guard let bytes = Hex.decode(text), bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    public var description: String { Hex.encode(bytes) }
}

/// A sealed registration, ready to be inserted: prepared before the transaction, since sealing draws randomness.
public struct SealedRegistration: Sendable {
    package let entryID: String
    let objection: ObjectionID
    let scope: Scope
    let identifierCount: Int
    let traitCount: Int
    let segment: WrappedSegment
    let sealed: [UInt8]
    /// The projects whose controllers are to be told, since no connector reaches all of their data.
    let unreached: [String]
    let at: Instant
}

/// Seals registrations under the segment key of the moment.
public struct LedgerSealer: Sendable {
    private let keyring: SegmentKeyring
    private let epoch: Int
    private let random: RandomSource

    /// - Parameter epoch: of the ledger's key to which the keyring wraps.
    package init(keyring: SegmentKeyring, epoch: Int = 1, random: @escaping RandomSource) {
        self.keyring = keyring
        self.epoch = epoch
        self.random = random
    }

    init(for key: LedgerKey, random: @escaping RandomSource) {
        self.init(
            keyring: SegmentKeyring(publicKey: key.publicKey, random: random), epoch: key.epoch, random: random)
    }

    /// The key to seal one thing with for the hub, and what is to be committed with it.
    func current(at now: Instant) throws -> (key: SegmentKey, segment: WrappedSegment) {
        let current = try keyring.current(at: now)
        return (current.key, WrappedSegment(id: current.key.id, wrap: current.wrap, epoch: epoch))
    }

    /// Seals whatever a linked database may know the person by.
    func registration(
        of objection: ObjectionID, about subject: Subject, scope: Scope, unreached: [String], at now: Instant
    ) throws -> SealedRegistration {
        try registration(
            of: objection, identifiers: subject.identifiers.map(\.canonical), traits: subject.traits.map(\.canonical),
            scope: scope, unreached: unreached, at: now)
    }

    /// Seals the identifiers of a person for the hub: `NIR|YYYYMMDD|sex` each, then those made of traits. Their order fixes
    /// their numbers.
    package func registration(
        of objection: ObjectionID, identifiers: [String], traits: [String] = [], scope: Scope, unreached: [String],
        at now: Instant
    ) throws -> SealedRegistration {
        let (key, segment) = try current(at: now)
        // After the time, so that entries of one moment stand on the same pages of the index; then 80 random bits.
        let time = withUnsafeBytes(of: now.milliseconds.bigEndian) { $0.suffix(6) }
        let entryID = Hex.encode(time + random(10))
        return SealedRegistration(
            entryID: entryID, objection: objection, scope: scope, identifierCount: identifiers.count,
            traitCount: traits.count, segment: segment,
            sealed: try key.seal(
                Array((identifiers + traits).joined(separator: "\n").utf8), at: LedgerStore.location(of: entryID),
                random: random),
            unreached: unreached, at: now)
    }
}

/// An entry as the hub reads it, at its position.
public struct LedgerEntry: Sendable {
    public let id: String
    public let position: Int64
    public let objection: ObjectionID
    public let effect: LedgerEffect
    public let scope: Scope
    /// Whether the objection had entries before this one.
    public let isLater: Bool
    /// How many identifiers made of a NIR the person has.
    public let identifierCount: Int
    /// How many made of traits.
    public let traitCount: Int
    /// Whether the objection had ended for so long that its identifiers were destroyed: a registration is told to nobody any more,
    /// and its end may find no row.
    public let isForgotten: Bool
    let segment: String?
    let sealed: [UInt8]?
}

/// The ledger of opt-outs: what is appended here reaches every linked database, once and in order.
public enum LedgerStore {
    /// A registration comes before its withdrawal whatever the writers' clocks say: an entry of a higher ordinal could
    /// only be inserted by an act that saw the lower one.
    public static let sequenced = SequencedTable(
        name: "ledger_entry", number: "position", order: "ordinal, created_at, id")

    static func location(of entryID: String) -> BoxLocation {
        BoxLocation(table: "ledger_entry", row: entryID, column: "sealed", version: 1)
    }

    /// Names the ledger where it has no name yet. Called when a database is made or opened by a command.
    public static func found(on connection: any SQLConnection, incarnation: String, at now: Instant) throws {
        guard try connection.first("SELECT incarnation FROM ledger") == nil else { return }
        try connection.execute("INSERT INTO ledger (incarnation, since) VALUES ($1, $2)", incarnation, now)
    }

    /// The ledger's incarnation.
    public static func incarnation(on connection: any SQLConnection) throws -> String {
        guard let row = try connection.first("SELECT incarnation FROM ledger ORDER BY since DESC LIMIT 1") else {
            throw SQLError.refused("This database has no ledger yet: run “regard init”.")
        }
        return try row["incarnation"]
    }

    /// The last position given, 0 in an empty ledger.
    public static func head(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT last FROM sequence WHERE name = 'ledger_entry'")?["last"] ?? 0
    }

    /// Registers an objection: from the next batch on, it is on its way to every database in scope.
    ///
    /// It reads nothing but which keys count, so that filings at the same time have no reason to wait for each other.
    /// - Parameter ordinal: 1 for an objection that was just filed.
    ///
    /// Throws `RightsError.keysOutdated` where it was sealed for a key that counts no more.
    package static func register(
        _ registration: SealedRegistration, ordinal: Int = 1, on connection: any SQLConnection
    ) throws {
        try registration.segment.insert(at: registration.at, on: connection)
        try connection.execute(
            """
            INSERT INTO ledger_entry (id, objection, ordinal, effect, scope, identifier_count, segment, sealed, created_at,
                trait_count)
            VALUES ($1, $2, $3, 'register', $4, $5, $6, $7, $8, $9)
            """,
            registration.entryID, registration.objection.description, ordinal, registration.scope.json.canonical,
            registration.identifierCount, registration.segment.id, registration.sealed, registration.at,
            registration.traitCount)
        try record(registration.scope.projects, of: registration.objection, on: connection)
        // Of one that was just filed nobody has said anything.
        if ordinal > 1 { try ImpossibilityStore.lapse(registration.objection, within: .all, on: connection) }
        try ControllerTaskStore.open(
            registration.unreached, of: registration.objection, at: registration.at, on: connection)
    }

    private static func record(
        _ projects: [String], of objection: ObjectionID, on connection: any SQLConnection
    ) throws {
        for project in projects {
            try connection.execute(
                "INSERT INTO objection_project (project, objection) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                project, objection.description)
        }
    }

    /// Registers an objection unless a part of it is in force: for the first time, or again after it was ended.
    static func registerUnlessInForce(_ registration: SealedRegistration, on connection: any SQLConnection) throws {
        let history = try ObjectionHistory.load(registration.objection, on: connection)
        guard !history.isInForce else { return }
        try register(registration, ordinal: (history.entries.last?.ordinal ?? 0) + 1, on: connection)
    }

    /// Ends `wrong` and registers another objection in its place, without what had been taken back of it. It is numbered
    /// after that end, so that a database that has confirmed this one has confirmed that end too.
    ///
    /// - Parameter entryIDs: three, for the end and for as many withdrawals as there are parts of a scope.
    static func replace(
        _ wrong: ObjectionID, by registration: SealedRegistration, entryIDs: [String], at now: Instant,
        on connection: any SQLConnection
    ) throws {
        let exceptions = try ObjectionHistory.load(wrong, on: connection).exceptions
        try withdraw(wrong, entryID: entryIDs[0], at: now, on: connection)
        let end = try ObjectionHistory.load(wrong, on: connection).entries.last?.ordinal ?? 0
        try register(registration, ordinal: end + 1, on: connection)
        for (exception, entryID) in zip(exceptions, entryIDs.dropFirst()) {
            try withdraw(registration.objection, exception, entryID: entryID, at: now, on: connection)
        }
        try ControllerTaskStore.forget(wrong, on: connection)
    }

    /// Ends an objection, or the part of it that `scope` names, and it alone; returns what was ended, nil where nothing
    /// of it was in force.
    ///
    /// The entry holds no identity: what a target needs to find its rows follows from the objection's id.
    @discardableResult
    static func withdraw(
        _ objection: ObjectionID, _ scope: Scope = .all, entryID: String, at now: Instant,
        on connection: any SQLConnection
    ) throws -> Scope? {
        let history = try ObjectionHistory.load(objection, on: connection)
        guard let last = history.entries.last, var ended = history.inForce(within: scope) else { return nil }
        // What ends the rest ends it whole, so that one entry says what the objection has come to.
        if history.inForce() == ended, let whole = history.scope { ended = whole }
        try connection.execute(
            """
            INSERT INTO ledger_entry (id, objection, ordinal, effect, scope, identifier_count, trait_count, created_at)
            VALUES ($1, $2, $3, 'withdraw', $4, $5, $6, $7)
            """, entryID, objection.description, last.ordinal + 1, ended.json.canonical, last.identifierCount,
            last.traitCount, now)
        try record(ended.projects, of: objection, on: connection)
        let isWhole = ended == history.scope
        try ImpossibilityStore.lapse(objection, within: isWhole ? .all : ended, on: connection)
        try ControllerTaskStore.end(ended, of: objection, at: now, on: connection)
        return ended
    }

    /// The entries after `position`, in order, at most `limit`.
    public static func entries(
        after position: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> [LedgerEntry] {
        try connection.query(
            "SELECT * FROM ledger_entry WHERE position > $1 ORDER BY position LIMIT \(limit)", position
        ).map(LedgerEntry.init)
    }

    /// The entries of some objections up to `position`, in order.
    static func entries(
        of objections: [String], upTo position: Int64, on connection: any SQLConnection
    ) throws -> [LedgerEntry] {
        let places = objections.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
        return try connection.query(
            "SELECT * FROM ledger_entry WHERE position <= $1 AND objection IN (\(places)) ORDER BY position",
            parameters: [position] + objections
        ).map(LedgerEntry.init)
    }
}

extension LedgerEntry {
    init(_ row: Row) throws {
        guard let objection = ObjectionID(try row["objection"]), let effect = LedgerEffect(rawValue: try row["effect"])
        else { throw SQLError.decoding("a ledger entry's objection or effect") }
        self.init(
            id: try row["id"], position: try row["position"], objection: objection, effect: effect,
            scope: try Scope(stored: try row["scope"]), isLater: try row["ordinal"] as Int > 1,
            identifierCount: try row["identifier_count"], traitCount: try row["trait_count"],
            isForgotten: try row["forgotten_at"] as Int64? != nil, segment: try row["segment"],
            sealed: try row["sealed"])
    }

    /// The projects that it names.
    public var projects: [String] { scope.projects }

    /// Which rows of a database's list the entry is about: `*` for whatever is done there, or a project's reference.
    /// - Parameter served: of the projects that it names, those whose entries the database gets.
    public func rows(in database: String, served: Set<String>) -> [String] {
        switch scope {
        case .all: ["*"]
        case .databases(let ids): ids.contains(database) ? ["*"] : []
        case .projects(let ids): ids.filter(served.contains)
        }
    }
}
