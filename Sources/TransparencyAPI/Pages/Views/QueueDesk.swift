import Foundation
import RightsRegistry
import StrictJSON

/// What the queue offers beside the list: kept filters, colleagues, and acts on many requests at once.
struct QueueDesk: Sendable {
    /// A filter that is kept, as a link.
    struct Filter: Sendable {
        let id: String
        let name: String
        let href: String
        let isCurrent: Bool
        /// Whose it is, where it is shared by somebody else.
        let owner: String?
        /// Set where it is one's own, and may be thrown away.
        let isOwn: Bool
    }

    static let none = QueueDesk(filters: [], colleagues: [], acts: [], batchPath: "", query: "", all: nil)

    let filters: [Filter]
    /// For the filter of the list.
    let colleagues: [Choice]
    /// What may be done to many; empty where this operator may do nothing.
    let acts: [Choice]
    /// Where the bulk form is sent, with the list's filters.
    let batchPath: String
    /// The filters in force, to be kept; empty where there is none.
    let query: String
    /// “Toutes celles de ce filtre (340)”; nil where the page shows them all.
    let all: String?
}

/// An act that is done to many requests.
struct BulkWords: Sendable {
    let language: Language

    init(_ language: Language) { self.language = language }

    /// What is done, as a choice says it.
    func label(_ type: EventType) -> String {
        switch type {
        case .assigned: language.pick(fr: "Les prendre ou les confier", en: "Take them or give them")
        case .noted: language.pick(fr: "Y ajouter une note", en: "Add a note to them")
        case .message: language.pick(fr: "Écrire aux personnes", en: "Write to the people")
        case .identityRequested: language.pick(fr: "Demander une preuve d’identité", en: "Ask for proof of identity")
        case .identityVerified: language.pick(fr: "Noter l’identité vérifiée", en: "Note the identity as verified")
        case .extended: language.pick(fr: "Prolonger leur délai", en: "Extend their deadline")
        case .granted: language.pick(fr: "Les accepter", en: "Grant them")
        case .reopened: language.pick(fr: "Les rétablir", en: "Restore them")
        case .voided: language.pick(fr: "Les annuler : dépôts contrefaits", en: "Void them: forged filings")
        case .unreadable: language.pick(fr: "Les clore : dossiers illisibles", en: "Close them: unreadable cases")
        default: type.rawValue
        }
    }

    /// The label of the words that the act takes; nil where it takes none.
    func wordsLabel(_ type: EventType) -> String? {
        switch type {
        case .noted:
            language.pick(fr: "La note (la personne ne la voit pas)", en: "The note (the person does not see it)")
        case .message, .identityRequested:
            language.pick(fr: "Le message, le même pour chacune", en: "The message, the same for each")
        case .extended, .voided:
            language.pick(fr: "Les raisons, que chacune lira", en: "The reasons, which each will read")
        case .granted:
            language.pick(
                fr: "La réponse, si le droit en demande une", en: "The answer, where the right calls for one")
        default: nil
        }
    }

    /// Why an act was not done to one of them, with what somebody else did meanwhile.
    func refusal(_ result: BulkResult, zone: TimeZone) -> String? {
        [refusal(result.outcome), result.meanwhile?.words(in: language, zone: zone)].compactMap { $0 }
            .joined(separator: " ").nonEmpty
    }

    private func refusal(_ outcome: BulkResult.Outcome) -> String? {
        switch outcome {
        case .done, .alreadySo: nil
        case .failed:
            language.pick(fr: "Une panne l’a empêché. Recommencez.", en: "A failure prevented it. Try again.")
        case .refused(let error): refusal(error)
        }
    }

    private func refusal(_ error: RightsError) -> String {
        switch error {
        case .notFound: language.pick(fr: "Aucune demande n’a cette référence.", en: "No request has this reference.")
        case .transition(.alreadyDecided):
            language.pick(fr: "Une décision est déjà prise.", en: "It is decided already.")
        case .transition(.identityNotVerified):
            language.pick(fr: "Vérifiez d’abord l’identité.", en: "Verify the identity first.")
        case .transition: language.pick(fr: "Son état ne le permet pas.", en: "Its state does not allow it.")
        case .outdated:
            language.pick(
                fr: "Elle a changé depuis que vous l’avez vue : relisez-la.",
                en: "It has changed since you saw it: read it again.")
        case .extensionTooLate:
            language.pick(
                fr: "Un délai se prolonge une fois, dans le premier mois.",
                en: "A deadline is extended once, within the first month.")
        case .invalid(let found):
            found.errors.first.map {
                FieldErrorTexts(language, isConsole: true).text(
                    pointer: $0.pointer, code: $0.code, arguments: $0.arguments)
            } ?? language.pick(fr: "Impossible.", en: "Impossible.")
        case .sealed: language.pick(fr: "Ce dossier ne s’ouvre plus.", en: "This case opens no more.")
        case .erased:
            language.pick(
                fr: "Ce dossier a été effacé : rien ne peut plus y être fait.",
                en: "This case was erased: nothing can be done to it any more.")
        case .lost:
            language.pick(
                fr: "Les clés de ce dossier n’existent plus : rien ne peut plus y être lu ni ajouté.",
                en: "The keys of this case are gone: nothing in it can be read or added.")
        case .keysOutdated:
            language.pick(
                fr: "Le service change ses clés. Recommencez dans un instant.",
                en: "The service is changing its keys. Try again in a moment.")
        case .forbidden: language.pick(fr: "Votre rôle ne le permet pas.", en: "Your role does not allow it.")
        case .comeOfAge, .idempotencyKeyReused, .proofNotAsked, .fileDestroyed, .scannerUnavailable:
            language.pick(fr: "Impossible ici.", en: "Impossible here.")
        }
    }
}
