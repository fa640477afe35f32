import OpenIDConnect
import RightsRegistry

/// `/identification`: who is signed in, or the button that leads to the provider of identities.
struct SignInPage: Page {
    static let template = PageTemplate.signIn

    /// The person as the provider knows them.
    struct Person: Sendable {
        let name: String
        let birth: String?
    }

    let frame: PageFrame
    let provider: String
    let person: Person?
    let goesOn: String
    let minutes: String

    init(frame: PageFrame, provider: String, citizen: CitizenSession?, goesOn: String, minutes: Int) {
        let words = Words(frame.words)
        self.frame = frame
        self.provider = provider
        person = citizen.map { citizen in
            Person(name: citizen.traits.civilName, birth: citizen.traits.birthDate.map(words.date))
        }
        self.goesOn = goesOn
        self.minutes = words.count(minutes, fr: ("minute", "minutes"), en: ("minute", "minutes"))
    }
}

/// A page that leads on by itself.
struct SignInWayPage: Page {
    static let template = PageTemplate.signInWay

    let frame: PageFrame
    let title: String
    let text: String
    let label: String
    let address: String
}

/// Why a sign-in did not come about, as the citizen may read it.
struct SignInFailure: Sendable {
    enum Kind: Sendable {
        case unavailable, declined, refused
        /// Too many at once; how many seconds to wait.
        case busy(seconds: Int)
    }

    let kind: Kind
    /// For whoever helps: it names what did not hold, and nobody.
    let code: String

    init(_ error: OpenIDError) {
        switch error {
        case .unavailable(let step): (kind, code) = (.unavailable, "unavailable.\(step.rawValue)")
        case .declined: (kind, code) = (.declined, "declined")
        case .refused(let doubt): (kind, code) = (.refused, doubt.rawValue)
        }
    }

    init(code: String) { (kind, self.code) = (.refused, code) }

    init(waiting seconds: Int) { (kind, code) = (.busy(seconds: seconds), "tooManyRequests") }

    /// Whether there is nothing to report: the person said no, or has only to wait.
    var isNoFault: Bool {
        switch kind {
        case .declined, .busy: true
        case .unavailable, .refused: false
        }
    }
}

/// The page after a sign-in that did not come about: what happened, that nothing was opened, and the other ways.
struct SignInFailedPage: Page {
    static let template = PageTemplate.signInFailed

    let frame: PageFrame
    let title: String
    let explanation: String
    let provider: String
    /// Nil where the person has said no.
    let code: String?
    let again: String
    /// Where the attempt began, as it was left.
    let back: WayBack?

    /// A link to where one was.
    struct WayBack: Sendable {
        let href: String
        let label: String
    }

    init(frame: PageFrame, failure: SignInFailure, provider: String, purpose: SignInPurpose) {
        self.frame = frame
        title = Self.title(failure, provider, frame.words)
        explanation =
            switch (failure.kind, failure.code) {
            case (.unavailable, _):
                frame.words.pick(
                    fr: "\(provider) n’a pas répondu. Réessayez dans quelques minutes.",
                    en: "\(provider) did not answer. Try again in a few minutes.")
            case (.declined, _):
                frame.words.pick(
                    fr: "Vous êtes revenu sans vous identifier. C’est votre choix.",
                    en: "You came back without signing in. That is your choice.")
            case (.busy(let seconds), _):
                frame.words.pick(
                    fr: "Beaucoup de personnes s’identifient en ce moment. Réessayez dans "
                        + "\(Words(frame.words).wait(seconds: seconds)).",
                    en: "Many people are signing in at this moment. Try again in "
                        + "\(Words(frame.words).wait(seconds: seconds)).")
            case (.refused, "state"):
                frame.words.pick(
                    fr: "Cette tentative a expiré, ou vient d’une autre fenêtre. Recommencez depuis ici.",
                    en: "This attempt has expired, or comes from another window. Start again from here.")
            case (.refused, _):
                frame.words.pick(
                    fr: "La réponse de \(provider) n’a pas pu être vérifiée. Par sécurité, nous ne l’utilisons pas.",
                    en: "The answer of \(provider) could not be verified. To be safe, we do not use it.")
            }
        self.provider = provider
        code = failure.isNoFault ? nil : failure.code
        again = purpose.link(in: frame.words)
        back = purpose.wayBack(in: frame.words).map {
            WayBack(href: purpose.page.path(in: frame.words), label: $0)
        }
    }

    static func title(_ failure: SignInFailure, _ provider: String, _ language: Language) -> String {
        switch failure.kind {
        case .unavailable:
            language.pick(fr: "\(provider) ne répond pas", en: "\(provider) does not answer")
        case .busy:
            language.pick(fr: "Un instant", en: "One moment")
        case .declined, .refused:
            language.pick(fr: "Vous n’êtes pas identifié", en: "You are not signed in")
        }
    }
}
