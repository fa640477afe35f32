import CivilTime
import Foundation
import OpenIDConnect
import Outbound
import TransparencyAPI

/// Sign-in of citizens as it is configured: nothing of it where there is no issuer.
struct SignInSettings: Sendable {
    /// The provider's address, as it writes it itself.
    let issuer: String
    let clientID: String?
    /// A file that only this user can read, with the client's secret in its first line.
    let clientSecretFile: String?
    /// As citizens know the provider.
    let name: String
    let scopes: String
    let acrValues: String
    /// The portal's own address as citizens see it.
    let portal: String

    /// What FranceConnect gives that helps to recognise somebody.
    static let franceConnectScopes =
        "openid given_name family_name preferred_username gender birthdate birthplace birthcountry"

    /// Throws `CommandFailure` where a part is missing or makes no sense.
    func signIn(threads: OutboundThreads, now: @escaping TimeSource) throws -> Portal.SignIn {
        guard let issuer = WebAddress(issuer) else {
            throw CommandFailure.usage("REGARD_OIDC_ISSUER: “\(issuer)” is no https address.")
        }
        guard let origin = WebAddress(portal)?.text, !origin.hasSuffix("/") else {
            throw CommandFailure.usage(
                "REGARD_PORTAL: “\(portal)” must be the portal’s own https address, without a slash at its end.")
        }
        guard let clientID, let clientSecretFile else {
            throw CommandFailure.usage("REGARD_OIDC_ISSUER needs REGARD_OIDC_CLIENT_ID and …_CLIENT_SECRET_FILE.")
        }
        let settings = OpenIDSettings(
            issuer: issuer, clientID: clientID, clientSecret: try SecretFile.firstLine(of: clientSecretFile),
            redirectAddress: Portal.SignIn.redirectAddress(at: origin), scopes: Self.words(scopes),
            levels: Self.words(acrValues))
        let party = RelyingParty(settings: settings, client: WebClient(threads: threads), now: now)
        return Portal.SignIn(party: party, provider: name, origin: origin)
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
