import Foundation
import GRDB
import Synchronization

/// Commits concurrent writes together: one transaction, one fsync, and only then the answers.
///
/// While one group commits, the next gathers; and where the last one was of several, the next waits up to 20 ms until it is
/// worth an fsync, as long as company keeps coming: a lone writer never waits. Where a member fails, the group runs again
/// with a savepoint for each, so that it rolls back to its own and leaves the others alone: a savepoint keeps a copy of
/// every page that its member changes, which is much to pay for what rarely happens. Some failures (a full disk) can end
/// the whole transaction from inside one savepoint; then, or when the commit itself fails, each member runs again alone, so
/// that each gets its own true answer.
final class GroupCommit: Sendable {
    private struct Member: Sendable {
        /// Runs the write; gives back the closure that answers the caller once the write is durable.
        let attempt: @Sendable (any SQLConnection) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct Waiting {
        var members: [Member] = []
        var isDraining = false
    }

    private static let largestGroup = 256
    /// So many that nobody waits for more: others gather while these are written.
    private static let worthwhileGroup = 16
    /// How long a group waits for company, and how long while nobody comes, in milliseconds.
    private static let longestWait = 20
    private static let patience = 5

    private let writer: any DatabaseWriter
    private let waiting = Mutex(Waiting())

    init(writer: any DatabaseWriter) { self.writer = writer }

    func submit<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let member = Member(
                attempt: { connection in
                    let value = try body(connection)
                    return { continuation.resume(returning: value) }
                },
                fail: { continuation.resume(throwing: $0) })
            let mustStart = waiting.withLock { waiting in
                waiting.members.append(member)
                defer { waiting.isDraining = true }
                return !waiting.isDraining
            }
            if mustStart {
                writer.asyncWriteWithoutTransaction { [self] database in drain(database) }
            }
        }
    }

    /// Runs on the writer's own queue until nobody waits.
    private func drain(_ database: Database) {
        var lastSize = 1
        while true {
            if lastSize > 1 { waitForCompany() }
            let group = waiting.withLock { waiting in
                let group = waiting.members.prefix(Self.largestGroup)
                waiting.members.removeFirst(group.count)
                if group.isEmpty { waiting.isDraining = false }
                return Array(group)
            }
            if group.isEmpty { return }
            lastSize = group.count
            if !commit(group, apart: false, on: database), !commit(group, apart: true, on: database) {
                for member in group { _ = commit([member], apart: false, on: database) }
            }
        }
    }

    /// Sleeps, on the writer's own queue, until there are enough, or nobody has come for a while.
    private func waitForCompany() {
        var size = waiting.withLock(\.members.count)
        var (waited, alone) = (0, 0)
        while size < Self.worthwhileGroup, waited < Self.longestWait, alone < Self.patience {
            usleep(1000)
            let grown = waiting.withLock(\.members.count)
            (waited, alone) = (waited + 1, grown == size ? alone + 1 : 0)
            size = grown
        }
    }

    /// Commits the group and answers its members. Returns false, having answered nobody and kept nothing, where several
    /// could not be committed so; a member alone is always answered.
    /// - Parameter apart: whether each has a savepoint of its own, and fails alone.
    private func commit(_ group: [Member], apart: Bool, on database: Database) -> Bool {
        let connection = SQLiteConnection(database: database)
        var answers: [@Sendable () -> Void] = []
        do {
            try connection.script("BEGIN IMMEDIATE")
            for member in group {
                answers.append(
                    apart ? try attemptApart(member, on: connection) : try member.attempt(connection))
            }
            try connection.script("COMMIT")
        } catch {
            if database.isInsideTransaction { try? connection.script("ROLLBACK") }
            guard group.count == 1 else { return false }
            group[0].fail(error)
            return true
        }
        for answer in answers { answer() }
        return true
    }

    /// Runs a member in a savepoint. Throws only what has ended the whole transaction.
    private func attemptApart(
        _ member: Member, on connection: SQLiteConnection
    ) throws -> @Sendable () -> Void {
        try connection.execute("SAVEPOINT member")
        do {
            let answer = try member.attempt(connection)
            try connection.execute("RELEASE member")
            return answer
        } catch {
            // `isInsideTransaction` reads sqlite3_get_autocommit: false means SQLite has rolled back everything.
            guard connection.database.isInsideTransaction else { throw error }
            try connection.script("ROLLBACK TO member; RELEASE member")
            return { member.fail(error) }
        }
    }
}
