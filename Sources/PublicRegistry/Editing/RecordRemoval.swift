public import CivilTime
public import SQLDatabase

extension RegisterEditing {
    /// Takes a record out of what is shown, with a version of its own that says why. What was published before stays in its
    /// history.
    public static func remove(
        _ reference: String, _ kind: RecordKind, because reason: String, keepsContent: Bool, id: String,
        at moment: Instant, on connection: any SQLConnection
    ) throws {
        guard let newest = try RecordStore.version(of: reference, kind: kind, on: connection) else { return }
        let n = newest.n + 1
        try RecordStore.insert(
            [
                NewVersion(
                    id: id, reference: reference, n: n, sourceVersion: newest.sourceVersion, content: newest.content,
                    hash: newest.contentHash, recordedAt: max(moment, newest.recordedAt))
            ], kind: kind, on: connection)
        try VersionReasons.record(
            VersionReasons.Given(reason: reason, editor: nil), for: [(reference, n)], kind, on: connection)
        let (table, key) = kind == .release ? ("release", "id") : (kind.rawValue, "reference")
        try connection.execute("UPDATE \(table) SET shown = 0, n = $1 WHERE \(key) = $2", n, reference)
    }
}
