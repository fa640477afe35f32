public import SQLDatabase
import StrictJSON

/// The public register of projects, to read. Only what is shown is found here.
public struct ProjectRegistry: Sendable {
    let database: SQLDatabase

    public init(database: SQLDatabase) { self.database = database }

    /// One page of the projects that fit, sorted by title without accents, then by reference.
    ///
    /// Throws `CursorError` for a cursor that is not one of this query's.
    public func search(_ query: ProjectQuery) async throws -> ResultPage<ProjectSummary> {
        let cursor = try Listing.cursor(query.cursor, filters: query.filters)
        return try await database.read { connection in
            let listing = Listing(
                select: "project.*", from: "project", conditions: query.conditions(engine: connection.engine),
                table: "project", sort: ["sort_title", "reference"], direction: .ascending, filters: query.filters)
            return try listing.page(after: cursor, limit: query.limit, on: connection, item: ProjectSummary.init)
        }
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
            for stored in try RecordStore.versions(of: reference, kind: .project, on: connection) {
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
