import SQLDatabase
import StrictJSON

/// A dataset of the catalogue with what tells whom it may hold.
public struct CoveredDataset: Sendable, Hashable {
    public let reference: String
    public let title: LocalizedText
    public let coverage: Coverage?
    public let publisher: Organisation?
    public let contacts: [Contact]
}

extension DatasetRegistry {
    private static let coveredAtOnce = 200

    /// Every dataset that is shown, in the order of titles: read once a change of the register and kept, so that nothing that
    /// somebody tells about themself is ever part of a query.
    public func covered() async throws -> [CoveredDataset] {
        var all: [CoveredDataset] = []
        var after = ("", "")
        while true {
            let rows = try await database.read { [after] connection in
                try connection.query(
                    """
                    SELECT d.reference, d.sort_title, v.content FROM dataset d
                    JOIN record_version v ON v.kind = 'dataset' AND v.reference = d.reference AND v.n = d.n
                    WHERE d.shown = 1 AND (d.sort_title, d.reference) > ($1, $2)
                    ORDER BY d.sort_title, d.reference LIMIT \(Self.coveredAtOnce)
                    """, after.0, after.1
                ).map {
                    (
                        place: (try $0["sort_title"] as String, try $0["reference"] as String),
                        content: try $0["content"] as String
                    )
                }
            }
            guard let last = rows.last else { return all }
            after = last.place
            for row in rows {
                let dataset = try Dataset(stored: try JSON(parsing: row.content.utf8))
                guard let title = dataset.title else { continue }
                all.append(
                    CoveredDataset(
                        reference: dataset.reference, title: title, coverage: dataset.coverage,
                        publisher: dataset.publisher, contacts: dataset.contacts))
            }
        }
    }
}
