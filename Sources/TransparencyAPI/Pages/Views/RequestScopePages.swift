import PublicRegistry
import RightsRegistry
import StrictJSON

/// How far an objection reaches today, computed from what the linked databases hold.
struct Reach: Sendable {
    struct Database: Sendable {
        let id: String
        let name: String
        /// The titles of the datasets that it holds.
        let datasets: [String]
    }

    let databases: [Database]
    /// How many datasets of the catalogue a linked database holds: one may hold several, so this is not their number.
    let reached: Int
    /// How many datasets of the catalogue no linked database holds.
    let unlinked: Int
    private let linked: Set<String>

    /// - Parameter catalogue: reference and title of each dataset that is shown.
    init(_ linkedDatabases: [LinkedDatabase], catalogue: [(reference: String, title: String)], in language: Language) {
        let linked = Set(linkedDatabases.flatMap(\.datasets))
        let titles = Dictionary(catalogue.map { ($0.reference, $0.title) }) { first, _ in first }
        self.linked = linked
        databases = linkedDatabases.map { database in
            Database(
                id: database.id, name: Phrase(database.name, in: language)?.text ?? database.id,
                datasets: database.datasets.compactMap { titles[$0] })
        }
        unlinked = catalogue.count { !linked.contains($0.reference) }
        reached = catalogue.count - unlinked
    }

    /// Whether a linked database holds that dataset.
    func isLinked(_ dataset: String) -> Bool { linked.contains(dataset) }

    /// What an objection can't do about a project, in sentences; empty where nothing stands in its way.
    func limits(of record: ProjectRecord, in language: Language) -> [String] {
        let titles = record.datasets.map { ($0.reference, Phrase($0.title, in: language)?.text ?? $0.reference) }
        return limits(of: record.project, titles: Dictionary(titles) { first, _ in first }, in: language)
    }

    /// - Parameters:
    ///   - titles: of the datasets that the catalogue shows.
    ///   - tellsOfEnd: false where what has ended is said elsewhere.
    func limits(
        of project: Project, titles: [String: String], tellsOfEnd: Bool = true, in language: Language
    ) -> [String] {
        var limits: [String] = []
        if project.objection?.applies == false {
            limits.append(
                language.pick(
                    fr: "Le droit d’opposition ne s’applique pas à ce projet : attendez-vous à un refus motivé.",
                    en: "The right to object does not apply to this project: expect a refusal, with reasons."))
        } else if project.procedure == .permanentAccess {
            limits.append(
                language.pick(
                    fr: "L’organisme a un accès permanent, que la loi lui donne : la réponse sera un refus motivé.",
                    en: "The body has permanent access, given by law: the answer will be a refusal, with reasons."))
        }
        let missed = project.datasets.filter { !linked.contains($0) }.map { titles[$0] ?? $0 }
        let unlisted = project.unlistedDatasets.compactMap { Phrase($0, in: language)?.text }
        if !(missed + unlisted).isEmpty {
            let names = (missed + unlisted).joined(separator: language.pick(fr: " ; ", en: "; "))
            limits.append(
                missed.count == project.datasets.count
                    ? language.pick(
                        fr: "Aucune de ses bases n’est liée à ce portail (\(names)) : écrivez aussi à son responsable.",
                        en: "None of its databases is linked to this portal (\(names)): write to its controller too.")
                    : language.pick(
                        fr: "Nous n’atteignons pas toutes ses bases : il manque \(names). Pour elles, écrivez à son "
                            + "responsable.",
                        en: "We do not reach all its databases: \(names) is missing. For that, write to its controller."
                    ))
        }
        if tellsOfEnd, project.status == .completed {
            limits.append(
                language.pick(
                    fr: "Ce projet est terminé : ce qu’il a reçu ne peut pas être rappelé.",
                    en: "This project has ended: what it received can’t be recalled."))
        }
        return limits
    }
}

/// What the request covers, after what it will and will not do.
struct RequestScopePage: Page {
    static let template = PageTemplate.requestScope

