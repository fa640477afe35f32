public import CivilTime
public import SQLDatabase
public import StrictJSON

/// That a record left the register, when and why: what its address tells from then on.
public struct Removal: Sendable, Hashable {
    public let kind: RecordKind
    public let reference: String
    /// The ordinal of the version that is this removal.
    public let n: Int
    public let removedAt: Instant
    /// Public.
    public let reason: LocalizedText
    /// Whether the last content may still be read, and all before it.
    public let keepsContent: Bool
    /// Whether the record was shown before.
    public let wasShown: Bool

    init(_ row: Row) throws {
        guard let kind = RecordKind(rawValue: try row["kind"]),
            let reason = LocalizedText(fr: try row["reason_fr"], en: try row["reason_en"])
        else { throw SQLError.decoding("a removal without kind or reason") }
        self.kind = kind
        self.reason = reason
        reference = try row["reference"]
        n = try row["n"]
        removedAt = try row["recorded_at"]
        keepsContent = !(try row["withheld"] as Bool)
        wasShown = try row["was_shown"]
    }

    /// What the API says of it.
    public var json: JSON {
        [
            "removedAt": .string(removedAt.description), "reason": reason.json, "contentKept": .bool(keepsContent),
            "version": .integer(Int64(n)),
        ]
    }

    // MARK: Acts

    /// Takes a record out of the register. It leaves all lists; its address says when and why, and shows its last
    /// content if that is kept. It comes back with the next version that a source or an editor gives it; a source can't
    /// bring back what is withheld.
    ///
    /// - Parameters:
    ///   - keepsContent: false where the law forbids to show it any longer: then no version up to this one has a public
    ///     content, though the database keeps it.
    ///   - id: of the version, random.
    /// - Returns: the removal; the one of before where the record was removed in that way already; nil where there never
    ///   was such a record.
    @discardableResult
    public static func remove(
        _ reference: String, _ kind: RecordKind, reason: LocalizedText, keepsContent: Bool, id: String,
        at moment: Instant, on connection: any SQLConnection
    ) throws -> Removal? {
        guard let newest = try RecordStore.version(of: reference, kind: kind, on: connection) else { return nil }
        let earlier = try find(reference, kind, on: connection)
        if let earlier, earlier.keepsContent == keepsContent { return earlier }
        let row = try connection.first("SELECT shown FROM \(kind.table) WHERE \(kind.key) = $1", reference)
        let isShown: Bool = try row?["shown"] ?? false
        let wasShown = earlier?.wasShown ?? isShown
        // Never before the version that it follows, whatever the clock does.
        let removedAt = max(moment, newest.recordedAt)
        try RecordStore.insert(
            [
                NewVersion(
                    id: id, reference: reference, n: newest.n + 1, sourceVersion: newest.sourceVersion,
                    content: newest.content, hash: newest.contentHash, recordedAt: removedAt)
            ], kind: kind, on: connection)
        try connection.execute(
            """
            INSERT INTO removal (kind, reference, n, reason_fr, reason_en, withheld, was_shown)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            kind.rawValue, reference, newest.n + 1, reason.fr, reason.en, !keepsContent, wasShown)
        try connection.execute(
            "UPDATE \(kind.table) SET shown = 0, n = $2, recorded_at = $3 WHERE \(kind.key) = $1", reference,
            newest.n + 1, removedAt)
        return try find(reference, kind, on: connection)
    }

    // MARK: Reading

    private static let select = """
        SELECT r.*, v.recorded_at FROM removal r
        JOIN record_version v ON v.kind = r.kind AND v.reference = r.reference AND v.n = r.n
        """

    /// The removal of a record that is out of the register; nil for one that is in it.
    public static func find(
        _ reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> Removal? {
        try connection.first(
            """
            \(select) WHERE r.kind = $1 AND r.reference = $2 AND r.n =
                (SELECT max(o.n) FROM record_version o WHERE o.kind = $1 AND o.reference = $2)
            """, kind.rawValue, reference
        ).map(Removal.init)
    }

    /// All removals that a record went through, by the versions that they are.
    static func all(
        of reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> [Int: Removal] {
        let removals = try connection.query(
            "\(select) WHERE r.kind = $1 AND r.reference = $2", kind.rawValue, reference
        ).map(Removal.init)
        return Dictionary(uniqueKeysWithValues: removals.map { ($0.n, $0) })
    }

    /// The last version whose content must not be shown, nor any before it; 0 where all may be.
    public static func withheldThrough(
        _ reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> Int {
        try connection.first(
            "SELECT coalesce(max(n), 0) AS n FROM removal WHERE kind = $1 AND reference = $2 AND withheld = 1",
            kind.rawValue, reference)?["n"] ?? 0
    }

    /// Those among `references` that are out of the register with their content withheld.
    static func withheld(
        among references: Set<String>, kind: RecordKind, on connection: any SQLConnection
    ) throws -> Set<String> {
        guard !references.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT r.reference FROM removal r WHERE r.kind = $1 AND r.withheld = 1
            AND r.reference IN (\(Placeholders.list(references.count, from: 2))) AND r.n =
                (SELECT max(o.n) FROM record_version o WHERE o.kind = r.kind AND o.reference = r.reference)
            """, parameters: [kind.rawValue] + references.sorted())
        return Set(try rows.map { try $0["reference"] })
    }
}

extension RecordKind {
    /// The table with the newest version of each.
    var table: String { rawValue }

    /// That table's key.
    var key: String { self == .release ? "id" : "reference" }
}
