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

    let frame: PageFrame
    let waves: [Row]
    let voided: [Row]
    let smallest: String
    let most: String
    let summary: ErrorSummary?

    init(frame: PageFrame, waves: [Wave], voided: [VoidedWave], wrong: String?, zone: TimeZone) {
        let language = frame.words
        let words = Words(language)
        let missing = FieldErrorTexts(language, isConsole: true).text(pointer: "/reasons", code: "required")
        func field(_ place: Int, _ id: String) -> FormField {
            FormField("reasons", id: "reasons-\(place)", value: "", error: id == wrong ? missing : nil)
        }
        func title(_ kind: WaveKind, _ count: Int) -> String {
            let requests = words.requests(count)
            return switch kind {
            case .message:
                language.pick(fr: "\(requests) avec le même message", en: "\(requests) with the same message")
            case .contact:
                language.pick(fr: "\(requests) avec la même adresse", en: "\(requests) with the same address")
            case .rate: language.pick(fr: "\(requests) en une heure", en: "\(requests) within an hour")
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
                examples: wave.examples.map {
                    Example(reference: $0, href: PagePath.operatorCase($0).path(in: language))
                }, mayRestore: false)
        }
        self.voided = voided.enumerated().map { place, wave in
            let at = words.moment(wave.voidedAt, in: zone)
            let done = language.pick(
                fr: "Annulées le \(at) par \(wave.voidedBy).", en: "Voided on \(at) by \(wave.voidedBy).")
            let restored = wave.restoredAt.map {
                language.pick(
                    fr: " Rétablies le \(words.moment($0, in: zone)).",
                    en: " Restored on \(words.moment($0, in: zone)).")
            }
            return Row(
                id: wave.id, field: field(waves.count + place, wave.id), title: title(wave.kind, wave.count),
                count: String(wave.count), detail: done + (restored ?? ""), examples: [],
                mayRestore: wave.restoredAt == nil)
        }
        smallest = words.number(OperatorDesk.smallestWave)
        most = words.number(OperatorDesk.mostVoided)
        summary = ErrorSummary(
            (self.waves + self.voided).compactMap { row in
                row.field.error.map { FieldMessage(anchor: row.field.id, text: $0) }
            })
    }
}
