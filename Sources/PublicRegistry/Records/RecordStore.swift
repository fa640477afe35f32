import CivilTime
import SQLDatabase
import StrictJSON

/// One stored version of a record.
struct StoredVersion: Sendable {
    let reference: String
    let n: Int
    let sourceVersion: String?
    let content: String
    let contentHash: String
    let recordedAt: Instant

    init(_ row: Row) throws {
        reference = try row["reference"]
        n = try row["n"]
        sourceVersion = try row["source_version"]
        content = try row["content"]
        contentHash = try row["content_hash"]
        recordedAt = try row["recorded_at"]
    }
}

/// The SQL of `record_version`.
enum RecordStore {
    private static let columns = "reference, n, source_version, content, content_hash, recorded_at"

    /// The histories of several records; those without a version are not among them.
    static func histories(
        of references: Set<String>, kind: RecordKind, on connection: any SQLConnection
    ) throws -> [String: RecordHistory] {
        guard !references.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT reference, content_hash FROM record_version
            WHERE kind = $1 AND reference IN (\(Placeholders.list(references.count, from: 2)))
            ORDER BY reference, n
            """,
            parameters: [kind.rawValue] + references.sorted())
        var histories: [String: RecordHistory] = [:]
        for row in rows {
            let reference: String = try row["reference"]
            histories[reference, default: RecordHistory()].append(try row["content_hash"])
        }
        for reference in try Removal.withheld(among: references, kind: kind, on: connection) {
            histories[reference]?.isWithheld = true
        }
        return histories
    }

    /// The newest content of several records; those without a version are not among them.
    static func newestContents(
        of references: Set<String>, kind: RecordKind, on connection: any SQLConnection
    ) throws -> [String: JSON] {
        guard !references.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT v.reference, v.content FROM record_version v WHERE v.kind = $1
            AND v.reference IN (\(Placeholders.list(references.count, from: 2)))
            AND v.n = (SELECT max(o.n) FROM record_version o WHERE o.kind = v.kind AND o.reference = v.reference)
            """,
            parameters: [kind.rawValue] + references.sorted())
        var contents: [String: JSON] = [:]
        for row in rows { contents[try row["reference"]] = try JSON(parsing: try row["content"] as String) }
        return contents
    }

    /// Inserts new versions, to be numbered later. `ids` must grow in the order of the versions.
    static func insert(_ versions: [NewVersion], kind: RecordKind, on connection: any SQLConnection) throws {
        try connection.insert(
            into: "record_version",
            columns: [
                "id", "kind", "reference", "n", "source_version", "content", "content_hash", "recorded_at",
            ],
            rows: versions.map {
                [$0.id, kind.rawValue, $0.reference, $0.n, $0.sourceVersion, $0.content, $0.hash, $0.recordedAt]
            })
    }

    /// The newest version that has this content, of which there is one at least.
    static func version(
        of reference: String, kind: RecordKind, hash: String, on connection: any SQLConnection
    ) throws -> StoredVersion? {
        try connection.first(
            """
            SELECT \(columns) FROM record_version
            WHERE kind = $1 AND reference = $2 AND content_hash = $3 ORDER BY n DESC LIMIT 1
            """,
            kind.rawValue, reference, hash
        ).map(StoredVersion.init)
    }

    /// Version `n` of a record, or its newest where `n` is nil.
    static func version(
        of reference: String, kind: RecordKind, n: Int? = nil, on connection: any SQLConnection
    ) throws -> StoredVersion? {
        let row =
            if let n {
                try connection.first(
                    "SELECT \(columns) FROM record_version WHERE kind = $1 AND reference = $2 AND n = $3",
                    kind.rawValue, reference, n)
            } else {
                try connection.first(
                    """
                    SELECT \(columns) FROM record_version
                    WHERE kind = $1 AND reference = $2 ORDER BY n DESC LIMIT 1
                    """,
                    kind.rawValue, reference)
            }
        return try row.map(StoredVersion.init)
    }

    /// All versions of a record, oldest first.
    static func versions(
        of reference: String, kind: RecordKind, on connection: any SQLConnection
    ) throws -> [StoredVersion] {
        try connection.query(
            "SELECT \(columns) FROM record_version WHERE kind = $1 AND reference = $2 ORDER BY n",
            kind.rawValue, reference
        ).map(StoredVersion.init)
    }
}

/// A version about to be inserted.
struct NewVersion: Sendable {
    let id: String
    let reference: String
    let n: Int
    let sourceVersion: String?
    let content: String
    let hash: String
    let recordedAt: Instant
}
