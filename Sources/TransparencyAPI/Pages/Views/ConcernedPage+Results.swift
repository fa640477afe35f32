import PublicRegistry
import RightsRegistry

extension ConcernedPage {
    /// What was found, for this one answer.
    struct Results: Sendable {
        /// “4 bases de données vous contiennent sans doute”.
        let heading: String
        let databases: [Database]
        let groups: [Group]
        /// How many do not say what care they are about; nil where all do.
        let silent: String?
        let right: RightWords

        init(
            _ found: [FoundDataset], _ groups: [Group], silent: Int, _ reach: Reach, _ site: Site, _ language: Language
        ) {
            let words = Words(language)
            heading =
                found.isEmpty
                ? language.pick(
                    fr: "Nous ne trouvons aucune base d’après vos réponses", en: "We find no database from your answers"
                )
                : words.count(
                    found.count,
                    fr: (
                        "base de données vous contient probablement", "bases de données vous contiennent probablement"
                    ),
                    en: ("database probably holds you", "databases probably hold you"))
            databases = found.map { Database($0, reach, language) }
            self.groups = groups
            self.silent =
                silent == 0
                ? nil
                : words.count(
                    silent,
                    fr: (
                        "base du catalogue ne dit pas quels soins elle couvre",
                        "bases du catalogue ne disent pas quels soins elles couvrent"
                    ),
                    en: (
                        "database of the catalogue does not say what care it covers",
                        "databases of the catalogue do not say what care they cover"
                    ))
            right = RightWords(.objection, site, language)
        }
    }

    /// A database, with why it is here and what an objection does there.
    struct Database: Sendable {
        let title: Phrase
        let href: String
        let verdict: Tag
        let because: [String]
        let unsaid: [String]
        let population: Phrase?
        /// What an objection does there, and whether it does anything yet.
        let objection: String
        let isReached: Bool

        init(_ found: FoundDataset, _ reach: Reach, _ language: Language) {
            let (dataset, match) = (found.dataset, found.match)
            title = Phrase(dataset.title, in: language) ?? Phrase(dataset.reference)
            href = PagePath.dataset(dataset.reference).path(in: language)
            verdict =
                match.isProbable
                ? Tag(language.pick(fr: "Probablement", en: "Probably"), .live)
                : Tag(language.pick(fr: "Peut-être", en: "Perhaps"), .wait)
            because = match.reasons.map { Self.words($0, language) }
            unsaid = match.unsaid.map { Self.words($0, language) }
            population = Phrase(dataset.coverage?.population, in: language)
            isReached = reach.isLinked(dataset.reference)
            objection =
                isReached
                ? language.pick(
                    fr:
                        "Si vous vous opposez, de nouvelles données sur vous n’en partiront plus vers les projets.",
                    en: "If you object, no new data about you will leave it for projects.")
                : language.pick(
                    fr:
                        "Ce portail ne l’atteint pas encore. Écrivez à ceux qui la tiennent : leur adresse est sur sa page.",
                    en: "This portal does not reach it yet. Write to those who keep it: their address is on its page.")
        }

        private static func words(_ reason: CoverageMatch.Reason, _ language: Language) -> String {
            switch reason {
            case .care(let kinds):
                let named = quoted(kinds, language)
                return language.pick(
                    fr: "vous avez coché \(named), et elle porte sur ces soins",
                    en: "you ticked \(named), and it is about such care")
            case .region(let region):
                return language.pick(fr: "elle couvre : \(region)", en: "it covers: \(region)")
            case .since(let year):
                return language.pick(fr: "elle a des données depuis \(year)", en: "it has data since \(year)")
            case .ages(let ages):
                return switch (ages.from, ages.to) {
                case (let from?, let to?):
                    language.pick(
                        fr: "elle porte sur les âges de \(from) à \(to) ans", en: "it is about ages \(from) to \(to)")
                case (let from?, nil):
                    language.pick(
                        fr: "elle porte sur les âges à partir de \(from) ans", en: "it is about ages from \(from)")
                case (nil, let to):
                    language.pick(
                        fr: "elle porte sur les âges jusqu’à \(to ?? 0) ans", en: "it is about ages up to \(to ?? 0)")
                }
            }
        }

