public import CivilTime
import Crypto
public import Outbound
public import StrictJSON
public import Vault

/// One attempt to sign in: what the answer must fit. It goes into a sealed cookie, and nowhere else.
public struct SignInAttempt: Sendable, Redacted {
    /// Comes back with the browser.
    public let state: String
    /// Comes back inside the ID token.
    public let nonce: String
    /// Proves to the provider that whoever brings the code began the attempt (PKCE, RFC 7636).
    public let verifier: String

    public init(state: String, nonce: String, verifier: String) {
        self.state = state
        self.nonce = nonce
        self.verifier = verifier
    }

    /// 256 random bits each, 43 characters.
    init(random: RandomSource) {
        self.init(
            state: Base64URL.encode(random(32)), nonce: Base64URL.encode(random(32)),
            verifier: Base64URL.encode(random(32)))
    }
}

/// Whom the provider has recognised.
public struct SignedInPerson: Sendable, Redacted {
    /// The provider's own name for the person, here alone.
    public let subject: String
    /// What the provider says of the person.
    public let claims: JSON
    /// For the provider, when the person leaves.
    public let idToken: String
}

/// Our side of OpenID Connect: the code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9207).
public struct RelyingParty: Sendable {
    /// Seconds by which the provider's clock and ours may differ.
    private static let clockSkew = 60
    /// Seconds for which an ID token is taken after it was made, whatever its own end.
    private static let tokenAge = 600

    public let settings: OpenIDSettings
    private let provider: Provider
    private let client: WebClient
    private let now: TimeSource
    private let random: RandomSource

    /// Asks the provider nothing yet: one that is down stops no start.
    public init(
        settings: OpenIDSettings, client: WebClient, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.settings = settings
        self.client = client
        self.now = now
        self.random = random
        provider = Provider(issuer: settings.issuer, client: client, now: now)
    }

    // MARK: Going

    /// Begins an attempt. Throws `unavailable`.
    /// - Returns: what to keep, sealed, and where to send the browser.
    public func begin() async throws(OpenIDError) -> (attempt: SignInAttempt, address: String) {
        let attempt = SignInAttempt(random: random)
        var fields: [(name: String, value: String)] = [
            ("response_type", "code"), ("client_id", settings.clientID),
            ("redirect_uri", settings.redirectAddress), ("scope", settings.scopes.joined(separator: " ")),
            ("state", attempt.state), ("nonce", attempt.nonce),
            ("code_challenge", Base64URL.encode(Array(SHA256.hash(data: Array(attempt.verifier.utf8))))),
            ("code_challenge_method", "S256"),
        ]
        if !settings.levels.isEmpty { fields.append(("acr_values", settings.levels.joined(separator: " "))) }
        return (attempt, try await provider.describe().authorization.adding(fields))
    }

    // MARK: Coming back

    /// What the browser brought back in its query.
    public struct Answer: Sendable, Redacted {
        let state: String?
        let code: String?
        let error: String?
        let issuer: String?

        public init(state: String?, code: String?, error: String?, issuer: String?) {
            self.state = state
            self.code = code
            self.error = error
            self.issuer = issuer
        }
    }

    /// Whom the provider has recognised. Throws `OpenIDError`, and then nothing may be opened.
    public func complete(_ attempt: SignInAttempt, with answer: Answer) async throws(OpenIDError) -> SignedInPerson {
        guard let state = answer.state, exactly(state, attempt.state) else { throw .refused(.state) }
        if let issuer = answer.issuer, !exactly(issuer, settings.issuer.text) { throw .refused(.issuer) }
        if answer.error != nil { throw .declined }
        guard let code = answer.code, !code.isEmpty else { throw .refused(.code) }
        let metadata = try await provider.describe()
        let tokens = try await exchange(code, attempt, metadata)
        let identified = try await identify(tokens, nonce: attempt.nonce)
        let claims = try await userInfo(tokens.access, metadata)
        guard let subject = claims["sub"]?.string, exactly(subject, identified) else { throw .refused(.subject) }
        return SignedInPerson(subject: subject, claims: claims, idToken: tokens.id)
    }

    private struct Tokens: Sendable {
        let id: String
        let access: String
    }

