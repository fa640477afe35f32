import Foundation
import GRDB

/// An SQLite file, through GRDB as a driver: its pool, its statements, none of its record types.
final class SQLiteDriver: Sendable {
    private let writer: any DatabaseWriter
    private let group: GroupCommit
    private let lock: ProcessLock?

    /// Opens, or creates, the file at `path`.
    init(path: String, use: SQLiteUse) throws {
        var configuration = Configuration()
        configuration.label = "regard"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // A schema is only as trusted as who could write the file; deleted cells are overwritten, not left in pages.
            try database.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY")
        }
        let folder = (path as NSString).deletingLastPathComponent
        do {
            switch use {
            case .own:
                if !folder.isEmpty {
                    try FileManager.default.createDirectory(
                        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                }
                lock = try ProcessLock(beside: path)
                // Made before SQLite opens it: the WAL beside it takes its mode.
                if !FileManager.default.fileExists(atPath: path) {
                    _ = FileManager.default.createFile(
                        atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                }
                let pool = try DatabasePool(path: path, configuration: configuration)
                try Self.requireDurability(of: pool)
                writer = pool
            case .target:
                // Its folder is its custodian's: one that is missing may be a disk that is not mounted yet.
                lock = nil
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                writer = queue
            }
        } catch let error as DatabaseError {
            throw SQLError.unavailable("\(path): \(error.message ?? "SQLite \(error.resultCode.rawValue)")")
        } catch let error as CocoaError {
            throw SQLError.unavailable("\(path): \(error.localizedDescription)")
        }
        group = GroupCommit(writer: writer)
    }

    /// The pool sets `synchronous=NORMAL` after `prepareDatabase`; a filing that was answered must survive a power cut.
    private static func requireDurability(of pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { database in
            // Filings fall anywhere in their indexes: 32 MiB keep most of these pages from being read again, and a WAL of
            // up to 64 MiB has a page that many of them change copied once.
            try database.execute(
                sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384")
            let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            let journal = try String.fetchOne(database, sql: "PRAGMA journal_mode")
            guard synchronous == 2, journal == "wal" else {
                throw SQLError.refused("This SQLite keeps neither synchronous=FULL nor WAL: a filing could be lost.")
            }
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await writer.read { database in
            try SQLiteConnection.translatingErrors { try body(SQLiteConnection(database: database)) }
        }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await group.submit(body)
    }

    /// Copies every page, as of one moment.
    func copyAll(to copy: DatabaseQueue) throws { try writer.backup(to: copy) }

    func close() {
        try? writer.close()
        lock?.release()
    }
}
