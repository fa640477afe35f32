import SQLDatabase

extension Dataset {
    static func publish(_ newest: [NewestVersion<Dataset>], on connection: any SQLConnection) throws {
        try connection.upsert(
            into: "dataset",
            columns: [
                "reference", "n", "recorded_at", "shown", "sort_title", "title_fr", "title_en", "acronym",
                "description_fr", "description_en", "domain", "publisher", "linked_database",
            ],
            rows: newest.map(\.columns))
    }
}

extension NewestVersion<Dataset> {
    fileprivate var columns: [any SQLConvertible] {
        [
            record.reference, n, recordedAt, record.missing.isEmpty,
            FoldedText.sortKey(record.title?.frenchFirst ?? ""), record.title?.fr, record.title?.en, record.acronym,
            record.description?.fr, record.description?.en, record.domain, record.publisher?.name,
            record.linkedDatabase,
        ]
    }
}
