import Foundation

/// An address that a program of ours may ask: `https`, or `http` on this very machine.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    /// As it was given.
    public let text: String
    /// Scheme, host and port: who answers.
    public let origin: String
    /// In lower case; a numeric IPv6 address without its brackets.
    public let host: String

    /// Nil for another scheme, for `http` to another machine, and for an address with a name and a password or a
    /// fragment in it.
    public init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let host = parts.host?.lowercased(), !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.fragment == nil, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        switch scheme {
        case "https": break
        case "http": guard ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host) else { return nil }
        default: return nil
        }
        self.text = text
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let standard = scheme == "https" ? 443 : 80
        let isIPv6 = host.contains(":") && !host.hasPrefix("[")
        origin = "\(scheme)://\(isIPv6 ? "[\(host)]" : host):\(parts.port ?? standard)"
    }

    public var description: String { text }

    /// As it is asked for: with a path where it names none (RFC 9110 §4.2.3).
    public var target: String {
        text.drop { $0 != ":" }.dropFirst(3).contains { $0 == "/" || $0 == "?" } ? text : text + "/"
    }

    /// The address with further fields in its query.
    public func adding(_ fields: [(name: String, value: String)]) -> String {
        guard !fields.isEmpty else { return text }
        return text + (text.contains("?") ? "&" : "?") + WebForm.encode(fields)
    }
}

/// `application/x-www-form-urlencoded`.
public enum WebForm {
    /// All but RFC 3986's unreserved characters is percent-encoded.
    public static func encode(_ fields: [(name: String, value: String)]) -> String {
        fields.map { "\(encode($0.name))=\(encode($0.value))" }.joined(separator: "&")
    }

    /// One name or value.
    public static func encode(_ text: String) -> String {
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                encoded += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
