public import CivilTime
public import SQLDatabase
import StrictJSON

/// What to look for among the datasets that are shown.
public struct DatasetQuery: Sendable, Hashable {
    /// Words that must all occur, the last one perhaps only begun, and phrases between quotation marks. Text without a letter
    /// or digit is no filter.
    public let text: String
    public var limit: PageLimit
    /// The `nextCursor` of the page before, asked for with the same words.
    public var cursor: String?

    let words: SearchText?

    public init(text: String = "", limit: PageLimit = .standard, cursor: String? = nil) {
        self.text = text
        words = SearchText(text)
        self.limit = limit
        self.cursor = cursor
    }

    /// What says most of the words first; all by title.
    var asked: IndexQuery { IndexQuery(words: words, order: words == nil ? .title : .relevance) }

    var filters: JSON { .object((words?.filters ?? [:]).merging(["list": "datasets"]) { $1 }) }
}

/// The catalogue of datasets, to read. Only what is shown is found here.
public struct DatasetRegistry: Sendable {
    let database: SQLDatabase
    let index: RecordIndex<IndexedDataset>
    let variableIndex: RecordIndex<VariableSummary>

    public init(database: SQLDatabase) {
        self.database = database
        index = .datasets(in: database)
        variableIndex = .variables(in: database)
    }

    /// Reads the catalogue into memory, so that nobody's search has to wait for it.
    public func prepare() async throws {
        _ = try await index.snapshot(asOf: nil)
        _ = try await variableIndex.snapshot(asOf: nil)
    }

    /// One page of the datasets that fit. Throws `CursorError`.
    ///
    /// - Parameter generation: the register's change as of which it is answered at least; nil for the newest.
    public func search(
        _ query: DatasetQuery, asOf generation: Int64? = nil
    ) async throws -> ResultPage<DatasetSummary> {
        let end = try Listing.end(query.cursor, filters: query.filters)
        let snapshot = try await index.snapshot(asOf: generation)
        let found = snapshot.search(query.asked, after: end, limit: query.limit.items)
        let shown = found.hits.prefix(query.limit.items)
        let isMore = found.hits.count > shown.count
        return ResultPage(
            items: try await counted(shown.map(\.summary.summary)), total: found.total,
            nextCursor: isMore ? shown.last.map { SearchEnd($0).cursor.encoded(filters: query.filters) } : nil)
    }

    /// The references of all datasets that fit, whatever the query's limit.
    public func references(_ query: DatasetQuery, asOf generation: Int64? = nil) async throws -> [String] {
        let snapshot = try await index.snapshot(asOf: generation)
        return snapshot.search(query.asked, after: nil, limit: snapshot.count).hits.map(\.place.reference)
    }

    /// With how many of the projects that are shown use each: that moves without the dataset.
    private func counted(_ summaries: [DatasetSummary]) async throws -> [DatasetSummary] {
        guard !summaries.isEmpty else { return [] }
        let counts = try await database.read { connection in
            try connection.query(
                """
                SELECT use.dataset, count(*) AS projects FROM project_dataset use
                JOIN project ON project.reference = use.project AND project.shown = 1
                WHERE use.dataset IN (\(Placeholders.list(summaries.count, from: 1))) GROUP BY use.dataset
                """, parameters: summaries.map(\.reference)
            ).reduce(into: [String: Int]()) { $0[try $1["dataset"]] = try $1["projects"] }
        }
        return summaries.map { summary in
            var summary = summary
            summary.projects = counts[summary.reference] ?? 0
            return summary
        }
    }

    /// A dataset as its newest version has it; nil where none of that reference is shown.
    public func dataset(_ reference: String) async throws -> DatasetRecord? {
        try await database.read { connection in
            let row = try connection.first(
                "SELECT n, \(DatasetSummary.projectCount) FROM dataset WHERE reference = $1 AND shown = 1", reference)
            guard let row,
                let stored = try RecordStore.version(
                    of: reference, kind: .dataset, n: try row["n"], on: connection)
            else { return nil }
            let content = try JSON(parsing: stored.content)
            return DatasetRecord(
                dataset: try Dataset(stored: content), n: stored.n, recordedAt: stored.recordedAt,
                contentHash: stored.contentHash, projects: try row["projects"], content: content)
        }
    }
}

// MARK: - The catalogue as linked data

/// What to write of the catalogue.
public struct CatalogueQuery: Sendable, Hashable {
    /// In which profile.
    public enum Profile: String, Sendable, Hashable, CaseIterable {
        /// All datasets that are shown, as far as they go.
        case dcatAP = "dcat-ap"
        /// Those that have all that HealthDCAT-AP demands.
        case healthDCATAP = "healthdcat-ap"
    }

    public let profile: Profile
    /// Only what was recorded then or later.
    public let modifiedSince: Instant?
    public let limit: PageLimit
    public let cursor: String?

    public init(profile: Profile, modifiedSince: Instant? = nil, limit: PageLimit, cursor: String? = nil) {
        (self.profile, self.modifiedSince, self.limit, self.cursor) = (profile, modifiedSince, limit, cursor)
    }

    fileprivate var filters: JSON {
        [
            "list": "catalogue", "profile": .string(profile.rawValue),
            "since": modifiedSince.map { .integer($0.milliseconds) } ?? .null,
        ]
    }
}

extension DatasetRegistry {
    /// A part of the catalogue, by reference. Throws `CursorError`.
    public func part(_ query: CatalogueQuery, asOf generation: Int64? = nil) async throws -> CataloguePart {
        let after = try Listing.cursor(query.cursor, filters: query.filters, keyLength: 1)?.key[0] ?? ""
        let snapshot = try await index.snapshot(asOf: generation)
        var references: [String] = []
        for part in snapshot.parts {
            part.live.visit { document in
                let item = part.segment.summaries[document]
                guard query.profile == .dcatAP || item.isComplete,
                    query.modifiedSince.map({ item.recordedAt >= $0 }) ?? true
                else { return }
                references.append(item.reference)
            }
        }
        references.sort()
        let left = references.drop { $0 <= after }
        let shown = left.prefix(query.limit.items)
        let isMore = left.count > shown.count
        return CataloguePart(
            datasets: try await exported(shown), total: references.count,
            nextCursor: isMore ? shown.last.map { Cursor(after: [$0]).encoded(filters: query.filters) } : nil)
    }
}
