public import CivilTime
public import Logging

/// A table whose rows get dense numbers in commit order, after the acts that inserted them.
///
/// Those who write insert rows without a number, in their own transactions and without waiting for one another; the
/// sequencer numbers them. So no reader that has seen number n can find a smaller one later.
public struct SequencedTable: Sendable {
    let name: String
    let number: String
    let order: String
    let seal: (@Sendable (any SQLConnection, _ first: Int64, _ ids: [String]) throws -> Void)?

    /// - Parameters:
    ///   - name: the table, which has a unique TEXT column `id`
    ///   - number: its BIGINT column for the number, NULL until numbered, counting from 1
    ///   - order: the ORDER BY terms in which rows that wait together are numbered
    ///   - seal: runs in the numbering transaction, for what depends on the order (a hash chain)
    public init(
        name: String, number: String, order: String,
        seal: (@Sendable (any SQLConnection, _ first: Int64, _ ids: [String]) throws -> Void)? = nil
    ) {
        self.name = name
        self.number = number
        self.order = order
        self.seal = seal
    }
}

/// Numbers the rows of sequenced tables in batches, in whichever process holds the lease.
public struct Sequencer: Sendable {
    public static let migrations = [
        Lease.migration,
        Migration(
            "0020-sequence",
            """
            -- The last number that each sequenced table has given.
            CREATE TABLE sequence (
                name TEXT PRIMARY KEY,
                last BIGINT NOT NULL
            )
            """),
    ]

    private static let batch = 1000
    private static let lease = "sequencer"
    private static let leaseSeconds = 5

    let database: SQLDatabase
    let tables: [SequencedTable]
    let holder: String
    let now: TimeSource

    /// `holder` names this process among those that may number; it must be unique to it.
    public init(database: SQLDatabase, tables: [SequencedTable], holder: String, now: @escaping TimeSource) {
        self.database = database
        self.tables = tables
        self.holder = holder
        self.now = now
    }

    /// Numbers what waits, every `interval`, until the task is cancelled. Failures are logged and tried again.
    public func run(every interval: Duration = .milliseconds(25), logger: Logger) async {
        var pause = interval
        while !Task.isCancelled {
            do {
                var busy = false
                for table in tables where try await numberNext(of: table) == Self.batch { busy = true }
                pause = interval
                if busy { continue }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("numbering failed, trying again", metadata: ["error": "\(error)"])
                pause = min(pause * 2, .seconds(2))
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Numbers everything that waits now. For commands and tests that need it done before they go on: they end soon, so the
    /// lease is given up, and whoever serves does not wait for its time to be over.
    public func drain() async throws {
        var isNumbered = false
        for table in tables {
            while try await numberNext(of: table) > 0 { isNumbered = true }
        }
        guard isNumbered else { return }
        let moment = now()
        try await database.write { connection in
            try Lease.take(Self.lease, for: holder, seconds: Self.leaseSeconds, at: moment, on: connection)?
                .release(on: connection)
        }
    }

    /// Numbers up to one batch of `table`; returns how many rows got a number, 0 where another process holds the lease.
    private func numberNext(of table: SequencedTable) async throws -> Int {
        let isWaiting = try await database.read { connection in
            try connection.first("SELECT id FROM \(table.name) WHERE \(table.number) IS NULL LIMIT 1") != nil
        }
        guard isWaiting else { return 0 }
        let moment = now()
        return try await database.write { connection in
            guard
                try Lease.take(
                    Self.lease, for: holder, seconds: Self.leaseSeconds, at: moment, on: connection) != nil
            else { return 0 }
            return try number(table, on: connection)
        }
    }

    private func number(_ table: SequencedTable, on connection: any SQLConnection) throws -> Int {
        let ids: [String] = try connection.query(
            "SELECT id FROM \(table.name) WHERE \(table.number) IS NULL ORDER BY \(table.order) LIMIT \(Self.batch)"
        ).map { try $0["id"] }
        guard !ids.isEmpty else { return 0 }
        let last: Int64 = try connection.first("SELECT last FROM sequence WHERE name = $1", table.name)?["last"] ?? 0
        for (offset, id) in ids.enumerated() {
            try connection.execute(
                "UPDATE \(table.name) SET \(table.number) = $1 WHERE id = $2", last + 1 + Int64(offset), id)
        }
        try table.seal?(connection, last + 1, ids)
        try connection.execute(
            "INSERT INTO sequence (name, last) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET last = $2",
            table.name, last + Int64(ids.count))
        return ids.count
    }
}