    let frame: PageFrame
    let step: StepFrame
    let heading: String
    let right: RightWords
    /// “3 bases liées”.
    let linked: String
    /// “9 bases de données”: what the linked ones hold of the catalogue.
    let reached: String
    /// “127 bases de données”; nil where all are reached.
    let unlinked: String?
    let choices: StepChoices

    init(frame: PageFrame, step: StepFrame, answers: RequestAnswers, reach: Reach, site: Site) {
        let language = frame.words
        let words = Words(language)
        self.frame = frame
        self.step = step
        right = RightWords(.objection, site, language)
        heading = language.pick(fr: "À quoi vous opposez-vous ?", en: "What do you object to?")
        linked = words.linkedDatabases(reach.databases.count)
        reached = words.datasets(reach.reached)
        unlinked = reach.unlinked == 0 ? nil : words.datasets(reach.unlinked)
        choices = step.choices(
            "scope", answers,
            [
                (
                    "all",
                    language.pick(fr: "Toutes les réutilisations", en: "All reuse"),
                    language.pick(
                        fr: "Recherche, études, évaluation : toutes les bases liées, aujourd’hui et demain.",
                        en: "Research, studies, evaluation: every linked database, today and tomorrow.")
                ),
                (
                    "databases", language.pick(fr: "Certaines bases seulement", en: "Some databases only"),
                    language.pick(fr: "Vous les choisirez dans la liste.", en: "You will choose them from the list.")
                ),
                (
                    "projects", language.pick(fr: "Certains projets seulement", en: "Some projects only"),
                    answers.projects.isEmpty
                        ? language.pick(
                            fr: "Vous les chercherez dans le répertoire.",
                            en: "You will look for them in the register.")
                        : language.pick(
                            fr: "Déjà choisi : \(words.projects(answers.projects.count)).",
                            en: "Already chosen: \(words.projects(answers.projects.count)).")
                ),
            ])
    }
}

/// The linked databases to choose from.
struct RequestDatabasesPage: Page {
    static let template = PageTemplate.requestDatabases

    struct Item: Sendable {
        let id: String
        let value: String
        let label: String
        /// What it holds, by title.
        let hint: String?
        let describedBy: String?
        let isChosen: Bool
    }

    let frame: PageFrame
    let step: StepFrame
    let heading: String
    let items: [Item]
    let error: String?

    init(frame: PageFrame, step: StepFrame, answers: RequestAnswers, reach: Reach) {
        self.frame = frame
        self.step = step
        heading = frame.words.pick(fr: "Quelles bases ?", en: "Which databases?")
        items = reach.databases.enumerated().map { index, database in
            let id = index == 0 ? "choices" : "database-\(database.id)"
            let hint = database.datasets.isEmpty ? nil : database.datasets.joined(separator: " · ")
            return Item(
                id: id, value: database.id, label: database.name, hint: hint,
                describedBy: hint.map { _ in "\(id)-hint" },
                isChosen: answers.databases.contains(database.id))
        }
        error = step.messages.text(for: "choices")
    }
}

/// The projects that were chosen, and a search for more.
struct RequestProjectsPage: Page {
    static let template = PageTemplate.requestProjects

    struct Chosen: Sendable {
        let reference: String
        let title: Phrase
        let href: String
        let limits: [String]
    }

    let frame: PageFrame
    let step: StepFrame
    let heading: String
    let chosen: [Chosen]
    /// “2 projets”.
    let count: String
    let query: String
    let found: [ProjectCard]
    /// Whether words were looked for.
    let hasSearched: Bool
    /// Whether the search found more than is shown.
    let hasMore: Bool
    let hasRoom: Bool
    let error: String?

    init(
        frame: PageFrame, step: StepFrame, chosen: [Chosen], query: String, found: [ProjectCard], hasMore: Bool
    ) {
        self.frame = frame
        self.step = step
        heading = frame.words.pick(fr: "Quels projets ?", en: "Which projects?")
        self.chosen = chosen
        count = Words(frame.words).projects(chosen.count)
        self.query = query
        self.found = found
        hasSearched = !query.isEmpty
        self.hasMore = hasMore
        hasRoom = chosen.count < RequestAnswers.mostProjects
        error = step.messages.text(for: "choices")
    }
}
