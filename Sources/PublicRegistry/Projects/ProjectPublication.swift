import CivilTime
import SQLDatabase
import StrictJSON

extension Project {
    static func publish(_ newest: [NewestVersion<Project>], on connection: any SQLConnection) throws {
        guard !newest.isEmpty else { return }
        try connection.upsert(
            into: "project",
            columns: [
                "reference", "n", "recorded_at", "shown", "sort_title", "title_fr", "title_en", "acronym",
                "summary_fr", "summary_en", "status", "procedure", "sensitivity", "controllers", "starts_on",
                "ends_on",
            ],
            rows: newest.map(\.columns))
        try connection.execute(
            "DELETE FROM project_dataset WHERE project IN (\(Placeholders.list(newest.count, from: 1)))",
            parameters: newest.map(\.record.reference))
        try connection.insert(
            into: "project_dataset", columns: ["project", "dataset"],
            rows: newest.flatMap { version in
                Set(version.record.datasets).sorted().map { [version.record.reference, $0] }
            })
    }
}

extension NewestVersion<Project> {
    fileprivate var columns: [any SQLConvertible] {
        let names = JSON.array(record.controllers.map { .string($0.name) }).canonical
        return [
            record.reference, n, recordedAt, record.missing.isEmpty,
            FoldedText.sortKey(record.title?.frenchFirst ?? ""), record.title?.fr, record.title?.en, record.acronym,
            record.summary?.fr, record.summary?.en, record.status?.rawValue, record.procedure?.rawValue,
            record.sensitivity?.rawValue, names, record.startsOn, record.endsOn,
        ]
    }
}
