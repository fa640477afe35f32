import SQLDatabase

/// Search with FTS5.
enum SQLiteSearch {
    static let schema = """
        CREATE TABLE search_document (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            words TEXT NOT NULL,
            UNIQUE (kind, reference)
        );
        -- The index alone: it reads its words from search_document. Words are folded already, so the simplest tokenizer
        -- does, and no search asks where in a text a word stands.
        CREATE VIRTUAL TABLE search_words USING fts5 (
            words, content = 'search_document', content_rowid = 'id', tokenize = 'ascii', detail = none
        );
        """

    /// Makes the index again from `search_document`.
    static let rebuild = "INSERT INTO search_words (search_words) VALUES ('rebuild');"

    /// An index without a text of its own is told what it forgets. Triggers, which could do this, may not touch a virtual
    /// table where the schema is not trusted.
    static func replace(
        _ rows: [(reference: String, words: [String])], kind: RecordKind, on connection: any SQLConnection
    ) throws {
        guard !rows.isEmpty else { return }
        let parameters = [kind.rawValue] + rows.map(\.reference)
        let these = """
            FROM search_document WHERE kind = $1 AND reference IN (\(Placeholders.list(rows.count, from: 2)))
            """
        try connection.execute(
            "INSERT INTO search_words (search_words, rowid, words) SELECT 'delete', id, words \(these)",
            parameters: parameters)
        try connection.upsert(
            into: "search_document", columns: ["kind", "reference", "words"], keyColumns: 2,
            rows: rows.map { [kind.rawValue, $0.reference, $0.words.joined(separator: " ")] })
        try connection.execute(
            "INSERT INTO search_words (rowid, words) SELECT id, words \(these)", parameters: parameters)
    }

    /// A folded word has letters and digits alone; quoted, it is never an operator of FTS5.
    static func references(
        having words: SearchWords, kind: RecordKind, parametersFrom first: Int
    ) -> (sql: String, parameters: [any SQLConvertible]) {
        let match = words.whole.map { "\"\($0)\"" } + ["\"\(words.beginning)\"*"]
        return (
            """
            SELECT document.reference FROM search_words
            JOIN search_document AS document ON document.id = search_words.rowid
            WHERE search_words MATCH $\(first) AND document.kind = $\(first + 1)
            """,
            [match.joined(separator: " "), kind.rawValue]
        )
    }
}
