import SQLDatabase

/// The words that a person looks for: all must be in the text, the last one may be a beginning.
struct SearchWords: Sendable, Hashable {
    let whole: [String]
    let beginning: String

    /// Words between these and the last are not looked at: a bound on what one search can cost.
    private static let most = 32

    /// Nil where `text` has no letter and no digit, which is no search at all.
    init?(_ text: String) {
        var words = FoldedText.words(of: text)
        guard let last = words.popLast() else { return nil }
        beginning = last
        whole = Array(words.prefix(Self.most))
    }
}

/// Full-text search over the newest versions of datasets: the one place where the engines differ. Projects are searched in
/// memory (`ProjectIndex`).
enum SearchIndex {
    /// A document's words are kept once each and up to this many bytes: PostgreSQL takes 1 MB.
    private static let mostBytes = 400_000

    /// Replaces what is indexed of some records.
    static func replace(
        _ documents: [(reference: String, texts: [String])], kind: RecordKind, on connection: any SQLConnection
    ) throws {
        let rows = documents.map { (reference: $0.reference, words: distinctWords(of: $0.texts)) }
        switch connection.engine {
        case .sqlite: try SQLiteSearch.replace(rows, kind: kind, on: connection)
        case .postgresql: try PostgreSQLSearch.replace(rows, kind: kind, on: connection)
        }
    }

    /// A query for the references that have all the words, with its two parameters numbered from `first`.
    static func references(
        having words: SearchWords, kind: RecordKind, parametersFrom first: Int, engine: SQLEngine
    ) -> (sql: String, parameters: [any SQLConvertible]) {
        switch engine {
        case .sqlite: SQLiteSearch.references(having: words, kind: kind, parametersFrom: first)
        case .postgresql: PostgreSQLSearch.references(having: words, kind: kind, parametersFrom: first)
        }
    }

    private static func distinctWords(of texts: [String]) -> [String] {
        var seen: Set<String> = []
        var words: [String] = []
        var bytes = 0
        for text in texts {
            for word in FoldedText.words(of: text) where seen.insert(word).inserted {
                bytes += word.utf8.count + 1
                guard bytes <= mostBytes else { return words }
                words.append(word)
            }
        }
        return words
    }
}
