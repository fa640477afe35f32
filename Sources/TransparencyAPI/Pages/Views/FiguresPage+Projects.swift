import PublicRegistry

extension FiguresPage.Section {
    /// Projects by year, status and domain.
    static func projects(
        _ figures: RegisterFigures, _ vocabulary: Vocabulary, _ language: Language
    ) -> FiguresPage.Section {
        let (words, labels) = (Words(language), Labels(language))
        let list = PagePath.projects.path(in: language)
        func yearName(_ year: Int?) -> String {
            year.map(String.init) ?? language.pick(fr: "Sans date", en: "No date")
        }
        func domainName(_ domain: String?) -> Phrase {
            domain.map { vocabulary.phrase($0, in: language) }
                ?? Phrase(language.pick(fr: "Non précisé", en: "Not said"))
        }
        let statuses = ProjectStatus.allCases.filter { figures.count($0) > 0 }
        let empty = figures.projects == 0 ? language.pick(fr: "Aucun projet encore.", en: "No project yet.") : nil
        func strip(_ id: String, _ title: String, _ rows: [(name: String, lang: String?, count: Int)]) -> StripDrawing?
        {
            guard empty == nil else { return nil }
            return StripDrawing(
                id: id, title: title,
                rows.map {
                    StripDrawing.Row(
                        name: $0.name, lang: $0.lang, value: words.number($0.count), bar: 0...Double($0.count))
                })
        }
        let byYear = FiguresPage.Chart(
            heading: language.pick(fr: "Par année", en: "By year"),
            strip: strip(
                "by-year", language.pick(fr: "Projets par année", en: "Projects by year"),
                figures.years.map { (yearName($0.year), nil, $0.projects) }),
            empty: empty,
            sheet: FigureSheet(
                .projectsByYear,
                columns: [language.pick(fr: "Année", en: "Year")]
                    + statuses.map { labels.projectStatus($0.rawValue).label }
                    + [language.pick(fr: "Ensemble", en: "All")],
                figures.years.map { year in
                    let counts = statuses.map { words.number(year.byStatus[$0] ?? 0) }
                    return FigureSheet.Line(yearName(year.year), counts + [words.number(year.projects)])
                }, language))
        let byStatus = FiguresPage.Chart(
            heading: language.pick(fr: "Par statut", en: "By status"),
            strip: strip(
                "by-status", language.pick(fr: "Projets par statut", en: "Projects by status"),
                statuses.map { (labels.projectStatus($0.rawValue).label, nil, figures.count($0)) }),
            empty: empty,
            sheet: FigureSheet(
                .projectsByYear, saysCounted: false,
                columns: [language.pick(fr: "Statut", en: "Status"), language.pick(fr: "Projets", en: "Projects")],
                statuses.map {
                    FigureSheet.Line(
                        labels.projectStatus($0.rawValue).label, href: "\(list)?status=\($0.rawValue)",
                        [words.number(figures.count($0))])
                }, language))
        let most = 12
        let byDomain = FiguresPage.Chart(
            heading: language.pick(fr: "Par domaine", en: "By domain"),
            strip: strip(
                "by-domain", language.pick(fr: "Projets par domaine", en: "Projects by domain"),
                figures.domains.prefix(most).map { domain in
                    let name = domainName(domain.domain)
                    return (name.text, name.lang, domain.projects)
                }),
            legend: figures.domains.count > most
                ? language.pick(
                    fr: "Les douze premiers ; les autres sont dans le tableau.",
                    en: "The first twelve; the others are in the table.") : nil,
            empty: empty,
            sheet: FigureSheet(
                .projectsByDomain,
                columns: [language.pick(fr: "Domaine", en: "Domain"), language.pick(fr: "Projets", en: "Projects")],
                figures.domains.prefix(200).map { domain in
                    FigureSheet.Line(
                        domainName(domain.domain).text, lang: domainName(domain.domain).lang,
                        href: domain.domain.map { "\(list)?domain=\(PagePath.encoded($0))" },
                        [words.number(domain.projects)])
                }, language))
        return FiguresPage.Section(
            id: "projects", heading: language.pick(fr: "Les projets", en: "Projects"),
            lede: language.pick(
                fr: "Combien ils sont, depuis quand, où ils en sont et sur quoi ils portent.",
                en: "How many there are, since when, where they stand and what they are about."),
            charts: [byYear, byStatus, byDomain],
            note: nil)
    }

