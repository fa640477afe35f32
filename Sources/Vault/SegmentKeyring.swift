public import CivilTime
public import Crypto

/// Hands out the current segment key of a process that writes ledger entries, and makes a new one in time.
///
/// A segment key lives in memory alone, for 256 entries or 60 seconds, whichever ends first.
public final class SegmentKeyring: Sendable {
    /// A key to seal one entry with, and its wrap.
    ///
    /// The wrap must be committed before that entry or in the same transaction. That transaction may fail or be another
    /// than the one whose turn came first, so each writer inserts the segment with `ON CONFLICT DO NOTHING`.
    public struct Current: Sendable {
        public let key: SegmentKey
        /// The key wrapped to the ledger's public key.
        public let wrap: [UInt8]
        /// Whether this is the first time that this key is handed out.
        public let isNew: Bool
    }

    private let publicKey: Curve25519.KeyAgreement.PublicKey
    private let random: RandomSource
    private let segment = Renewing<Segment>()

    /// - Parameter publicKey: the ledger's.
    public init(publicKey: Curve25519.KeyAgreement.PublicKey, random: @escaping RandomSource = systemRandom) {
        self.publicKey = publicKey
        self.random = random
    }

    /// The key for one more entry, written at `now`.
    public func current(at now: Instant) throws(SealError) -> Current {
        let (segment, isNew) = try segment.current(at: now) { () throws(SealError) in
            let key = SegmentKey(random: random)
            return Segment(key: key, wrap: try key.wrapped(to: publicKey))
        }
        return Current(key: segment.key, wrap: segment.wrap, isNew: isNew)
    }

    private struct Segment {
        let key: SegmentKey
        let wrap: [UInt8]
    }
}
