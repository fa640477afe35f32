public import CivilTime
import Crypto
public import SQLDatabase
public import Vault

/// Which epoch of the ledger's key pair counts.
///
/// Its own, and not that of the cases' keys: the private half is the hub's, which may stand elsewhere. Whatever seals for it says in its
/// own transaction for which epoch it did that, and is refused where another counts by now.
public enum LedgerEpochs {
    /// One epoch as the database knows it.
    public struct Epoch: Sendable, Hashable {
        public let number: Int
        /// Nil for the first.
        public let beganAt: Instant?
        /// Of the public key; nil for the first until a second begins.
        public let fingerprint: [UInt8]?
        /// Since when nothing needs the private key.
        public let endedAt: Instant?
    }

    /// All epochs, in order; there is at least one.
    public struct Standing: Sendable, Hashable {
        public let epochs: [Epoch]

        /// The one that counts.
        public var current: Int { epochs.last?.number ?? 1 }
        /// Whether something is still under an older one.
        public var isRotating: Bool { epochs.dropLast().contains { $0.endedAt == nil } }
        /// Those whose private key is needed to read the ledger.
        public var needed: [Int] { epochs.filter { $0.endedAt == nil }.map(\.number) }
    }

    public static func standing(on connection: any SQLConnection) throws -> Standing {
        Standing(
            epochs: try connection.query("SELECT * FROM ledger_key_epoch ORDER BY epoch").map { row in
                Epoch(
                    number: try row["epoch"], beganAt: try row["began_at"], fingerprint: try row["fingerprint"],
                    endedAt: try row["ended_at"])
            })
    }

    /// Throws `RightsError.keysOutdated` unless `epoch` is the one that counts.
    static func require(_ epoch: Int, on connection: any SQLConnection) throws {
        let current: Int = try connection.first("SELECT max(epoch) AS epoch FROM ledger_key_epoch")?["epoch"] ?? 1
        guard current == epoch else { throw RightsError.keysOutdated }
    }

    /// What tells a public key from another.
    public static func fingerprint(of key: LedgerKey) -> [UInt8] {
        Array(SHA256.hash(data: key.publicKey.rawRepresentation))
    }
}

/// A segment's key that was wrapped for the hub, to be committed with whatever it seals, or before.
struct WrappedSegment: Sendable {
    let id: String
    let wrap: [UInt8]
    /// Of the ledger's key to which it is wrapped.
    let epoch: Int

    /// Throws `RightsError.keysOutdated` where another epoch counts by now.
    func insert(at now: Instant, on connection: any SQLConnection) throws {
        try LedgerEpochs.require(epoch, on: connection)
        try connection.execute(
            "INSERT INTO ledger_segment (id, wrap, created_at, epoch) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            id,
            wrap, now, epoch)
    }
}
