import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry

/// `/bases-liees`: what each linked database has confirmed, in plain words, and how long choices take to arrive.
struct LinkedDatabasesPage: Page {
    static let template = PageTemplate.linkedDatabases

    struct Row: Sendable {
        let name: String
        let state: Tag
        let text: String
        let lastConfirmed: String
        let target: String
        let late: String?
        let delay: String
        /// Those of the catalogue that it holds, by title.
        let datasets: [HeldDataset]
    }

    struct HeldDataset: Sendable {
        let title: Phrase
        let href: String
    }

    let frame: PageFrame
    /// A sentence.
    let delay: String
    /// “9 bases de données sur 12 au catalogue”; nil where there is no linked database.
    let reached: String?
    let rows: [Row]
}

extension LinkedDatabasesPage {
    init(
        frame: PageFrame, _ standings: [DatabaseStanding], _ delays: MeasuredDelays, titles: [String: Phrase],
        targets: PublishedTargets, now: Instant, _ zone: TimeZone
    ) {
        let language = frame.words
        let words = Words(language)
        self.frame = frame
        let days = words.count(delays.days, fr: ("jour", "jours"), en: ("day", "days"))
        delay =
            delays.everywhere.map { figures in
                let (half, most) = (words.duration(figures.median), words.duration(figures.percentile95))
                return language.pick(
                    fr:
                        "Ces \(days), la moitié des choix ont été confirmés partout en \(half), et 95 sur 100 en \(most).",
                    en:
                        "These \(days), half of the choices were confirmed everywhere in \(half), and 95 in 100 in \(most)."
                )
            }
            ?? language.pick(
                fr: "Ces \(days), il y a eu trop peu de choix pour le dire.",
                en: "These \(days), there were too few choices to say.")
        rows = standings.map {
            Row(
                $0, delays.byDatabase[$0.linked.id], titles: titles, hours: targets.hours(of: $0.linked), now: now,
                zone,
                language)
        }
        let held = Set(standings.flatMap(\.linked.datasets)).filter { titles[$0] != nil }.count
        reached =
            standings.isEmpty
            ? nil
            : language.pick(
                fr: "\(words.linkedDatabases(standings.count)), qui tiennent \(words.datasets(held)) sur les "
                    + "\(words.number(titles.count)) du catalogue.",
                en: "\(words.linkedDatabases(standings.count)), which hold \(words.datasets(held)) of the "
                    + "\(words.number(titles.count)) in the catalogue.")
    }
}

extension LinkedDatabasesPage.Row {
    init(
        _ standing: DatabaseStanding, _ figures: DelayFigures?, titles: [String: Phrase] = [:], hours: Int,
        now: Instant,
        _ zone: TimeZone, _ language: Language
    ) {
        let words = Words(language)
        datasets = standing.linked.datasets.compactMap { reference in
            titles[reference].map {
                LinkedDatabasesPage.HeldDataset(title: $0, href: PagePath.dataset(reference).path(in: language))
            }
        }
        name = DatabaseWords.name(of: standing.linked, language)
        (state, text) = Self.words(standing.condition, language)
        lastConfirmed =
            standing.linked.confirmedAt.map { words.moment($0, in: zone) }
            ?? language.pick(fr: "aucune encore", en: "none yet")
        let period = words.hours(hours)
        target = language.pick(fr: "sous \(period)", en: "within \(period)")
        late =
            standing.isLate(after: hours, at: now)
            ? language.pick(
                fr: "Dépassé : des choix attendent depuis plus longtemps, et nous le suivons.",
                en: "Passed: choices have waited for longer, and we are following it up.") : nil
        delay =
            figures.map { figures in
                let (half, most) = (words.duration(figures.median), words.duration(figures.percentile95))
                return language.pick(
                    fr: "la moitié en \(half), 95 sur 100 en \(most)", en: "half in \(half), 95 in 100 in \(most)")
            } ?? language.pick(fr: "trop peu de choix pour le dire", en: "too few choices to say")
    }

    /// Only what has been confirmed whole is said to be.
    private static func words(_ condition: DatabaseStanding.Condition, _ language: Language) -> (Tag, String) {
        switch condition {
        case .current:
            (
                Tag(language.pick(fr: "À jour", en: "Up to date"), .live),
                language.pick(
                    fr: "Elle a confirmé tout ce qui lui a été envoyé.", en: "It has confirmed all that it was sent.")
            )
        case .nothingYet:
            (
                Tag(language.pick(fr: "Rien à confirmer", en: "Nothing to confirm"), .wait),
                language.pick(fr: "Aucun choix ne lui a encore été envoyé.", en: "No choice has been sent to it yet.")
            )
        case .behind:
            (
                Tag(language.pick(fr: "En cours", en: "On its way"), .wait),
                language.pick(
                    fr: "Des choix sont en route, pas encore confirmés.",
                    en: "Choices are on their way, not confirmed yet.")
            )
        case .neverConfirmed:
            (
                Tag(language.pick(fr: "Rien de confirmé", en: "Nothing confirmed"), .alert),
                language.pick(
                    fr: "Des choix lui sont envoyés ; elle n’en a encore confirmé aucun.",
                    en: "Choices are being sent to it; it has confirmed none yet.")
            )
        case .paused:
            (
                Tag(language.pick(fr: "En pause", en: "Paused"), .wait),
                language.pick(
                    fr: "Rien ne lui est envoyé pour l’instant ; les choix attendent.",
                    en: "Nothing is sent to it for now; choices wait.")
            )
        case .stopped, .failing, .excepted, .pending, .removed:
            (
                Tag(language.pick(fr: "Incomplète", en: "Incomplete"), .alert),
                language.pick(
                    fr: "Tous les choix n’y sont pas appliqués ; nos équipes y travaillent.",
                    en: "Not every choice is applied there; our teams are working on it.")
            )
        }
    }
}
