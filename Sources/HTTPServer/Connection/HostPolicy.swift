/// The `Host` values that are answered.
struct HostPolicy: Sendable {
    private let allowed: Set<String>

    /// - Parameter port: the port really bound.
    init(_ configuration: ServerConfiguration, port: Int) {
        guard configuration.allowedHosts.isEmpty else {
            allowed = Set(configuration.allowedHosts.map { $0.lowercased() })
            return
        }
        let host = configuration.host.lowercased()
        let names = [host.contains(":") ? "[\(host)]" : host, "localhost", "127.0.0.1", "[::1]"]
        allowed = Set(names + names.map { "\($0):\(port)" })
    }

    /// nil where the host is answered, otherwise why it is not.
    func refusal(of host: String) -> Rejection? {
        if allowed.contains(host) || allowed.contains(host.lowercased()) { return nil }
        return Self.isWellFormed(host) ? .hostUnknown : .hostMalformed
    }

    /// RFC 9110 §7.2: `uri-host [":" port]`, where a name is what RFC 3986 §3.2.2 lets stand, without percent signs.
    private static func isWellFormed(_ host: String) -> Bool {
        var name = Substring(host)
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let inside = host[host.index(after: host.startIndex)..<end]
            guard !inside.isEmpty, inside.utf8.allSatisfy(isHexColonOrDot) else { return false }
            name = host[host.index(after: end)...]
            return name.isEmpty || isPort(name)
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[colon...]) else { return false }
            name = host[..<colon]
        }
        return !name.isEmpty && name.utf8.allSatisfy(isNameByte)
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.first == ":", text.utf8.count <= 6 else { return false }
        return text.dropFirst().utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isHexColonOrDot(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || PercentCoding.value(ofHexDigit: byte) != nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
