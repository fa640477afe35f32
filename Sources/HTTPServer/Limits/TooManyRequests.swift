import HTTPTypes
import NIOCore

/// A request beyond the limit of its kind. Nothing was done.
public struct TooManyRequests: Error, Sendable, Hashable {
    /// Whole seconds after which it may go through, at least 1: what `Retry-After` says.
    public let seconds: Int

    init(_ wait: Duration) {
        seconds = max(1, Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0))
    }

    /// The problem for programs, and for pages that have no answer of their own.
    public var problem: ProblemDetails {
        ProblemDetails(
            .tooManyRequests, code: "tooManyRequests",
            detail: "Trop de demandes à la fois ; rien n’a été fait. Réessayez dans \(seconds) s. / "
                + "Too many requests at once; nothing was done. Try again in \(seconds) s.",
            headers: [.retryAfter: String(seconds)])
    }
}

/// The limiters of a server, one for each kind that has a limit.
struct RateLimiters: Sendable {
    private let byKind: [LimitedKind: RateLimiter]

    init(_ limits: [LimitedKind: RateLimit], uptime: @escaping UptimeSource) {
        byKind = limits.mapValues { RateLimiter($0, uptime: uptime) }
    }

    /// Counts a request; what it is answered where it is one too many.
    func refusal(of kind: LimitedKind?, from address: SocketAddress?) -> TooManyRequests? {
        guard let kind, let limiter = byKind[kind] else { return nil }
        return limiter.take(for: address).map(TooManyRequests.init)
    }
}
