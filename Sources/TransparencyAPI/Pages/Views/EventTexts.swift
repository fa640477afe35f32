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
    var closedUnanswered: String {
        language.pick(
            fr: "La demande est close. Des bases n’ont pas pu faire ce que vous demandiez :",
            en: "The request is closed. Some databases could not do what you asked:")
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

    /// What an operator reads in the console.
    func console(_ type: String) -> String {
        switch type {
        case "filed": language.pick(fr: "Dépôt", en: "Filed")
        case "identityRequested": language.pick(fr: "Identité demandée", en: "Identity requested")
        case "identityProvided": language.pick(fr: "Identité fournie", en: "Identity provided")
        case "identityVerified": language.pick(fr: "Identité vérifiée", en: "Identity verified")
        case "identityCorrected": language.pick(fr: "Identité corrigée", en: "Identity corrected")
        case "assigned": language.pick(fr: "Prise en charge", en: "Assigned")
        case "message": language.pick(fr: "Message", en: "Message")
        case "extended": language.pick(fr: "Délai prolongé", en: "Time extended")
        case "granted": language.pick(fr: "Acceptée", en: "Granted")
        case "partiallyGranted": language.pick(fr: "Acceptée en partie", en: "Partially granted")
        case "refused": language.pick(fr: "Refusée", en: "Refused")
        case "transferred": language.pick(fr: "Transmise", en: "Transferred")
        case "narrowed": language.pick(fr: "Opposition retirée en partie", en: "Objection withdrawn in part")
        case "withdrawn": language.pick(fr: "Opposition retirée", en: "Objection withdrawn")
        case "reminded": language.pick(fr: "Rappel envoyé", en: "Reminder sent")
        case "abandoned": language.pick(fr: "Classée sans suite", en: "Abandoned")
        case "voided": language.pick(fr: "Annulée", en: "Voided")
        case "taskSent": language.pick(fr: "Tâche envoyée", en: "Task sent")
        case "taskCompleted": language.pick(fr: "Réponse à une tâche", en: "Task answered")
        case "impossible": language.pick(fr: "Impossible dans une base", en: "Impossible in one database")
        case "secretReissued": language.pick(fr: "Code de suivi réémis", en: "Tracking code reissued")
        case "identityOpened": language.pick(fr: "Identité consultée", en: "Identity opened")
        case "packageReady": language.pick(fr: "Dossier prêt", en: "Package ready")
        case "packageDownloaded": language.pick(fr: "Dossier ouvert", en: "Package opened")
        case "reopened": language.pick(fr: "Rouverte", en: "Reopened")
        case "noted": language.pick(fr: "Note interne", en: "Internal note")
        case "deathRecorded": language.pick(fr: "Décès enregistré", en: "Death recorded")
        case "deathUnrecorded":
            language.pick(fr: "Décès annulé : c’était une erreur", en: "Death taken back: it was a mistake")
        case "closed": language.pick(fr: "Close", en: "Closed")
        default: type
        }
    }

    /// What an internal note says of a refusal that waits for a second person; nil for a note that somebody wrote.
    func proposal(_ event: RequestEvent) -> String? {
        guard event.type == .noted else { return nil }
        let isPartial = event.data["type"]?.string == EventType.partiallyGranted.rawValue
        return switch event.data["refusal"]?.string {
        case "proposed":
            isPartial
                ? language.pick(fr: "Acceptation en partie proposée", en: "Grant in part proposed")
                : language.pick(fr: "Refus proposé", en: "Refusal proposed")
        case "sentBack": language.pick(fr: "Refus renvoyé à qui le proposait", en: "Refusal sent back to its proposer")
        case "takenBack": language.pick(fr: "Proposition de refus reprise", en: "Proposal of a refusal taken back")
        default: nil
        }
    }

    /// Who acted, as operators read it.
    func actor(_ code: String) -> String {
        switch code {
        case "citizen": language.pick(fr: "la personne", en: "the person")
        case "system": language.pick(fr: "automatique", en: "automatic")
        default: Labels(language).role(code)
        }
    }

    /// The state of a request in one plain sentence, for the top of the citizen's page.
    func headline(state: String, outcome: String?, right: Right = .objection) -> String {
        switch (state, outcome) {
        case (_, "granted"?) where right != .objection && right != .objectionWithdrawal:
            language.pick(fr: "Votre demande est acceptée.", en: "Your request is granted.")
        case (_, "partiallyGranted"?) where right != .objection:
            language.pick(fr: "Votre demande est acceptée en partie.", en: "Your request is granted in part.")
        case ("closed", "granted"?) where right == .objectionWithdrawal:
            language.pick(fr: "Votre opposition est retirée.", en: "Your objection is withdrawn.")
        case ("received", _):
            language.pick(fr: "Nous avons reçu votre demande.", en: "We have received your request.")
        case ("awaitingIdentity", _):
            language.pick(
                fr: "Nous attendons que vous confirmiez votre identité.",
                en: "We are waiting for you to confirm your identity.")
        case ("underReview", nil):
            language.pick(fr: "Nous examinons votre demande.", en: "We are examining your request.")
        case ("closed", "granted"?), ("closed", "partiallyGranted"?):
            language.pick(
                fr: "Votre demande est acceptée et close.", en: "Your request is granted and closed.")
        case (_, "granted"?):
            language.pick(
                fr: "Votre demande est acceptée. Les bases liées confirment une à une.",
                en: "Your request is granted. The linked databases confirm one by one.")
        case (_, "partiallyGranted"?):
            language.pick(
                fr: "Votre demande est acceptée en partie. Les bases liées confirment une à une.",
                en: "Your request is granted in part. The linked databases confirm one by one.")
        case (_, "refused"?): language.pick(fr: "Votre demande est refusée.", en: "Your request is refused.")
        case (_, "transferred"?):
            language.pick(
                fr: "Votre demande est transmise à l’organisme compétent.",
                en: "Your request has been passed to the competent body.")
        case (_, "withdrawn"?):
            language.pick(
                fr: "Vous avez retiré votre opposition.", en: "You have withdrawn your objection.")
        case (_, "abandoned"?):
            language.pick(fr: "Votre demande est classée sans suite.", en: "Your request has been set aside.")
        case (_, "voided"?): language.pick(fr: "Votre demande a été annulée.", en: "Your request was voided.")
        default: language.pick(fr: "Votre demande est close.", en: "Your request is closed.")
        }
    }

    /// What keeps an objection from taking effect, and what to do about it.
    /// - Parameter isWaiting: whether an answer to the request itself is awaited as well.
    func lacksNumber(isWaiting: Bool) -> String {
        language.pick(
            fr: (isWaiting ? "Votre opposition est enregistrée, et un agent l’examine. " : "")
                + "Sans numéro de sécurité sociale, les bases ne peuvent pas encore l’appliquer : un agent le complète. Si "
                + "vous l’avez, envoyez-le dans «\u{A0}Nous écrire\u{A0}» : ce sera plus rapide.",
            en: (isWaiting ? "Your objection is registered, and an agent is examining it. " : "")
                + "Without a social security number, the databases cannot apply it yet: an agent completes it. If you have "
                + "it, send it under “Write to us”: that is quicker.")
    }

    /// What there is to do for whoever is asked for a proof, and was not written to about it.
    var sendProof: String {
        language.pick(
            fr: "Envoyez le justificatif demandé plus bas. Un agent l’examine, puis vous répond.",
            en: "Send the proof that is asked for below. An agent examines it, then answers you.")
    }

    /// In place of the state, where a death is recorded: nobody is waited for, and nobody told.
    var deathHeadline: String {
        language.pick(fr: "Un décès est enregistré dans cette demande.", en: "A death is recorded in this request.")
    }

    /// For whoever has signed in and so is likely to live.
    var deathToDispute: String {
        language.pick(
            fr: "Un décès y est enregistré : plus aucun message n’est envoyé. Si c’est une erreur, appelez-nous.",
            en: "A death is recorded in it: no message is sent any more. If that is a mistake, call us.")
    }

    var afterDeath: String {
        language.pick(fr: "Plus aucun message n’est envoyé.", en: "No message is sent any more.")
    }

    /// What happens next and what the citizen has to do.
    /// - Parameter isImpossibleSomewhere: whether some databases can't apply it.
    func next(
        state: String, outcome: String?, right: Right = .objection, isImpossibleSomewhere: Bool = false
    ) -> String {
        switch (state, outcome) {
        case ("closed", "granted"?) where right == .objectionWithdrawal && isImpossibleSomewhere:
            language.pick(
                fr: "Des bases ne peuvent pas l’appliquer : voyez plus bas lesquelles, et pourquoi.",
                en: "Some databases cannot apply it: see below which, and why.")
        case ("closed", "granted"?) where right == .objection && isImpossibleSomewhere,
            ("closed", "partiallyGranted"?) where right == .objection && isImpossibleSomewhere:
            language.pick(
                fr:
                    "Des bases ne peuvent pas l’appliquer : voyez plus bas lesquelles, et pourquoi. Votre opposition reste en "
                    + "vigueur tant que vous ne la retirez pas.",
                en:
                    "Some databases cannot apply it: see below which, and why. Your objection stays in force until you "
                    + "withdraw it.")
        case ("closed", "granted"?) where right.isCarriedByTasks && isImpossibleSomewhere,
            ("closed", "partiallyGranted"?) where right.isCarriedByTasks && isImpossibleSomewhere:
            language.pick(
                fr:
                    "Notre réponse est dans le fil ci-dessous. Des bases n’ont pas pu répondre : voyez plus bas "
                    + "lesquelles, et pourquoi.",
                en: "Our answer is in the timeline below. Some databases could not answer: see below which, and why.")
        case ("closed", "granted"?) where right.isCarriedByTasks:
            language.pick(
                fr: "Notre réponse est dans le fil ci-dessous. Chaque base liée interrogée a répondu.",
                en: "Our answer is in the timeline below. Each linked database that was asked has answered.")
        case (_, "granted"?) where right != .objection && right != .objectionWithdrawal:
            language.pick(
                fr:
                    "Notre réponse est dans le fil ci-dessous. La demande reste ouverte : un agent fait le nécessaire, et "
                    + "vous pouvez nous écrire ici.",
                en:
                    "Our answer is in the timeline below. The request stays open: an agent does what is needed, and you "
                    + "can write to us here.")
        case (_, "partiallyGranted"?) where right != .objection:
            language.pick(
                fr: "Ce qui est refusé, les raisons et vos recours sont ci-dessous.",
                en: "What is refused, the reasons and your remedies are below.")
        case ("closed", "granted"?) where right == .objectionWithdrawal:
            language.pick(
                fr: "Chaque base liée l’a confirmé. Vous pouvez vous opposer de nouveau à tout moment.",
                en: "Each linked database has confirmed it. You can object again at any time.")
        case ("received", _) where right != .objection:
            language.pick(
                fr: "Un agent va l’examiner. Vous n’avez rien à faire.",
                en: "An agent will examine it. You have nothing to do.")
        case ("received", _):
            language.pick(
                fr: "Un agent va l’examiner. Vous n’avez rien à faire. Plus bas : où en est chaque base liée.",
                en: "An agent will examine it. You have nothing to do. Below: how far each linked database has come.")
        case ("awaitingIdentity", _):
            language.pick(
                fr: "Répondez ci-dessous : un justificatif suffit. Le délai est suspendu en attendant.",
                en: "Answer below: a proof is enough. The clock is paused meanwhile.")
        case ("underReview", nil):
            language.pick(
                fr: "Vous recevrez une réponse motivée avant la date ci-dessous. Vous n’avez rien à faire.",
                en: "You will have an answer, with its reasons, before the date below. You have nothing to do.")
        case ("closed", "granted"?), ("closed", "partiallyGranted"?):
            language.pick(
                fr:
                    "Chaque base liée l’a confirmé : voyez plus bas. Votre opposition reste en vigueur tant que vous ne la "
                    + "retirez pas.",
                en:
                    "Each linked database has confirmed it: see below. Your objection stays in force until you withdraw "
                    + "it.")
        case (_, "granted"?), (_, "partiallyGranted"?):
            language.pick(
                fr: "Chaque base liée confirme à son tour. Le détail est ci-dessous ; vous n’avez rien à faire.",
                en: "Each linked database confirms in turn. The detail is below; you have nothing to do.")
        case (_, "abandoned"?) where right == .objection:
            language.pick(
                fr:
                    "Faute de réponse sur votre identité, votre opposition ne s’applique plus. Vous pouvez la reprendre à "
                    + "tout moment, avec le même code.",
                en: "Without an answer on your identity, your objection no longer applies. You can take it up again at "
                    + "any time, with the same code.")
        case (_, "abandoned"?):
            language.pick(
                fr:
                    "Nous n’avons pas eu de réponse sur votre identité. Vous pouvez reprendre votre demande à tout moment, "
                    + "avec le même code.",
                en: "We had no answer on your identity. You can take your request up again at any time, with the same "
                    + "code.")
        case (_, "refused"?):
            language.pick(
                fr: "Les raisons et vos recours sont ci-dessous.", en: "The reasons and your remedies are below.")
        case ("closed", "withdrawn"?):
            language.pick(
                fr: "Cette opposition ne vous protège plus. Une autre, si vous en avez fait une, reste en vigueur. "
                    + "Vous pouvez vous opposer de nouveau à tout moment.",
                en: "This objection no longer protects you. Another one, if you made one, stays in force. You can "
                    + "object again at any time.")
        case (_, "withdrawn"?):
            language.pick(
                fr: "Cette opposition ne vous protégera plus, dès que les bases liées auront confirmé. Une autre, si "
                    + "vous en avez fait une, reste en vigueur. Vous pouvez vous opposer de nouveau à tout moment.",
                en: "This objection will no longer protect you, once the linked databases have confirmed. Another one, "
                    + "if you made one, stays in force. You can object again at any time.")
        default:
            language.pick(
                fr: "Vous n’avez rien à faire. Vous pouvez déposer une nouvelle demande à tout moment.",
                en: "You have nothing to do. You can file a new request at any time.")
        }
    }
}
