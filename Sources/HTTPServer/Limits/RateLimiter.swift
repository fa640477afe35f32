import NIOCore
import Synchronization

/// Gives the time since some fixed moment: it never goes back, whoever sets the clock. Passed in for tests.
public typealias UptimeSource = @Sendable () -> ContinuousClock.Instant

/// Keeps one kind of request within its limit, in bounded memory.
final class RateLimiter: Sendable {
    /// A token bucket as the one number it needs: when it will be full again, in nanoseconds since `origin`.
    fileprivate typealias FullAt = Int64

    fileprivate struct State {
        var total: FullAt = 0
        /// Addresses seen lately, and those seen before them. When the first are too many they become the second, and
        /// what the second held is forgotten: the least lately seen, so what is likeliest to be full again anyway.
        var recent: [AddressBlock: FullAt] = [:]
        var older: [AddressBlock: FullAt] = [:]
    }

    private let limit: RateLimit
    private let mostAddresses: Int
    private let uptime: UptimeSource
    private let origin: ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameter mostAddresses: whose buckets are kept; some 50 bytes each.
    init(_ limit: RateLimit, mostAddresses: Int = 131_072, uptime: @escaping UptimeSource) {
        self.limit = limit
        self.mostAddresses = mostAddresses
        self.uptime = uptime
        origin = uptime()
    }

    /// Takes a token for `address` and one of all, or neither: nil where it may go on, else how long until it may.
    func take(for address: SocketAddress?) -> Duration? {
        let now = (uptime() - origin).nanoseconds
        let block = AddressBlock(address)
        return state.withLock { state in
            var own: FullAt?
            if let allowance = limit.perAddress {
                switch allowance.take(from: state.bucket(of: block), at: now) {
                case .success(let fullAt): own = fullAt
                // Whoever is refused here takes nothing from all the others.
                case .failure(let wait): return wait.duration
                }
            }
            if let allowance = limit.total {
                switch allowance.take(from: state.total, at: now) {
                case .success(let fullAt): state.total = fullAt
                case .failure(let wait): return wait.duration
                }
            }
            if let own { state.keep(own, for: block, most: mostAddresses) }
            return nil
        }
    }

    /// Whose buckets are kept.
    var addresses: Int { state.withLock { $0.recent.count + $0.older.count } }
}

extension RateLimiter.State {
    fileprivate mutating func bucket(of block: AddressBlock) -> Int64 { recent[block] ?? older[block] ?? 0 }

    fileprivate mutating func keep(_ fullAt: Int64, for block: AddressBlock, most: Int) {
        older[block] = nil
        recent[block] = fullAt
        if recent.count >= most / 2 { (older, recent) = (recent, [:]) }
    }
}

/// Until a bucket has a token again.
private struct Wait: Error {
    let nanoseconds: Int64

    var duration: Duration { .nanoseconds(nanoseconds) }
}

extension Allowance {
    /// When the bucket is full again once a token more is taken from it.
    fileprivate func take(from fullAt: Int64, at now: Int64) -> Result<Int64, Wait> {
        let interval = 1_000_000_000 / perSecond
        let fullAt = max(fullAt, now) + Int64(interval)
        let missing = fullAt - now - Int64(interval * Double(burst))
        return missing > 0 ? .failure(Wait(nanoseconds: missing)) : .success(fullAt)
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
