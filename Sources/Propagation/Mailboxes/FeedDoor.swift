public import CivilTime
import RightsRegistry
public import SQLDatabase
public import StrictJSON
public import Vault

/// A feed that its custodian's program has opened with its token.
public struct Feed: Sendable {
    public let database: String
    let mailbox: StoredMailbox
}

/// A batch as it goes out: newline-delimited JSON, and its place.
public struct FeedBatch: Sendable {
    public let edition: Int64
    public let number: Int64
    public let document: [UInt8]
}

/// Why a feed gives nothing, or takes nothing.
public enum FeedRefusal: Error, Sendable, Hashable {
    /// The token is not this feed's, or there is no such feed: which of the two is not told.
    case unknown
    /// The reader says that it has applied what was never made.
    case future
    /// What the reader asks for has been acknowledged, and is kept no more.
    case acknowledged(upTo: Int64)
    /// The edition has not begun.
    case otherEdition
    /// What waits was sealed under another key than this token's.
    case unreadable
}

/// Where a custodian's program fetches what waits, and says what it has applied: the door of `pull:`.
///
/// It holds no key. Whoever asks presents the feed's key as a token, and what waits is opened with what was just shown.
public struct FeedDoor: Sendable {
    let database: SQLDatabase
    let now: TimeSource
    private let random: RandomSource

    public init(database: SQLDatabase, now: @escaping TimeSource, random: @escaping RandomSource = systemRandom) {
        self.database = database
        self.now = now
        self.random = random
    }

    /// Opens the feed of a database. Throws `FeedRefusal.unknown`.
    public func open(_ id: String, token: String?) async throws -> Feed {
        let access = try await database.read { try LinkedDatabaseStore.feedAccess(of: id, on: $0) }
        let key = token.flatMap { FeedKey(token: $0) }
        // The same work is done for a feed that does not exist, and for what can be no token.
        let shown = (key ?? FeedKey(token: String(repeating: "0", count: 64))!).index
        let nothing = [UInt8](repeating: 0, count: 32)
        let isCurrent = ConstantTime.areEqual(shown, access?.index ?? nothing)
        let isFormer = ConstantTime.areEqual(shown, access?.former?.index ?? nothing)
        guard let key, isCurrent || isFormer else { throw FeedRefusal.unknown }
        if isCurrent { return Feed(database: id, mailbox: StoredMailbox(key)) }
        // Of a token that was changed with time to change over: it opens the key now, and that what waits.
        guard let former = access?.former, former.until > now(),
            let current = try? key.openSuccessor(former.successor, at: FeedRotation.location(of: id))
        else { throw FeedRefusal.unknown }
        return Feed(database: id, mailbox: StoredMailbox(current))
    }

    /// The edition that now runs, and the last batch of it that was acknowledged: where a reader goes on that knows nothing
    /// better.
    public func place(of feed: Feed) async throws -> (edition: Int64, number: Int64) {
        guard let linked = try await database.read({ try LinkedDatabaseStore.find(feed.database, on: $0) }) else {
            throw FeedRefusal.unknown
        }
        return (linked.edition, linked.acknowledged)
    }

    /// The batch that follows number `number` of an edition, or the first of the edition that runs where that one is over;
    /// nil while none waits, or the database is paused.
    ///
    /// Throws `FeedRefusal`.
    public func next(of feed: Feed, edition: Int64, after number: Int64) async throws -> FeedBatch? {
        let found: MailboxBatch? = try await database.read { connection in
            guard let linked = try LinkedDatabaseStore.find(feed.database, on: connection) else {
                throw FeedRefusal.unknown
            }
            guard edition <= linked.edition else { throw FeedRefusal.otherEdition }
            let number = edition < linked.edition ? 0 : number
            guard number >= linked.acknowledged else { throw FeedRefusal.acknowledged(upTo: linked.acknowledged) }
            let last = try MailboxStore.last(of: feed.database, edition: linked.edition, on: connection)
            guard number <= last?.number ?? linked.acknowledged else { throw FeedRefusal.future }
            // Batches of a ledger that was restored meanwhile would be applied to what it no longer says.
            guard linked.state == .active, try LedgerStore.incarnation(on: connection) == linked.incarnation else {
                return nil
            }
            return try MailboxStore.batches(
                of: feed.database, edition: linked.edition, after: number, limit: 1, on: connection
            ).first
        }
        return try found.map { batch in
            FeedBatch(edition: batch.edition, number: batch.number, document: try document(of: batch, feed))
        }
    }

    private func document(of batch: MailboxBatch, _ feed: Feed) throws -> [UInt8] {
        do {
            return try feed.mailbox.document(of: batch)
        } catch is SealError {
            throw FeedRefusal.unreadable
        }
    }

    /// Takes the word of a custodian's program; returns what it now counts as having applied.
    ///
    /// A word that comes again is answered as it was. One that is refused leaves an audit event. Throws `FieldErrors`,
    /// `TargetError.otherDatabase`, `TargetError.otherList`, `AcknowledgementRefusal`.
    public func acknowledge(_ word: JSON, of feed: Feed) async throws -> (position: Int64, number: Int64) {
        do {
            let word = try Acknowledgement(word, of: feed.database)
            guard let said = word.mailbox else {
                let missing = word.edition == nil ? "/edition" : "/number"
                throw FieldErrors([FieldError(pointer: missing, code: "required")])
            }
            try await requireList(word, said, of: feed)
            let moment = now()
            _ = try await database.write {
                try MailboxStore.acknowledge(said, of: feed.database, at: moment, on: $0)
            }
            return (said.position, said.number)
        } catch let error as TargetError {
            try await record(error == .otherList ? "otherList" : "otherDatabase", word, of: feed)
            throw error
        } catch let refusal as AcknowledgementRefusal {
            try await record(refusal.rawValue, word, of: feed)
            throw refusal
        }
    }

    /// Throws `TargetError.otherList` where the batch that is acknowledged names another list; nothing once it is kept no
    /// more.
    private func requireList(_ word: Acknowledgement, _ said: MailboxAcknowledgement, of feed: Feed) async throws {
        let batch = try await database.read { connection in
            try MailboxStore.batches(
                of: feed.database, edition: said.edition, after: said.number - 1, limit: 1, on: connection)
        }.first
        guard let batch, batch.number == said.number, batch.sealed != nil,
            let header = try document(of: batch, feed).split(separator: UInt8(ascii: "\n"), maxSplits: 1).first
        else { return }
        guard try JSON(parsing: header)["list"]?.string == word.list else { throw TargetError.otherList }
    }

    /// Leaves a trace of a word that was not taken: its numbers, and nothing that its sender may have put in its place.
    private func record(_ refusal: String, _ word: JSON, of feed: Feed) async throws {
        func number(_ name: String) -> JSON? { word[name]?.int.map { .integer(Int64($0)) } }
        let audit = AuditEvent(
            at: now(), actor: feed.database, role: "feed", act: "feed.acknowledgementRefused", subject: feed.database,
            detail: .object(ofPresent: [
                "refusal": .string(refusal), "edition": number("edition"), "number": number("number"),
                "position": number("position"),
            ]), random: random)
        try await database.write { try audit.record(on: $0) }
    }
}
