import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry

/// How a linked database stands, in words for operators.
struct DatabaseWords: Sendable {
    let href: String
    let name: String
    let state: Tag
    /// Set where something waits for longer than the published target.
    let late: Tag?
    let position: String
    let lag: String
    /// Since when the oldest thing waits that is not confirmed; nil where nothing does.
    let waits: String?
    let lastConfirmed: String
    let target: String
    let exceptions: String?

    init(_ standing: DatabaseStanding, hours: Int, now: Instant, _ zone: TimeZone, _ language: Language) {
        let (words, linked) = (Words(language), standing.linked)
        href = PagePath.custodianDatabase(linked.id).path(in: language)
        name = Self.name(of: linked, language)
        state = Self.state(standing, language)
        let isLate = standing.isLate(after: hours, at: now)
        late = isLate ? Tag(language.pick(fr: "Objectif dépassé", en: "Target passed"), .stop) : nil
        position = words.number(Int(standing.linked.position))
        lag = words.count(Int(standing.lag), fr: ("entrée", "entrées"), en: ("entry", "entries"))
        waits = standing.waitingSince.map { since in
            let duration = words.duration(now.seconds(since: since))
            return language.pick(
                fr: "le plus ancien choix attend depuis \(duration)", en: "the oldest choice has waited for \(duration)"
            )
        }
        lastConfirmed =
            linked.confirmedAt.map { words.moment($0, in: zone) }
            ?? language.pick(fr: "rien encore", en: "nothing yet")
        target = words.hours(hours)
        exceptions =
            standing.exceptions == 0
            ? nil : words.count(standing.exceptions, fr: ("exception", "exceptions"), en: ("exception", "exceptions"))
    }

    /// What needs somebody first.
    static func urgency(_ standing: DatabaseStanding, isLate: Bool) -> Int {
        let rank =
            switch standing.condition {
            case .stopped: 0
            case .failing: 1
            case .excepted: 2
            case .neverConfirmed: 3
            case .behind: 4
            case .paused: 5
            case .pending, .nothingYet, .current, .removed: 6
            }
        return isLate ? rank - 10 : rank
    }

    static func name(of linked: LinkedDatabase, _ language: Language) -> String {
        Phrase(fr: linked.name?.fr, en: linked.name?.en, in: language)?.text ?? linked.id
    }

    /// Only what has been confirmed whole is said to be up to date.
    private static func state(_ standing: DatabaseStanding, _ language: Language) -> Tag {
        switch standing.condition {
        case .pending: Tag(language.pick(fr: "Pas encore liée", en: "Not linked yet"), .wait)
        case .removed: Tag(language.pick(fr: "Retirée", en: "Removed"), .wait)
        case .stopped: Tag(language.pick(fr: "Arrêtée", en: "Stopped"), .stop)
        case .paused: Tag(language.pick(fr: "En pause", en: "Paused"), .wait)
        case .failing:
            standing.linked.isTriedSeldom
                ? Tag(language.pick(fr: "Injoignable", en: "Can’t be served"), .stop)
                : Tag(language.pick(fr: "En échec", en: "Failing"), .alert)
        case .excepted: Tag(language.pick(fr: "Des exceptions", en: "Exceptions"), .alert)
        case .neverConfirmed: Tag(language.pick(fr: "Rien de confirmé", en: "Nothing confirmed"), .alert)
        case .behind: Tag(language.pick(fr: "En cours", en: "On its way"), .wait)
        case .nothingYet: Tag(language.pick(fr: "Rien à confirmer", en: "Nothing to confirm"), .wait)
        case .current: Tag(language.pick(fr: "À jour", en: "Up to date"), .live)
        }
    }
}

/// A database that is beyond its published target, above the operators' pages.
struct LateDatabase: Sendable {
    let href: String
    let name: String
    let text: String

    /// Nil unless it is.
    init?(_ standing: DatabaseStanding, hours: Int, now: Instant, _ zone: TimeZone, _ language: Language) {
        guard let since = standing.waitingSince, standing.isLate(after: hours, at: now) else { return nil }
        let words = Words(language)
        href = PagePath.custodianDatabase(standing.linked.id).path(in: language)
        name = DatabaseWords.name(of: standing.linked, language)
        let (moment, target) = (words.moment(since, in: zone), words.hours(hours))
        text = language.pick(
            fr: "le plus ancien choix y attend depuis le \(moment), au-delà de l’objectif publié (\(target)).",
            en: "the oldest choice has waited there since \(moment), beyond the published target (\(target)).")
    }
}
