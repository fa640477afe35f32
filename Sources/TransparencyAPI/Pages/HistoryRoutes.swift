import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry

extension Portal {
    /// The pages of the register's history.
    var historyPageRoutes: [Route] {
        recordHistoryPages(.project) + recordHistoryPages(.dataset)
            + routes(.get, .changes, access: .site) { request, _, language in
                try await showChanges(request, language, month: nil)
            }
            + routes(.get, .changesOf("{month}"), access: .site) { request, context, language in
                guard let month = CalendarMonth(try context.parameters.require("month")) else {
                    throw ProblemDetails.notFound
                }
                return try await showChanges(request, language, month: month)
            }
            + routes(.get, .typographyRule, access: .site) { request, _, language in
                try await cachedPage(request, key: request.uri.path, renewedEvery: 3600) {
                    publicBody(
                        TypographyRulePage(
                            frame: frame(
                                language, .typographyRule,
                                title: language.pick(fr: "Ce qui est de la typographie", en: "What is typography"))))
                }
            }
    }

    private func recordHistoryPages(_ kind: RecordKind) -> [Route] {
        let template = RecordPages(kind: kind, reference: "{reference}")
        return routes(.get, template.history, access: .site) { request, context, language in
            let reference = try context.parameters.require("reference")
            return try await cachedPage(request, key: request.uri.path, renewedEvery: 3600) {
                publicBody(try await historyPage(reference, kind, language))
            }
        }
            + routes(.get, template.versions("{versions}"), access: .site) { request, context, language in
                let reference = try context.parameters.require("reference")
                let range = try VersionRange(try context.parameters.require("versions"))
                let isRaw = try request.queryFields().present("raw") == "1"
                return try await cachedPage(
                    request, key: "\(request.uri.path)\(isRaw ? "?raw" : "")", renewedEvery: 3600
                ) {
                    switch range {
                    case .one(let n): publicBody(try await versionPage(reference, kind, n, language))
                    case .two(let from, let to):
                        publicBody(try await differencePage(reference, kind, from, to, isRaw: isRaw, language))
                    }
                }
            }
    }

    // MARK: Records

    private func chronicle(_ reference: String, _ kind: RecordKind) async throws -> RecordChronicle {
        guard let chronicle = try await history.chronicle(reference, kind) else { throw ProblemDetails.notFound }
        return chronicle
    }

    private func historyPage(
        _ reference: String, _ kind: RecordKind, _ language: Language
    ) async throws -> RecordHistoryPage {
        let chronicle = try await chronicle(reference, kind)
        let title = Phrase(chronicle.title, in: language)?.text ?? reference
        let pages = RecordPages(kind: kind, reference: reference)
        return RecordHistoryPage(
            frame: frame(
                language, pages.history, title: language.pick(fr: "Historique – \(title)", en: "History – \(title)"),
                section: pages.section),
            chronicle, zone: policy.zone, api: Self.api)
    }

    private func differencePage(
        _ reference: String, _ kind: RecordKind, _ from: Int, _ to: Int, isRaw: Bool, _ language: Language
    ) async throws -> DifferencePage {
        let chronicle = try await chronicle(reference, kind)
        let difference = try await difference(chronicle, from, to, isRaw: isRaw)
        let open = Set(chronicle.versions.filter { !$0.isWithheld }.map(\.n))
        let title = Phrase(chronicle.title, in: language)?.text ?? reference
        let pages = RecordPages(kind: kind, reference: reference)
        return DifferencePage(
            frame: frame(
                language, pages.difference(from, to),
                title: language.pick(
                    fr: "De la version \(from) à la version \(to) – \(title)",
                    en: "From version \(from) to version \(to) – \(title)"),
                section: pages.section, query: isRaw ? "?raw=1" : "", hiddenFromSearch: true),
            difference, names: try await recordNames(language), earlier: open.contains(from - 1),
            later: open.contains(to + 1), zone: policy.zone, api: Self.api)
    }

    /// What the datasets and linked databases are called that histories name by reference.
    func recordNames(_ language: Language) async throws -> RecordNames {
        let databases = try await linkedDatabases().compactMap { database in
            Phrase(database.name, in: language).map { (database.id, $0) }
        }
        return RecordNames(
            datasets: try await datasetChoices.phrases(generation: register.generation, in: language),
            databases: Dictionary(databases) { first, _ in first }, vocabulary: texts.vocabulary)
    }

