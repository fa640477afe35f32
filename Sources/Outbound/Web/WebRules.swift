import Glibc

/// Which servers may be asked, where the address comes from a person rather than from us, and how far they are trusted.
public struct WebRules: Sendable {
    /// Nobody may be asked.
    public static let nowhere = WebRules(hosts: [])

    let hosts: Set<String>
    let mayReach: @Sendable (_ address: String) -> Bool
    let trusted: String?
    let seconds: Int

    /// - Parameters:
    ///   - hosts: the names, or numeric addresses, that may be asked.
    ///   - trusted: a file of certificates (PEM) to trust in place of the system's.
    ///   - seconds: within which a server must have answered.
    ///   - mayReach: whether an address that is not public, a private network's or this machine's, may be connected to.
    public init(
        hosts: Set<String>, trusted: String? = nil, seconds: Int = 25,
        mayReach: @escaping @Sendable (_ address: String) -> Bool = { _ in false }
    ) {
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.trusted = trusted
        self.seconds = seconds
        self.mayReach = mayReach
    }

    /// Whether the address's host may be asked at all.
    public func allow(_ address: WebAddress) -> Bool { hosts.contains(address.host) }

    /// Whether a socket may be opened to an address of 4 or 16 bytes, whatever name led there.
    func allow(socketTo bytes: [UInt8]) -> Bool {
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let bytes = isMapped ? Array(bytes[12...]) : bytes
        return Self.isPublic(bytes) || mayReach(Self.text(bytes))
    }

    /// Whether the public internet leads there, by IANA's registries of special addresses.
    private static func isPublic(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 4 {
            return switch (bytes[0], bytes[1], bytes[2]) {
            case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): false
            case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): false
            case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): false
            default: true
            }
        }
        // Of global unicast, neither documentation nor what carries an IPv4 address within.
        guard bytes.count == 16, bytes[0] & 0xE0 == 0x20 else { return false }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0x20, 0x01, 0x0D, 0xB8), (0x20, 0x01, 0, 0), (0x20, 0x02, _, _), (0x3F, 0xFF, 0...0x0F, _): return false
        default: return true
        }
    }

    static func text(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            return ""
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
