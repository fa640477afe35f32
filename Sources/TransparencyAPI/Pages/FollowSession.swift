import CivilTime
import Crypto
import HTTPServer
import Hummingbird
import StrictJSON
import Vault

/// A citizen's access to one request, carried by a sealed cookie.
struct FollowSession: Sendable {
    let reference: String
    let secret: TrackingSecret
    /// When the session ends, whatever the browser does with the cookie.
    let expiresAt: Instant

    fileprivate static let sealed = SealedCookie("suivi")
    static var cookieName: String { sealed.name }
    static var clearedCookie: SetCookie { sealed.cleared }

    init(reference: String, secret: TrackingSecret, expiresAt: Instant) {
        self.reference = reference
        self.secret = secret
        self.expiresAt = expiresAt
    }

    fileprivate init?(_ content: JSON, until expiresAt: Instant) {
        guard let reference = content["reference"]?.string,
            let secret = content["secret"]?.string.flatMap({ try? TrackingSecret(entered: $0) })
        else { return nil }
        self.init(reference: reference, secret: secret, expiresAt: expiresAt)
    }

    /// The cookie, sealed.
    func cookie(under key: SymmetricKey, at now: Instant, random: RandomSource) throws(SealError) -> SetCookie {
        try Self.sealed.seal(
            ["reference": .string(reference), "secret": .string(secret.formatted)], until: expiresAt, under: key,
            at: now, random: random)
    }
}

extension Portal {
    /// What the request's cookie opens.
    enum FollowAccess {
        case open(FollowSession)
        /// There was a session; it is over.
        case over
        case none
    }

    func followAccess(_ request: Request, _ intake: Intake) -> FollowAccess {
        switch FollowSession.sealed.open(request, under: intake.cookieKey, at: now()) {
        case .none: .none
        case .over: .over
        case .open(let content, let expiresAt):
            FollowSession(content, until: expiresAt).map { .open($0) } ?? .over
        }
    }
}
