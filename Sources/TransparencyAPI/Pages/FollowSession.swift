import CivilTime
import Crypto
import HTTPServer
import Hummingbird
import StrictJSON
import Vault

/// A citizen's access to one request, carried by a cookie: nothing of it is kept on the server, and nobody but the server
/// can read it.
struct FollowSession: Sendable {
    let reference: String
    let secret: TrackingSecret
    /// When the session ends, whatever the browser does with the cookie.
    let expiresAt: Instant

    private static let shortName = "suivi"
    static let cookieName = "__Host-\(shortName)"
    private static let location = BoxLocation(table: "cookie", row: shortName, column: "session", version: 1)

    init(reference: String, secret: TrackingSecret, expiresAt: Instant) {
        self.reference = reference
        self.secret = secret
        self.expiresAt = expiresAt
    }

    /// The session that a cookie's value holds; nil where it is none of ours, or its time is up.
    init?(sealed value: String, under key: SymmetricKey, at now: Instant) {
        guard let box = Base64URL.decode(value),
            let bytes = try? SealedBox.open(box, under: key, at: Self.location),
            let json = try? JSON(parsing: bytes), let reference = json["reference"]?.string,
            let secret = json["secret"]?.string.flatMap({ try? TrackingSecret(entered: $0) }),
            let expiresAt = json["expiresAt"]?.string.flatMap({ Instant($0) }), now < expiresAt
        else { return nil }
        self.init(reference: reference, secret: secret, expiresAt: expiresAt)
    }

    /// The cookie, sealed.
    func cookie(under key: SymmetricKey, at now: Instant, random: RandomSource) throws(SealError) -> SetCookie {
        let json: JSON = [
            "reference": .string(reference), "secret": .string(secret.formatted),
            "expiresAt": .string(expiresAt.description),
        ]
        let box = try SealedBox.seal(json.canonicalBytes, under: key, at: Self.location, random: random)
        return SetCookie(
            hostOnly: Self.shortName, value: Base64URL.encode(box), maxAge: expiresAt.seconds(since: now))
    }

    static var clearedCookie: SetCookie { SetCookie(hostOnly: shortName, value: "", maxAge: 0) }
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
        guard let value = request.cookie(FollowSession.cookieName), !value.isEmpty else { return .none }
        return FollowSession(sealed: value, under: intake.cookieKey, at: now()).map { .open($0) } ?? .over
    }
}
