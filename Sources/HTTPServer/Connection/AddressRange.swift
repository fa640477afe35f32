import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A range of IP addresses in CIDR notation, RFC 4632 and RFC 4291: `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Sendable, Hashable {
    private let prefix: [UInt8]
    private let bits: Int

    /// nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let prefix = Self.bytes(of: String(parts[0])) else { return nil }
        self.prefix = prefix
        guard parts.count == 2 else {
            bits = prefix.count * 8
            return
        }
        guard let bits = Int(parts[1]), (0...prefix.count * 8).contains(bits) else { return nil }
        self.bits = bits
    }

    /// Whether `address`, written as text, lies in the range. An IPv4 address mapped into IPv6 counts as IPv4.
    public func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(of: address), bytes.count == prefix.count else { return false }
        let whole = bits / 8
        guard bytes[..<whole] == prefix[..<whole] else { return false }
        let rest = bits % 8
        return rest == 0 || bytes[whole] >> (8 - rest) == prefix[whole] >> (8 - rest)
    }

    /// Four bytes or sixteen, four also for an IPv4 address mapped into IPv6; nil for what is no address.
    static func bytes(of address: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 { return Array(bytes[..<4]) }
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : bytes
    }
}

/// Finds out whom a proxy speaks for.
struct TrustedProxies: Sendable {
    let ranges: [AddressRange]

    /// The client's address: the last one that no trusted proxy has. `X-Forwarded-For` grows at its end, so what stands
    /// before that one is the client's own word and worth nothing.
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - forwarded: the values of `X-Forwarded-For`, in order.
    func client(peer: String, forwarded: [String]) -> String {
        var client = peer
        var hops = forwarded.flatMap { $0.split(separator: ",") }
        while ranges.contains(where: { $0.contains(client) }), let hop = hops.popLast() {
            let address = hop.filter { $0 != " " }
            guard (try? SocketAddress(ipAddress: address, port: 0)) != nil else { return client }
            client = address
        }
        return client
    }
}
