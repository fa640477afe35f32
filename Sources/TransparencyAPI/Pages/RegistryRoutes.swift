import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import SQLDatabase

extension Portal {
    /// How many releases a project's page shows, and projects a dataset's, before it links to the whole list.
    static let firstOnes = PageLimit(10) ?? .standard

    /// The register's pages.
    var registryPageRoutes: [Route] {
        let choices = datasetChoices
        return routes(.get, .home, access: .site) { request, _, language in
            // Ten seconds, since the number of linked databases is no part of the register.
            try await cachedPage(request, key: request.uri.path, renewedEvery: 10) {
                publicBody(try await homePage(choices, language))
            }
        }
            + routes(.get, .projects, access: .site) { request, _, language in
                try await listProjects(request, language, choices)
            }
            + routes(.get, .project("{reference}"), access: .site) { request, context, language in
                let reference = try context.parameters.require("reference")
                let key = "\(request.uri.path)#\(register.certificates)"
                return try await cachedPage(request, key: key, renewedEvery: 300) {
                    if let page = try await projectPage(reference, language) { return publicBody(page) }
                    return try await tombstoneBody(reference, .project, language)
                }
            }
            + routes(.get, .projectVersion("{reference}", "{n}"), access: .site) { request, context, language in
                let reference = try context.parameters.require("reference")
                guard let n = Int(try context.parameters.require("n")) else { throw ProblemDetails.notFound }
                let key = "\(request.uri.path)#\(register.certificates)"
                return try await cachedPage(request, key: key, renewedEvery: 300) {
                    guard let page = try await projectPage(reference, version: n, language) else {
                        throw ProblemDetails.notFound
                    }
                    return publicBody(page)
                }
            }
            + routes(.get, .linkedDatabases, access: .site) { request, _, language in
                try await cachedPage(request, key: request.uri.path, renewedEvery: 30) {
                    publicBody(try await linkedDatabasesPage(choices, language))
                }
            }
            + datasetPageRoutes(choices)
    }

    // MARK: Home

    private func homePage(_ choices: DatasetChoices, _ language: Language) async throws -> HomePage {
        let counts = try await RegisterChanges(database: database).counts()
        return HomePage(
            frame: frame(
                language, .home,
                title: language.pick(fr: "Vos données de santé, vos choix", en: "Your health data, your choices"),
                description: language.pick(
                    fr: "Voyez chaque projet qui utilise des données de santé, et opposez-vous si vous le voulez.",
                    en: "See every project that uses health data, and object if you wish.")),
            projects: counts.projects, datasets: counts.datasets, reach: try await reach(choices, language),
            recent: try await recentProjects(3, language))
    }

    /// The projects that changed last, newest first.
    private func recentProjects(_ count: Int, _ language: Language) async throws -> [ProjectCard] {
        var references: [String] = []
        var cards: [ProjectCard] = []
        var end = register.generation
        // Far enough back for any day; not through a whole history of releases on each visit.
        for _ in 0..<10 where end > 0 && cards.count < count {
            let (start, last) = (max(0, end - 1000), end)
            let changes = try await database.read { try RegisterChanges.after(start, on: $0) }
            for change in changes.reversed() where change.change <= last && change.kind == .project {
                guard cards.count < count, !references.contains(change.reference) else { continue }
                references.append(change.reference)
                if let card = try await projectCard(change.reference, language) { cards.append(card) }
            }
            end = start
        }
        return cards
    }

    private func projectCard(_ reference: String, _ language: Language) async throws -> ProjectCard? {
        guard let project = try await projects.project(reference)?.project else { return nil }
        return ProjectCard(
            reference: reference, title: Phrase(project.title, in: language) ?? Phrase(reference),
            summary: Phrase(project.summary, in: language), status: project.status?.rawValue ?? "",
            controllers: project.controllers.map(\.name), language: language)
    }

    // MARK: Projects

    /// - Parameter version: nil for the newest, at the project's own address.
    private func projectPage(
        _ reference: String, version: Int? = nil, _ language: Language
    ) async throws -> ProjectPage? {
        let found =
            if let version {
                try await projects.version(reference, n: version)
            } else { try await projects.project(reference) }
        guard let record = found,
            let versions = try await projects.versions(reference),
            let releases = try await projects.releases(reference, limit: Self.firstOnes)
        else { return nil }
        let linked = try await linkedDatasets()
        let names = try await linkedDatabases().compactMap { linked in linked.name.map { (linked.id, $0) } }
        return ProjectPage(
            frame: frame(
                language, version.map { .projectVersion(reference, String($0)) } ?? .project(reference),
                title: Phrase(record.project.title, in: language)?.text ?? reference, section: .projects,
                description: Phrase(record.project.summary, in: language).map { ProjectCard.cut($0.text, at: 160) },
                hiddenFromSearch: version != nil),
            record: record, linked: linked, versions: versions, releases: releases.items,
            releasesTotal: releases.total, certificates: try await certificates(ofProject: reference),
            databaseNames: Dictionary(uniqueKeysWithValues: names), vocabulary: texts.vocabulary,
            publisher: site.institution.name[language],
            calendar: ProjectPage.Calendar(today: today, zone: policy.zone, resultsMonths: site.periods.resultsMonths),
            address: address, api: Self.api)
    }

    // MARK: Linked databases

    private func linkedDatabasesPage(
        _ choices: DatasetChoices, _ language: Language
    ) async throws -> LinkedDatabasesPage {
        let titles = try await choices.phrases(generation: register.generation, in: language)
        return LinkedDatabasesPage(
            frame: frame(
                language, .linkedDatabases, title: language.pick(fr: "Les bases liées", en: "Linked databases"),
                section: .datasets,
                description: language.pick(
                    fr: "Ce que chaque base liée a confirmé, et en combien de temps un choix y arrive.",
                    en: "What each linked database has confirmed, and how long a choice takes to arrive.")),
            try await linkedStandings(), try await delayMeter.delays(), titles: titles, targets: policy.targets,
            now: now(), policy.zone)
    }

    /// References of the datasets into which objections are carried: what linked databases hold, not what the catalogue
    /// hopes for.
    func linkedDatasets() async throws -> Set<String> { Set(try await linkedDatabases().flatMap(\.datasets)) }
}

extension FormFields {
    /// The words to look for, no more of them than the search box takes.
    var searchText: String { String((self["q"] ?? "").prefix(200)).trimming(while: \.isWhitespace) }
}

/// A query as our own links write it: the words that a page knows, in one order, without the empty ones.
struct PageQuery: Sendable {
    /// With its question mark; empty where there is nothing to say.
    let text: String

    init(_ fields: [(name: String, value: String)]) {
        let present = fields.filter { !$0.value.isEmpty }
        let pairs = present.map { "\($0.name)=\(PagePath.encoded($0.value))" }.joined(separator: "&")
        text = pairs.isEmpty ? "" : "?\(pairs)"
    }
}

extension Pager {
    /// The links of one page of a list.
    /// - Parameters:
    ///   - cursor: of the page that is shown; nil on the first one.
    ///   - next: of the page after it, where there is one.
    init?(list: String, filters: [(name: String, value: String)], cursor: String?, next: String?) {
        self.init(
            first: cursor == nil ? nil : list + PageQuery(filters).text,
            next: next.map { list + PageQuery(filters + [("cursor", $0)]).text })
    }
}
