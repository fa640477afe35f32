import CivilTime
import Foundation
import RightsRegistry

extension LastAct {
    /// “Dernier acte : acceptée en partie, par dominique, le 5 mars 2026 à 10 h 02.”
    func words(in language: Language, zone: TimeZone) -> String {
        let texts = EventTexts(language)
        let what = texts.proposal(event) ?? texts.console(event.type.rawValue)
        let who: String
        switch event.actor {
        case .citizen: who = language.pick(fr: "la personne", en: "the person")
        case .system: who = language.pick(fr: "le portail", en: "the portal")
        default: who = operatorName ?? Labels(language).role(event.actor.rawValue)
        }
        let when = Words(language).moment(event.at, in: zone)
        return language.pick(
            fr: "Dernier acte\u{A0}: «\u{A0}\(what)\u{A0}», par \(who), le \(when).",
            en: "The last act: “\(what)”, by \(who), on \(when).")
    }
}
