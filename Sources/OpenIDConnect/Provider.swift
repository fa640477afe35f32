import CivilTime
import Outbound
import StrictJSON

/// What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as we use it.
struct ProviderMetadata: Sendable {
    let authorization: WebAddress
    let token: WebAddress
    let userInfo: WebAddress
    let keys: WebAddress
    let endSession: WebAddress?
    /// Whether our secret goes into the form, where FranceConnect wants it, or into a header.
    let takesSecretInForm: Bool

    /// Nil where the document is another issuer's, or names addresses that we do not ask: what our process fetches
    /// comes from the issuer's own host, so that a document can't turn us against another.
    init?(_ document: JSON, of issuer: WebAddress) {
        func address(_ name: String) -> WebAddress? { document[name]?.string.flatMap(WebAddress.init) }
        func own(_ name: String) -> WebAddress? { address(name).flatMap { $0.origin == issuer.origin ? $0 : nil } }
        guard let named = document["issuer"]?.string, exactly(named, issuer.text),
            let authorization = address("authorization_endpoint"), let token = own("token_endpoint"),
            let userInfo = own("userinfo_endpoint"), let keys = own("jwks_uri")
        else { return nil }
        self.authorization = authorization
        self.token = token
        self.userInfo = userInfo
        self.keys = keys
        endSession = address("end_session_endpoint")
        let methods = document["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string) ?? []
        takesSecretInForm = methods.contains("client_secret_post")
    }
}

/// What is known of a provider: asked of it when it is needed, and kept for a while.
struct Provider: Sendable {
    /// Seconds for which a document is kept.
    private static let documentAge = 3600
    /// Seconds between two readings of the keys for the sake of a key that was not among them.
    private static let unknownKeyPause = 60

    let issuer: WebAddress
    let client: WebClient
    let now: TimeSource
    private let metadata = Kept<ProviderMetadata>()
    private let keys = Kept<ProviderKeys>()

    init(issuer: WebAddress, client: WebClient, now: @escaping TimeSource) {
        self.issuer = issuer
        self.client = client
        self.now = now
    }

    /// Throws `unavailable`.
    func describe() async throws(OpenIDError) -> ProviderMetadata {
        try await metadata.value(at: now(), keptFor: Self.documentAge) { [issuer, client] () throws(OpenIDError) in
            let base = issuer.text.hasSuffix("/") ? String(issuer.text.dropLast()) : issuer.text
            guard let address = WebAddress(base + "/.well-known/openid-configuration"),
                let document = await Self.document(address, client),
                let metadata = ProviderMetadata(document, of: issuer)
            else { throw .unavailable(.discovery) }
            return metadata
        }
    }

    /// Throws unless a published key has signed the token. A key that is not among those we know has them read again,
    /// once a minute at most: the provider may have changed its keys.
    func verify(_ token: SignedToken) async throws(OpenIDError) {
        var verdict = try await publishedKeys(keptFor: Self.documentAge).hasSigned(token)
        if verdict == nil, let renewed = try await renewedKeys() { verdict = renewed.hasSigned(token) }
        guard let verdict else { throw .refused(.key) }
        guard verdict else { throw .refused(.signature) }
    }

    private func publishedKeys(keptFor seconds: Int) async throws(OpenIDError) -> ProviderKeys {
        let address = try await describe().keys
        return try await keys.value(at: now(), keptFor: seconds) { [client] () throws(OpenIDError) in
            try await Self.fetchKeys(address, client)
        }
    }

    private func renewedKeys() async throws(OpenIDError) -> ProviderKeys? {
        let address = try await describe().keys
        return try await keys.renewed(at: now(), pause: Self.unknownKeyPause) { [client] () throws(OpenIDError) in
            try await Self.fetchKeys(address, client)
        }
    }

    private static func fetchKeys(
        _ address: WebAddress, _ client: WebClient
    ) async throws(OpenIDError) -> ProviderKeys {
        guard let document = await document(address, client), let keys = await ProviderKeys(document: document)
        else { throw .unavailable(.keys) }
        return keys
    }

    private static func document(_ address: WebAddress, _ client: WebClient) async -> JSON? {
        guard let answer = try? await client.get(address, accept: "application/json"), answer.status == 200 else {
            return nil
        }
        return try? JSON(parsing: answer.body)
    }
}

/// A value that is fetched when it is asked for, once however many ask at once, and kept for a while.
actor Kept<Value: Sendable> {
    private var kept: (value: Value, at: Instant)?
    private var renewedAt: Instant?
    private var underWay: Task<Result<Value, OpenIDError>, Never>?

    func value(
        at moment: Instant, keptFor seconds: Int,
        _ fetch: @escaping @Sendable () async throws(OpenIDError) -> Value
    ) async throws(OpenIDError) -> Value {
        if let kept, moment.seconds(since: kept.at) < seconds { return kept.value }
        return try await fetched(at: moment, fetch)
    }

    /// Fetches again, although what is kept is fresh; nil where that was done within the last `pause` seconds.
    func renewed(
        at moment: Instant, pause: Int, _ fetch: @escaping @Sendable () async throws(OpenIDError) -> Value
    ) async throws(OpenIDError) -> Value? {
        if let renewedAt, moment.seconds(since: renewedAt) < pause { return nil }
        renewedAt = moment
        return try await fetched(at: moment, fetch)
    }

    private func fetched(
        at moment: Instant, _ fetch: @escaping @Sendable () async throws(OpenIDError) -> Value
    ) async throws(OpenIDError) -> Value {
        let task: Task<Result<Value, OpenIDError>, Never>
        if let underWay {
            task = underWay
        } else {
            task = Task {
                do throws(OpenIDError) {
                    return .success(try await fetch())
                } catch {
                    return .failure(error)
                }
            }
            underWay = task
        }
        let result = await task.value
        if underWay == task { underWay = nil }
        let value = try result.get()
        kept = (value, moment)
        return value
    }
}
