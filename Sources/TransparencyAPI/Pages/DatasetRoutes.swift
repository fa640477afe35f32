import HTTPServer
import Hummingbird
import PublicRegistry
import RightsRegistry

extension Portal {
    /// The catalogue's pages.
    func datasetPageRoutes(_ choices: DatasetChoices) -> [Route] {
        routes(.get, .datasets, access: .site) { request, _, language in
            try await listDatasets(request, language, choices)
        }
            + routes(.get, .dataset("{reference}"), access: .site) { request, context, language in
                let reference = try context.parameters.require("reference")
                // Where its linked database stands moves without the register.
                return try await cachedPage(request, key: request.uri.path, renewedEvery: 30) {
                    if let page = try await datasetPage(reference, language) { return publicBody(page) }
                    return try await tombstoneBody(reference, .dataset, language)
                }
            }
            + routes(.get, .datasetTable("{reference}", "{name}"), access: .site) { request, context, language in
                let (reference, name) = (
                    try context.parameters.require("reference"), try context.parameters.require("name")
                )
                let number = max(1, try request.queryFields().present("page").flatMap { Int($0) } ?? 1)
                return try await cachedPage(request, key: "\(request.uri.path)?\(number)", renewedEvery: 300) {
                    publicBody(try await tablePage(reference, name, number, language))
                }
            }
            + routes(.get, .variables, access: .site) { request, _, language in
                try await listVariables(request, language, choices)
            }
    }

    private func listDatasets(
        _ request: Request, _ language: Language, _ choices: DatasetChoices
    ) async throws -> Response {
        let fields = try request.queryFields()
        let (text, cursor) = (fields.searchText, fields.present("cursor"))
        let own = PageQuery([("q", text), ("cursor", cursor ?? "")])
        let list = PagePath.datasets.path(in: language)
        return try await cachedPage(request, key: list + own.text, renewedEvery: 300) {
            let page = try await datasets.search(DatasetQuery(text: text, cursor: cursor), asOf: register.generation)
            let (linked, reach) = (try await linkedDatasets(), try await reach(choices, language))
            return publicBody(
                DatasetsPage(
                    frame: frame(
                        language, .datasets, title: language.pick(fr: "Les bases de données", en: "Databases"),
                        section: .datasets, query: own.text, hiddenFromSearch: !own.text.isEmpty),
                    query: text, total: page.total,
                    items: page.items.map { DatasetCard($0, linked: linked, language: language) }, reach: reach,
                    pager: Pager(list: list, filters: [("q", text)], cursor: cursor, next: page.nextCursor),
                    files: DataFile.all(of: "\(Self.api)/datasets", query: PageQuery([("q", text)]).text)))
        }
    }

    private func datasetPage(_ reference: String, _ language: Language) async throws -> DatasetPage? {
        guard let record = try await datasets.dataset(reference) else { return nil }
        let users = try await projects.search(
            ProjectQuery(facets: [.dataset: [reference]], limit: Self.firstOnes), asOf: register.generation)
        let standings = try await linkedStandings().filter { $0.linked.datasets.contains(reference) }
        let delays = try await delayMeter.delays()
        return DatasetPage(
            frame: frame(
                language, .dataset(reference), title: Phrase(record.dataset.title, in: language)?.text ?? reference,
                section: .datasets,
                description: Phrase(record.dataset.description, in: language).map {
                    ProjectCard.cut($0.text, at: 160)
                }),
            record: record,
            linked: standings.map {
                LinkedDatabasesPage.Row(
                    $0, delays.byDatabase[$0.linked.id], hours: policy.targets.hours(of: $0.linked), now: now(),
                    policy.zone, language)
            },
            projects: users.items, vocabulary: texts.vocabulary, api: Self.api)
    }

    private func tablePage(
        _ reference: String, _ name: String, _ number: Int, _ language: Language
    ) async throws -> DatasetTablePage {
        guard let dataset = try await datasets.dataset(reference)?.dataset,
            let table = dataset.tables.first(where: { $0.name == name })
        else { throw ProblemDetails.notFound }
        let title = Phrase(table.title, in: language) ?? Phrase(table.name)
        return DatasetTablePage(
            frame: frame(
                language, .datasetTable(reference, name), title: title.text, section: .datasets,
                query: number > 1 ? "?page=\(number)" : "", hiddenFromSearch: number > 1),
            dataset: dataset, table: table, title: title, number: number, api: Self.api)
    }

    private func listVariables(
        _ request: Request, _ language: Language, _ choices: DatasetChoices
    ) async throws -> Response {
        let fields = try request.queryFields()
        let (text, cursor) = (fields.searchText, fields.present("cursor"))
        let dataset = fields.present("dataset").map { String($0.prefix(128)) }
        let filters: [(name: String, value: String)] = [("q", text), ("dataset", dataset ?? "")]
        let own = PageQuery(filters + [("cursor", cursor ?? "")])
        let list = PagePath.variables.path(in: language)
        return try await cachedPage(request, key: list + own.text, renewedEvery: 300) {
            let query = VariableQuery(text: text, dataset: dataset, cursor: cursor)
            let results = try await datasets.variables(query, asOf: register.generation)
            return publicBody(
                VariablesPage(
                    frame: frame(
                        language, .variables,
                        title: language.pick(fr: "Quelle base contient cela ?", en: "Which database holds this?"),
                        section: .datasets, query: own.text, hiddenFromSearch: !own.text.isEmpty),
                    query: query, results: results, titles: try await titles(choices, language),
                    pager: Pager(list: list, filters: filters, cursor: cursor, next: results.page.nextCursor)))
        }
    }

    /// The catalogue's titles by reference.
    private func titles(_ choices: DatasetChoices, _ language: Language) async throws -> [String: String] {
        let all = try await choices.all(generation: register.generation, in: language)
        return Dictionary(all.map { ($0.reference, $0.title) }, uniquingKeysWith: { first, _ in first })
    }
}
