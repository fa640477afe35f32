import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// What stands under each form of a case: templates to begin with, the draft, and buttons for both. Nothing needs a script.
struct FormTools: Sendable {
    /// A `DraftForm`, as the buttons send it.
    let form: String
    let pickID: String
    /// The templates for this form; none where it takes none.
    let templates: [Choice]
    /// The template that the text began with: hidden fields, sent with the act.
    let template: String?
    let templateVersion: String?
    /// When the draft was kept; nil where there is none.
    let savedOn: String?

    init(
        _ form: DraftForm, fields: [String: String], draft: OperatorDraft?, templates: [AnswerTemplate], zone: TimeZone,
        language: Language
    ) {
        self.form = form.rawValue
        pickID = "pick-\(form.rawValue)"
        self.templates = templates.filter { $0.purpose.form == form && !$0.content.isRetired }.map { template in
            let title = language.pick(fr: template.content.title.fr, en: template.content.title.en)
            return Choice(template.id, title, isChosen: template.id == fields["template"])
        }
        template = fields["template"]
        templateVersion = fields["templateVersion"]
        savedOn = draft.map { Words(language).moment($0.savedAt, in: zone) }
    }
}

/// What was sent and can still be recalled.
struct HeldWords: Sendable {
    let id: String
    /// “Message : part à 14 h 32 min 10 s”.
    let title: String
    /// Whether this operator sent it, and so may recall it.
    let mayRecall: Bool
    let text: String
    /// Where it is recalled.
    let path: String

    /// - Parameter query: the filters of the list that one came from, with their question mark.
    init(
        _ held: HeldAct, of reference: String, query: String, asker: Operator, zone: TimeZone, language: Language
    ) {
        id = held.id
        mayRecall = held.operatorName == asker.name
        let act = EventTexts(language).console(held.type.rawValue)
        let seconds = Int(held.dueAt.milliseconds / 1000 % 60)
        let time = Words(language).clock(held.dueAt, in: zone)
        let until = language.pick(
            fr: "\(time)\u{A0}min\u{A0}\(seconds)\u{A0}s", en: "\(time):\(seconds < 10 ? "0" : "")\(seconds)")
        title = language.pick(fr: "\(act)\u{A0}: part à \(until)", en: "\(act): goes at \(until)")
        let files =
            held.fileCount > 0
            ? language.pick(
                fr: " Si vous rappelez, les fichiers seront à choisir de nouveau.",
                en: " If you recall it, the files are to be chosen again.") : ""
        text =
            mayRecall
            ? language.pick(
                fr: "Jusque-là, rien n’est parti : la personne ne voit rien.",
                en: "Until then nothing has gone: the person sees nothing.") + files
            : language.pick(
                fr: "\(held.operatorName) l’envoie. La personne ne voit rien jusque-là.",
                en: "\(held.operatorName) is sending it. The person sees nothing until then.")
        path = PagePath.operatorRecall(reference).path(in: language) + query
    }
}

/// Why something that was sent did not go.
struct FailureWords: Sendable {
    let title: String
    let text: String

    /// Nil for a draft that was merely kept, and for one that its operator recalled.
    init?(_ draft: OperatorDraft, language: Language) {
        let kept = language.pick(
            fr: "Vos mots sont gardés en brouillon dans le formulaire.",
            en: "Your words are kept as a draft in the form.")
        let files =
            draft.lostFiles > 0
            ? language.pick(fr: " Choisissez de nouveau les fichiers.", en: " Choose the files again.") : ""
        switch draft.failure {
        // That it was recalled is told once, where it was: its words are a draft like any other.
        case nil, .recalled?: return nil
        case .changed?:
            title = language.pick(fr: "Ce n’est pas parti", en: "It has not gone")
            text =
                language.pick(
                    fr: "Entre-temps, il s’est passé quelque chose dans ce dossier : relisez-le. ",
                    en: "Something happened in this case meanwhile: read it again. ") + kept + files
        case .role?:
            title = language.pick(fr: "Ce n’est pas parti", en: "It has not gone")
            text =
                language.pick(fr: "Votre rôle ne le permet plus. ", en: "Your role no longer allows it. ") + kept
                + files
        case .incomplete?:
            title = language.pick(fr: "Ce n’est pas parti", en: "It has not gone")
            text = language.pick(fr: "Il y manque quelque chose. ", en: "Something is missing. ") + kept + files
        case .sentBack?:
            title = language.pick(
                fr: "Le refus proposé vous est renvoyé", en: "The proposed refusal is sent back to you")
            text =
                language.pick(fr: "La note est dans la chronologie. ", en: "The note is in the timeline. ") + kept
        }
    }
}

/// A refusal that waits for a second person.
struct ProposalWords: Sendable {
    let id: String
    /// “Refus proposé par camille le 5 mars 2026 à 10 h 00”.
    let title: String
    let isOutdated: Bool
    let ground: String?
    let reasons: [String]
    let complaint: [String]
    let judicialRemedy: [String]
    /// Whether this operator can confirm it or send it back.
    let mayConfirm: Bool
    let mayDecide: Bool
    /// Whether it is their own, to be taken back.
    let mayTakeBack: Bool
    let isPartial: Bool
    let note: FormField
    let path: String

    /// - Parameters:
    ///   - query: the filters of the list that one came from, with their question mark.
    ///   - error: what is wrong with the note that was sent.
    init(
        _ proposal: RefusalProposal, of reference: String, query: String, asker: Operator, mayConfirm: Bool,
        error: String?,
        typed: String, zone: TimeZone, language: Language
    ) {
        id = proposal.id
        let when = Words(language).moment(proposal.proposedAt, in: zone)
        isPartial = proposal.type == .partiallyGranted
        title =
            isPartial
            ? language.pick(
                fr: "Acceptation en partie proposée par \(proposal.proposer) le \(when)",
                en: "Grant in part proposed by \(proposal.proposer) on \(when)")
            : language.pick(
                fr: "Refus proposé par \(proposal.proposer) le \(when)",
                en: "Refusal proposed by \(proposal.proposer) on \(when)")
        isOutdated = proposal.isOutdated
        let words = RefusalWords(
            ground: proposal.body?["grounds"]?.string.map(Labels(language).refusalGround),
            reasons: proposal.body?["reasons"]?.string ?? "", complaint: proposal.body?["complaint"]?.string ?? "",
            judicialRemedy: proposal.body?["judicialRemedy"]?.string ?? "")
        ground = words.ground
        reasons = words.reasons
        complaint = words.complaint
        judicialRemedy = words.judicialRemedy
        let isOwn = proposal.proposer == asker.name
        mayDecide = mayConfirm && !isOwn
        self.mayConfirm = mayDecide && !proposal.isOutdated
        mayTakeBack = isOwn
        note = FormField("note", id: "proposal-note", value: typed, error: error, hint: true)
        path = PagePath.operatorProposal(reference).path(in: language) + query
    }
}
