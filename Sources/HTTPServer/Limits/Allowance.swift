/// How often something may happen: so many times at once, and so many a second from then on. A token bucket.
public struct Allowance: Sendable, Hashable {
    /// Times at once, from 1 to a million.
    public let burst: Int
    /// Times a second in the long run; at least one an hour.
    public let perSecond: Double

    /// Nil for what lies out of bounds.
    public init?(burst: Int, perSecond: Double) {
        // So that the time a bucket takes to fill is far from overflowing in nanoseconds.
        guard (1...1_000_000).contains(burst), perSecond >= 1.0 / 3_600, perSecond <= 1_000_000 else { return nil }
        self.burst = burst
        self.perSecond = perSecond
    }

    /// As settings write it: `1000, 10/s`, also `/min` and `/h`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        guard parts.count == 2, let burst = Int(parts[0]) else { return nil }
        let rate = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        let units = ["s": 1.0, "min": 60, "h": 3_600]
        guard rate.count == 2, let count = Int(rate[0]), let unit = units[String(rate[1])] else { return nil }
        self.init(burst: burst, perSecond: Double(count) / unit)
    }
}

/// What one kind of request is allowed: to each address, and to all together. Nil means no limit.
public struct RateLimit: Sendable, Hashable {
    /// To one IPv4 address, or to one /64 of IPv6.
    public var perAddress: Allowance?
    public var total: Allowance?

    public init(perAddress: Allowance? = nil, total: Allowance? = nil) {
        self.perAddress = perAddress
        self.total = total
    }
}

/// Routes that share one limit, by a name that settings use.
public struct LimitedKind: Sendable, Hashable {
    public let name: String

    public init(_ name: String) { self.name = name }
}
