public import CivilTime
public import SQLDatabase

/// Which records have a page, and when they last changed.
public struct RegisterAddresses: Sendable {
    public let kind: RecordKind
    public let reference: String
    public let recordedAt: Instant

    /// All projects and datasets that are shown, in the order of their references.
    public static func all(on connection: any SQLConnection) throws -> [RegisterAddresses] {
        try [(RecordKind.project, "project"), (.dataset, "dataset")].flatMap { kind, table in
            try connection.query("SELECT reference, recorded_at FROM \(table) WHERE shown = 1 ORDER BY reference").map {
                RegisterAddresses(kind: kind, reference: try $0["reference"], recordedAt: try $0["recorded_at"])
            }
        }
    }
}
