import SQLDatabase

/// Search with a `tsvector` and its GIN index.
enum PostgreSQLSearch {
    static let schema = """
        CREATE TABLE search_document (
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            words TSVECTOR NOT NULL,
            PRIMARY KEY (kind, reference)
        );
        CREATE INDEX search_document_words ON search_document USING gin (words);
        """

    /// Words become lexemes by a cast, not by a configuration that would stem and drop some.
    static func replace(
        _ rows: [(reference: String, words: [String])], kind: RecordKind, on connection: any SQLConnection
    ) throws {
        for row in rows {
            try connection.execute(
                """
                INSERT INTO search_document (kind, reference, words) VALUES ($1, $2, CAST(CAST($3 AS text) AS tsvector))
                ON CONFLICT (kind, reference) DO UPDATE SET words = excluded.words
                """,
                kind.rawValue, row.reference, row.words.map { "'\($0)'" }.joined(separator: " "))
        }
    }

    /// A folded word has letters and digits alone; quoted, it is never an operator of a `tsquery`.
    static func references(
        having words: SearchWords, kind: RecordKind, parametersFrom first: Int
    ) -> (sql: String, parameters: [any SQLConvertible]) {
        let query = words.whole.map { "'\($0)'" } + ["'\(words.beginning)':*"]
        return (
            """
            SELECT reference FROM search_document
            WHERE words @@ CAST(CAST($\(first) AS text) AS tsquery) AND kind = $\(first + 1)
            """,
            [query.joined(separator: " & "), kind.rawValue]
        )
    }
}
