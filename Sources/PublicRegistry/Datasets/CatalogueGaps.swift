import SQLDatabase
public import StrictJSON

/// What a dataset of the catalogue lacks.
public struct CatalogueGaps: Sendable {
    public let reference: String
    /// Nothing where it is whole.
    public let gaps: [DatasetGap]

    public init(reference: String, gaps: [DatasetGap]) {
        self.reference = reference
        self.gaps = gaps
    }

    public var json: JSON {
        [
            "reference": .string(reference),
            "gaps": .array(
                gaps.map {
                    [
                        "field": .string($0.field), "property": .string($0.property),
                        "level": .string($0.level.rawValue),
                    ]
                }),
        ]
    }
}

extension DatasetRegistry {
    /// What each dataset lacks, those that are not shown included, by reference. Whole ones are not told.
    public func gaps() async throws -> [CatalogueGaps] {
        var found: [CatalogueGaps] = []
        var after = ""
        while true {
            let rows = try await database.read { [after] connection in
                try connection.query(
                    """
                    SELECT d.reference, v.content FROM dataset d
                    JOIN record_version v ON v.kind = 'dataset' AND v.reference = d.reference AND v.n = d.n
                    WHERE d.reference > $1 ORDER BY d.reference LIMIT 50
                    """, after
                ).map { (reference: try $0["reference"] as String, content: try $0["content"] as String) }
            }
            guard let last = rows.last else { return found }
            after = last.reference
            for row in rows {
                let dataset = try Dataset(stored: try JSON(parsing: row.content.utf8))
                if !dataset.gaps.isEmpty {
                    found.append(CatalogueGaps(reference: row.reference, gaps: dataset.gaps))
                }
            }
        }
    }
}
