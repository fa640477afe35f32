public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// When custodians were reminded of what waits for them.
public enum CustodianReminderStore {
    /// The last time for one database; nil where there was none.
    public static func last(of database: String, on connection: any SQLConnection) throws -> Instant? {
        try connection.first(
            "SELECT MAX(reminded_at) AS last FROM custodian_reminder WHERE linked_database = $1", database)?["last"]
    }

    /// Since when something waits for the custodians of a database: changes, or a task.
    ///
    /// - Parameter waiting: what its mailbox holds.
    public static func since(
        of database: String, _ waiting: WaitingMailbox?, on connection: any SQLConnection
    ) throws -> Instant? {
        [waiting?.since, try TaskStore.sentSince(in: database, on: connection)].compactMap { $0 }.min()
    }

    static func record(_ database: String, at now: Instant, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO custodian_reminder (linked_database, reminded_at) VALUES ($1, $2)", database, now)
    }

    /// Those who answer for a database and may sign in, and whether each has an address.
    static func custodians(
        of database: String, on connection: any SQLConnection
    ) throws -> [(name: String, hasAddress: Bool)] {
        try connection.query(
            """
            SELECT a.name, a.email FROM custodian_database c JOIN operator_account a ON a.name = c.operator
            WHERE c.linked_database = $1 AND a.is_disabled = 0 ORDER BY a.name
            """, database
        ).map { (try $0["name"], (try $0["email"] as String?) != nil) }
    }
}

/// Reminds the custodians of databases that are applied by hand of changes and tasks that wait for them: once in so many
/// days, by mail where they have an address, and on their page. It runs where operators are served, in any number of
/// processes.
public struct CustodianReminders: Sendable {
    private let database: SQLDatabase
    private let days: Int
    private let targets: PublishedTargets
    private let now: TimeSource
    private let random: RandomSource

    /// - Parameter days: after so many days of waiting, and then after as many again.
    public init(
        database: SQLDatabase, days: Int, targets: PublishedTargets, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.days = days
        self.targets = targets
        self.now = now
        self.random = random
    }

    /// Does what is due now; returns for how many databases.
    @discardableResult
    public func runOnce() async throws -> Int {
        let moment = now()
        guard try await database.read({ !(try due(at: moment, on: $0)).isEmpty }) else { return 0 }
        return try await database.write { connection in
            let due = try due(at: moment, on: connection)
            // Who answers for several is written to once, of what has waited longest.
            var written: Set<String> = []
            for (linked, since) in due {
                let custodians = try CustodianReminderStore.custodians(of: linked.id, on: connection)
                try CustodianReminderStore.record(linked.id, at: moment, on: connection)
                for (name, hasAddress) in custodians where hasAddress && written.insert(name).inserted {
                    try ServiceMailStore.note(
                        ServiceMail(
                            id: Hex.encode(random(16)), kind: .custodianReminded, database: linked.id, recipient: name,
                            waitingSince: since, targetHours: targets.hours(of: linked)), at: moment, on: connection)
                }
                try AuditEvent(
                    at: moment, actor: "system", role: "system", act: "custodian.reminded", subject: linked.id,
                    detail: [
                        "custodians": .array(custodians.map { .string($0.name) }),
                        "waitingSince": .string(since.description),
                    ], random: random
                ).record(on: connection)
            }
            return due.count
        }
    }

    /// Those that have waited longest first.
    private func due(
        at moment: Instant, on connection: any SQLConnection
    ) throws -> [(linked: LinkedDatabase, since: Instant)] {
        let waiting = try MailboxStore.waiting(on: connection)
        return try LinkedDatabaseStore.linked(on: connection).compactMap { linked in
            guard linked.isByHand, linked.state == .active,
                let since = try CustodianReminderStore.since(of: linked.id, waiting[linked.id], on: connection)
            else { return nil }
            let last = try CustodianReminderStore.last(of: linked.id, on: connection)
            let isDue = [since, last].compactMap { $0 }.allSatisfy { moment.seconds(since: $0) >= days * 86_400 }
            return isDue ? (linked, since) : nil
        }.sorted { $0.since < $1.since }
    }

    /// Looks every ten minutes until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(600), failing: "custodians could not be reminded", logger: logger) {
            try await runOnce()
        }
    }
}

extension RightsSchema {
    static let custodianReminders = Migration(
        "0662-custodian-reminders",
        """
        -- Where an operator can be written to; NULL where nowhere.
        ALTER TABLE operator_account ADD COLUMN email TEXT;

        -- When the custodians of a database were reminded of what waits for them.
        CREATE TABLE custodian_reminder (
            linked_database TEXT NOT NULL,
            reminded_at BIGINT NOT NULL,
            PRIMARY KEY (linked_database, reminded_at)
        );
        """)
}
