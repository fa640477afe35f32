public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// Destroys in the ledger who an objection was about, once it has ended, every linked database has confirmed that, and its time is
/// over. The entries stay at their positions as bare facts: that something was registered and ended, when, and in which scope.
///
/// A withdrawal goes by its token (decision 4), so its entry is told like any other to whoever has not heard it. The registration is
/// told to nobody any more: a database that joins later passes it. Registered again, the objection has a new entry, with identifiers
/// of its own.
public struct LedgerForgetting: Sendable {
    /// Objections judged in one transaction.
    private static let batch = 100
    private static let leaseSeconds = 600

    let database: SQLDatabase
    let days: Int
    let holder: String
    let now: TimeSource
    let random: RandomSource

    /// - Parameter days: for which identifiers are kept after the last confirmation of the end (``Retention/ledgerDays``).
    public init(
        database: SQLDatabase, days: Int, holder: String, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.days = days
        self.holder = holder
        self.now = now
        self.random = random
    }

    /// Forgets what is due; returns how many objections. Nothing where another process is at it.
    public func runOnce() async throws -> Int {
        let due = now().adding(seconds: -days * 86_400)
        return try await database.underLease(
            "ledger-forgetting", for: holder, seconds: Self.leaseSeconds, now: now
        ) { lease in
            let (count, isWhole) = try await forget(confirmedBy: due, under: lease)
            if isWhole { try await forgetLists(madeBefore: due) }
            return count
        } ?? 0
    }

    /// Returns how many, and whether these are all: another process may have taken over.
    private func forget(confirmedBy due: Instant, under lease: Lease) async throws -> (count: Int, isWhole: Bool) {
        var (last, count): (Int64, Int) = (0, 0)
        while true {
            let after = last
            let page = try await database.read {
                try ForgettingStore.ended(by: due, after: after, limit: Self.batch, on: $0)
            }
            guard let end = page.last else { return (count, true) }
            last = end.position
            guard let forgotten = try await forget(page.map(\.objection), confirmedBy: due, under: lease) else {
                return (count, false)
            }
            count += forgotten
        }
    }

    /// Looks every hour until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(3600), failing: "the ledger could not forget, trying again", logger: logger) {
            let count = try await runOnce()
            if count > 0 { logger.info("objections that had ended were forgotten", metadata: ["count": "\(count)"]) }
        }
    }

    /// Each is judged again in the transaction that forgets it. Nil where another process has taken over.
    private func forget(
        _ objections: [ObjectionID], confirmedBy due: Instant, under lease: Lease
    ) async throws -> Int? {
        let (moment, id) = (now(), Hex.encode(random(16)))
        return try await database.write { connection in
            guard try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection) else { return nil }
            let linked = try LinkedDatabaseStore.linked(on: connection)
            let ledgers = try ForgettingStore.Ledgers.load(on: connection)
            var count = 0
            for objection in objections {
                guard
                    try ForgettingStore.mayForget(
                        objection, confirmedBy: due, in: linked, ledgers, on: connection)
                else { continue }
                try ForgettingStore.forget(objection, at: moment, on: connection)
                count += 1
            }
            // How many, and not which: the ledger has that.
            if count > 0 {
                try AuditEvent(
                    at: moment, actor: "system", role: "system", act: "ledger.forgotten", subject: "ledger",
                    detail: ["objections": .integer(Int64(count))], random: { _ in Hex.decode(id) ?? [] }
                ).record(on: connection)
            }
            return count
        }
    }

    /// A whole list that a custodian asked for so long ago names people who have left it since.
    private func forgetLists(madeBefore due: Instant) async throws {
        _ = try await database.write { connection in
            for id in try WholeListStore.old(madeBefore: due, on: connection) {
                try WholeListStore.destroy(id, on: connection)
            }
        }
    }
}

/// The SQL of forgetting.
enum ForgettingStore {
    /// The ledgers that positions were ever counted in: the one that counts, and those before a restore.
    struct Ledgers: Sendable {
        let current: String
        let all: [String]

        static func load(on connection: any SQLConnection) throws -> Ledgers {
            Ledgers(
                current: try LedgerStore.incarnation(on: connection),
                all: try connection.query("SELECT incarnation FROM ledger").map { try $0["incarnation"] })
        }
    }

