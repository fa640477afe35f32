import CivilTime
import SQLDatabase
import StrictJSON

/// A dataset as the index keeps it.
struct IndexedDataset: SearchedItem {
    let summary: DatasetSummary
    /// Whether it has all that HealthDCAT-AP demands.
    let isComplete: Bool

    static var facets: Int { 0 }
    var record: String { summary.reference }
    var reference: String { summary.reference }
    var recordedAt: Instant { summary.recordedAt }
    var shownTexts: [String] { summary.title.all + (summary.description?.all ?? []) }
}

extension RecordIndex<IndexedDataset> {
    /// The catalogue's datasets.
    static func datasets(in database: SQLDatabase) -> RecordIndex {
        RecordIndex(database: database, kind: .dataset, table: "dataset") { row in
            let content: String = try row["content"]
            let dataset = try Dataset(stored: try JSON(parsing: content.utf8))
            return [SearchDocument(dataset, try DatasetSummary(row), sortTitle: try row["sort_title"])]
        }
    }
}

extension SearchDocument<IndexedDataset> {
    init(_ dataset: Dataset, _ summary: DatasetSummary, sortTitle: String) {
        func both(_ texts: LocalizedText?...) -> [String?] { texts.flatMap { [$0?.fr, $0?.en] } }
        let keywords: [String?] = ((dataset.keywords?.fr ?? []) + (dataset.keywords?.en ?? [])).map { $0 }
        let terms = (dataset.healthCategories + dataset.healthThemes + dataset.types + dataset.codings)
            .flatMap(\.words.all)
        self.summary = IndexedDataset(summary: summary, isComplete: dataset.isComplete)
        self.sortTitle = sortTitle
        let names: [String?] = [dataset.reference, dataset.acronym] + both(dataset.title)
        let subjects: [String?] = keywords + terms.map(Optional.some) + [dataset.domain]
        let main: [String?] = [dataset.publisher?.name] + both(dataset.description)
        let tables: [String?] = dataset.tables.flatMap { [$0.name, $0.title?.fr, $0.title?.en] }
        let others: [String?] =
            both(dataset.coverage?.population, dataset.coverage?.places, dataset.provenance) + tables
        fields = [(UInt8(12), names), (6, subjects), (4, main), (1, others)]
            .map { Field(weight: $0.0, terms: SearchedTerms.of($0.1)) }.filter { !$0.terms.isEmpty }
        facets = []
        texts = []
    }
}
