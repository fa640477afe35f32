public import Outbound
public import Vault

/// What the provider knows us by, and what we ask of it.
public struct OpenIDSettings: Sendable, Redacted {
    /// As the provider writes it, to the letter.
    public let issuer: WebAddress
    public let clientID: String
    let clientSecret: String
    /// Where the provider sends the browser back, registered with it to the letter.
    public let redirectAddress: String
    /// `openid` and those that bring the traits of identity.
    public let scopes: [String]
    /// How sure the provider must be of the person, any of these; empty to leave it to the provider.
    public let levels: [String]

    /// - Parameter scopes: `openid` is added where it is missing.
    public init(
        issuer: WebAddress, clientID: String, clientSecret: String, redirectAddress: String, scopes: [String],
        levels: [String]
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.redirectAddress = redirectAddress
        self.scopes = scopes.contains("openid") ? scopes : ["openid"] + scopes
        self.levels = levels
    }

    /// Whether a level that the provider is at is one that was asked for. The levels of eIDAS are ordered: where
    /// `eidas1` was asked for, `eidas3` is more than enough.
    func accepts(level: String?) -> Bool {
        guard !levels.isEmpty else { return true }
        guard let level else { return false }
        if levels.contains(where: { exactly($0, level) }) { return true }
        guard let reached = Self.eidas(level) else { return false }
        return levels.compactMap(Self.eidas).contains { $0 <= reached }
    }

    private static func eidas(_ level: String) -> Int? {
        switch level {
        case "eidas1": 1
        case "eidas2": 2
        case "eidas3": 3
        default: nil
        }
    }
}

/// The same bytes. Swift's own `==` holds two spellings equal that Unicode holds equal.
func exactly(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
