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
        try SearchIndex.replace(
            newest.map { ($0.record.reference, $0.record.searchedTexts) }, kind: kind, on: connection)
    }

    private var searchedTexts: [String] {
        let texts = [title, description, coverage?.population, coverage?.places, provenance].compactMap { $0 }
        let terms = (healthCategories + healthThemes).flatMap(\.words.all)
        let words = [keywords?.fr, keywords?.en, terms].compactMap { $0 }.joined()
        let tableTexts = tables.flatMap { [$0.name] + ($0.title?.all ?? []) }
        return [reference, acronym ?? "", domain ?? "", publisher?.name ?? ""] + texts.flatMap(\.all) + words
            + tableTexts
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
