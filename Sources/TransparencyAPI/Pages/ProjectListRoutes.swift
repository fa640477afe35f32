import HTTPServer
import Hummingbird
import PublicRegistry

extension Portal {
    /// How many values of a facet the list of projects offers, besides those that are chosen.
    private static let facetValues = 12

    /// `/projets`: search, facets, list. What a page of ours would not ask is not looked at: a link with a tracker's parameters
    /// works.
    func listProjects(_ request: Request, _ language: Language, _ choices: DatasetChoices) async throws -> Response {
        guard request.uri.query == nil else {
            return try await projectList(request, language, choices).response(to: request)
        }
        // Most who come ask for the list as it begins.
        return try await cachedPage(request, key: request.uri.path, renewedEvery: 300) {
            try await projectList(request, language, choices)
        }
    }

    /// Kept by what was understood of the address, however it was written.
    private func projectList(
        _ request: Request, _ language: Language, _ choices: DatasetChoices
    ) async throws -> CachedBody {
        let fields = try request.queryFields()
        let (text, cursor) = (fields.searchText, fields.present("cursor"))
        let sort = fields.present("sort").flatMap(ProjectSort.init)
        let chosen = ProjectFacet.allCases.reduce(into: [ProjectFacet: Set<String>]()) { chosen, facet in
            let values = fields.all(facet.rawValue).filter { !$0.isEmpty && facet.choices?.contains($0) != false }
            if !values.isEmpty { chosen[facet] = Set(values.prefix(50)) }
        }
        let address = ProjectListAddress(language: language, text: text, chosen: chosen, sort: sort)
        return try await cachedBody("list:\(address.path(cursor: cursor))", renewedEvery: 300) {
            let query = ProjectQuery(text: text, facets: chosen, sort: sort, cursor: cursor)
            let results = try await projects.search(
                query, asOf: register.generation, facetLimit: Self.facetValues, excerpts: true)
            let titles = try await choices.phrases(generation: register.generation, in: language)
            return publicBody(
                ProjectsPage(
                    frame: frame(
                        language, .projects, title: language.pick(fr: "Les projets", en: "Projects"),
                        section: .projects, query: address.query(cursor: cursor),
                        hiddenFromSearch: !address.query(cursor: cursor).isEmpty),
                    address: address, sort: query.sort, results: results,
                    datasets: titles, vocabulary: texts.vocabulary, cursor: cursor))
        }
    }
}

/// Where a search of the projects stands: words, what is chosen, order. Each of its links is one.
struct ProjectListAddress: Sendable {
    let language: Language
    let text: String
    private(set) var chosen: [ProjectFacet: Set<String>]
    /// Nil for what suits.
    private(set) var sort: ProjectSort?

    init(language: Language, text: String, chosen: [ProjectFacet: Set<String>], sort: ProjectSort?) {
        (self.language, self.text, self.chosen, self.sort) = (language, text, chosen, sort)
    }

    var isNarrowed: Bool { !text.isEmpty || !chosen.isEmpty }

    /// What a form repeats so that it is kept.
    var fields: [(name: String, value: String)] {
        ProjectFacet.allCases.flatMap { facet in
            (chosen[facet] ?? []).sorted().map { (facet.rawValue, $0) }
        } + (sort.map { [("sort", $0.rawValue)] } ?? [])
    }

    func query(cursor: String? = nil) -> String { PageQuery([("q", text)] + fields + [("cursor", cursor ?? "")]).text }

    func path(cursor: String? = nil) -> String { PagePath.projects.path(in: language) + query(cursor: cursor) }

    /// The same with a value chosen, or no longer.
    func toggling(_ value: String, of facet: ProjectFacet) -> ProjectListAddress {
        var other = self
        var values = chosen[facet] ?? []
        if values.remove(value) == nil { values.insert(value) }
        other.chosen[facet] = values.isEmpty ? nil : values
        return other
    }

    func sorted(by sort: ProjectSort) -> ProjectListAddress {
        var other = self
        other.sort = sort
        return other
    }

    func looking(for text: String) -> ProjectListAddress {
        ProjectListAddress(language: language, text: text, chosen: chosen, sort: sort)
    }
}