    private func exchange(
        _ code: String, _ attempt: SignInAttempt, _ metadata: ProviderMetadata
    ) async throws(OpenIDError) -> Tokens {
        var form: [(name: String, value: String)] = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", settings.redirectAddress),
            ("code_verifier", attempt.verifier),
        ]
        var basic: (name: String, password: String)?
        if metadata.takesSecretInForm {
            form += [("client_id", settings.clientID), ("client_secret", settings.clientSecret)]
        } else {
            basic = (settings.clientID, settings.clientSecret)
        }
        guard
            let answer = try? await client.post(metadata.token, form: form, accept: "application/json", basic: basic)
        else { throw .unavailable(.token) }
        // RFC 6749 §5.2: it was understood, and refused.
        if answer.status == 400 || answer.status == 401 { throw .refused(.code) }
        guard answer.status == 200, let json = try? JSON(parsing: answer.body),
            let access = json["access_token"]?.string,
            let id = json["id_token"]?.string
        else { throw .unavailable(.token) }
        return Tokens(id: id, access: access)
    }

    /// The subject of an ID token that holds in every respect (OpenID Connect Core §3.1.3.7).
    private func identify(_ tokens: Tokens, nonce: String) async throws(OpenIDError) -> String {
        let token = try SignedToken(tokens.id)
        try await provider.verify(token)
        let claims = token.payload
        guard let issuer = claims["iss"]?.string, exactly(issuer, settings.issuer.text) else { throw .refused(.issuer) }
        try checkAudience(claims)
        try checkTimes(claims)
        guard let named = claims["nonce"]?.string, exactly(named, nonce) else { throw .refused(.nonce) }
        if let hash = claims["at_hash"] {
            let digest = Array(SHA256.hash(data: Array(tokens.access.utf8))).prefix(16)
            guard let hash = hash.string, exactly(hash, Base64URL.encode(digest)) else { throw .refused(.accessToken) }
        }
        guard settings.accepts(level: claims["acr"]?.string) else { throw .refused(.level) }
        guard let subject = claims["sub"]?.string, !subject.isEmpty else { throw .refused(.subject) }
        return subject
    }

    /// For us, and for nobody else beside us.
    private func checkAudience(_ claims: JSON) throws(OpenIDError) {
        let audience = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.array?.compactMap(\.string) ?? []
        guard audience.count == 1, exactly(audience[0], settings.clientID) else { throw .refused(.audience) }
        if let party = claims["azp"] {
            guard let party = party.string, exactly(party, settings.clientID) else { throw .refused(.authorizedParty) }
        }
    }

    private func checkTimes(_ claims: JSON) throws(OpenIDError) {
        let moment = Double(now().milliseconds) / 1000
        let skew = Double(Self.clockSkew)
        guard let end = claims["exp"]?.double, end > moment - skew else { throw .refused(.expired) }
        guard let made = claims["iat"]?.double, made <= moment + skew, made > moment - Double(Self.tokenAge) - skew
        else { throw .refused(.issuedAt) }
        if let start = claims["nbf"] {
            guard let start = start.double, start <= moment + skew else { throw .refused(.issuedAt) }
        }
    }

    /// What the provider says of the person: as JSON, or as a token that it signed (§5.3.2).
    private func userInfo(_ access: String, _ metadata: ProviderMetadata) async throws(OpenIDError) -> JSON {
        guard
            let answer = try? await client.get(
                metadata.userInfo, accept: "application/json, application/jwt", bearer: access), answer.status == 200
        else { throw .unavailable(.userInfo) }
        guard answer.contentType == "application/jwt" else {
            guard let claims = try? JSON(parsing: answer.body) else { throw .unavailable(.userInfo) }
            return claims
        }
        let token = try SignedToken(String(decoding: answer.body, as: UTF8.self))
        try await provider.verify(token)
        guard let issuer = token.payload["iss"]?.string, exactly(issuer, settings.issuer.text) else {
            throw .refused(.issuer)
        }
        try checkAudience(token.payload)
        if token.payload["exp"] != nil {
            guard let end = token.payload["exp"]?.double,
                end > Double(now().milliseconds) / 1000 - Double(Self.clockSkew)
            else { throw .refused(.expired) }
        }
        return token.payload
    }

    // MARK: Leaving

    /// Where the provider ends its own session (OpenID Connect RP-Initiated Logout 1.0); nil where it has no such page
    /// or can't be asked now: we have forgotten the person by then anyway.
    public func leaving(_ idToken: String, backTo address: String) async -> String? {
        guard let endSession = try? await provider.describe().endSession else { return nil }
        return endSession.adding([
            ("id_token_hint", idToken), ("post_logout_redirect_uri", address),
            ("state", Base64URL.encode(random(32))),
        ])
    }
}
