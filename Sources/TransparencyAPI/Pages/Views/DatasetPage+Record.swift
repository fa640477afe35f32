import CivilTime
import PublicRegistry

extension DatasetCard {
    /// A dataset of a list of the catalogue.
    /// - Parameter linked: references of the datasets that linked databases hold.
    init(_ dataset: DatasetSummary, linked: Set<String>, language: Language) {
        self.init(
            reference: dataset.reference, title: Phrase(dataset.title, in: language) ?? Phrase(dataset.reference),
            acronym: dataset.acronym, description: Phrase(dataset.description, in: language),
            publisher: dataset.publisher, isLinked: linked.contains(dataset.reference), projects: dataset.projects,
            language: language)
    }
}

extension DatasetPage {
    /// The page of one dataset.
    /// - Parameters:
    ///   - linked: how the linked databases stand that hold it.
    ///   - projects: the first of those that use it.
    ///   - vocabulary: the register's words in the page's language.
    ///   - api: the root of the API, for the link to the same as data.
    init(
        frame: PageFrame, record: DatasetRecord, linked: [LinkedDatabasesPage.Row], projects: [ProjectSummary],
        vocabulary: Vocabulary, api: String
    ) {
        let language = frame.words
        let words = Words(language)
        let dataset = record.dataset
        self.init(
            frame: frame, reference: dataset.reference,
            title: Phrase(dataset.title, in: language) ?? Phrase(dataset.reference),
            linked: linked)
        acronym = dataset.acronym
        description = Prose(Phrase(dataset.description, in: language), foldAfter: 3000)
        publisher = dataset.publisher?.name
        publisherLink = dataset.publisher?.homepage.flatMap { WebLink($0) }
        doi = dataset.doi.flatMap { doi in
            WebLink(doi.hasPrefix("http") ? doi : "https://doi.org/\(doi)", label: doi)
        }
        coverage = dataset.coverage.map { Self.facts($0, language) } ?? []
        facts = Self.facts(dataset, vocabulary, language)
        keywords = language.pick(fr: dataset.keywords?.fr, en: dataset.keywords?.en) ?? []
        distributions = dataset.distributions.compactMap { distribution in
            Form(distribution, untitled: language.pick(fr: "Données", en: "Data"), vocabulary, language)
        }
        sample = dataset.sample.flatMap {
            Form($0, untitled: language.pick(fr: "Échantillon", en: "Sample"), vocabulary, language)
        }
        tables = dataset.tables.prefix(Self.mostTables).map { table in
            TableLine(
                href: PagePath.datasetTable(dataset.reference, table.name).path(in: language), name: table.name,
                title: Phrase(table.title, in: language), variables: words.variables(table.variables.count))
        }
        let variables = dataset.tables.reduce(0) { $0 + $1.variables.count }
        tablesTotal = "\(words.tables(dataset.tables.count)), \(words.variables(variables))"
        let address = "\(api)/datasets/\(PagePath.encoded(dataset.reference))"
        allTablesHref = dataset.tables.count > tables.count ? "\(address)/tables" : nil
        variablesHref =
            "\(PagePath.variables.path(in: language))?dataset=\(PagePath.encoded(dataset.reference))"
        contacts = dataset.contacts.map { ContactDetails($0) }
        self.projects = projects.map { ProjectCard($0, language: language) }
        projectsTotal = words.projects(record.projects)
        allProjectsHref =
            record.projects > projects.count
            ? "\(PagePath.projects.path(in: language))?dataset=\(PagePath.encoded(dataset.reference))" : nil
        dataHref = address
    }

