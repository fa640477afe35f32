public import CivilTime
public import Crypto
import Synchronization

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

    /// Entries that one key may seal.
    public static let entryLimit = 256
    /// Seconds for which one key may be handed out.
    public static let secondsLimit = 60

    private struct Segment {
        let key: SegmentKey
        let wrap: [UInt8]
        let startedAt: Instant
        var entries: Int
    }

    private let publicKey: Curve25519.KeyAgreement.PublicKey
    private let random: RandomSource
    private let segment = Mutex<Segment?>(nil)

    /// - Parameter publicKey: the ledger's.
    public init(publicKey: Curve25519.KeyAgreement.PublicKey, random: @escaping RandomSource = systemRandom) {
        self.publicKey = publicKey
        self.random = random
    }

    /// The key for one more entry, written at `now`. A clock that went back starts a new segment.
    public func current(at now: Instant) throws(SealError) -> Current {
        try segment.withLock { segment throws(SealError) in
            if var running = segment, running.entries < Self.entryLimit, now >= running.startedAt,
                now.seconds(since: running.startedAt) < Self.secondsLimit
            {
                running.entries += 1
                segment = running
                return Current(key: running.key, wrap: running.wrap, isNew: false)
            }
            let key = SegmentKey(random: random)
            let wrap = try key.wrapped(to: publicKey)
            segment = Segment(key: key, wrap: wrap, startedAt: now, entries: 1)
            return Current(key: key, wrap: wrap, isNew: true)
        }
    }
}
