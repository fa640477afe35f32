import Foundation

/// A mail server that takes our messages, and how it is spoken to.
public struct MailServer: Sendable {
    /// What the connection must be before a message goes over it.
    public enum Encryption: String, Sendable, CaseIterable {
        /// TLS with a verified certificate, or nothing is sent.
        case required
        /// TLS where the server offers it.
        case opportunistic
        /// None: on this very machine alone.
        case none
    }

    /// Whom the server knows us as.
    public struct Account: Sendable {
        let user: String
        let password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// Why a server can't be used as it is configured, in words.
    public struct Flaw: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    let address: String
    let encryption: Encryption
    let account: Account?
    /// A file of certificates to trust in place of the system's.
    let trusted: String?

    /// - Parameters:
    ///   - address: `smtp://host:port`, upgraded by STARTTLS, or `smtps://host:port`.
    ///   - trusted: a file of certificates (PEM) to trust in place of the system's: a house's own authority.
    public init(
        _ address: String, encryption: Encryption = .required, account: Account? = nil, trusted: String? = nil
    ) throws(Flaw) {
        guard let parts = URLComponents(string: address), let scheme = parts.scheme?.lowercased(),
            ["smtp", "smtps"].contains(scheme), let host = parts.host?.lowercased(), !host.isEmpty, parts.user == nil,
            parts.password == nil, parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil,
            address.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Flaw(description: "“\(address)” is no mail server: smtp://host:port.") }
        let isHere = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host)
        if scheme == "smtp", encryption == .none, !isHere {
            throw Flaw(description: "Mail goes without TLS on this very machine alone, and “\(host)” is another.")
        }
        if scheme == "smtp", encryption == .opportunistic, account != nil, !isHere {
            throw Flaw(description: "A password goes over TLS alone: TLS must be required.")
        }
        let isIPv6 = host.contains(":") && !host.hasPrefix("[")
        let port = parts.port ?? (scheme == "smtps" ? 465 : 587)
        self.address = "\(scheme)://\(isIPv6 ? "[\(host)]" : host):\(port)"
        self.encryption = scheme == "smtps" ? .required : encryption
        self.account = account
        self.trusted = trusted
    }
}
