public import Crypto
public import SQLDatabase
import Synchronization
import Vault

/// Opens ledger entries: what the hub alone can do, with the ledger's private key.
public final class LedgerReader: Sendable {
    private let keptSegments: Int
    private let privateKey: Curve25519.KeyAgreement.PrivateKey
    private let segments = Mutex<[String: SegmentKey]>([:])

    /// - Parameter keptSegments: how many segments' keys are kept at hand.
    public init(privateKey: Curve25519.KeyAgreement.PrivateKey, keptSegments: Int = 1024) {
        self.privateKey = privateKey
        self.keptSegments = keptSegments
    }

    /// The identifiers of each registration among `entries`, by entry id, in the order of their numbers: those made of a NIR,
    /// then those made of traits. Those that were forgotten have none any more, and are left out.
    ///
    /// Throws `SealError` where an entry does not open: nothing of the batch may then be handed over.
    public func identifiers(of entries: [LedgerEntry], in database: SQLDatabase) async throws -> [String: [String]] {
        let keys = try await segmentKeys(Set(entries.compactMap(\.segment)), in: database)
        var identifiers: [String: [String]] = [:]
        identifiers.reserveCapacity(entries.count)
        for entry in entries where entry.effect == .register && !entry.isForgotten {
            guard let sealed = entry.sealed, let key = entry.segment.flatMap({ keys[$0] }) else {
                throw SealError.doesNotOpen
            }
            let text = String(decoding: try key.open(sealed, at: LedgerStore.location(of: entry.id)), as: UTF8.self)
            identifiers[entry.id] = text.utf8.contains(10) ? text.split(separator: "\n").map(String.init) : [text]
        }
        return identifiers
    }

    /// The keys of some segments, by id; one that there is not is left out.
    func segmentKeys(_ needed: Set<String>, in database: SQLDatabase) async throws -> [String: SegmentKey] {
        let missing = segments.withLock { known in needed.subtracting(known.keys) }
        let wraps: [(String, [UInt8])] = try await database.read { connection in
            try missing.compactMap { id in
                try connection.first("SELECT wrap FROM ledger_segment WHERE id = $1", id).map { (id, try $0["wrap"]) }
            }
        }
        let opened = try wraps.map { id, wrap in try SegmentKey(unwrapping: wrap, id: id, with: privateKey) }
        return segments.withLock { known in
            if known.count + opened.count > keptSegments { known = known.filter { needed.contains($0.key) } }
            for key in opened { known[key.id] = key }
            return known
        }
    }
}
