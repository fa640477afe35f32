import SQLDatabase

/// Why versions were made, and by whom.
enum VersionReasons {
    /// A reason, and whose words it is in.
    struct Given: Sendable {
        let reason: String
        let editor: String?
    }

    static func record(
        _ given: Given, for versions: [(reference: String, n: Int)], _ kind: RecordKind,
        on connection: any SQLConnection
    ) throws {
        try connection.insert(
            into: "version_reason", columns: ["kind", "reference", "n", "reason", "editor"],
            rows: versions.map { [kind.rawValue, $0.reference, $0.n, given.reason, given.editor] })
    }

    /// By version, for a record's versions after `n`.
    static func reasons(
        of reference: String, kind: RecordKind, after n: Int = 0, on connection: any SQLConnection
    ) throws -> [Int: (reason: String, editor: String?)] {
        var reasons: [Int: (reason: String, editor: String?)] = [:]
        for row in try connection.query(
            "SELECT n, reason, editor FROM version_reason WHERE kind = $1 AND reference = $2 AND n > $3",
            kind.rawValue, reference, n)
        {
            reasons[try row["n"]] = (try row["reason"], try row["editor"])
        }
        return reasons
    }
}