    private static func facts(_ coverage: Coverage, _ language: Language) -> [Fact] {
        let words = Words(language)
        let period = coverage.period.flatMap { period -> Phrase? in
            switch (period.startsOn.map(words.date), period.endsOn.map(words.date)) {
            case (let start?, let end?): Phrase(language.pick(fr: "du \(start) au \(end)", en: "\(start) to \(end)"))
            case (let start?, nil): Phrase(language.pick(fr: "depuis le \(start)", en: "since \(start)"))
            case (nil, let end?): Phrase(language.pick(fr: "jusqu’au \(end)", en: "until \(end)"))
            case (nil, nil): nil
            }
        }
        let ages = coverage.ages.flatMap { ages -> Phrase? in
            switch (ages.from, ages.to) {
            case (let from?, let to?): Phrase(language.pick(fr: "de \(from) à \(to) ans", en: "\(from) to \(to) years"))
            case (let from?, nil): Phrase(language.pick(fr: "\(from) ans et plus", en: "\(from) years and over"))
            case (nil, let to?): Phrase(language.pick(fr: "jusqu’à \(to) ans", en: "up to \(to) years"))
            case (nil, nil): nil
            }
        }
        let pairs: [(String, Phrase?)] = [
            ("population", Phrase(coverage.population, in: language)),
            ("individuals", coverage.individuals.map { Phrase(words.number(Int($0))) }),
            ("records", coverage.records.map { Phrase(words.number(Int($0))) }),
        ]
        let places = Phrase(coverage.places, in: language).map { [$0] } ?? list(coverage.spatial, .empty, language)
        let spans: [(String, Phrase?)] = [("period", period), ("ages", ages)]
        return facts(
            pairs.map { ($0.0, [$0.1].compactMap(\.self)) } + [("places", places)]
                + spans.map { ($0.0, [$0.1].compactMap(\.self)) }, language)
    }

    private static func trusted(_ isTrusted: Bool, _ language: Language) -> Phrase {
        Phrase(
            isTrusted
                ? language.pick(
                    fr: "Oui : il peut instruire des demandes d’accès", en: "Yes: it may assess access requests")
                : language.pick(fr: "Non", en: "No"))
    }

    private static func facts(_ dataset: Dataset, _ vocabulary: Vocabulary, _ language: Language) -> [Fact] {
        func list(_ items: [CodedTerm]) -> [Phrase] { Self.list(items, vocabulary, language) }
        func one(_ phrase: Phrase?) -> [Phrase] { [phrase].compactMap(\.self) }
        return facts(
            [
                ("domain", one(dataset.domain.map { vocabulary.phrase($0, in: language) })),
                ("updateFrequency", one(Phrase(dataset.updateFrequency, in: language))),
                ("accessRights", one(dataset.accessRights.map { Phrase(Labels(language).accessRights($0)) })),
                ("funding", one(Phrase(dataset.funding, in: language))),
                ("provenance", one(Phrase(dataset.provenance, in: language))),
                ("legislation", list(dataset.legislation)), ("type", list(dataset.types)),
                ("healthCategory", list(dataset.healthCategories)), ("healthTheme", list(dataset.healthThemes)),
                ("healthDataAccessBody", one(dataset.healthDataAccessBody.map { Phrase($0.name) })),
                ("publisherNote", one(Phrase(dataset.publisher?.note, in: language))),
                ("trustedDataHolder", one(dataset.publisher?.trustedDataHolder.map { trusted($0, language) })),
                (
                    "standards",
                    (dataset.standards + dataset.codings).compactMap { term in
                        term.text.map { Phrase($0) } ?? Phrase(term.words, in: language)
                    }
                ), ("purposes", list(dataset.purposes)),
                ("catalogueReference", one(dataset.catalogueReference.map { Phrase($0) })),
            ], language)
    }

    /// Words without a language are the register's own.
    private static func list(
        _ items: [CodedTerm], _ vocabulary: Vocabulary, _ language: Language
    ) -> [Phrase] {
        items.compactMap { item in
            item.text.map { vocabulary.phrase($0, in: language) } ?? Phrase(item.words, in: language)
        }
    }

    private static func facts(_ pairs: [(String, [Phrase])], _ language: Language) -> [Fact] {
        pairs.compactMap { field, phrases in
            phrases.isEmpty ? nil : Fact(label: label(field, language), items: phrases)
        }
    }
}

extension DatasetPage.Form {
    /// Nil for one of which nothing is said that people could use.
    init?(_ distribution: Distribution, untitled: String, _ vocabulary: Vocabulary, _ language: Language) {
        let link = distribution.url.flatMap { WebLink($0) }
        guard distribution.title != nil || distribution.format != nil || link != nil else { return nil }
        self.init(
            title: Phrase(distribution.title, in: language) ?? Phrase(distribution.format ?? untitled),
            description: Phrase(distribution.description, in: language), link: link,
            details: [
                distribution.format.map { Phrase($0) },
                distribution.byteSize.map { Phrase(Words(language).bytes(Int(clamping: $0))) },
                distribution.rights.map { vocabulary.phrase($0, in: language) },
            ].compactMap(\.self))
    }
}
