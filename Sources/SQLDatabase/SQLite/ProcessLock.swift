import Foundation

/// The lock that makes one process the only one on an embedded database: `flock` on a file beside it.
///
/// SQLite's own exclusive locking would shut out the pool's readers too. The kernel frees the lock when the process
/// ends, however it ends.
final class ProcessLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock `regard.lock` in the database's folder, or throws `SQLError.refused` where another process has it.
    init(beside databasePath: String) throws {
        let path = ProcessLock.path(beside: databasePath)
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SQLError.unavailable("\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw SQLError.refused("Another process has \(databasePath) open (the lock is \(path)).")
        }
    }

    static func path(beside databasePath: String) -> String {
        (databasePath as NSString).deletingPathExtension + ".lock"
    }

    func release() {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Whether another process holds the lock. The answer may be stale at once.
    static func isHeld(beside databasePath: String) -> Bool {
        let descriptor = open(path(beside: databasePath), O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }
}

extension SQLDatabase {
    /// Whether another process has the embedded database at `path` open. The answer may be stale at once: to use the
    /// database, open it.
    public static func isHeldByAnotherProcess(path: String) -> Bool { ProcessLock.isHeld(beside: path) }
}
