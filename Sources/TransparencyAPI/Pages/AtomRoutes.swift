import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry

extension Portal {
    /// So many entries a feed has: what is older stands on its page.
    private static let feedLength = PageLimit(50) ?? .standard

    /// The Atom feeds, one a language: everything, a search of the projects, a project, a dataset.
    var atomRoutes: [Route] {
        Language.allCases.flatMap { language in
            [
                Route(.get, AtomPath.everything.route(in: language), access: .public) { request, _ in
                    try await feed(request, key: "") {
                        try await changesFeed(.everything, nil, nil, language)
                    }
                },
                Route(.get, AtomPath.projects.route(in: language), access: .public) { request, _ in
                    try await searchFeed(request, language)
                },
                Route(.get, AtomPath.project("{reference}").route(in: language), access: .public) { request, context in
                    let reference = try context.parameters.require("reference")
                    return try await feed(request, key: "") {
                        try await changesFeed(.project(reference), reference, .project, language)
                    }
                },
                Route(.get, AtomPath.dataset("{reference}").route(in: language), access: .public) { request, context in
                    let reference = try context.parameters.require("reference")
                    return try await feed(request, key: "") {
                        try await changesFeed(.dataset(reference), reference, .dataset, language)
                    }
                },
            ]
        }
    }

    /// From memory, as other public answers.
    private func feed(_ request: Request, key: String, _ make: () async throws -> AtomFeed) async throws -> Response {
        try await cache.body(for: request.uri.path + key, generation: register.generation) {
            CachedBody(
                ByteBuffer(string: try await make().xml), contentType: AtomFeed.contentType,
                headers: [.cacheControl: CacheControl.register])
        }.response(to: request)
    }

    private func changesFeed(
        _ own: AtomPath, _ reference: String?, _ kind: RecordKind?, _ language: Language
    ) async throws -> AtomFeed {
        var title = language.pick(fr: "Ce qui change au répertoire", en: "What changes in the register")
        var page = PagePath.changes
        if let reference, let kind {
            guard let chronicle = try await history.chronicle(reference, kind) else { throw ProblemDetails.notFound }
            title = Phrase(chronicle.title, in: language)?.text ?? reference
            page = RecordPages(kind: kind, reference: reference).history
        }
        let changes = try await changeLog.page(
            ChangeQuery(
                kinds: kind.map { [$0] } ?? [.project, .dataset], reference: reference, order: .newestFirst,
                limit: Self.feedLength))
        return AtomFeed(
            own: own.path(in: language), title: "\(title) · \(site.name)", language: language,
            page: page.path(in: language), author: site.institution.name[language],
            // Typography alone is no news.
            entries: changes.items.filter { $0.act != .typography }.map { entry($0, language) })
    }

    private func entry(_ change: LoggedChange, _ language: Language) -> AtomFeed.Entry {
        let names = HistoryWords(kind: change.kind, language: language)
        let pages = RecordPages(kind: change.kind, reference: change.reference)
        let title = Phrase(change.title, in: language)?.text ?? change.reference
        let act = names.act(change.act).label
        let hasDifference = change.n > 1 && !change.isWithheld && !change.changedFields.isEmpty
        let summary =
            switch change.act {
            case .removed:
                language.pick(fr: "Retiré du répertoire. ", en: "Removed from the register. ")
                    + (Phrase(change.reason, in: language)?.text ?? "")
            case .added: language.pick(fr: "Nouvelle fiche.", en: "New record.")
            case .changed, .corrected, .typography:
                language.pick(fr: "A changé : ", en: "Changed: ") + names.fields(change.changedFields) + "."
                    + (change.note.map { " \($0)" } ?? "")
            }
        return AtomFeed.Entry(
            name: "\(language.rawValue) \(change.kind.rawValue) \(change.reference) \(change.n)",
            title: language.pick(fr: "\(act)\u{A0}: \(title)", en: "\(act): \(title)"), updated: change.recordedAt,
            href: (hasDifference ? pages.difference(change.n - 1, change.n) : pages.record).path(in: language),
            summary: summary, author: nil, category: change.kind.rawValue)
    }

    /// The projects that a search finds, those that changed last first; an entry is a project, and comes again with each of
    /// its versions.
    private func searchFeed(_ request: Request, _ language: Language) async throws -> Response {
        let fields = try request.queryFields()
        let text = fields.searchText
        let chosen = ProjectFacet.allCases.reduce(into: [ProjectFacet: Set<String>]()) { chosen, facet in
            let values = fields.all(facet.rawValue).filter { !$0.isEmpty && facet.choices?.contains($0) != false }
            if !values.isEmpty { chosen[facet] = Set(values.prefix(50)) }
        }
        let address = ProjectListAddress(language: language, text: text, chosen: chosen, sort: nil)
        return try await feed(request, key: address.query()) {
            let results = try await projects.search(
                ProjectQuery(text: text, facets: chosen, sort: .date, limit: Self.feedLength),
                asOf: register.generation)
            let title = language.pick(fr: "Les projets", en: "Projects") + (text.isEmpty ? "" : " : \(text)")
            return AtomFeed(
                own: AtomPath.projects.path(in: language) + address.query(), title: "\(title) · \(site.name)",
                language: language, page: address.path(), author: site.institution.name[language],
                entries: results.items.map { project in
                    AtomFeed.Entry(
                        name: "\(language.rawValue) project \(project.reference) \(project.n)",
                        title: Phrase(project.title, in: language)?.text ?? project.reference,
                        updated: project.recordedAt, href: PagePath.project(project.reference).path(in: language),
                        summary: Phrase(project.summary, in: language).map { ProjectCard.cut($0.text) } ?? "",
                        author: project.controllers.first, category: project.status.rawValue)
                })
        }
    }
}
