public import SQLDatabase

/// A record in the list that editors choose from.
public struct EditableRecord: Sendable, Hashable {
    public let kind: RecordKind
    public let reference: String
    public let title: LocalizedText?
    public let n: Int
    /// Whether it has all that it needs to be shown.
    public let isShown: Bool

    /// Records are listed so many at a time.
    public static let atOnce = 50

    /// Those of a kind, by reference, after `cursor`, whose reference or title has `text` in it.
    public static func list(
        _ kind: RecordKind, text: String = "", unshownOnly: Bool = false, after cursor: String = "",
        on connection: any SQLConnection
    ) throws -> [EditableRecord] {
        let table = kind == .dataset ? "dataset" : "project"
        var conditions = ["reference > $1"]
        var parameters: [any SQLConvertible] = [cursor]
        if unshownOnly { conditions.append("shown = 0") }
        let words = text.trimming(while: \.isWhitespace)
        if !words.isEmpty {
            func pattern(_ text: String) -> String {
                "%\(text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_"))%"
            }
            parameters += [pattern(words.lowercased()), pattern(FoldedText.sortKey(words))]
            conditions.append(
                "(lower(reference) LIKE $2 ESCAPE '\\'"
                    + (FoldedText.sortKey(words).isEmpty ? " AND $3 <> '')" : " OR sort_title LIKE $3 ESCAPE '\\')"))
        }
        return try connection.query(
            """
            SELECT reference, title_fr, title_en, n, shown FROM \(table)
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY reference LIMIT \(atOnce + 1)
            """, parameters: parameters
        ).map { row in
            EditableRecord(
                kind: kind, reference: try row["reference"],
                title: LocalizedText(fr: try row["title_fr"], en: try row["title_en"]), n: try row["n"],
                isShown: try row["shown"])
        }
    }
}
