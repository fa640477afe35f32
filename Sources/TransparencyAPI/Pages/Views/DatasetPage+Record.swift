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
    ///   - api: the root of the API, for the link to the same as data.
    init(
        frame: PageFrame, record: DatasetRecord, linked: [LinkedDatabasesPage.Row], projects: [ProjectSummary],
        api: String
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
        facts = Self.facts(dataset, language)
        keywords = language.pick(fr: dataset.keywords?.fr, en: dataset.keywords?.en) ?? []
        distributions = dataset.distributions.compactMap { distribution in
            Form(distribution, untitled: language.pick(fr: "Données", en: "Data"), language)
        }
        sample = dataset.sample.flatMap {
            Form($0, untitled: language.pick(fr: "Échantillon", en: "Sample"), language)
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
        return facts(
            [
                ("population", Phrase(coverage.population, in: language)),
                ("individuals", coverage.individuals.map { Phrase(words.number(Int($0))) }),
                ("records", coverage.records.map { Phrase(words.number(Int($0))) }),
                ("places", Phrase(coverage.places, in: language) ?? list(coverage.spatial, language)),
                ("period", period), ("ages", ages),
            ], language)
    }

    private static func trusted(_ isTrusted: Bool, _ language: Language) -> Phrase {
        Phrase(
            isTrusted
                ? language.pick(
                    fr: "Oui : il peut instruire des demandes d’accès", en: "Yes: it may assess access requests")
                : language.pick(fr: "Non", en: "No"))
    }

    private static func facts(_ dataset: Dataset, _ language: Language) -> [Fact] {
        func list(_ items: [CodedTerm]) -> Phrase? { Self.list(items, language) }
        return facts(
            [
                ("domain", dataset.domain.map { Phrase($0) }),
                ("updateFrequency", Phrase(dataset.updateFrequency, in: language)),
                ("accessRights", dataset.accessRights.map { Phrase(Labels(language).accessRights($0)) }),
                ("funding", Phrase(dataset.funding, in: language)),
                ("provenance", Phrase(dataset.provenance, in: language)),
                ("legislation", list(dataset.legislation)), ("type", list(dataset.types)),
                ("healthCategory", list(dataset.healthCategories)), ("healthTheme", list(dataset.healthThemes)),
                ("healthDataAccessBody", dataset.healthDataAccessBody.map { Phrase($0.name) }),
                ("publisherNote", Phrase(dataset.publisher?.note, in: language)),
                ("trustedDataHolder", dataset.publisher?.trustedDataHolder.map { trusted($0, language) }),
                ("standards", list(dataset.standards + dataset.codings)), ("purposes", list(dataset.purposes)),
                ("catalogueReference", dataset.catalogueReference.map { Phrase($0) }),
            ], language)
    }

    private static func list(_ items: [CodedTerm], _ language: Language) -> Phrase? {
        let words = items.compactMap { Phrase($0.words, in: language)?.text }
        return words.isEmpty ? nil : Phrase(words.joined(separator: ", "))
    }

    private static func facts(_ pairs: [(String, Phrase?)], _ language: Language) -> [Fact] {
        pairs.compactMap { field, phrase in phrase.map { Fact(label: label(field, language), text: $0) } }
    }
}

extension DatasetPage.Form {
    /// Nil for one of which nothing is said that people could use.
    init?(_ distribution: Distribution, untitled: String, _ language: Language) {
        let link = distribution.url.flatMap { WebLink($0) }
        guard distribution.title != nil || distribution.format != nil || link != nil else { return nil }
        self.init(
            title: Phrase(distribution.title, in: language) ?? Phrase(distribution.format ?? untitled),
            description: Phrase(distribution.description, in: language), link: link,
            details: [
                distribution.format, distribution.byteSize.map { Words(language).bytes(Int(clamping: $0)) },
                distribution.rights,
            ].compactMap { $0 })
    }
}
