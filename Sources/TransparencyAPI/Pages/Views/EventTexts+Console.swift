import RightsRegistry
import StrictJSON

/// How the events of a request read to an operator: in a few words.
extension EventTexts {
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
        case "unreadable": language.pick(fr: "Close sans pouvoir être lue", en: "Closed unread")
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

    /// Why a case was closed that nobody can read, to its citizen as well.
    func unreadable(_ reason: UnreadableReason) -> String {
        switch reason {
        case .keysGone:
            language.pick(fr: "Les clés de ce dossier n’existent plus.", en: "The keys of this case are gone.")
        case .filedAgain:
            language.pick(fr: "La demande a été refaite.", en: "The request has been made again.")
        case .answered:
            language.pick(
                fr: "La réponse a été donnée autrement.", en: "The answer was given by another way.")
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

    /// Of a request that was given to somebody else than whoever acted; nil for any other act.
    func given(_ act: NamedAct?) -> String? {
        guard let assignee = act?.assignee, assignee != act?.operatorName else { return nil }
        return language.pick(fr: "Confiée à \(assignee)", en: "Given to \(assignee)")
    }

    /// Who acted, as operators read it: “camille, agent instructeur”.
    func actor(_ code: String, name: String? = nil) -> String {
        if let name { return "\(name), \(actor(code))" }
        return switch code {
        case "citizen": language.pick(fr: "la personne", en: "the person")
        case "system": language.pick(fr: "automatique", en: "automatic")
        default: Labels(language).role(code)
        }
    }
}
