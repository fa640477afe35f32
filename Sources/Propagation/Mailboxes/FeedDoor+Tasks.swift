public import RightsRegistry
import SQLDatabase
public import StrictJSON
import Vault

/// Tasks at the door of feeds: what a custodian's program is asked to do for single people, and what it answers.
extension FeedDoor {
    /// The tasks that an answer is awaited of, the oldest first, each a line of JSON; none while the database is paused.
    ///
    /// Throws `FeedRefusal`.
    public func tasks(of feed: Feed) async throws -> [[UInt8]] {
        let open = try await database.read { connection in
            guard let linked = try LinkedDatabaseStore.find(feed.database, on: connection) else {
                throw FeedRefusal.unknown
            }
            return linked.state == .active ? try TaskStore.open(in: feed.database, on: connection) : []
        }
        return try open.compactMap { task in
            guard let document = task.document else { return nil }
            do {
                return try feed.mailbox.opened(document, task: task.id, of: feed.database)
            } catch is SealError {
                throw FeedRefusal.unreadable
            }
        }
    }

    /// Bytes of a document that answers task `id`, at most: more where it may have files.
    public func longestAnswer(to id: String, of feed: Feed) async throws -> Int {
        TaskAnswer.longest(for: try await database.read { try TaskStore.kind(of: id, in: feed.database, on: $0) })
    }

    /// Takes a program's answer to task `id`; one that comes again changes nothing.
    ///
    /// Throws `FieldErrors` where it is no answer, which operators are told, and `TaskRefusal`.
    public func answer(
        _ document: JSON, to id: String, of feed: Feed, through answers: TaskAnswers
    ) async throws -> TakenAnswer {
        do {
            let answer = try TaskAnswer(document, of: feed.database)
            guard answer.id == id else { throw FieldErrors([FieldError(pointer: "/id", code: "invalid")]) }
            return try await answers.take(answer, from: feed.database, by: .program(of: feed.database))
        } catch let errors as FieldErrors {
            try await record(errors, of: id, feed)
            throw errors
        } catch TaskRefusal.otherDatabase {
            try await answers.recordRefusal(
                .otherDatabase, of: id, from: feed.database, by: .program(of: feed.database))
            throw TaskRefusal.otherDatabase
        }
    }

    /// An answer that can't be read is an exception until the task is answered, where there is such a task.
    private func record(_ errors: FieldErrors, of id: String, _ feed: Feed) async throws {
        let moment = now()
        try await database.write { connection in
            guard try TaskStore.open(in: feed.database, on: connection).contains(where: { $0.id == id }) else { return }
            try TaskStore.recordProblem(
                "This is no answer to a task: \(errors.places).", at: "request \(id)", of: id, in: feed.database,
                now: moment, on: connection)
        }
    }
}
