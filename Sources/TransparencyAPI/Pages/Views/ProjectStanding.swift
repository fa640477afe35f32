import CivilTime
import PublicRegistry

/// Until when a project's results are awaited; where they are published, nothing is.
struct AwaitedResults: Sendable {
    let dueOn: CalendarDate
    /// In words.
    let date: String
    let isLate: Bool
    /// How the date was found, where the register does not state it.
    let reckoned: String?

    /// Nil where results are published, where none can come, and where nothing says when the project ends.
    init?(_ project: Project, calendar: ProjectPage.Calendar, language: Language) {
        guard project.results.isEmpty, project.status == .active || project.status == .completed else { return nil }
        guard let due = project.resultsDueOn ?? project.endsOn?.adding(months: calendar.resultsMonths) else {
            return nil
        }
        let words = Words(language)
        dueOn = due
        date = words.date(due)
        isLate = calendar.today > due
        reckoned =
            project.resultsDueOn != nil
            ? nil
            : words.count(
                calendar.resultsMonths, fr: ("mois après la fin du projet", "mois après la fin du projet"),
                en: ("month after the project’s end", "months after the project’s end"))
    }
}

extension ProjectPage.Objection {
    /// What the register says, and from when on an objection counts (domain: art. 21 stops a running project from its next
    /// extraction; what was handed over or made anonymous can't be recalled).
    /// - Parameter lastRelease: the day on which data was last handed to it.
    init(_ project: Project, lastRelease: CalendarDate?, language: Language) {
        let applies = project.objection?.applies
        let isOpen: Bool
        var from: String?
        switch project.status {
        case .submitted, .underReview:
            isOpen = true
            from = language.pick(
                fr: "Aucune donnée n’est encore utilisée : une opposition faite maintenant compte dès le début.",
                en: "No data is used yet: an objection made now counts from the start.")
        case .authorised:
            isOpen = true
            from = language.pick(
                fr: "Une opposition compte dès la première extraction de données.",
                en: "An objection counts from the first extraction of data on.")
        case .active:
            isOpen = true
            from = language.pick(
                fr: "Une opposition compte dès la prochaine extraction de données. Ce qui a déjà été remis, ou rendu "
                    + "anonyme, ne peut pas être repris.",
                en: "An objection counts from the next extraction of data on. What was handed over, or made anonymous, "
                    + "can’t be taken back.")
        case .completed:
            isOpen = false
            from = language.pick(
                fr:
                    "Ce projet est terminé : une opposition n’y change plus rien. Elle compte pour les projets suivants.",
                en: "This project has ended: an objection changes nothing in it any more. It counts for those to come.")
        case .refused, .withdrawn:
            isOpen = false
            from = language.pick(
                fr: "Ce projet ne se fait pas. Une opposition compte pour les autres projets.",
                en: "This project is not taking place. An objection counts for other projects.")
        case nil:
            isOpen = true
        }
        // The register's own reason goes before our words for the usual case.
        if applies == false, isOpen || project.objection?.reason != nil { from = nil }
        if let lastRelease, let words = from, isOpen {
            let day = Words(language).date(lastRelease)
            from =
                words
                + language.pick(
                    fr: " Dernière remise connue : le \(day).", en: " The last release we know of: \(day).")
        }
        self.init(
            applies: applies, reason: Phrase(project.objection?.reason, in: language), refuses: applies == false,
            from: from, isOffered: isOpen && applies != false)
    }
}
