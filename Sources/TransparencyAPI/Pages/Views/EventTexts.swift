import CivilTime
import RightsRegistry
import StrictJSON

/// How the events of a request read: to the citizen in full sentences, to an operator in a few words.
struct EventTexts: Sendable {
    let language: Language

    init(_ language: Language) { self.language = language }

    /// What the citizen reads; nil for what is internal to the institution (a note).
    func citizen(_ type: String) -> String? {
        switch type {
        case "filed": language.pick(fr: "Nous avons reçu votre demande.", en: "We received your request.")
        case "identityRequested":
            language.pick(
                fr: "Nous vous avons demandé de confirmer votre identité.", en: "We asked you to confirm your identity."
            )
        case "identityProvided":
            language.pick(fr: "Vous avez confirmé votre identité.", en: "You confirmed your identity.")
        case "identityVerified":
            language.pick(fr: "Nous avons vérifié votre identité.", en: "We verified your identity.")
        case "identityCorrected":
            language.pick(
                fr: "Vos informations d’identité ont été corrigées.", en: "Your identity details were corrected.")
        case "message": language.pick(fr: "Nous vous avons écrit.", en: "We wrote to you.")
        case "extended":
            language.pick(
                fr: "Nous avons prolongé le délai de réponse.", en: "We extended the time we have to answer.")
        case "granted": language.pick(fr: "Votre demande est acceptée.", en: "Your request is granted.")
        case "partiallyGranted":
            language.pick(fr: "Votre demande est acceptée en partie.", en: "Your request is granted in part.")
        case "refused": language.pick(fr: "Votre demande est refusée.", en: "Your request is refused.")
        case "transferred":
            language.pick(
                fr: "Votre demande a été transmise à l’organisme compétent.",
                en: "Your request was passed to the competent body.")
        case "withdrawn":
            language.pick(fr: "Vous avez retiré votre opposition.", en: "You withdrew your objection.")
        case "narrowed":
            language.pick(
                fr: "Vous avez retiré une partie de votre opposition.", en: "You withdrew a part of your objection.")
        case "reminded": language.pick(fr: "Nous vous avons envoyé un rappel.", en: "We sent you a reminder.")
        case "abandoned":
            language.pick(
                fr: "Sans réponse de votre part, la demande est classée.",
                en: "Having heard nothing from you, we set the request aside.")
        case "voided": language.pick(fr: "La demande a été annulée.", en: "The request was voided.")
        case "unreadable":
            language.pick(
                fr: "Nous ne pouvons plus lire cette demande : elle est close.",
                en: "We can no longer read this request: it is closed.")
        case "taskSent":
            language.pick(
                fr: "Nous avons interrogé des bases liées.", en: "We asked linked databases.")
        case "taskCompleted":
            language.pick(fr: "Une base liée a répondu.", en: "A linked database has answered.")
        case "impossible":
            language.pick(
                fr: "Votre choix ne peut pas être appliqué dans une base.",
                en: "Your choice cannot be applied in one database.")
        case "secretReissued":
            language.pick(fr: "Un nouveau code de suivi a été émis.", en: "A new tracking code was issued.")
        case "identityOpened":
            language.pick(
                fr: "Un agent habilité a consulté votre identité.", en: "An authorised agent looked at your identity.")
        case "packageReady":
            language.pick(fr: "Votre dossier est prêt.", en: "Your package is ready.")
        case "packageDownloaded":
            language.pick(fr: "Votre dossier a été téléchargé.", en: "Your package was downloaded.")
        case "reopened": language.pick(fr: "La demande a été rouverte.", en: "The request was reopened.")
        case "closed":
            language.pick(
                fr: "Chaque base concernée à ce jour a confirmé : la demande est close.",
                en: "Each database concerned on this day has confirmed: the request is closed.")
        case "assigned":
            language.pick(fr: "Un agent s’occupe de votre demande.", en: "An agent is looking after your request.")
        default: nil
        }
    }

    /// Of an identity that was proven by signing in; nil for any other event.
    func signIn(_ type: String, isConsole: Bool) -> String? {
        switch type {
        case "identityProvided":
            isConsole
                ? language.pick(fr: "Identité donnée par connexion", en: "Identity given by signing in")
                : language.pick(
                    fr: "Vous avez prouvé en ligne qui vous êtes.", en: "You proved online who you are.")
        case "identityVerified":
            isConsole
                ? language.pick(fr: "Identité vérifiée par connexion", en: "Identity verified by signing in")
                : language.pick(
                    fr: "Votre identité est vérifiée : vous l’avez prouvée en ligne.",
                    en: "Your identity is verified: you proved it online.")
        default: nil
        }
    }

