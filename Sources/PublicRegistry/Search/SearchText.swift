import StrictJSON

/// What a person types into a search: words, of which the last may only be begun, and phrases between quotation marks.
struct SearchText: Sendable, Hashable {
    /// Terms that must all occur.
    private(set) var terms: [String] = []
    /// The last word, where it may be a beginning: folded, and not brought to one form.
    private(set) var beginning: String?
    /// Terms that must follow one another.
    private(set) var phrases: [[String]] = []

    /// Words beyond these are not looked at: a bound on what one search can cost.
    private static let most = 32
    /// Nor phrases beyond these, which are looked for in each text that has their words.
    private static let mostPhrases = 4

    /// Nil where `text` has no letter and no digit, which is no search at all.
    init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { "\"“”«»".contains($0) }
        for (index, part) in parts.enumerated() {
            // Between two marks; a mark that nothing closes is none.
            let isPhrase = index % 2 == 1 && index < parts.count - 1
            let words = FoldedText.words(of: String(part), droppingElisions: true)
            guard !words.isEmpty else { continue }
            if isPhrase, words.count > 1 {
                phrases.append(Array(words.map(SearchTerm.stem).prefix(Self.most)))
                terms += phrases[phrases.count - 1]
                continue
            }
            let isLast = index == parts.count - 1 && !isPhrase
            terms += (isLast ? words.dropLast() : words[...]).map(SearchTerm.stem)
            if isLast { beginning = words.last }
        }
        var seen: Set<String> = []
        terms = Array(terms.filter { seen.insert($0).inserted }.prefix(Self.most))
        phrases = Array(phrases.prefix(Self.mostPhrases))
        guard !terms.isEmpty || beginning != nil else { return nil }
    }

    /// What a cursor of a search is bound to.
    var filters: [String: JSON] {
        [
            "words": .array(terms.map { .string($0) } + [beginning.map { .string($0) } ?? .null]),
            "phrases": .array(phrases.map { .array($0.map { .string($0) }) }),
        ]
    }

    /// Whether a folded word of a text is one that was looked for.
    func matches(_ word: String) -> Bool {
        let term = SearchTerm.stem(word)
        if terms.contains(term) { return true }
        guard let beginning else { return false }
        return word.hasPrefix(beginning) || term == SearchTerm.stem(beginning)
    }
}
