public import SQLDatabase
import StrictJSON

/// What a project uses, for those who must reach its data.
public struct ProjectUse: Sendable {
    public let reference: String
    public let title: LocalizedText?
    /// The controllers' names.
    public let controllers: [String]
    /// The catalogue's datasets, by reference.
    public let datasets: Set<String>
    /// Whether it also uses data that the catalogue does not hold, or names no data at all.
    public let usesOtherData: Bool

    /// The shown ones among `references`, by reference.
    public static func all(
        of references: [String], on connection: any SQLConnection
    ) throws -> [String: ProjectUse] {
        guard !references.isEmpty else { return [:] }
        let list = Placeholders.list(references.count, from: 1)
        var datasets: [String: Set<String>] = [:]
        for row in try connection.query(
            "SELECT project, dataset FROM project_dataset WHERE project IN (\(list))", parameters: references)
        {
            datasets[try row["project"], default: []].insert(try row["dataset"])
        }
        let rows = try connection.query(
            """
            SELECT p.reference, p.title_fr, p.title_en, p.controllers, v.content FROM project p
            LEFT JOIN record_version v ON v.kind = 'project' AND v.reference = p.reference AND v.n = p.n
            WHERE p.shown = 1 AND p.reference IN (\(list))
            """, parameters: references)
        var uses: [String: ProjectUse] = [:]
        for row in rows {
            let reference: String = try row["reference"]
            let own = datasets[reference] ?? []
            let content = try (row["content"] as String?).map { try JSON(parsing: $0) }
            uses[reference] = ProjectUse(
                reference: reference, title: LocalizedText(fr: try row["title_fr"], en: try row["title_en"]),
                controllers: try JSON(parsing: try row["controllers"] as String).array?.compactMap(\.string)
                    ?? [],
                datasets: own,
                usesOtherData: own.isEmpty || content?["unlistedDatasets"]?.array?.isEmpty == false)
        }
        return uses
    }
}
