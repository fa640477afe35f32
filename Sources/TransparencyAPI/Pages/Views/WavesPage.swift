import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// `/operateur/vagues`.
struct OperatorWavesPage: Page {
    static let template = PageTemplate.operatorWaves

    struct Example: Sendable {
        let reference: String
        let href: String
    }

    struct Row: Sendable {
        let id: String
        /// What its form's fields are told apart by.
        let field: FormField
        /// “540 demandes avec le même message”.
        let title: String
        /// How many there were when the page was made.
        let count: String
        /// When they came, and for a rate, what is usual.
        let detail: String
        /// Some of them, as links.
        let examples: [Example]
        /// Whether it can be undone; nil for what has not been voided.
        let mayRestore: Bool
    }

    /// What waits for a second person, or was sent back to whoever reads this.
    struct Proposal: Sendable {
        let id: String
        let field: FormField
        let title: String
        /// By whom and when, or who has sent it back.
        let detail: String
        let examples: [Example]
        /// Nil where this operator may not read words.
        let reasons: String?
        /// Why it was sent back; nil where it was not, or may not be read.
        let note: String?
        let mayConfirm: Bool
        /// Whether it is this operator's own.
        let isOwn: Bool
        let isDeclined: Bool
    }

    /// What this operator may do here.
    struct Allowed: Sendable {
        /// Whether voiding takes two.
        let isProposed: Bool
        /// To void, or to propose it.
        let void: Bool
        let confirm: Bool
        let restore: Bool
    }

    let frame: PageFrame
    let waves: [Row]
    let proposals: [Proposal]
    let may: Allowed
    let notice: Notice?
    let voided: [Row]
    let smallest: String
    let most: String
    let summary: ErrorSummary?

    /// - Parameters:
    ///   - wrong: the wave or proposal that `errors` are of.
    ///   - asker: the name of whoever reads it.
    init(
        frame: PageFrame, waves: [Wave], proposals: [VoidingProposal] = [], voided: [VoidedWave], may: Allowed,
        asker: String, wrong: String? = nil, errors: [FieldError] = [], notice: Notice? = nil, zone: TimeZone
    ) {
        let language = frame.words
        let words = Words(language)
        let texts = FieldErrorTexts(language, isConsole: true)
        func field(_ place: Int, _ id: String, _ name: String = "reasons") -> FormField {
            let error = id == wrong ? errors.first { $0.pointer == "/\(name)" } : nil
            return FormField(
                name, id: "\(name)-\(place)", value: "",
                error: error.map { texts.text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments) })
        }
        func examples(_ references: [String]) -> [Example] {
            references.map { Example(reference: $0, href: PagePath.operatorCase($0).path(in: language)) }
        }
        // A wave that is proposed as it stands is shown there alone.
        let proposed = proposals.filter { $0.decline == nil }
        let waves = waves.filter { wave in !proposed.contains { $0.wave == wave.id && $0.count >= wave.count } }
        func title(_ kind: WaveKind, _ count: Int) -> String {
            let requests = words.requests(count)
            return switch kind {
            case .message:
                language.pick(fr: "\(requests) avec le même message", en: "\(requests) with the same message")
            case .contact:
                language.pick(fr: "\(requests) avec la même adresse", en: "\(requests) with the same address")
            case .rate: language.pick(fr: "\(requests) en une heure", en: "\(requests) within an hour")
            case .chosen:
                language.pick(
                    fr: "\(requests) \(count == 1 ? "choisie" : "choisies") à la main", en: "\(requests) chosen by hand"
                )
            }
        }
        self.frame = frame
        self.waves = waves.enumerated().map { place, wave in
            let (first, last) = (words.moment(wave.first, in: zone), words.moment(wave.last, in: zone))
            let came = language.pick(fr: "Du \(first) au \(last).", en: "From \(first) to \(last).")
            let usual = wave.usual.map {
                language.pick(
                    fr: " D’habitude : \(words.number($0)) par heure.", en: " As a rule: \(words.number($0)) an hour.")
            }
            return Row(
                id: wave.id, field: field(place, wave.id), title: title(wave.kind, wave.count),
                count: String(wave.count), detail: came + (usual ?? ""),
                examples: examples(wave.examples), mayRestore: false)
        }
        self.proposals = proposals.enumerated().map { place, proposal in
            let at = words.moment(proposal.proposedAt, in: zone)
            let said = language.pick(
                fr: "Proposé le \(at) par \(proposal.proposer).", en: "Proposed on \(at) by \(proposal.proposer).")
            let declined = proposal.decline.map { decline in
                let at = words.moment(decline.at, in: zone)
                return language.pick(
                    fr: "Renvoyé le \(at) par \(decline.name). Rien n’a été annulé.",
                    en: "Sent back on \(at) by \(decline.name). Nothing was voided.")
            }
            return Proposal(
                id: proposal.id, field: field(place, proposal.id, "note"),
                title: title(proposal.kind, proposal.count), detail: declined ?? said,
                examples: examples(proposal.decline == nil ? proposal.examples : []), reasons: proposal.reasons,
                note: proposal.decline?.note,
                mayConfirm: may.confirm && proposal.proposer != asker && proposal.decline == nil,
                isOwn: proposal.proposer == asker, isDeclined: proposal.decline != nil)
        }
        self.may = may
        self.notice = notice
        self.voided = voided.enumerated().map { place, wave in
            let at = words.moment(wave.voidedAt, in: zone)
            let done = language.pick(
                fr:
                    "Annulées le \(at) par \(wave.voidedBy)\(wave.proposedBy.map { ", sur proposition de \($0)" } ?? "").",
                en: "Voided on \(at) by \(wave.voidedBy)\(wave.proposedBy.map { ", as proposed by \($0)" } ?? "").")
            let restored = wave.restoredAt.map {
                language.pick(
                    fr: " Rétablies le \(words.moment($0, in: zone)).",
                    en: " Restored on \(words.moment($0, in: zone)).")
            }
            return Row(
                id: wave.id, field: field(waves.count + place, wave.id), title: title(wave.kind, wave.count),
                count: String(wave.count), detail: done + (restored ?? ""), examples: [],
                mayRestore: wave.restoredAt == nil && may.restore)
        }
        smallest = words.number(OperatorDesk.smallestWave)
        most = words.number(OperatorDesk.mostVoided)
        summary = ErrorSummary(
            ((self.waves + self.voided).map(\.field) + self.proposals.map(\.field)).compactMap { field in
                field.error.map { FieldMessage(anchor: field.id, text: $0) }
            })
    }
}
