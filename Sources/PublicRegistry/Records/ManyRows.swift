import SQLDatabase

/// Parameter lists for statements on many rows at once: one round trip instead of one a row.
enum Placeholders {
    /// `$from, $from+1, …`, `count` of them.
    static func list(_ count: Int, from first: Int) -> String {
        (first..<first + count).map { "$\($0)" }.joined(separator: ", ")
    }
}

extension SQLConnection {
    /// Rows in one statement; with 20 columns, well below what either engine binds at most (32,766 parameters).
    private static var rowsAtOnce: Int { 500 }

    /// Inserts `rows`, each with a value for every one of `columns`. `conflict` is the statement's end, if any.
    func insert(
        into table: String, columns: [String], rows: [[any SQLConvertible]], conflict: String = ""
    ) throws {
        for start in stride(from: 0, to: rows.count, by: Self.rowsAtOnce) {
            let some = rows[start..<min(start + Self.rowsAtOnce, rows.count)]
            let values = some.indices.map { index in
                "(\(Placeholders.list(columns.count, from: (index - start) * columns.count + 1)))"
            }
            try execute(
                """
                INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES
                \(values.joined(separator: ",\n")) \(conflict)
                """,
                parameters: some.flatMap { $0 })
        }
    }

    /// Inserts `rows`, or replaces those with the same key: the first of `columns`, or the first `keyColumns` of them.
    func upsert(
        into table: String, columns: [String], keyColumns: Int = 1, rows: [[any SQLConvertible]]
    ) throws {
        let changes = columns.dropFirst(keyColumns).map { "\($0) = excluded.\($0)" }
        try insert(
            into: table, columns: columns, rows: rows,
            conflict: """
                ON CONFLICT (\(columns.prefix(keyColumns).joined(separator: ", ")))
                DO UPDATE SET \(changes.joined(separator: ", "))
                """)
    }
}
