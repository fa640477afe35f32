import CivilTime
import Crypto
import HTTPServer
import Hummingbird
import StrictJSON
import Vault

/// A cookie of this host that carries something sealed: nothing of it is kept on the server, and nobody but the server
/// can read it.
struct SealedCookie: Sendable {
    /// Without the prefix.
    let shortName: String
    /// Whether it also comes when another site leads here, as a provider of identities does.
    let sameSite: SetCookie.SameSite

    init(_ shortName: String, sameSite: SetCookie.SameSite = .strict) {
        self.shortName = shortName
        self.sameSite = sameSite
    }

    enum Opened: Sendable {
        case none
        /// There was something; it is over, or is none of ours.
        case over
        case open(JSON, until: Instant)
    }

    /// As the browser sends it.
    var name: String { "__Host-\(shortName)" }

    var cleared: SetCookie { SetCookie(hostOnly: shortName, value: "", maxAge: 0, sameSite: sameSite) }

    /// What the request carries. Its end is sealed inside: whatever the browser does, it is over then.
    func open(_ request: Request, under key: SymmetricKey, at now: Instant) -> Opened {
        guard let value = request.cookie(name), !value.isEmpty else { return .none }
        guard let box = Base64URL.decode(value), let bytes = try? SealedBox.open(box, under: key, at: location),
            let json = try? JSON(parsing: bytes), let content = json["content"],
            let expiresAt = json["expiresAt"]?.string.flatMap({ Instant($0) }), now < expiresAt
        else { return .over }
        return .open(content, until: expiresAt)
    }

    func seal(
        _ content: JSON, until expiresAt: Instant, under key: SymmetricKey, at now: Instant, random: RandomSource
    ) throws(SealError) -> SetCookie {
        let json: JSON = ["content": content, "expiresAt": .string(expiresAt.description)]
        let box = try SealedBox.seal(json.canonicalBytes, under: key, at: location, random: random)
        return SetCookie(
            hostOnly: shortName, value: Base64URL.encode(box), maxAge: expiresAt.seconds(since: now),
            sameSite: sameSite)
    }

    private var location: BoxLocation {
        BoxLocation(table: "cookie", row: shortName, column: "session", version: 1)
    }
}
