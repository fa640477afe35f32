import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// The person's death in the console: that it is recorded, or how it is.
struct CaseDeath: Sendable {
    /// The one that stands.
    struct Recorded: Sendable {
        let title: String
        /// When and from where; what follows is the page's own.
        let facts: [String]
        /// Letters that were printed before, each with its day: to be taken out of the post.
        let lettersToStop: [String]
    }

    /// What an operator has to look into: the request came after the death was recorded in another one.
    struct Doubt: Sendable {
        /// The other request; nil where that is not known.
        let reference: String?
        let href: String?
        /// Whether this operator settles it.
        let maySettle: Bool
        /// Whether they refuse and void.
        let mayRefuse: Bool
    }

    let recorded: Recorded?
    /// Nil where there is nothing to settle.
    let doubt: Doubt?
    /// Whether the form that records a death confirms one.
    let isConfirming: Bool
    /// Where a death is recorded in another request that is certainly the same person's, and not here: its references.
    let elsewhere: [String]
    let mayRecord: Bool
    let mayUndo: Bool
    let sources: [Choice]
    let source: FormField
    let diedOn: FormField
    let reasons: FormField
    /// “Aussi dans les 2 autres demandes de la même personne”; nil where there is none.
    let others: String?
    /// Whether these are meant too: unless that was unticked before.
    let isForOthers: Bool
    /// Whether the form comes back with what is wrong.
    let isOpen: Bool
    let isUndoOpen: Bool

    /// - Parameters:
    ///   - typed: what was sent, where a form comes back with `errors`.
    init(
        _ view: RequestView, mayRecord: Bool, mayUndo: Bool, mayRefuse: Bool = false, typed: [String: String],
        errors: [FieldError],
        zone: TimeZone, _ language: Language
    ) {
        let words = Words(language)
        let isTyped = Self.types.contains(typed["type"] ?? "")
        let texts = FieldErrorTexts(language, isConsole: true)
        let wrong = isTyped ? errors : []
        func field(_ name: String) -> FormField {
            let error = wrong.first { $0.pointer == "/\(name)" }
            return FormField(
                name, id: "death-\(name)", value: isTyped ? typed[name] ?? "" : "",
                error: error.map { texts.text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments) }, hint: true
            )
        }
        let certain = (view.desk?.alike ?? []).filter(\.isCertain)
        let isRecorded = view.deathRecordedAt != nil
        recorded = view.deathRecordedAt.map { moment in
            let death = view.death
            let day = words.date(moment.date(in: zone))
            return Recorded(
                title: death?.diedOn.map {
                    language.pick(fr: "Décès le \(words.date($0))", en: "Died on \(words.date($0))")
                }
                    ?? language.pick(fr: "Décès enregistré", en: "Death recorded"),
                facts: [
                    language.pick(fr: "Enregistré le \(day).", en: "Recorded on \(day)."),
                    death?.source.map {
                        language.pick(fr: "D’après : ", en: "Known from: ") + Self.words(of: $0, language) + "."
                    },
                    death?.from.map {
                        language.pick(fr: "Noté dans la demande \($0).", en: "Recorded in the request \($0).")
                    },
                ].compactMap { $0 },
                lettersToStop: (view.desk?.lettersToStop ?? []).compactMap(\.printedAt).map {
                    words.date($0.date(in: zone))
                })
        }
        isConfirming = view.isDeathDoubted
        doubt =
            view.isDeathDoubted
            ? Doubt(
                reference: view.death?.from,
                href: (view.death?.from).map { PagePath.operatorCase($0).path(in: language) },
                maySettle: mayUndo, mayRefuse: mayRefuse) : nil
        elsewhere = isRecorded ? [] : certain.filter(\.isDeathRecorded).map(\.reference)
        self.mayRecord = mayRecord
        self.mayUndo = mayUndo
        sources = DeathSource.allCases.map {
            Choice($0.rawValue, Self.words(of: $0, language), isChosen: isTyped && typed["source"] == $0.rawValue)
        }
        source = field("source")
        diedOn = field("diedOn")
        reasons = field("reasons")
        let count = certain.filter { $0.isDeathRecorded == isRecorded }.count
        others =
            switch count {
            case 0: nil
            case 1:
                language.pick(
                    fr: "Aussi dans l’autre demande de la même personne",
                    en: "In the other request of the same person as well")
            default:
                language.pick(
                    fr: "Aussi dans les \(count) autres demandes de la même personne",
                    en: "In the \(count) other requests of the same person as well")
            }
        isForOthers = !isTyped || typed["samePerson"] != nil
        let isUndoing = typed["type"] == EventType.deathUnrecorded.rawValue
        isOpen = !wrong.isEmpty && !isUndoing
        isUndoOpen = !wrong.isEmpty && isUndoing
    }

    private static let types = [EventType.deathRecorded.rawValue, EventType.deathUnrecorded.rawValue]

    /// The id of the input that an error is about, where it is one of these forms that was sent.
    static func anchor(_ field: String, _ typed: [String: String]) -> String? {
        guard types.contains(typed["type"] ?? "") else { return nil }
        // What is wrong with the act as a whole is said where it begins.
        return ["source", "diedOn", "reasons"].contains(field) ? "death-\(field)" : "death-source"
    }

    /// Where it is known from.
    static func words(of source: DeathSource, _ language: Language) -> String {
        switch source {
        case .certificate:
            language.pick(fr: "un acte ou un certificat de décès", en: "a death certificate")
        case .registryOffice:
            language.pick(fr: "une mairie, interrogée", en: "a registry office that was asked")
        case .deathRegister:
            language.pick(fr: "le fichier des personnes décédées", en: "the public register of deaths")
        case .linkedDatabase:
            language.pick(fr: "la réponse d’une base liée", en: "the answer of a linked database")
        case .relative:
            language.pick(fr: "un proche, sans document", en: "somebody close, without a document")
        }
    }
}
