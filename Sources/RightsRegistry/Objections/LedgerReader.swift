public import Crypto
import Dispatch
public import SQLDatabase
import Synchronization
public import Vault

/// Opens ledger entries: what the hub alone can do, with the ledger's private key.
public final class LedgerReader: Sendable {
    private let keptSegments: Int
    /// Where a key is found that came since this process began.
    private let store: KeyStore?
    private let privateKeys: Mutex<[Int: Curve25519.KeyAgreement.PrivateKey]>
    private let segments = Mutex<[String: SegmentKey]>([:])

    /// One that has the key of the first epoch alone.
    /// - Parameter keptSegments: how many segments' keys are kept at hand.
    public init(privateKey: Curve25519.KeyAgreement.PrivateKey, keptSegments: Int = 1024) {
        privateKeys = Mutex([1: privateKey])
        store = nil
        self.keptSegments = keptSegments
    }

    /// One that has the keys of all epochs in a folder. What is wrapped to one that comes later is read from there too.
    ///
    /// Throws `KeyStoreError` where there is none.
    public init(keysIn store: KeyStore, keptSegments: Int = 1024) throws {
        privateKeys = Mutex(try store.ledgerPrivateKeys())
        self.store = store
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
        let wraps: [WrappedSegment] = try await database.read { connection in
            try missing.compactMap { id in
                try connection.first("SELECT wrap, epoch FROM ledger_segment WHERE id = $1", id).map {
                    WrappedSegment(id: id, wrap: try $0["wrap"], epoch: try $0["epoch"])
                }
            }
        }
        let keys = try await privateKeys(of: Set(wraps.map(\.epoch)))
        let opened = try wraps.map { segment in
            guard let key = keys[segment.epoch] else { throw SealError.doesNotOpen }
            return try SegmentKey(unwrapping: segment.wrap, id: segment.id, with: key)
        }
        return segments.withLock { known in
            if known.count + opened.count > keptSegments { known = known.filter { needed.contains($0.key) } }
            for key in opened { known[key.id] = key }
            return known
        }
    }

    /// The private keys of some epochs at least. Throws `KeyStoreError` where one is not here.
    private func privateKeys(of epochs: Set<Int>) async throws -> [Int: Curve25519.KeyAgreement.PrivateKey] {
        let known = privateKeys.withLock { $0 }
        let missing = epochs.subtracting(known.keys)
        guard let store, !missing.isEmpty else { return known }
        // Once an epoch, and off the threads that others wait for.
        let read: [Int: Curve25519.KeyAgreement.PrivateKey] = try await withCheckedThrowingContinuation { found in
            DispatchQueue.global().async {
                found.resume(
                    with: Result {
                        try missing.reduce(into: [:]) { $0[$1] = try store.ledgerPrivateKey(of: $1) }
                    })
            }
        }
        return privateKeys.withLock { keys in
            keys.merge(read) { $1 }
            return keys
        }
    }
}
