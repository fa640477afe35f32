import HTTPTypes
public import Hummingbird

extension Request {
    /// The value of a cookie; nil without it, and nil when it comes twice with different values, since one of them is
    /// not ours.
    public func cookie(_ name: String) -> String? {
        var found: String?
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { continue }
                guard found == nil || found! == parts[1] else { return nil }
                found = String(parts[1])
            }
        }
        return found
    }
}

/// A cookie of this host alone: the `__Host-` prefix makes browsers insist on Secure, on path `/`, and on no domain
/// (RFC 6265bis §4.1.3.2). Scripts cannot read it.
public struct SetCookie: Sendable, Hashable {
    public enum SameSite: String, Sendable {
        /// Sent from the site itself alone.
        case strict = "Strict"
        /// Also sent when a link leads here.
        case lax = "Lax"
    }

    /// The full name, prefix included.
    public let name: String
    public var value: String
    /// Seconds; nil for as long as the browser runs, 0 to remove the cookie.
    public var maxAge: Int?
    public var sameSite: SameSite

    /// - Parameters:
    ///   - name: without the prefix.
    ///   - value: RFC 6265 §4.1.1 cookie octets; anything else stops the program, since values are ours.
    public init(hostOnly name: String, value: String, maxAge: Int? = nil, sameSite: SameSite = .strict) {
        precondition(value.utf8.allSatisfy(Self.isCookieByte), "a cookie's value must be encoded")
        self.name = "__Host-\(name)"
        self.value = value
        self.maxAge = maxAge
        self.sameSite = sameSite
    }

    /// The value of `Set-Cookie`.
    public var header: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        return "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=\(sameSite.rawValue)\(age)"
    }

    private static func isCookieByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }
}

extension Response {
    /// Adds a `Set-Cookie`, beside those already there.
    public mutating func set(_ cookie: SetCookie) {
        headers.append(HTTPField(name: .setCookie, value: cookie.header))
    }
}
