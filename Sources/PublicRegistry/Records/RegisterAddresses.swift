public import CivilTime
public import SQLDatabase
import StrictJSON

/// Which records have a page, and when they last changed.
public struct RegisterAddresses: Sendable {
    public let kind: RecordKind
    public let reference: String
    public let recordedAt: Instant
    /// Names of a dataset's tables, each of which has a page too.
    public let tables: [String]

    /// All projects and datasets that are shown, in the order of their references.
    public static func all(on connection: any SQLConnection) throws -> [RegisterAddresses] {
        let projects = try connection.query(
            "SELECT reference, recorded_at FROM project WHERE shown = 1 ORDER BY reference"
        ).map {
            RegisterAddresses(
                kind: .project, reference: try $0["reference"], recordedAt: try $0["recorded_at"], tables: [])
        }
        let datasets = try connection.query(
            """
            SELECT d.reference, d.recorded_at, v.content FROM dataset d
            JOIN record_version v ON v.kind = 'dataset' AND v.reference = d.reference AND v.n = d.n
            WHERE d.shown = 1 ORDER BY d.reference
            """
        ).map {
            let content = try JSON(parsing: try $0["content"] as String)
            return RegisterAddresses(
                kind: .dataset, reference: try $0["reference"], recordedAt: try $0["recorded_at"],
                tables: content["tables"]?.array?.compactMap { $0["name"]?.string } ?? [])
        }
        return projects + datasets
    }
}
