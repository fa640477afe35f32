public import CivilTime
import RightsRegistry
public import SQLDatabase
import StrictJSON
public import Vault

/// Why a feed's token was not changed.
public enum FeedRotationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no such database, or no program fetches its batches.
    case noFeed(String)
    /// The key that is here is not the one that what waits is sealed under.
    case otherKey(String)

    public var description: String {
        switch self {
        case .noFeed(let id): "No program fetches the batches of a linked database \(id): only pull: has a token."
        case .otherKey(let id):
            "feed-\(id).key is not the key of this feed's token: do this where the hub's keys are."
        }
    }
}

/// Gives the program that fetches a database's batches another token.
///
/// The token is the key that what waits is sealed under: all of it is sealed anew, in the transaction from which on the
/// other token is the one. It needs the feed's key, as the hub does.
public struct FeedRotation: Sendable {
    private let database: SQLDatabase
    private let keys: KeyStore
    private let now: TimeSource
    private let random: RandomSource

    public init(
        database: SQLDatabase, keys: KeyStore, now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.now = now
        self.random = random
    }

    /// Changes the token of a database's feed; returns the one from now on, and until when the one before is taken too.
    ///
    /// What was cut off is ended by doing it again: the token that was made first is then returned. Throws
    /// `FeedRotationError`, `KeyStoreError`.
    ///
    /// - Parameter overlap: for how many seconds the token before is taken too. It must be nil where others may know it:
    ///   while it is taken, it opens what waits.
    public func rotate(
        _ id: String, overlap: Int?, by actor: String, role: String
    ) async throws -> (token: String, formerUntil: Instant?) {
        guard let access = try await database.read({ try LinkedDatabaseStore.feedAccess(of: id, on: $0) }) else {
            throw FeedRotationError.noFeed(id)
        }
        if keys.exists(.nextFeed(id)) {
            let begun = FeedKey(try keys.symmetricKey(.nextFeed(id)))
            if begun.index == access.index {
                // The last attempt ended between the database and the key's file.
                try keys.move(.nextFeed(id), to: .feed(id))
                return (begun.token, access.former?.until)
            }
        }
        let current = FeedKey(try keys.symmetricKey(.feed(id)))
        guard current.index == access.index else { throw FeedRotationError.otherKey(id) }
        if !keys.exists(.nextFeed(id)) { try keys.createSymmetricKey(.nextFeed(id)) }
        let next = FeedKey(try keys.symmetricKey(.nextFeed(id)))
        let until = overlap.map { now().adding(seconds: $0) }
        try await reseal(id, from: current, to: next, formerUntil: until, by: actor, role: role)
        try keys.move(.nextFeed(id), to: .feed(id))
        return (next.token, until)
    }

    private func reseal(
        _ id: String, from current: FeedKey, to next: FeedKey, formerUntil until: Instant?, by actor: String,
        role: String
    ) async throws {
        let moment = now()
        let former = try until.map {
            FeedAccess.Former(
                index: current.index, until: $0,
                successor: try current.seal(successor: next, at: Self.location(of: id), random: random))
        }
        let audit = AuditEvent(
            at: moment, actor: actor, role: role, act: "database.tokenChanged", subject: id,
            detail: ["formerUntil": until.map { .string($0.description) } ?? .null], random: random)
        let (old, new) = (StoredMailbox(current), StoredMailbox(next))
        try await database.write { connection in
            guard try LinkedDatabaseStore.isFeed(current.index, of: id, on: connection) else {
                throw FeedRotationError.otherKey(id)
            }
            // One at a time: there may be many, and each a megabyte.
            for (edition, number) in try MailboxStore.sealed(of: id, on: connection) {
                guard
                    let batch = try MailboxStore.batches(
                        of: id, edition: edition, after: number - 1, limit: 1, on: connection
                    ).first, batch.sealed != nil
                else { continue }
                let document = try old.document(of: batch)
                try MailboxStore.reseal(batch, as: try new.sealed(document, as: batch), on: connection)
            }
            for task in try TaskStore.open(in: id, on: connection) {
                guard let document = task.document else { continue }
                let line = try old.opened(document, task: task.id, of: id)
                try TaskStore.reseal(task.id, as: try new.sealed(line, task: task.id, of: id), on: connection)
            }
            try LinkedDatabaseStore.recordFeed(next.index, former: former, of: id, on: connection)
            try audit.record(on: connection)
        }
    }

    /// Where the key now is kept for whoever holds the one before.
    static func location(of id: String) -> BoxLocation {
        BoxLocation(table: "linked_database", row: id, column: "feed_successor", version: 1)
    }
}
