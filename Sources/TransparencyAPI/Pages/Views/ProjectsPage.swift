import PublicRegistry

/// A project in a list.
struct ProjectCard: Sendable {
    let href: String
    let reference: String
    let title: Phrase
    /// The beginning of the summary, cut at a word; nil where it is shown what was found.
    let excerpt: Phrase?
    /// Where what was looked for stands.
    var found: Found?
    let status: Tag
    let controllers: String

    /// - Parameter summary: the whole summary; about 220 characters of it are shown.
    init(reference: String, title: Phrase, summary: Phrase?, status: String, controllers: [String], language: Language)
    {
        href = PagePath.project(reference).path(in: language)
        self.reference = reference
        self.title = title
        excerpt = summary.map { Phrase(Self.cut($0.text), lang: $0.lang) }
        self.status = Labels(language).projectStatus(status)
        self.controllers = controllers.joined(separator: " · ")
    }

    /// A piece of the record, with the words that were looked for marked.
    struct Found: Sendable {
        /// Of another language than the page's.
        let lang: String?
        /// Of which text of the record; nil for the summary.
        let field: String?
        let pieces: [Excerpt.Piece]
    }

    static func cut(_ text: String, at length: Int = 220) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard line.count > length else { return line }
        let start = line.prefix(length)
        let end = start.lastIndex(of: " ") ?? start.endIndex
        return start[..<end].trimmingPrefix { $0 == " " } + "…"
    }
}

/// `/projets`: search, facets and list.
struct ProjectsPage: Page {
    static let template = PageTemplate.projects

    /// A facet with its values, each of which is a link that chooses it or takes it back.
    struct Group: Sendable {
        let title: String
        let values: [Value]
        /// “et 12 autres valeurs”; nil where all are shown.
        let others: String?
        let isOpen: Bool
    }

    struct Value: Sendable {
        let label: String
        /// Of a label in another language than the page's.
        let lang: String?
        let count: String
        let href: String
        let isChosen: Bool
    }

    struct Field: Sendable {
        let name: String
        let value: String
    }

    struct Order: Sendable {
        let label: String
        let href: String
        let isChosen: Bool
    }

    struct Suggestion: Sendable {
        let text: String
        let href: String
    }

    let frame: PageFrame
    let query: String
    /// What the search form repeats.
    let kept: [Field]
    let groups: [Group]
    /// What is chosen, each with the link that takes it back.
    let chosen: [Value]
    let orders: [Order]
    let suggestion: Suggestion?
    /// “527 projets”.
    let total: String
    /// Whether a word or a filter narrows the list; a link then clears it.
    let isFiltered: Bool
    let items: [ProjectCard]
    let pager: Pager?
    let files: [DataFile]

    /// - Parameters:
    ///   - datasets: titles by reference.
    ///   - vocabulary: the register's words in the page's language.
    init(
        frame: PageFrame, address: ProjectListAddress, sort: ProjectSort, results: ProjectResults,
        datasets: [String: Phrase], vocabulary: Vocabulary = .empty, cursor: String?
    ) {
        self.frame = frame
        let language = frame.words
        let (labels, words) = (Labels(language), Words(language))
        func value(_ value: FacetCounts.Value, of facet: ProjectFacet) -> Value {
            let label = labels.value(value.value, of: facet, datasets: datasets, vocabulary: vocabulary)
            return Value(
                label: label.text, lang: label.lang, count: words.number(value.count),
                href: address.toggling(value.value, of: facet).path(),
                isChosen: address.chosen[facet]?.contains(value.value) == true)
        }
        query = address.text
        kept = address.fields.map(Field.init)
        groups = results.facets.compactMap { counts in
            guard !counts.values.isEmpty else { return nil }
            return Group(
                title: labels.facet(counts.facet), values: counts.values.map { value($0, of: counts.facet) },
                others: counts.others == 0
                    ? nil
                    : language.pick(
                        fr: "et \(words.number(counts.others)) autres", en: "and \(words.number(counts.others)) others"),
                isOpen: address.chosen[counts.facet] != nil)
        }
        chosen = groups.flatMap { $0.values.filter(\.isChosen) }
        orders = (address.text.isEmpty ? [.title, .date] : [.relevance, .title, .date]).map { order in
            Order(
                label: labels.order(order), href: address.sorted(by: order).path(), isChosen: order == sort)
        }
        suggestion = results.suggestion.map { Suggestion(text: $0, href: address.looking(for: $0).path()) }
        total = words.projects(results.total)
        isFiltered = address.isNarrowed
        items = results.items.map { item in
            var card = ProjectCard(item, language: language)
            card.found = results.excerpts[item.reference].map { excerpt in
                ProjectCard.Found(
                    lang: excerpt.language == language.rawValue ? nil : excerpt.language,
                    field: excerpt.field == "summary" ? nil : labels.excerptField(excerpt.field),
                    pieces: excerpt.pieces)
            }
            return card
        }
        pager = Pager(
            first: cursor == nil ? nil : address.path(),
            next: results.nextCursor.map { address.path(cursor: $0) })
        files = DataFile.all(of: "\(Portal.api)/projects", query: address.query())
    }
}

extension Labels {
    func facet(_ facet: ProjectFacet) -> String {
        switch facet {
        case .status: language.pick(fr: "Statut", en: "Status")
        case .procedure: language.pick(fr: "Procédure", en: "Procedure")
        case .dataset: language.pick(fr: "Base utilisée", en: "Database used")
        case .controller: language.pick(fr: "Responsable", en: "Controller")
        case .domain: language.pick(fr: "Domaine", en: "Domain")
        case .sensitivity: language.pick(fr: "Nature des données", en: "Kind of data")
        case .accessType: language.pick(fr: "Accès aux données", en: "Access to the data")
        case .year: language.pick(fr: "Année de début", en: "Starting year")
        case .language: language.pick(fr: "Langue de la fiche", en: "Language of the record")
        }
    }

    /// A value as people read it. What has no words here is shown as it stands.
    fileprivate func value(
        _ value: String, of facet: ProjectFacet, datasets: [String: Phrase], vocabulary: Vocabulary
    ) -> Phrase {
        switch facet {
        case .status: Phrase(projectStatus(value).label)
        case .procedure: Phrase(procedure(value).label)
        case .sensitivity: Phrase(sensitivity(value).label)
        case .accessType: Phrase(accessType(value).label)
        case .dataset: datasets[value] ?? Phrase(value)
        case .domain: vocabulary.phrase(value, in: language)
        case .language:
            Phrase(
                value == "fr"
                    ? language.pick(fr: "Français", en: "French") : language.pick(fr: "Anglais", en: "English"))
        case .controller, .year: Phrase(value)
        }
    }

    fileprivate func order(_ order: ProjectSort) -> String {
        switch order {
        case .relevance: language.pick(fr: "Pertinence", en: "Relevance")
        case .title: language.pick(fr: "Titre", en: "Title")
        case .date: language.pick(fr: "Mise à jour", en: "Last update")
        }
    }

    /// The text of a record in which something was found.
    fileprivate func excerptField(_ field: String) -> String {
        switch field {
        case "purpose": language.pick(fr: "Finalité", en: "Purpose")
        case "publicInterest": language.pick(fr: "Intérêt public", en: "Public interest")
        case "methods": language.pick(fr: "Méthodes", en: "Methods")
        case "expectedOutputs": language.pick(fr: "Résultats attendus", en: "Expected outputs")
        case "linkage": language.pick(fr: "Appariement", en: "Linkage")
        default: field
        }
    }
}
