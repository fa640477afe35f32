public import SQLDatabase
import StrictJSON

/// The public register of projects, to read. Only what is shown is found here.
public struct ProjectRegistry: Sendable {
    let database: SQLDatabase
    private let index: RecordIndex<ProjectSummary>

    public init(database: SQLDatabase) {
        self.database = database
        index = .projects(in: database)
    }

    /// Reads all projects into memory, so that nobody's search has to wait for it.
    public func prepare() async throws { _ = try await index.snapshot(asOf: nil) }

    /// One page of the projects that fit.
    ///
    /// - Parameters:
    ///   - generation: the register's change as of which it is answered at least; nil for the newest.
    ///   - facetLimit: how many values of each facet are counted; none where it is 0.
    ///   - excerpts: whether it is shown where the words were found.
    ///
    /// Throws `CursorError` for a cursor that is not one of this query's.
    public func search(
        _ query: ProjectQuery, asOf generation: Int64? = nil, facetLimit: Int = 0, excerpts: Bool = false
    ) async throws -> ProjectResults {
        let end = try Listing.end(query.cursor, filters: query.filters)
        let snapshot = try await index.snapshot(asOf: generation)
        let found = snapshot.search(query.asked, after: end, limit: query.limit.items, facetLimit: facetLimit)
        let shown = found.hits.prefix(query.limit.items)
        var next: String?
        if found.hits.count > shown.count, let last = shown.last {
            next = SearchEnd(last).cursor.encoded(filters: query.filters)
        }
        let words = excerpts ? query.words.map(SoughtWords.init) : nil
        return ProjectResults(
            items: shown.map(\.summary), total: found.total, nextCursor: next,
            excerpts: words.map { words in
                Dictionary(
                    uniqueKeysWithValues: shown.compactMap { hit in
                        hit.excerpt(words).map { (hit.place.reference, $0) }
                    })
            } ?? [:], facets: zip(ProjectFacet.allCases, found.facets).map(FacetCounts.init),
            suggestion: found.total == 0 && query.words != nil ? Self.suggestion(query.text, snapshot) : nil)
    }

    /// The references of all projects that fit, in the order that is asked for, whatever the query's limit.
    public func references(_ query: ProjectQuery, asOf generation: Int64? = nil) async throws -> [String] {
        let snapshot = try await index.snapshot(asOf: generation)
        return snapshot.search(query.asked, after: nil, limit: snapshot.count).hits.map(\.place.reference)
    }

    /// Of a longer search nothing is suggested: each word that nothing has costs a look at all that are near.
    private static let mostSuggested = 8

    /// The text with the nearest known word in the place of each that nothing has; nil where there is none for one of them.
    private static func suggestion(_ text: String, _ snapshot: ProjectSnapshot) -> String? {
        let given = FoldedText.words(of: text, droppingElisions: true)
        guard given.count <= mostSuggested else { return nil }
        var isOther = false
        let meant = given.map { word -> String? in
            let term = SearchTerm.stem(word)
            guard snapshot.frequency(of: term) == 0 else { return word }
            isOther = true
            return snapshot.nearest(to: term).map { snapshot.spelling(of: $0) }
        }
        guard isOther, meant.allSatisfy({ $0 != nil }) else { return nil }
        return meant.compactMap { $0 }.joined(separator: " ")
    }

    /// A project as its newest version has it; nil where none of that reference is shown.
    public func project(_ reference: String) async throws -> ProjectRecord? {
        try await database.read { try Self.record(reference, n: nil, on: $0) }
    }

    /// Version `n` of a project; nil where there is no such version of a project that is shown.
    public func version(_ reference: String, n: Int) async throws -> ProjectRecord? {
        try await database.read { try Self.record(reference, n: n, on: $0) }
    }

    /// All versions of a project, newest first, with what each changed; nil where no such project is shown.
    public func versions(_ reference: String) async throws -> [ProjectVersion]? {
        try await database.read { connection in
            guard try Self.newestShown(reference, on: connection) != nil else { return nil }
            var before: JSON?
            var versions: [ProjectVersion] = []
            let withheld = try Removal.withheldThrough(reference, .project, on: connection)
            for stored in try RecordStore.versions(of: reference, kind: .project, on: connection)
            where stored.n > withheld {
                let content = try JSON(parsing: stored.content)
                let changes = before.map { VersionChanges(from: $0, to: content) }
                versions.append(
                    ProjectVersion(
                        n: stored.n, sourceVersion: stored.sourceVersion, recordedAt: stored.recordedAt,
                        changedFields: changes?.fields ?? [], isTypographyOnly: changes?.isTypographyOnly ?? false))
                before = content
            }
            return versions.reversed()
        }
    }

    /// One page of the data released to a project, newest first, those without a date last; nil where no such project
    /// is shown. Throws `CursorError`.
    public func releases(
        _ reference: String, limit: PageLimit = .standard, cursor: String? = nil
    ) async throws -> ResultPage<ReleaseSummary>? {
        let filters: JSON = ["list": "releases", "project": reference.json]
        let cursor = try Listing.cursor(cursor, filters: filters)
        return try await database.read { connection in
            guard try Self.newestShown(reference, on: connection) != nil else { return nil }
            let listing = ReleaseSummary.listing(ofProject: reference, filters: filters)
            return try listing.page(after: cursor, limit: limit, on: connection, item: ReleaseSummary.init)
        }
    }

    /// The ordinal of a shown project's newest version.
    private static func newestShown(_ reference: String, on connection: any SQLConnection) throws -> Int? {
        try connection.first("SELECT n FROM project WHERE reference = $1 AND shown = 1", reference)?["n"]
    }

    private static func record(
        _ reference: String, n: Int?, on connection: any SQLConnection
    ) throws -> ProjectRecord? {
        guard let newest = try newestShown(reference, on: connection),
            try n.map({ $0 > (try Removal.withheldThrough(reference, .project, on: connection)) }) ?? true,
            let stored = try RecordStore.version(of: reference, kind: .project, n: n ?? newest, on: connection)
        else { return nil }
        let content = try JSON(parsing: stored.content)
        let project = try Project(stored: content)
        return ProjectRecord(
            project: project, n: stored.n, newestN: newest, recordedAt: stored.recordedAt,
            contentHash: stored.contentHash, datasets: try titles(of: project.datasets, on: connection),
            content: content)
    }

    private static func titles(of datasets: [String], on connection: any SQLConnection) throws -> [NamedDataset] {
        guard !datasets.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT reference, title_fr, title_en FROM dataset
            WHERE shown = 1 AND reference IN (\(Placeholders.list(datasets.count, from: 1)))
            """,
            parameters: datasets)
        var titles: [String: LocalizedText] = [:]
        for row in rows {
            titles[try row["reference"]] = LocalizedText(fr: try row["title_fr"], en: try row["title_en"])
        }
        return datasets.map { NamedDataset(reference: $0, title: titles[$0]) }
    }
}
