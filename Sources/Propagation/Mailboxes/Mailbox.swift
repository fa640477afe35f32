public import RightsRegistry
public import Vault

/// Where batches wait until their custodian acknowledges them.
///
/// A batch is recorded, numbered, before it is laid down; laying it down again changes nothing. What is acknowledged is a
/// number, whoever brings the word.
protocol Mailbox: TaskCarrier {
    /// What is kept of the document beside the batch's row; nil where it stands elsewhere.
    func sealed(_ document: BatchDocument) throws -> [UInt8]?

    /// Lays the document where the custodian finds it, unless it is there.
    func post(_ document: BatchDocument) async throws

    /// Whether the custodian finds batch `number` of `edition`.
    func holds(edition: Int64, number: Int64) async throws -> Bool

    /// What knows the key that documents are sealed under; nil where they are not.
    var feedIndex: [UInt8]? { get }

    /// What the custodian has said, in the mailbox itself, of batches after number `number` of `edition`, in the order of
    /// their numbers. Nothing where it comes by a door.
    func words(after number: Int64, edition: Int64, late: Set<Int64>) async throws -> [MailboxWord]

    /// Ends what is open.
    func close() async
}

extension Mailbox {
    func words(after number: Int64, edition: Int64, late: Set<Int64>) async throws -> [MailboxWord] { [] }

    func close() async {}

    var feedIndex: [UInt8]? { nil }
}

/// Something that a custodian has laid into a mailbox.
enum MailboxWord: Sendable {
    /// - Parameter source: where it stands, for operators.
    case acknowledgement(Acknowledgement, source: String)
    /// It should acknowledge a batch, and can't be read: what comes after it waits.
    case unreadable(TargetError)
    /// It is nothing that belongs there.
    case stray(TargetError)
}

/// A mailbox in our own database, sealed: its custodian fetches batches at a door, by a program (`pull:`) or by hand
/// (`manual:`), and acknowledges there.
public struct StoredMailbox: Mailbox {
    private let key: FeedKey

    public init(_ key: FeedKey) { self.key = key }

    func sealed(_ document: BatchDocument) throws -> [UInt8]? {
        guard let place = document.place else { return nil }
        return try key.seal(
            document.bytes, at: Self.location(document.database, edition: place.edition, number: place.number))
    }

    func post(_ document: BatchDocument) async throws {}

    var feedIndex: [UInt8]? { key.index }

    func holds(edition: Int64, number: Int64) async throws -> Bool { true }

    /// The document of a batch that waits: newline-delimited JSON. Throws `SealError` where the key is another feed's, or
    /// the batch has been acknowledged.
    public func document(of batch: MailboxBatch) throws -> [UInt8] {
        guard let sealed = batch.sealed else { throw SealError.doesNotOpen }
        return try key.open(
            sealed, at: Self.location(batch.database, edition: batch.edition, number: batch.number))
    }

    /// The document of a batch that waits, sealed again as it is kept.
    func sealed(_ document: [UInt8], as batch: MailboxBatch) throws -> [UInt8] {
        try key.seal(document, at: Self.location(batch.database, edition: batch.edition, number: batch.number))
    }

    // MARK: Tasks

    /// A task, as it is kept.
    func sealed(_ bytes: [UInt8], task: String, of database: String) throws -> [UInt8] {
        try key.seal(bytes, at: Self.location(task: task, of: database))
    }

    /// What ``sealed(_:task:of:)`` made: one line of JSON. Throws `SealError`.
    func opened(_ sealed: [UInt8], task: String, of database: String) throws -> [UInt8] {
        try key.open(sealed, at: Self.location(task: task, of: database))
    }

    private static func location(task: String, of database: String) -> BoxLocation {
        BoxLocation(table: "request_task", row: "\(database)/\(task)", column: "document", version: 1)
    }

    // MARK: Whole lists

    /// A part of a whole list, as it is kept.
    func sealed(_ bytes: [UInt8], part: Int, of list: String, database: String) throws -> [UInt8] {
        try key.seal(bytes, at: Self.location(part: part, of: list, database))
    }

    /// What ``sealed(_:part:of:database:)`` made.
    func opened(_ sealed: [UInt8], part: Int, of list: String, database: String) throws -> [UInt8] {
        try key.open(sealed, at: Self.location(part: part, of: list, database))
    }

    private static func location(part: Int, of list: String, _ database: String) -> BoxLocation {
        BoxLocation(table: "whole_list_part", row: "\(database)/\(list)/\(part)", column: "sealed", version: 1)
    }

    private static func location(_ database: String, edition: Int64, number: Int64) -> BoxLocation {
        BoxLocation(
            table: "mailbox_batch", row: "\(database)/\(edition)/\(number)", column: "sealed", version: 1)
    }
}
