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
    ///   - linked: references of the datasets that linked databases hold.
    ///   - projects: the first of those that use it.
    ///   - api: the root of the API, for the link to the same as data.
    init(frame: PageFrame, record: DatasetRecord, linked: Set<String>, projects: [ProjectSummary], api: String) {
        let language = frame.words
        let words = Words(language)
        let dataset = record.dataset
        self.init(
            frame: frame, reference: dataset.reference,
            title: Phrase(dataset.title, in: language) ?? Phrase(dataset.reference),
            isLinked: linked.contains(dataset.reference))
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
            guard let title = Phrase(distribution.title, in: language) ?? distribution.format.map({ Phrase($0) })
            else { return nil }
            return Distribution(
                title: title, format: distribution.format, link: distribution.url.flatMap { WebLink($0) })
        }
        contacts = dataset.contacts.map { ContactDetails($0) }
        self.projects = projects.map { ProjectCard($0, language: language) }
        projectsTotal = words.projects(record.projects)
        allProjectsHref =
            record.projects > projects.count
            ? "\(PagePath.projects.path(in: language))?dataset=\(PagePath.encoded(dataset.reference))" : nil
        dataHref = "\(api)/datasets/\(PagePath.encoded(dataset.reference))"
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
                ("places", Phrase(coverage.places, in: language)), ("period", period), ("ages", ages),
            ], language)
    }

    private static func facts(_ dataset: Dataset, _ language: Language) -> [Fact] {
        func list(_ items: [CodedTerm]) -> Phrase? {
            let words = items.compactMap { Phrase($0.words, in: language)?.text }
            return words.isEmpty ? nil : Phrase(words.joined(separator: ", "))
        }
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
                ("standards", list(dataset.standards + dataset.codings)), ("purposes", list(dataset.purposes)),
                ("catalogueReference", dataset.catalogueReference.map { Phrase($0) }),
            ], language)
    }

    private static func facts(_ pairs: [(String, Phrase?)], _ language: Language) -> [Fact] {
        pairs.compactMap { field, phrase in phrase.map { Fact(label: label(field, language), text: $0) } }
    }
}
