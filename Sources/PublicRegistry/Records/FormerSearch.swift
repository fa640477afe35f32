/// The tables of a search by the engines, which migrations made and a later one drops: what has run is never altered.
enum FormerSearch {
    static let sqlite = """
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

    static let postgresql = """
        CREATE TABLE search_document (
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            words TSVECTOR NOT NULL,
            PRIMARY KEY (kind, reference)
        );
        CREATE INDEX search_document_words ON search_document USING gin (words);
        """
}
