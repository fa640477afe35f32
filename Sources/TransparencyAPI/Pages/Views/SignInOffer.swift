import Foundation
import RightsRegistry

/// Signing in on a page that can use it: who is signed in and how to leave, or that one may.
struct SignInOffer: Sendable {
    let provider: String
    /// Who is signed in; nil for nobody.
    let person: String?
    /// Until when, by the clock.
    let until: String
    /// Begins a sign-in.
    let go: String
    /// Whether what is written is no longer what the provider says.
    let differs: Bool
    /// Fills the page again with what the provider says.
    let refill: String

    init(
        _ provider: String, for purpose: SignInPurpose, _ signedIn: CitizenSession?, differs: Bool = false,
        zone: TimeZone, _ language: Language
    ) {
        self.provider = provider
        person = signedIn?.traits.civilName
        until = signedIn.map { Words(language).clock($0.expiresAt, in: zone) } ?? ""
        go = purpose.link(in: language)
        self.differs = differs
        refill = purpose.destination(in: language)
    }
}

extension Notice {
    /// Before filing: what signing in has brought, or why it no longer does.
    static func provenIdentity(agrees: Bool, _ provider: String, _ language: Language) -> Notice {
        agrees
            ? Notice(
                language.pick(
                    fr: "Votre identité est prouvée avec \(provider)", en: "Your identity is proven with \(provider)"),
                text: language.pick(
                    fr: "Elle sera vérifiée dès le dépôt.", en: "It will be verified as soon as you file."),
                tone: .done)
            : Notice(
                language.pick(
                    fr: "Ce n’est plus l’identité que donne \(provider)",
                    en: "This is no longer the identity that \(provider) gives"),
                text: language.pick(
                    fr: "Vous pouvez déposer ainsi : votre identité ne sera pas vérifiée d’office, un agent le fera au "
                        + "besoin.",
                    en:
                        "You can file like this: your identity will not be verified by itself, an agent will if need be."
                ), tone: .wait)
    }
}