    /// Of a task that is the controller's of a project which no connector reaches; nil for any other event.
    func controller(_ type: String) -> String? {
        switch type {
        case "taskSent":
            language.pick(
                fr: "Nous avons prévenu le responsable d’un projet.", en: "We told the controller of a project.")
        case "taskCompleted":
            language.pick(
                fr: "Le responsable d’un projet a répondu.", en: "The controller of a project has answered.")
        default: nil
        }
    }

    /// Of a request that the citizen took up again.
    var ownReopening: String {
        language.pick(fr: "Vous avez repris votre demande.", en: "You took your request up again.")
    }

    /// Of an event whose point is a file, for the citizen; nil for any other.
    func ofFile(_ event: RequestView.Event) -> String? {
        switch (event.event.type, event.event.actor) {
        case (.identityProvided, .citizen):
            language.pick(fr: "Vous avez envoyé un justificatif.", en: "You sent a proof.")
        case (.identityOpened, _):
            language.pick(
                fr: "Un agent habilité a ouvert votre justificatif.", en: "An authorised agent opened your proof.")
        case (.message, .citizen) where event.words == nil:
            language.pick(fr: "Vous nous avez envoyé un fichier.", en: "You sent us a file.")
        default: nil
        }
    }

    /// Of a request that did not come through this site.
    func filed(by channel: FilingChannel) -> String {
        switch channel {
        case .post: language.pick(fr: "Nous avons reçu votre courrier.", en: "We received your letter.")
        case .telephone: language.pick(fr: "Vous nous avez appelés.", en: "You called us.")
        case .imported:
            language.pick(
                fr: "Nous avons reçu votre opposition, avant l’ouverture de ce portail.",
                en: "We received your objection, before this portal opened.")
        }
    }

    /// Of a filing with a message in it, for operators: it is read with the identity, where it is sealed.
    func sealedMessage(_ event: RequestEvent) -> String? {
        event.hasFiledMessage
            ? language.pick(
                fr: "Avec un message : il se lit en ouvrant l’identité.",
                en: "With a message: open the identity to read it.") : nil
    }

    /// Of the end of a request that went onto no list.
    var closed: String { language.pick(fr: "La demande est close.", en: "The request is closed.") }

    /// Of the end of a request that some databases can't apply.
    var closedNotEverywhere: String {
        language.pick(
            fr: "La demande est close. Votre choix n’est pas appliqué partout : il ne l’est pas dans",
            en: "The request is closed. Your choice is not applied everywhere: it is not in")
    }

    /// Of the end of a request that some databases could not answer.
    func closedUnanswered(_ count: Int) -> String {
        count == 1
            ? language.pick(
                fr: "La demande est close. Une base n’a pas pu faire ce que vous demandiez :",
                en: "The request is closed. One database could not do what you asked:")
            : language.pick(
                fr: "La demande est close. Des bases n’ont pas pu faire ce que vous demandiez :",
                en: "The request is closed. Some databases could not do what you asked:")
    }

    /// Of one database that was asked, where there is no other; nil for any other event.
    func askedOne(_ event: RequestEvent) -> String? {
        guard event.type == .taskSent, event.data["databases"]?.array?.count == 1 else { return nil }
        return language.pick(fr: "Nous avons interrogé une base liée.", en: "We asked one linked database.")
    }

    /// Of a database that can't do what is asked of it, or not in proportion, for the citizen; nil for what is no such event.
    func unanswerable(_ event: RequestEvent) -> String? {
        guard event.type == .impossible, event.data["kind"] != nil else { return nil }
        return event.data["disproportionate"]?.bool == true
            ? language.pick(
                fr: "Dans une base, votre demande exigerait un effort disproportionné.",
                en: "In one database, your request would take a disproportionate effort.")
            : language.pick(
                fr: "Une base ne peut pas faire ce que vous demandez.",
                en: "One database cannot do what you ask.")
    }

    /// How a package was opened, or until when it can be; nil for any other event.
    func ofPackage(_ event: RequestEvent, day: (Instant) -> String) -> String? {
        switch (event.type, event.data["by"]?.string) {
        case (.packageReady, _):
            event.data["until"]?.string.flatMap { Instant($0) }.map { until in
                language.pick(
                    fr: "À télécharger jusqu’au \(day(until)) ; il est ensuite détruit.",
                    en: "To download until \(day(until)); it is then destroyed.")
            }
        case (.packageDownloaded, "signIn"?):
            language.pick(fr: "Avec votre code, après identification.", en: "With your code, after signing in.")
        case (.packageDownloaded, "code"?):
            language.pick(
                fr: "Avec votre code, et celui de la lettre.", en: "With your code, and that of the letter.")
        case (.packageDownloaded, "paper"?):
            language.pick(
                fr: "Par un agent, pour l’imprimer et vous l’envoyer.",
                en: "By an agent, to print it and send it to you.")
        default: nil
        }
    }

    /// Of a message that the citizen wrote.
    var ownMessage: String { language.pick(fr: "Vous nous avez écrit.", en: "You wrote to us.") }
}