    private func versionPage(
        _ reference: String, _ kind: RecordKind, _ n: Int, _ language: Language
    ) async throws -> RecordVersionPage {
        let chronicle = try await chronicle(reference, kind)
        guard let known = chronicle.versions.first(where: { $0.n == n }) else { throw ProblemDetails.notFound }
        guard !known.isWithheld, let version = try await history.version(reference, kind, n: n) else {
            throw Self.withheld
        }
        let pages = RecordPages(kind: kind, reference: reference)
        let title = Phrase(chronicle.title, in: language)?.text ?? reference
        return RecordVersionPage(
            frame: frame(
                language, pages.version(n), title: "Version \(n) – \(title)", section: pages.section,
                hiddenFromSearch: true),
            place: HistoryPlace(kind, reference, title: chronicle.title, language), version, kind: kind,
            names: try await recordNames(language), removal: nil,
            hasBefore: chronicle.versions.contains { $0.n == n - 1 && !$0.isWithheld }, zone: policy.zone,
            api: Self.api)
    }

    /// What the address of a record shows that left the register: 200 with its last content, 410 where that is withheld;
    /// throws 404 where there never was one.
    func tombstoneBody(_ reference: String, _ kind: RecordKind, _ language: Language) async throws -> CachedBody {
        guard let tombstone = try await history.tombstone(reference, kind) else { throw ProblemDetails.notFound }
        let pages = RecordPages(kind: kind, reference: reference)
        return publicBody(
            RecordVersionPage(
                frame: frame(
                    language, pages.record, title: Phrase(tombstone.title, in: language)?.text ?? reference,
                    section: pages.section, hiddenFromSearch: true),
                place: HistoryPlace(kind, reference, title: tombstone.title, language), tombstone.content, kind: kind,
                names: try await recordNames(language), removal: tombstone.removal, hasBefore: false, zone: policy.zone,
                api: Self.api),
            status: tombstone.content == nil ? .gone : .ok)
    }

    // MARK: Changes

    private static let changesOnPage = PageLimit(50) ?? .standard

    private func showChanges(
        _ request: Request, _ language: Language, month asked: CalendarMonth?
    ) async throws -> Response {
        let fields = try request.queryFields()
        var filter = ChangesPage.Filter()
        filter.kind = fields.present("kind").flatMap(RecordKind.init)
        filter.act = fields.present("act").flatMap(ChangeAct.init)
        if filter.act == .typography { filter.act = nil }
        filter.showsTypography = fields["typography"] == "shown"
        let cursor = fields.present("cursor")
        let own = PageQuery(filter.fields + [("cursor", cursor ?? "")])
        return try await cachedPage(request, key: request.uri.path + own.text, renewedEvery: 3600) {
            let now = self.now()
            let newest = try await changeLog.neighbours(of: now.adding(seconds: 1), and: now).before
            let month = asked ?? CalendarMonth(of: newest ?? now, in: policy.zone)
            guard let (start, end) = month.days(policy.zone) else { throw ProblemDetails.notFound }
            let page = try await changeLog.page(
                ChangeQuery(
                    from: start, until: end, kinds: Set(filter.kinds), act: filter.act,
                    order: .newestFirst, limit: Self.changesOnPage, cursor: cursor))
            let (before, after) = try await changeLog.neighbours(of: start, and: end)
            let handed = Set(page.items.compactMap(\.handover?.project))
            let titles = try await projects.exported(handed.sorted()).map(\.project).compactMap { project in
                Phrase(project.title, in: language).map { (project.reference, $0) }
            }
            let name = month.words(language)
            return publicBody(
                ChangesPage(
                    frame: frame(
                        language, asked.map { .changesOf($0.text) } ?? .changes,
                        title: language.pick(
                            fr: "Ce qui a changé au répertoire – \(name)", en: "What changed in the register – \(name)"),
                        query: own.text, hiddenFromSearch: !own.text.isEmpty),
                    month: month, page, filter: filter, cursor: cursor, names: try await recordNames(language),
                    projects: Dictionary(titles) { first, _ in first },
                    earlier: before.map { CalendarMonth(of: $0, in: policy.zone) },
                    later: after.map { CalendarMonth(of: $0, in: policy.zone) }, zone: policy.zone, api: Self.api))
        }
    }
}

/// The last part of a history's address: `3`, or `1..3`.
enum VersionRange: Sendable, Hashable {
    case one(Int)
    case two(Int, Int)

    /// Throws 404 for any other spelling, and where the versions are not in their order.
    init(_ text: String) throws(ProblemDetails) {
        func number(_ text: some StringProtocol) -> Int? {
            guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
                text.utf8.first != 48
            else { return nil }
            return Int(text)
        }
        if let n = number(text) {
            self = .one(n)
            return
        }
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = number(ends[0]), let to = number(ends[1]), from < to else {
            throw .notFound
        }
        self = .two(from, to)
    }
}