    /// Objections whose last entry is a withdrawal that was made by `due`, by its position: those that ended whole are among them.
    static func ended(
        by due: Instant, after position: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> [(position: Int64, objection: ObjectionID)] {
        try connection.query(
            """
            SELECT e.position, e.objection FROM ledger_entry e
            WHERE e.effect = 'withdraw' AND e.forgotten_at IS NULL AND e.position > $1 AND e.created_at <= $2
                AND NOT EXISTS (
                    SELECT 1 FROM ledger_entry later WHERE later.objection = e.objection AND later.ordinal > e.ordinal)
            ORDER BY e.position LIMIT \(limit)
            """, position, due
        ).map { row in
            guard let objection = ObjectionID(try row["objection"]) else {
                throw SQLError.decoding("ledger_entry.objection")
            }
            return (try row["position"], objection)
        }
    }

    /// Whether an objection has ended, whole, and whoever it concerned has confirmed that by `due`: no linked database is on its way
    /// there, none has stopped, nobody's exception is open, and no controller is still to be told. Whom an operator has declared
    /// unable to apply it is not waited for; who got nothing of it neither.
    static func mayForget(
        _ objection: ObjectionID, confirmedBy due: Instant, in linked: [LinkedDatabase], _ ledgers: Ledgers,
        on connection: any SQLConnection
    ) throws -> Bool {
        let history = try ObjectionHistory.load(objection, on: connection)
        guard let scope = history.scope, !history.isInForce, history.entries.allSatisfy({ $0.position != nil }),
            let last = history.entries.last, let end = last.position, try !isAwaited(objection, on: connection)
        else { return false }
        let impossible = try ImpossibilityStore.all(of: objection, on: connection)
        for database in linked where impossible[database.id] == nil {
            guard let isServed = try isServed(scope, in: database.id, on: connection) else { continue }
            guard isServed, database.stoppedAt == nil, database.incarnation == ledgers.current,
                database.position >= end,
                let confirmed = try confirmation(of: end, in: database.id, ledgers, since: last.at, on: connection),
                confirmed <= due
            else { return false }
        }
        return true
    }

    /// Whether a controller's answer or an exception is open.
    private static func isAwaited(_ objection: ObjectionID, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT 1 AS found FROM controller_task c WHERE c.objection = $1 AND c.answered_at IS NULL
            UNION ALL
            SELECT 1 AS found FROM delivery_exception x JOIN linked_database d ON d.id = x.linked_database
            WHERE x.objection = $1 AND x.resolved_at IS NULL AND d.state NOT IN ('removed', 'pending')
                AND NOT \(ImpossibilityStore.stands("x.objection", in: "d.id"))
            LIMIT 1
            """, objection.description) != nil
    }

    /// Whether a database that the scope concerns gets all of it; nil where it concerns it in nothing.
    private static func isServed(
        _ scope: Scope, in database: String, on connection: any SQLConnection
    ) throws -> Bool? {
        switch scope {
        case .all: return true
        case .databases(let ids): return ids.contains(database) ? true : nil
        case .projects(let projects):
            var isServed: Bool?
            for project in projects {
                let row = try connection.first(
                    "SELECT served_at FROM project_reach WHERE linked_database = $1 AND project = $2", database, project
                )
                guard let row else { continue }
                isServed = try isServed != false && row["served_at"] as Int64? != nil
            }
            return isServed
        }
    }

    /// When a database first confirmed `position`, in this ledger or in one that it goes on from: a restore asks for no new time.
    ///
    /// - Parameter written: when the entry was that stands there now. In a ledger from before a restore something else may have stood
    ///   there, which was confirmed before.
    private static func confirmation(
        of position: Int64, in database: String, _ ledgers: Ledgers, since written: Instant,
        on connection: any SQLConnection
    ) throws -> Instant? {
        try ledgers.all.compactMap { incarnation in
            try connection.first(
                """
                SELECT confirmed_at FROM delivery_batch
                WHERE linked_database = $1 AND incarnation = $2 AND to_position >= $3
                    AND (incarnation = $4 OR confirmed_at >= $5)
                ORDER BY to_position LIMIT 1
                """, database, incarnation, position, ledgers.current, written)?["confirmed_at"] as Instant?
        }.min()
    }

    /// Destroys the identifiers of an objection.
    static func forget(_ objection: ObjectionID, at moment: Instant, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE ledger_entry SET sealed = NULL, segment = NULL, forgotten_at = COALESCE(forgotten_at, $1)
            WHERE objection = $2
            """, moment, objection.description)
    }
}