        private static func quoted(_ kinds: [CareKind], _ language: Language) -> String {
            kinds.map { kind in
                let label = CareWords(kind, language).label
                return language.pick(fr: "«\u{A0}\(label)\u{A0}»", en: "“\(label)”")
            }.joined(separator: ", ")
        }

        private static func words(_ unsaid: CoverageMatch.Unsaid, _ language: Language) -> String {
            switch unsaid {
            case .region:
                language.pick(
                    fr: "Elle ne dit pas quelles régions elle couvre.", en: "It does not say which regions it covers.")
            case .years:
                language.pick(
                    fr: "Elle ne dit pas de quelles années elle parle.", en: "It does not say which years it is about.")
            case .ages:
                language.pick(
                    fr: "Elle ne dit pas quels âges elle couvre.", en: "It does not say which ages it covers.")
            case .care(let kinds):
                language.pick(
                    fr: "Elle porte sur certaines personnes seulement\u{A0}: \(quoted(kinds, language)). "
                        + "Vous ne l’avez pas coché.",
                    en: "It is about some people only: \(quoted(kinds, language)). You did not tick that.")
            }
        }
    }

    /// Projects that stand alike: what an objection does about them is the same.
    struct Group: Sendable {
        enum Kind: CaseIterable {
            case running, coming, ended

            var statuses: [ProjectStatus] {
                switch self {
                case .running: [.active, .authorised]
                case .coming: [.underReview, .submitted]
                case .ended: [.completed]
                }
            }

            /// How many are shown: all of them stand on the databases' own pages.
            var most: Int { self == .running ? 20 : 8 }
        }

        let heading: String
        let effect: String
        let total: Int
        let projects: [UsingProject]
        /// “et 12 autres”.
        let more: String?

        init(
            _ kind: Kind, _ records: [Project], total: Int, _ found: [FoundDataset],
            _ titles: [(reference: String, title: String)], _ reach: Reach, _ language: Language
        ) {
            let words = Words(language)
            self.total = total
            switch kind {
            case .running:
                heading = language.pick(fr: "Autorisés ou en cours", en: "Authorised or under way")
                effect = language.pick(
                    fr:
                        "Une opposition les arrête à leur prochaine extraction ; ce qui a été remis ne se rappelle pas.",
                    en: "An objection stops them at their next extraction; what was released can’t be recalled.")
            case .coming:
                heading = language.pick(fr: "À l’examen", en: "Under review")
                effect = language.pick(
                    fr: "S’ils sont autorisés, ils n’auront pas les données de qui s’est opposé.",
                    en: "If they are authorised, they will not have the data of whoever has objected.")
            case .ended:
                heading = language.pick(fr: "Terminés", en: "Completed")
                effect = language.pick(
                    fr: "Une opposition n’y change plus rien : ce qu’ils ont reçu ne se rappelle pas.",
                    en: "An objection changes nothing there any more: what they received can’t be recalled.")
            }
            let (names, matched) = (
                Dictionary(titles.map { ($0.reference, $0.title) }) { first, _ in first },
                Set(found.map(\.dataset.reference))
            )
            projects = records.map { UsingProject($0, matched, names, reach, language) }
            let left = total - records.count
            let others = words.count(
                left, fr: ("autre projet", "autres projets"), en: ("other project", "other projects"))
            more =
                left > 0
                ? language.pick(
                    fr: "Et \(others), sur la page de chaque base.", en: "And \(others), on each database’s page.")
                : nil
        }
    }

    /// A project, with why it is here and what stands in an objection's way.
    struct UsingProject: Sendable {
        let title: Phrase
        let href: String
        let controllers: String
        /// The databases of those found that it uses.
        let because: String
        let limits: [String]

        init(
            _ project: Project, _ matched: Set<String>, _ names: [String: String], _ reach: Reach,
            _ language: Language
        ) {
            title = Phrase(project.title, in: language) ?? Phrase(project.reference)
            href = PagePath.project(project.reference).path(in: language)
            controllers = project.controllers.map(\.name).joined(separator: ", ")
            let used = project.datasets.filter(matched.contains).map { names[$0] ?? $0 }
                .joined(separator: language.pick(fr: "\u{A0}; ", en: "; "))
            because = language.pick(fr: "Parce qu’il utilise : \(used).", en: "Because it uses: \(used).")
            // That one has ended is said of all of them together.
            limits = reach.limits(of: project, titles: names, tellsOfEnd: false, in: language)
        }
    }
}
