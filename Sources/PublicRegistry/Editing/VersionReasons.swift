import SQLDatabase

/// Why a version is made. The words are public, in the language that they were written in.
public struct EditReason: Sendable, Hashable {
    public let text: String
    /// Whether the version puts right an error of the register, rather than telling what is new.
    public let isCorrection: Bool

    public init(_ text: String, isCorrection: Bool = false) {
        (self.text, self.isCorrection) = (text, isCorrection)
    }
}

/// Why versions were made, and by whom.
enum VersionReasons {
    /// A reason, and whose words it is in.
    struct Given: Sendable {
        let reason: EditReason
        let editor: String?
    }

    static func record(
        _ given: Given, for versions: [(reference: String, n: Int)], _ kind: RecordKind,
        on connection: any SQLConnection
    ) throws {
        try connection.insert(
            into: "version_reason", columns: ["kind", "reference", "n", "reason", "is_correction", "editor"],
            rows: versions.map {
                [kind.rawValue, $0.reference, $0.n, given.reason.text, given.reason.isCorrection, given.editor]
            })
    }

    /// By version, for a record's versions after `n`.
    static func reasons(
        of reference: String, kind: RecordKind, after n: Int = 0, on connection: any SQLConnection
    ) throws -> [Int: Given] {
        var reasons: [Int: Given] = [:]
        for row in try connection.query(
            "SELECT n, reason, is_correction, editor FROM version_reason WHERE kind = $1 AND reference = $2 AND n > $3",
            kind.rawValue, reference, n)
        {
            reasons[try row["n"]] = Given(
                reason: EditReason(try row["reason"], isCorrection: try row["is_correction"]), editor: try row["editor"]
            )
        }
        return reasons
    }
}
