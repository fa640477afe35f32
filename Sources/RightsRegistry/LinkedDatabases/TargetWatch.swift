public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// A time during which a database was beyond its published target.
public struct TargetBreach: Sendable, Hashable {
    public let database: String
    /// When it was noticed.
    public let beganAt: Instant
    /// When what waited longest had entered the ledger.
    public let waitingSince: Instant
    public let targetHours: Int
    /// Nil while it goes on.
    public let overAt: Instant?

    init(_ row: Row) throws {
        database = try row["linked_database"]
        beganAt = try row["began_at"]
        waitingSince = try row["waiting_since"]
        targetHours = try row["target_hours"]
        overAt = try row["over_at"]
    }
}

/// Targets that were passed.
public enum TargetBreachStore {
    /// The newest first.
    public static func breaches(
        of database: String, limit: Int, on connection: any SQLConnection
    ) throws -> [TargetBreach] {
        try connection.query(
            "SELECT * FROM target_breach WHERE linked_database = $1 ORDER BY began_at DESC LIMIT \(limit)", database
        ).map(TargetBreach.init)
    }

    /// Those that go on.
    static func open(on connection: any SQLConnection) throws -> [TargetBreach] {
        try connection.query("SELECT * FROM target_breach WHERE over_at IS NULL ORDER BY linked_database")
            .map(TargetBreach.init)
    }

    /// False where one goes on already: another process has noticed it.
    static func begin(
        _ standing: DatabaseStanding, since: Instant, hours: Int, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO target_breach (linked_database, began_at, waiting_since, target_hours)
            VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
            """, standing.linked.id, now, since, hours) == 1
    }

    /// False where it is over already.
    static func end(_ breach: TargetBreach, at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE target_breach SET over_at = $1 WHERE linked_database = $2 AND over_at IS NULL", now, breach.database
        ) == 1
    }
}

/// Notices when a database passes its published target, and when that is over: an audit event and a mail to the data
/// protection officer, once for each. It runs where operators are served, in any number of processes.
public struct TargetWatch: Sendable {
    private let database: SQLDatabase
    private let targets: PublishedTargets
    private let now: TimeSource
    private let random: RandomSource

    public init(
        database: SQLDatabase, targets: PublishedTargets, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.targets = targets
        self.now = now
        self.random = random
    }

    /// Looks once; returns how many breaches began or ended.
    @discardableResult
    public func runOnce() async throws -> Int {
        let moment = now()
        guard try await database.read({ !(try changes(at: moment, on: $0)).isEmpty }) else { return 0 }
        return try await database.write { connection in
            let changes = try changes(at: moment, on: connection)
            for change in changes { try record(change, at: moment, on: connection) }
            return changes.count
        }
    }

    /// Looks every minute until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(60), failing: "published targets could not be looked at", logger: logger) {
            try await runOnce()
        }
    }

    private enum Change {
        case began(DatabaseStanding, since: Instant)
        case ended(TargetBreach)
    }

    private func changes(at moment: Instant, on connection: any SQLConnection) throws -> [Change] {
        let standings = try DatabaseStandingStore.linked(on: connection)
        let late = standings.filter { $0.isLate(after: targets.hours(of: $0.linked), at: moment) }
        let open = try TargetBreachStore.open(on: connection)
        let known = Set(open.map(\.database))
        let ids = Set(late.map(\.linked.id))
        return late.filter { !known.contains($0.linked.id) }.compactMap { standing in
            standing.waitingSince.map { .began(standing, since: $0) }
        } + open.filter { !ids.contains($0.database) }.map(Change.ended)
    }

    private func record(_ change: Change, at moment: Instant, on connection: any SQLConnection) throws {
        let (id, since, hours, kind, isNew): (String, Instant, Int, ServiceMail.Kind, Bool)
        switch change {
        case .began(let standing, let waitingSince):
            (id, since, hours) = (standing.linked.id, waitingSince, targets.hours(of: standing.linked))
            kind = .targetPassed
            isNew = try TargetBreachStore.begin(standing, since: since, hours: hours, at: moment, on: connection)
        case .ended(let breach):
            (id, since, hours) = (breach.database, breach.waitingSince, breach.targetHours)
            kind = .targetMet
            isNew = try TargetBreachStore.end(breach, at: moment, on: connection)
        }
        guard isNew else { return }
        try AuditEvent(
            at: moment, actor: "system", role: "system", act: "database.\(kind.rawValue)", subject: id,
            detail: ["waitingSince": .string(since.description), "targetHours": .integer(Int64(hours))], random: random
        ).record(on: connection)
        try ServiceMailStore.note(
            ServiceMail(
                id: Hex.encode(random(16)), kind: kind, database: id, recipient: nil, waitingSince: since,
                targetHours: hours), at: moment, on: connection)
    }
}
