/// A dataset of the catalogue in a list.
struct DatasetCard: Sendable {
    let href: String
    let reference: String
    let title: Phrase
    let acronym: String?
    let excerpt: Phrase?
    let publisher: String?
    /// Whether a linked database holds it, so that objections reach it.
    let isLinked: Bool
    /// “3 projets”; nil where not counted.
    let projects: String?

    init(
        reference: String, title: Phrase, acronym: String? = nil, description: Phrase? = nil, publisher: String? = nil,
        isLinked: Bool = false, projects: Int? = nil, language: Language
    ) {
        href = PagePath.dataset(reference).path(in: language)
        self.reference = reference
        self.title = title
        self.acronym = acronym
        excerpt = description.map { Phrase(ProjectCard.cut($0.text), lang: $0.lang) }
        self.publisher = publisher
        self.isLinked = isLinked
        self.projects = projects.map(Words(language).projects)
    }
}

/// `/bases`: the catalogue.
struct DatasetsPage: Page {
    static let template = PageTemplate.datasets

    let frame: PageFrame
    let query: String
    /// “61 bases de données”.
    let total: String
    let isFiltered: Bool
    let items: [DatasetCard]
    let pager: Pager?
    /// The same list as files.
    let files: [DataFile]
    /// “9 des 12 bases”, “3 bases liées”: how far objections reach, whatever is looked for.
    let reached: String
    let linkedDatabases: String

    init(
        frame: PageFrame, query: String = "", total: Int, items: [DatasetCard], reach: Reach, pager: Pager?,
        files: [DataFile] = []
    ) {
        let (language, words) = (frame.words, Words(frame.words))
        let all = words.number(reach.reached + reach.unlinked)
        reached = language.pick(
            fr: "\(words.count(reach.reached, fr: ("base", "bases"), en: ("", ""))) sur \(all)",
            en: "\(words.number(reach.reached)) of \(all)")
        linkedDatabases = words.linkedDatabases(reach.databases.count)
        self.frame = frame
        self.query = query
        self.total = Words(frame.words).datasets(total)
        isFiltered = !query.isEmpty
        self.items = items
        self.pager = pager
        self.files = files
    }
}

/// `/bases/{reference}`: one dataset and the projects that use it.
struct DatasetPage: Page {
    static let template = PageTemplate.dataset

    /// One line of “who it covers” or “how it is run”.
    struct Fact: Sendable {
        let label: String
        /// One for each word of a list; most facts have one.
        let items: [Phrase]
    }

    /// In which form it is to be had.
    struct Form: Sendable {
        let title: Phrase
        let description: Phrase?
        let link: WebLink?
        /// Format, size, rights.
        let details: [Phrase]
    }

    struct TableLine: Sendable {
        let href: String
        let name: String
        let title: Phrase?
        /// “12 variables”.
        let variables: String
    }

    /// Tables beyond these are in the API alone: a page stays light.
    static let mostTables = 200

    let frame: PageFrame
    let reference: String
    let title: Phrase
    let isLinked: Bool
    /// How the linked databases stand that hold it.
    let linked: [LinkedDatabasesPage.Row]
    var acronym: String?
    var description: Prose?
    var publisher: String?
    var publisherLink: WebLink?
    var doi: WebLink?
    /// Who is in it: population, individuals, records, places, period, ages.
    var coverage: [Fact] = []
    /// How it is run: domain, update frequency, access rights, funding, provenance, legislation…
    var facts: [Fact] = []
    var keywords: [String] = []
    var distributions: [Form] = []
    var sample: Form?
    var tables: [TableLine] = []
    /// “12 tables, 340 variables”.
    var tablesTotal: String?
    var allTablesHref: String?
    /// The search over variables, in this dataset.
    var variablesHref: String?
    var contacts: [ContactDetails] = []
    /// The first projects that use it.
    var projects: [ProjectCard] = []
    /// “41 projets”.
    var projectsTotal: String?
    /// The list of projects, filtered by this dataset.
    var allProjectsHref: String?
    var dataHref: String?

    init(frame: PageFrame, reference: String, title: Phrase, linked: [LinkedDatabasesPage.Row]) {
        self.frame = frame
        self.reference = reference
        self.title = title
        self.linked = linked
        isLinked = !linked.isEmpty
    }
}

extension DatasetPage {
    /// The label of a field of the catalogue.
    static func label(_ field: String, _ language: Language) -> String {
        switch field {
        case "population": language.pick(fr: "Population", en: "Population")
        case "individuals": language.pick(fr: "Nombre de personnes", en: "Number of persons")
        case "records": language.pick(fr: "Nombre d’enregistrements", en: "Number of records")
        case "places": language.pick(fr: "Territoire", en: "Places")
        case "period": language.pick(fr: "Période", en: "Period")
        case "ages": language.pick(fr: "Âges", en: "Ages")
        case "domain": language.pick(fr: "Domaine", en: "Domain")
        case "updateFrequency": language.pick(fr: "Mise à jour", en: "Update frequency")
        case "accessRights": language.pick(fr: "Accès", en: "Access")
        case "funding": language.pick(fr: "Financement", en: "Funding")
        case "provenance": language.pick(fr: "Provenance", en: "Provenance")
        case "legislation": language.pick(fr: "Textes applicables", en: "Applicable law")
        case "type": language.pick(fr: "Type", en: "Type")
        case "healthCategory": language.pick(fr: "Catégorie de données de santé", en: "Health category")
        case "healthTheme": language.pick(fr: "Thème de santé", en: "Health theme")
        case "healthDataAccessBody": language.pick(fr: "Organisme d’accès aux données", en: "Health data access body")
        case "standards": language.pick(fr: "Standards et nomenclatures", en: "Standards and codings")
        case "publisherNote": language.pick(fr: "À propos de l’organisme", en: "About the body")
        case "trustedDataHolder": language.pick(fr: "Détenteur de confiance", en: "Trusted data holder")
        case "purposes": language.pick(fr: "Usages permis", en: "Permitted uses")
        case "catalogueReference": language.pick(fr: "Référence au catalogue", en: "Catalogue reference")
        default: field
        }
    }
}
