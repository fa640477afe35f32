import Foundation
import GRDB
import Glibc
import NIOPosix

extension SQLDatabase {
    /// Copies an embedded database, as it is at one moment, to a new file that its owner alone can read; whoever writes
    /// meanwhile is not held up.
    ///
    /// Throws `SQLError.refused` on PostgreSQL, which has tools of its own, and where something is at `path`.
    public func backUp(to path: String) async throws {
        guard case .sqlite(let sqlite) = driver else {
            throw SQLError.refused("PostgreSQL has its own backups: pg_dump, pg_basebackup.")
        }
        try await NIOThreadPool.singleton.runIfActive { try sqlite.backUp(to: path) }
    }

    /// Puts the database at `path` in the place of the embedded one at `place`, which is kept at `kept`.
    ///
    /// Neither may be open: throws `SQLError.refused` where another process has the one that is replaced.
    public static func replace(embeddedAt place: String, by path: String, keepingAs kept: String) throws {
        let lock = try ProcessLock(beside: place)
        defer { lock.release() }
        try SQLiteDriver.makeOneFile(of: path)
        // What stands in the log beside it is part of the database that is replaced.
        for ending in ["-wal", "-shm", ""] {
            guard access(place + ending, F_OK) == 0 else { continue }
            guard rename(place + ending, kept + ending) == 0 else {
                throw SQLError.unavailable("\(place + ending): \(String(cString: strerror(errno)))")
            }
        }
        guard rename(path, place) == 0 else {
            throw SQLError.unavailable("\(place): \(String(cString: strerror(errno)))")
        }
        let folder = Glibc.open((place as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY)
        guard folder >= 0 else { return }
        fsync(folder)
        Glibc.close(folder)
    }
}

extension SQLiteDriver {
    /// Writes what stands in the log beside a database back into its file, and removes the log: the file is then all of it.
    static func makeOneFile(of path: String) throws {
        try SQLiteConnection.translatingErrors {
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try queue.close()
        }
        guard access(path + "-wal", F_OK) != 0 else {
            throw SQLError.unavailable("\(path): its log could not be written back; nothing was changed")
        }
    }

    func backUp(to path: String) throws {
        guard access(path, F_OK) != 0 else { throw SQLError.refused("\(path) is there already.") }
        let aside = "\(path).\(UUID().uuidString.prefix(8)).partial"
        guard FileManager.default.createFile(atPath: aside, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw SQLError.unavailable("\(aside): can't be made")
        }
        do {
            try SQLiteConnection.translatingErrors {
                let copy = try DatabaseQueue(path: aside)
                try copyAll(to: copy)
                try copy.close()
            }
            try Self.makeOneFile(of: aside)
            let file = Glibc.open(aside, O_RDONLY | O_CLOEXEC)
            defer { Glibc.close(file) }
            guard file >= 0, fsync(file) == 0, rename(aside, path) == 0 else {
                throw SQLError.unavailable("\(path): \(String(cString: strerror(errno)))")
            }
        } catch {
            unlink(aside)
            throw error
        }
    }
}
