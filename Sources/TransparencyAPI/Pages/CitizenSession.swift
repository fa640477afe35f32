import CivilTime
import Crypto
import HTTPServer
import Hummingbird
import OpenIDConnect
import RightsRegistry
import StrictJSON
import Vault

/// Who has signed in, carried by a sealed cookie for as long as a citizen's session lasts.
struct CitizenSession: Sendable {
    let traits: ProvenTraits
    /// For the provider, when the person leaves.
    let idToken: String?
    let expiresAt: Instant

    static let sealed = SealedCookie("identite")
    /// Browsers keep a cookie of 4,096 bytes, its name and attributes among them.
    private static let longestValue = 3_900

    init(traits: ProvenTraits, idToken: String?, expiresAt: Instant) {
        self.traits = traits
        self.idToken = idToken
        self.expiresAt = expiresAt
    }

    fileprivate init?(_ content: JSON, until expiresAt: Instant) {
        guard let traits = content["traits"].flatMap(ProvenTraits.init(json:)) else { return nil }
        self.traits = traits
        idToken = content["idToken"]?.string
        self.expiresAt = expiresAt
    }

    /// The cookie, sealed. A token that a cookie can't hold is left behind: the provider is not told then when the
    /// person leaves. Nil where the traits alone are too long.
    func cookie(_ intake: Portal.Intake, at now: Instant, random: RandomSource) throws(SealError) -> SetCookie? {
        for token in [idToken, nil] {
            let content: JSON = .object(ofPresent: ["traits": traits.json, "idToken": token.map(JSON.string)])
            let cookie = try Self.sealed.seal(
                content, until: expiresAt, under: intake.cookieKey, at: now, random: random)
            if cookie.value.utf8.count <= Self.longestValue { return cookie }
        }
        return nil
    }
}

/// Where a sign-in leads, and what came of it so far: kept between the two visits to the provider.
struct SignInJourney: Sendable {
    let attempt: SignInAttempt
    let purpose: SignInPurpose
    let language: Language

    /// The provider's page leads back here from another site, and a strict cookie would stay behind.
    static let sealed = SealedCookie("identification", sameSite: .lax)
    /// As long as somebody may take to find a password.
    static let lifetime = 15 * 60

    var content: JSON {
        [
            "state": .string(attempt.state), "nonce": .string(attempt.nonce), "verifier": .string(attempt.verifier),
            "purpose": .string(purpose.rawValue), "language": .string(language.rawValue),
        ]
    }

    init(attempt: SignInAttempt, purpose: SignInPurpose, language: Language) {
        self.attempt = attempt
        self.purpose = purpose
        self.language = language
    }

    init?(_ content: JSON) {
        guard let state = content["state"]?.string, let nonce = content["nonce"]?.string,
            let verifier = content["verifier"]?.string,
            let purpose = content["purpose"]?.string.flatMap(SignInPurpose.init(rawValue:)),
            let language = content["language"]?.string.flatMap(Language.init(rawValue:))
        else { return nil }
        self.init(
            attempt: SignInAttempt(state: state, nonce: nonce, verifier: verifier), purpose: purpose,
            language: language)
    }
}

extension Portal {
    /// Who is signed in; nil for nobody, or where the time is up.
    func citizen(_ request: Request, _ intake: Intake) -> CitizenSession? {
        intake.signIn == nil ? nil : citizen(request, under: intake.cookieKey)
    }

    /// The same, for the pages of the operators' process.
    func citizen(_ request: Request, _ choices: Choices) -> CitizenSession? {
        choices.signIn == nil ? nil : citizen(request, under: choices.cookieKey)
    }

    private func citizen(_ request: Request, under key: SymmetricKey) -> CitizenSession? {
        guard case .open(let content, let expiresAt) = CitizenSession.sealed.open(request, under: key, at: now()) else {
            return nil
        }
        return CitizenSession(content, until: expiresAt)
    }
}
