/// Why a sign-in did not come about. Nothing of what the provider said is used then.
public enum OpenIDError: Error, Sendable, Hashable {
    /// The provider could not be asked, or did not answer as a provider does: another try may succeed.
    case unavailable(Step)
    /// Whoever was asked said no, or the provider ended the attempt with an error of its own.
    case declined
    /// What came back can't be believed.
    case refused(Doubt)

    /// What was asked of the provider.
    public enum Step: String, Sendable, Hashable {
        case discovery, keys, token, userInfo
    }

    /// What did not hold. The names are codes for logs and for whoever helps; no value is told.
    public enum Doubt: String, Sendable, Hashable, CaseIterable {
        /// The answer belongs to no attempt of this browser, or to one whose time is up.
        case state
        /// The provider did not take our code or our proof of it (PKCE).
        case code
        /// Not a signed token as RFC 7515 writes it.
        case malformed
        /// Signed by another algorithm than ES256 and RS256: `none` and HS256 among them.
        case algorithm
        /// By a key that the provider does not publish.
        case key
        case signature
        case issuer
        case audience
        case authorizedParty
        case expired
        case issuedAt
        case nonce
        /// The access token is not the one that the ID token speaks of.
        case accessToken
        /// The provider is less sure of the person than was asked for.
        case level
        /// The claims are about somebody else than the ID token.
        case subject
    }
}
