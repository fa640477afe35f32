import CPostgreSQL
import Foundation
import Logging
import NIOPosix
import Synchronization

/// PostgreSQL through libpq: a bounded pool of connections, on threads of its own since libpq's calls block.
final class PostgreSQLDriver: Sendable {
    private let threads: NIOThreadPool
    private let idle = Mutex<[PostgreSQLConnection]>([])
    private let keywords: [(String, String)]
    private let settings: PostgreSQLSettings
    private let logger: Logger

    /// Connects once, to check that the database is one we may use. Throws `SQLError.refused` or `.unavailable`.
    init(url: String, settings: PostgreSQLSettings, logger: Logger) async throws {
        keywords = try Self.keywords(of: url)
        self.settings = settings
        self.logger = logger
        threads = NIOThreadPool(numberOfThreads: settings.connections)
        threads.start()
        do {
            try await read { connection in try Self.requireSettings(of: connection, settings) }
        } catch {
            await close()
            throw error
        }
    }

    /// The URL's keywords, with the defaults that make a connection safe: whatever is not a socket on this machine is
    /// authenticated by certificate unless the URL says otherwise.
    private static func keywords(of url: String) throws -> [(String, String)] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            let reason = message.map { String(cString: $0).trimmingCharacters(in: .whitespacesAndNewlines) }
            throw SQLError.refused("The PostgreSQL URL can't be read: \(reason ?? "unknown reason")")
        }
        defer { PQconninfoFree(options) }
        var keywords: [(String, String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { keywords.append((String(cString: keyword), String(cString: value))) }
            option += 1
        }
        func given(_ name: String) -> String? { keywords.first { $0.0 == name }?.1 }
        if given("password") != nil {
            throw SQLError.refused("A password does not belong into a URL: name a file with passfile=PATH instead.")
        }
        let host = given("host") ?? given("hostaddr") ?? ProcessInfo.processInfo.environment["PGHOST"] ?? "/"
        if given("sslmode") == nil, !host.hasPrefix("/") { keywords.append(("sslmode", "verify-full")) }
        if given("connect_timeout") == nil { keywords.append(("connect_timeout", "5")) }
        if given("application_name") == nil { keywords.append(("application_name", "regard")) }
        return keywords
    }

    private static func requireSettings(of connection: any SQLConnection, _ settings: PostgreSQLSettings) throws {
        let row = try connection.first(
            """
            SELECT CAST(datcollate AS TEXT) AS collation, CAST(pg_encoding_to_char(encoding) AS TEXT) AS encoding
            FROM pg_database WHERE datname = current_database()
            """)
        let collation: String = try row?["collation"] ?? ""
        let encoding: String = try row?["encoding"] ?? ""
        guard encoding == "UTF8" else {
            throw SQLError.refused("The database's encoding is \(encoding); Regard needs UTF8.")
        }
        guard !settings.requiresByteOrder || ["C", "C.UTF-8", "C.utf8", "POSIX"].contains(collation) else {
            throw SQLError.refused(
                "The database sorts by \(collation); Regard needs C: createdb --template=template0 --locale=C.UTF-8 …")
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await transaction("BEGIN ISOLATION LEVEL SERIALIZABLE", body)
    }

    private func transaction<T: Sendable>(
        _ begin: String, _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await threads.runIfActive { [self] in try runWithRetries(begin, body) }
    }

    /// Runs on one of the pool's threads. What lost against another transaction runs again after a pause with jitter;
    /// a connection that died before its commit (the server restarted) is replaced, up to twice.
    private func runWithRetries<T>(_ begin: String, _ body: (any SQLConnection) throws -> T) throws -> T {
        var collisions = 0
        var replacements = 0
        while true {
            do {
                return try runOnce(begin, body)
            } catch let error as SQLError {
                switch error {
                case .contention where collisions + 1 < settings.attempts:
                    collisions += 1
                    let longest = min(100_000, 500 << collisions)
                    usleep(UInt32.random(in: 0...UInt32(longest)))
                case .unavailable where replacements < 2:
                    replacements += 1
                    logger.debug("connection replaced", metadata: ["reason": "\(error)"])
                    idle.withLock { idle in
                        for connection in idle where !connection.isUsable { connection.close() }
                        idle.removeAll { !$0.isUsable }
                    }
                    usleep(50_000)
                default: throw error
                }
            }
        }
    }

    private func runOnce<T>(_ begin: String, _ body: (any SQLConnection) throws -> T) throws -> T {
        let connection =
            try idle.withLock { $0.popLast() } ?? PostgreSQLConnection(keywords: keywords, settings: settings)
        defer {
            if connection.isUsable, connection.isIdle {
                idle.withLock { $0.append(connection) }
            } else {
                connection.close()
            }
        }
        try connection.command(begin)
        do {
            let value = try body(connection)
            try connection.commit()
            return value
        } catch {
            if connection.isUsable, !connection.isIdle { try? connection.command("ROLLBACK") }
            throw error
        }
    }

    func close() async {
        try? await threads.shutdownGracefully()
        idle.withLock { idle in
            for connection in idle { connection.close() }
            idle = []
        }
    }
}
