public import RightsRegistry
public import StrictJSON
import Vault

/// A batch as custodians read it, whatever carries it: newline-delimited JSON, the first line saying what it is, then a line
/// a change. docs/propagation.md has the format and its vectors.
struct BatchDocument: Sendable {
    static let format = "regard-batch-v1"

    let database: String
    let batch: TargetBatch
    /// Which batch of which edition of a mailbox; nil where batches are pushed.
    let place: (edition: Int64, number: Int64)?

    /// The first line.
    var header: JSON {
        JSON.object(ofPresent: [
            "format": .string(Self.format), "database": .string(database), "list": .string(batch.list),
            "incarnation": .string(batch.incarnation), "from": .integer(batch.from), "to": .integer(batch.to),
            "edition": place.map { .integer($0.edition) }, "number": place.map { .integer($0.number) },
            "beside": batch.beside.map(JSON.integer), "lines": .integer(Int64(batch.changes.count)),
        ])
    }

    /// The whole document, each line ended.
    var bytes: [UInt8] {
        var bytes = header.canonicalBytes
        bytes.append(UInt8(ascii: "\n"))
        bytes.reserveCapacity(bytes.count + batch.changes.count * 240)
        for change in batch.changes {
            bytes += change.json.canonicalBytes
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

extension TargetBatch.Change {
    /// `{"do": "register", "position": …, "pseudonym": …, "scope": …, "token": …}`, or `"withdraw"` without a pseudonym.
    var json: JSON {
        switch self {
        case .register(let pseudonym, let token, let scope, _, let position):
            [
                "do": "register", "position": .integer(position), "pseudonym": .string(Hex.encode(pseudonym)),
                "scope": .string(scope), "token": .string(Hex.encode(token)),
            ]
        case .withdraw(let token, let scope, let position, _):
            [
                "do": "withdraw", "position": .integer(position), "scope": .string(scope),
                "token": .string(Hex.encode(token)),
            ]
        }
    }
}

/// What a custodian answers: how far it has come, and what it could not take. Of a mailbox or of a receiver.
public struct Acknowledgement: Sendable, Hashable {
    static let format = "regard-acknowledgement-v1"
    /// Bytes of a document, at most.
    public static let longest = 1024 * 1024
    private static let mostRejected = 5000

    let database: String
    let list: String
    let incarnation: String
    let position: Int64
    /// Which batch of which edition; nil where batches are pushed.
    let edition: Int64?
    let number: Int64?
    let rejected: [Rejection]
    /// The last batch beside the ledger that was applied, where batches are pushed; nil where it is not told.
    var beside: Int64?
    /// What the custodian says of its whole list; nil where it says nothing.
    var told: ToldList?

    /// Reads one. Throws `FieldErrors` where it is not one, `TargetError.otherDatabase` where it is another database's.
    public init(_ json: JSON, of expected: String) throws {
        let read = try ObjectReader.read(json) { reader in
            let format = reader.string("format", maxLength: 60)
            if let format, format != Self.format { reader.fail("format", "invalid") }
            let database = reader.string("database", maxLength: 40)
            let list = reader.string("list", maxLength: 64)
            let incarnation = reader.string("incarnation", maxLength: 64)
            let position = reader.int("position", in: 0...(1 << 52))
            let edition = reader.optionalInt("edition", in: 1...(1 << 52))
            let number = reader.optionalInt("number", in: 0...(1 << 52))
            let beside = reader.optionalInt("beside", in: 1...(1 << 52))
            let rejected = reader.optionalObjects("rejected", maxCount: Self.mostRejected) { entry in
                let position = entry.int("position", in: 1...(1 << 52))
                let reason = entry.string("reason", maxLength: 200)
                return position.flatMap { position in
                    reason.map { Rejection(position: Int64(position), reason: $0) }
                }
            }
            let count = reader.optionalInt("count", in: 0...(1 << 52))
            let digest = reader.optionalString("digest", maxLength: 64)
            if let digest, Hex.decode(digest)?.count != 32 { reader.fail("digest", "invalid") }
            let kept = reader.optionalInt("kept", in: 0...(1 << 52))
            guard let database, let list, let incarnation, let position else { return nil as Acknowledgement? }
            var read = Acknowledgement(
                database: database, list: list, incarnation: incarnation, position: Int64(position),
                edition: edition.map(Int64.init), number: number.map(Int64.init), rejected: rejected ?? [])
            read.beside = beside.map(Int64.init)
            if let count, let digest {
                read.told = ToldList(count: Int64(count), digest: digest.lowercased(), kept: Int64(kept ?? 0))
            }
            return read
        }
        guard read.database == expected else { throw TargetError.otherDatabase }
        self = read
    }

    init(
        database: String, list: String, incarnation: String, position: Int64, edition: Int64?, number: Int64?,
        rejected: [Rejection]
    ) {
        self.database = database
        self.list = list
        self.incarnation = incarnation
        self.position = position
        self.edition = edition
        self.number = number
        self.rejected = rejected
    }

    /// As a custodian writes it.
    var json: JSON {
        JSON.object(ofPresent: [
            "format": .string(Self.format), "database": .string(database), "list": .string(list),
            "incarnation": .string(incarnation), "position": .integer(position),
            "edition": edition.map(JSON.integer), "number": number.map(JSON.integer),
            "rejected": rejected.isEmpty
                ? nil
                : .array(rejected.map { ["position": .integer($0.position), "reason": .string($0.reason)] }),
            "beside": beside.map(JSON.integer), "count": told.map { .integer($0.count) },
            "digest": told.map { .string($0.digest) },
            "kept": told.map { .integer($0.kept) },
        ])
    }

    /// What it says of a mailbox; nil where it does not name a batch of one.
    public var mailbox: MailboxAcknowledgement? {
        guard let edition, let number else { return nil }
        return MailboxAcknowledgement(
            edition: edition, number: number, incarnation: incarnation, position: position,
            rejected: rejected.map { ($0.position, $0.reason) }, told: told)
    }
}
