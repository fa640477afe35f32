public import Logging
import NIOPosix

/// One database behind either engine.
///
/// `read` and `write` take synchronous closures, so nothing can wait for anything else inside a transaction. A `write`
/// closure may run more than once (a retry, a group that has to be split): it has no effect outside its connection, and
/// time and randomness are drawn before it.
public final class SQLDatabase: Sendable {
    enum Driver: Sendable {
        case sqlite(SQLiteDriver)
        case postgresql(PostgreSQLDriver)
    }

    let driver: Driver
    private let around: Around?

    /// Awaited before and after a transaction. What it throws before one, the transaction never begins with; what it throws
    /// after one, the caller gets in place of the answer.
    typealias Around = @Sendable (_ edge: Edge) async throws -> Void

    /// One end of a transaction.
    enum Edge: Sendable, Hashable { case beforeRead, afterRead, beforeWrite, afterWrite }

    /// Which engine stands behind.
    public var engine: SQLEngine {
        switch driver {
        case .sqlite: .sqlite
        case .postgresql: .postgresql
        }
    }

    init(driver: Driver, around: Around? = nil) {
        self.driver = driver
        self.around = around
    }

    /// The same database, as a process sees it that can be stopped, or lose its connection, between any two transactions:
    /// what a simulation needs.
    func seen(around: @escaping Around) -> SQLDatabase { SQLDatabase(driver: driver, around: around) }

    /// Opens the database that `location` names.
    ///
    /// Throws `SQLError.refused` where it is not one that we may use (locked by another process, settings that lose
    /// data, a collation of another order) and `SQLError.unavailable` where it can't be reached.
    public static func open(_ location: DatabaseLocation, logger: Logger) async throws -> SQLDatabase {
        switch location {
        case .sqlite(let path, let use):
            // Opening a file may wait for its disk, or for a custodian who has it locked.
            let driver = try await NIOThreadPool.singleton.runIfActive { try SQLiteDriver(path: path, use: use) }
            return SQLDatabase(driver: .sqlite(driver))
        case .postgresql(let url, let settings):
            return SQLDatabase(
                driver: .postgresql(try await PostgreSQLDriver(url: url, settings: settings, logger: logger)))
        }
    }

    /// Runs `body` on one consistent state of the database, which it cannot change.
    public func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await around?(.beforeRead)
        let result =
            switch driver {
            case .sqlite(let sqlite): try await sqlite.read(body)
            case .postgresql(let postgresql): try await postgresql.read(body)
            }
        try await around?(.afterRead)
        return result
    }

    /// Runs `body` in a transaction and returns once it is durable. Where `body` throws, nothing of it stays.
    @discardableResult
    public func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await around?(.beforeWrite)
        let result =
            switch driver {
            case .sqlite(let sqlite): try await sqlite.write(body)
            case .postgresql(let postgresql): try await postgresql.write(body)
            }
        try await around?(.afterWrite)
        return result
    }

    /// Closes every connection, and gives up the lock of an embedded database. Call it last.
    public func close() async {
        switch driver {
        case .sqlite(let sqlite): sqlite.close()
        case .postgresql(let postgresql): await postgresql.close()
        }
    }
}

/// Where a database is, and how it is used.
public enum DatabaseLocation: Sendable, Equatable {
    /// A file. `use` tells our own database from a linked database's target, whose custodian has it open too.
    case sqlite(path: String, use: SQLiteUse = .own)
    /// A libpq connection URL. Passwords come from its `passfile`, never from the URL.
    case postgresql(url: String, settings: PostgreSQLSettings = PostgreSQLSettings())

    /// Reads `postgres://…`, `postgresql://…`, `sqlite:PATH` or a bare path.
    public init(_ text: String) throws {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgresql(url: text)
        } else if text.hasPrefix("sqlite:") {
            self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
        } else if text.contains("://") || text.isEmpty {
            throw SQLError.refused("“\(text)” names no database: use postgres://… or the path of an SQLite file.")
        } else {
            self = .sqlite(path: text)
        }
    }
}

/// What an SQLite file is to us.
public enum SQLiteUse: Sendable, Equatable {
    /// Regard's own: one process, held by a lock beside it; WAL, `synchronous=FULL`, grouped commits.
    case own
    /// A linked database's target: a rollback journal, since another program has the file open too; waits its turn.
    case target
}
