public import CivilTime
public import SQLDatabase
import StrictJSON

/// The register's log: every version of every record that is, or once was, public, in the order of the changes.
public struct ChangeLog: Sendable {
    let database: SQLDatabase

    public init(database: SQLDatabase) { self.database = database }

    /// Versions with where their record stands now.
    private static let tables = """
        record_version v
        LEFT JOIN project p ON v.kind = 'project' AND p.reference = v.reference
        LEFT JOIN dataset d ON v.kind = 'dataset' AND d.reference = v.reference
        LEFT JOIN release e ON v.kind = 'release' AND e.id = v.reference
        LEFT JOIN removal gone ON gone.kind = v.kind AND gone.reference = v.reference
            AND gone.n = coalesce(p.n, d.n, e.n)
        LEFT JOIN removal own ON own.kind = v.kind AND own.reference = v.reference AND own.n = v.n
        LEFT JOIN version_reason said ON said.kind = v.kind AND said.reference = v.reference AND said.n = v.n
        """

    static let isPublic = "v.change IS NOT NULL AND (coalesce(p.shown, d.shown, e.shown) = 1 OR gone.was_shown = 1)"

    private static let columns = """
        v.change, v.kind, v.reference, v.n, v.recorded_at, v.source_version, v.content,
        own.n AS removal, own.reason_fr, own.reason_en, said.reason AS note, said.is_correction,
        CAST(CASE WHEN EXISTS (SELECT 1 FROM removal w WHERE w.kind = v.kind AND w.reference = v.reference
            AND w.withheld = 1 AND w.n >= v.n) THEN 1 ELSE 0 END AS BIGINT) AS is_withheld
        """

    /// One page of the changes that fit. Throws `CursorError`.
    public func page(_ query: ChangeQuery) async throws -> ResultPage<LoggedChange> {
        let place = try query.place()
        return try await database.read { connection in
            var conditions = query.conditions
            let total: Int64 =
                try connection.query(
                    "SELECT count(*) AS total FROM \(Self.tables) WHERE \(conditions.sql)",
                    parameters: conditions.parameters
                ).first?["total"] ?? 0
            let isForward = query.order == .oldestFirst
            if let place { conditions.add(place) { "v.change \(isForward ? ">" : "<") \($0)" } }
            let rows = try connection.query(
                """
                SELECT \(Self.columns) FROM \(Self.tables) WHERE \(conditions.sql)
                ORDER BY v.change \(isForward ? "ASC" : "DESC") LIMIT \(query.limit.items + 1)
                """, parameters: conditions.parameters)
            let items = try Self.changes(rows.prefix(query.limit.items), on: connection)
            return ResultPage(
                items: items, total: Int(total),
                nextCursor: rows.count > items.count ? items.last.map { query.cursor(after: $0.change) } : nil)
        }
    }

    private static func changes(
        _ rows: ArraySlice<Row>, on connection: any SQLConnection
    ) throws -> [LoggedChange] {
        try rows.map { row in
            guard let kind = RecordKind(rawValue: try row["kind"]) else {
                throw SQLError.decoding("a version of an unknown kind")
            }
            let (reference, n): (String, Int) = (try row["reference"], try row["n"])
            let isWithheld: Bool = try row["is_withheld"]
            let sourceVersion: String? = try row["source_version"]
            let isRemoval = try row["removal"] as Int64? != nil
            let content = try JSON(parsing: try row["content"] as String)
            var changes: VersionChanges?
            if n > 1, !isWithheld, !isRemoval, n - 1 > (try Removal.withheldThrough(reference, kind, on: connection)),
                let before = try RecordStore.version(of: reference, kind: kind, n: n - 1, on: connection)
            {
                changes = VersionChanges(from: try JSON(parsing: before.content), to: content)
            }
            let isCorrection = try row["is_correction"] as Int64? == 1
            let act: ChangeAct =
                isRemoval
                ? .removed
                : isCorrection
                    ? .corrected : n == 1 ? .added : changes?.isTypographyOnly == true ? .typography : .changed
            return LoggedChange(
                change: try row["change"], kind: kind, reference: reference, n: n, recordedAt: try row["recorded_at"],
                sourceVersion: isWithheld ? nil : sourceVersion,
                effectiveOn: isWithheld ? nil : content.effectiveOn, act: act,
                title: isWithheld
                    ? nil : content["title"].flatMap { LocalizedText(fr: $0["fr"]?.string, en: $0["en"]?.string) },
                handover: isWithheld || kind != .release
                    ? nil
                    : content["project"]?.string.map {
                        LoggedChange.Handover(project: $0, dataset: content["dataset"]?.string)
                    },
                changedFields: changes?.fields ?? [], typographyFields: changes?.typographyFields ?? [],
                reason: LocalizedText(fr: try row["reason_fr"], en: try row["reason_en"]),
                note: isWithheld ? nil : try row["note"], isWithheld: isWithheld)
        }
    }

    /// The moments of the last change before `moment` and of the first from it on, by which months with changes are found.
    public func neighbours(of start: Instant, and end: Instant) async throws -> (before: Instant?, after: Instant?) {
        try await database.read { connection in
            let before = try connection.first(
                "SELECT max(recorded_at) AS t FROM record_version WHERE recorded_at < $1 AND change IS NOT NULL", start)
            let after = try connection.first(
                "SELECT min(recorded_at) AS t FROM record_version WHERE recorded_at >= $1 AND change IS NOT NULL", end)
            return (try before.flatMap { try $0["t"] as Instant? }, try after.flatMap { try $0["t"] as Instant? })
        }
    }

    // MARK: Whole

    /// So many lines of the whole history are read at once.
    public static let linesAtOnce = 200

    /// The lines of the history file after change `change`, and the change of the last one; nil where there is no more.
    /// Each line is a version with its content, or without it where that is withheld.
    public func lines(after change: Int64, through last: Int64) async throws -> (lines: [String], last: Int64)? {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT \(Self.columns) FROM \(Self.tables) WHERE \(Self.isPublic)
                AND v.change > $1 AND v.change <= $2 ORDER BY v.change LIMIT \(Self.linesAtOnce)
                """, change, last)
            guard let end = rows.last else { return nil }
            return (try rows.map(Self.line), try end["change"])
        }
    }

    private static func line(_ row: Row) throws -> String {
        let isWithheld: Bool = try row["is_withheld"]
        let recordedAt: Instant = try row["recorded_at"]
        var content = try JSON(parsing: try row["content"] as String)
        if isWithheld { content = .null }
        let reason = LocalizedText(fr: try row["reason_fr"], en: try row["reason_en"])
        let note: String? = isWithheld ? nil : try row["note"]
        let isCorrection = try row["is_correction"] as Int64? == 1
        return JSON.object(ofPresent: [
            "change": .integer(try row["change"]), "kind": .string(try row["kind"]),
            "reference": .string(try row["reference"]), "version": .integer(try row["n"]),
            "recordedAt": .string(recordedAt.description), "effectiveOn": content.effectiveOn?.json,
            "removed": try row["removal"] as Int64? == nil ? nil : true, "reason": reason?.json, "note": note?.json,
            "correction": isCorrection ? true : nil,
            "contentWithheld": isWithheld ? true : nil, "content": content.isNull ? nil : content,
        ]).canonical + "\n"
    }
}
