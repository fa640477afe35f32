public import SQLDatabase
import StrictJSON

/// What to look for among the datasets that are shown, sorted by title.
public struct DatasetQuery: Sendable, Hashable {
    /// Words that must all occur, the last one perhaps only begun. Text without a letter or digit is no filter.
    public var text: String
    public var limit: PageLimit
    /// The `nextCursor` of the page before, asked for with the same filters.
    public var cursor: String?

    public init(text: String = "", limit: PageLimit = .standard, cursor: String? = nil) {
        self.text = text
        self.limit = limit
        self.cursor = cursor
    }

    var filters: JSON {
        let words = SearchWords(text)
        return .object(ofPresent: [
            "list": "datasets", "words": words.map { .array(($0.whole + [$0.beginning]).map(\.json)) },
        ])
    }
}

/// The catalogue of datasets, to read. Only what is shown is found here.
public struct DatasetRegistry: Sendable {
    let database: SQLDatabase

    public init(database: SQLDatabase) { self.database = database }

    /// One page of the datasets that fit, sorted by title without accents, then by reference. Throws `CursorError`.
    public func search(_ query: DatasetQuery) async throws -> ResultPage<DatasetSummary> {
        let cursor = try Listing.cursor(query.cursor, filters: query.filters)
        return try await database.read { connection in
            var conditions = Conditions("dataset.shown = 1")
            if let words = SearchWords(query.text) {
                conditions.add(words, kind: .dataset, column: "dataset.reference", engine: connection.engine)
            }
            let listing = Listing(
                select: "dataset.*, \(DatasetSummary.projectCount)", from: "dataset", conditions: conditions,
                table: "dataset", sort: ["sort_title", "reference"], direction: .ascending, filters: query.filters)
            return try listing.page(after: cursor, limit: query.limit, on: connection, item: DatasetSummary.init)
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
