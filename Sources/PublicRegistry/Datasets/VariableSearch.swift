public import CivilTime
import SQLDatabase
public import StrictJSON

/// A variable of a table, as lists show it.
public struct VariableSummary: Sendable, Hashable {
    /// The dataset's reference.
    public let dataset: String
    public let datasetTitle: LocalizedText
    public let table: String
    public let tableTitle: LocalizedText?
    public let name: String
    public let title: LocalizedText?
    public let description: LocalizedText?
    public let type: String?
    public let recordedAt: Instant

    /// What the API's lists write; `api` is the path that the API stands under.
    public func json(api: String, encoded: (String) -> String) -> JSON {
        .object(ofPresent: [
            "name": .string(name), "title": title?.json, "description": description?.json, "type": type?.json,
            "table": .object(ofPresent: ["name": .string(table), "title": tableTitle?.json]),
            "dataset": ["reference": .string(dataset), "title": datasetTitle.json],
            "links": ["table": .string("\(api)/datasets/\(dataset)/tables/\(encoded(table))")],
        ])
    }
}

extension VariableSummary: SearchedItem {
    static var facets: Int { 1 }
    var record: String { dataset }
    /// No name has a tab; if one had, the search would still find both.
    var reference: String { "\(dataset)\t\(table)\t\(name)" }
    var shownTexts: [String] { [name] + (title?.all ?? []) + (description?.all ?? []) }
}

/// What to look for among the variables of all datasets that are shown.
public struct VariableQuery: Sendable, Hashable {
    public let text: String
    /// Of this dataset alone.
    public let dataset: String?
    public let limit: PageLimit
    public let cursor: String?

    let words: SearchText?

    public init(text: String, dataset: String? = nil, limit: PageLimit = .standard, cursor: String? = nil) {
        (self.text, words, self.dataset, self.limit, self.cursor) = (text, SearchText(text), dataset, limit, cursor)
    }

    var asked: IndexQuery {
        IndexQuery(
            words: words, chosen: dataset.map { [0: [$0]] } ?? [:], order: words == nil ? .title : .relevance)
    }

    var filters: JSON {
        .object(
            (words?.filters ?? [:]).merging(["list": "variables", "dataset": dataset.map(JSON.string) ?? .null]) { $1 })
    }
}

/// The variables that were found, and in which datasets they are.
public struct VariableResults: Sendable {
    public let page: ResultPage<VariableSummary>
    /// Datasets with how many of the variables that were found they hold, most first; of any choice of a dataset, all.
    public let datasets: [(reference: String, variables: Int)]
    /// How many datasets beside these hold some.
    public let others: Int
}

extension DatasetRegistry {
    /// One page of the variables that fit. Throws `CursorError`.
    public func variables(
        _ query: VariableQuery, asOf generation: Int64? = nil, datasetLimit: Int = 20
    ) async throws -> VariableResults {
        let end = try Listing.end(query.cursor, filters: query.filters)
        let snapshot = try await variableIndex.snapshot(asOf: generation)
        let found = snapshot.search(query.asked, after: end, limit: query.limit.items, facetLimit: datasetLimit)
        let shown = found.hits.prefix(query.limit.items)
        let isMore = found.hits.count > shown.count
        let counts = found.facets.first
        return VariableResults(
            page: ResultPage(
                items: shown.map(\.summary), total: found.total,
                nextCursor: isMore ? shown.last.map { SearchEnd($0).cursor.encoded(filters: query.filters) } : nil),
            datasets: (counts?.values ?? []).filter { $0.count > 0 }.map { ($0.value, $0.count) },
            others: counts?.others ?? 0)
    }
}

extension DatasetRegistry {
    /// All variables that fit, whatever the query's limit.
    public func allVariables(_ query: VariableQuery, asOf generation: Int64? = nil) async throws -> [VariableSummary] {
        let snapshot = try await variableIndex.snapshot(asOf: generation)
        return snapshot.search(query.asked, after: nil, limit: snapshot.count).hits.map(\.summary)
    }
}

extension RecordIndex<VariableSummary> {
    /// The variables of the catalogue's datasets.
    static func variables(in database: SQLDatabase) -> RecordIndex {
        RecordIndex(database: database, kind: .dataset, table: "dataset") { row in
            let content: String = try row["content"]
            let dataset = try Dataset(stored: try JSON(parsing: content.utf8))
            let recordedAt: Instant = try row["recorded_at"]
            guard let title = dataset.title else { return [] }
            // Of several of one name, in one table or in tables of one name, the first stands for all.
            var seen: Set<String> = []
            return dataset.tables.flatMap { table in
                table.variables.map { variable in
                    SearchDocument(
                        VariableSummary(
                            dataset: dataset.reference, datasetTitle: title, table: table.name,
                            tableTitle: table.title, name: variable.name, title: variable.title,
                            description: variable.description, type: variable.type, recordedAt: recordedAt),
                        coding: variable.coding)
                }
            }.filter { seen.insert($0.summary.reference).inserted }
        }
    }
}

extension SearchDocument<VariableSummary> {
    fileprivate init(_ variable: VariableSummary, coding: String?) {
        func both(_ texts: LocalizedText?...) -> [String?] { texts.flatMap { [$0?.fr, $0?.en] } }
        // BEN_SEX_COD is found whole and by its parts; tables and datasets are found by their names as well.
        self.summary = variable
        sortTitle = FoldedText.sortKey(variable.name)
        let own: [String?] = [variable.name, coding] + both(variable.title)
        let table: [String?] = [variable.table] + both(variable.tableTitle)
        let dataset: [String?] = [variable.dataset] + both(variable.datasetTitle)
        fields = [(UInt8(12), own), (8, both(variable.description)), (2, table), (1, dataset)]
            .map { Field(weight: $0.0, terms: SearchedTerms.of($0.1)) }.filter { !$0.terms.isEmpty }
        facets = [[variable.dataset]]
        texts = []
    }
}