    /// Users of each dataset.
    static func uses(_ figures: RegisterFigures, _ language: Language) -> FiguresPage.Section {
        let words = Words(language)
        func title(_ use: RegisterFigures.DatasetUse) -> Phrase {
            Phrase(use.title, in: language) ?? Phrase(use.reference)
        }
        let (most, listed) = (12, 150)
        let drawn = figures.uses.filter { $0.projects > 0 }.prefix(most)
        return FiguresPage.Section(
            id: "uses", heading: language.pick(fr: "Qui utilise quelles bases", en: "Who uses which databases"),
            lede: language.pick(
                fr: "Combien de projets puisent dans chaque base.",
                en: "How many projects draw on each database."),
            charts: [
                FiguresPage.Chart(
                    heading: language.pick(fr: "Les bases les plus utilisées", en: "The most used databases"),
                    strip: drawn.isEmpty
                        ? nil
                        : StripDrawing(
                            id: "uses-drawing",
                            title: language.pick(fr: "Projets de chaque base", en: "Projects of each database"),
                            drawn.map {
                                StripDrawing.Row(
                                    name: title($0).text, lang: title($0).lang, value: words.number($0.projects),
                                    bar: 0...Double($0.running), upTo: Double($0.projects))
                            }),
                    legend: language.pick(
                        fr: "Barre pleine : autorisés ou en cours. Hachures : terminés, ou encore à l’examen.",
                        en: "Solid bar: authorised or under way. Hatched: completed, or still under review."),
                    empty: drawn.isEmpty
                        ? language.pick(
                            fr: "Aucun projet n’utilise encore de base.", en: "No project uses a database yet.")
                        : nil,
                    sheet: FigureSheet(
                        .datasetUses,
                        columns: [
                            language.pick(fr: "Base", en: "Database"),
                            language.pick(fr: "Autorisés ou en cours", en: "Authorised or under way"),
                            language.pick(fr: "Ensemble", en: "All"),
                        ],
                        figures.uses.prefix(listed).map { use in
                            FigureSheet.Line(
                                title(use).text, lang: title(use).lang,
                                href: use.title == nil ? nil : PagePath.dataset(use.reference).path(in: language),
                                [words.number(use.running), words.number(use.projects)])
                        }, language))
            ],
            note: figures.uses.count > listed
                ? language.pick(
                    fr: "Les \(listed) premières ; toutes sont dans le fichier.",
                    en: "The first \(listed); all are in the file.") : nil)
    }

    /// Real access delays beside the usual ones.
    static func access(_ figures: RegisterFigures, _ language: Language) -> FiguresPage.Section {
        let words = Words(language)
        func name(_ step: AccessStep) -> String {
            switch step {
            case .completeness: language.pick(fr: "Dossier complet", en: "File complete")
            case .opinion: language.pick(fr: "Avis du CESREES", en: "CESREES opinion")
            case .authorisation: language.pick(fr: "Autorisation de la CNIL", en: "CNIL authorisation")
            case .delivery: language.pick(fr: "Remise des données", en: "Delivery of the data")
            case .whole: language.pick(fr: "Du dépôt à la remise", en: "From filing to delivery")
            }
        }
        func days(_ count: Int, _ step: AccessStep) -> String {
            step.countsWorkingDays
                ? words.count(count, fr: ("jour ouvré", "jours ouvrés"), en: ("working day", "working days"))
                : words.count(count, fr: ("jour", "jours"), en: ("day", "days"))
        }
        func usual(_ step: AccessStep) -> String {
            switch step {
            case .completeness: language.pick(fr: "7 jours ouvrés", en: "7 working days")
            case .opinion: language.pick(fr: "1 mois", en: "1 month")
            case .authorisation: language.pick(fr: "2 mois, renouvelable une fois", en: "2 months, renewable once")
            case .delivery: language.pick(fr: "environ 2 mois", en: "about 2 months")
            case .whole: "–"
            }
        }
        let steps = AccessStep.allCases.compactMap { step in figures.delays[step].map { (step, $0) } }
        // A week has five working days: on the drawing all steps have the same day.
        func drawn(_ count: Int, _ step: AccessStep) -> Double { Double(count) * (step.countsWorkingDays ? 1.4 : 1) }
        return FiguresPage.Section(
            id: "access", heading: language.pick(fr: "Les délais d’accès", en: "Access delays"),
            lede: language.pick(
                fr: "Le temps que chaque étape a vraiment pris, à côté du délai habituel.",
                en: "The time that each step really took, beside the usual time."),
            charts: [
                FiguresPage.Chart(
                    heading: language.pick(fr: "Étape par étape", en: "Step by step"),
                    strip: steps.isEmpty
                        ? nil
                        : StripDrawing(
                            id: "delays",
                            title: language.pick(fr: "Délais d’accès par étape", en: "Access delays by step"),
                            steps.map { step, quartiles in
                                StripDrawing.Row(
                                    name: name(step),
                                    value: language.pick(
                                        fr: "médiane \(days(quartiles.median, step))",
                                        en: "median \(days(quartiles.median, step))"),
                                    bar: drawn(quartiles.first, step)...drawn(quartiles.third, step),
                                    stroke: drawn(quartiles.median, step),
                                    diamond: step.usualDays.map { drawn($0, step) })
                            }),
                    legend: language.pick(
                        fr:
                            "Barre : la moitié des projets, du premier au troisième quartile. Trait : la médiane. Losange : le "
                            + "délai habituel.",
                        en:
                            "Bar: half of the projects, from the first to the third quartile. Stroke: the median. Diamond: the "
                            + "usual time."),
                    empty: steps.isEmpty
                        ? language.pick(fr: "Aucune étape n’est encore datée.", en: "No step bears a date yet.") : nil,
                    sheet: FigureSheet(
                        .accessDelays,
                        columns: [
                            language.pick(fr: "Étape", en: "Step"), language.pick(fr: "Projets", en: "Projects"),
                            language.pick(fr: "Premier quartile", en: "First quartile"),
                            language.pick(fr: "Médiane", en: "Median"),
                            language.pick(fr: "Troisième quartile", en: "Third quartile"),
                            language.pick(fr: "Délai habituel", en: "Usual time"),
                        ],
                        steps.map { step, quartiles in
                            FigureSheet.Line(
                                name(step),
                                [
                                    words.number(quartiles.count), days(quartiles.first, step),
                                    days(quartiles.median, step), days(quartiles.third, step), usual(step),
                                ])
                        }, language))
            ],
            note: language.pick(
                fr: "Sans CNIL ni CESREES, la remise se compte depuis le dossier complet.",
                en: "Without CNIL or CESREES, delivery is counted from the complete file."))
    }
}
