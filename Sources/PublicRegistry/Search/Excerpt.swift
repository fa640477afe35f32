public import StrictJSON

/// A piece of a text, in which what was looked for is marked.
public struct Excerpt: Sendable, Hashable {
    public struct Piece: Sendable, Hashable {
        public let text: String
        public let isMatch: Bool
    }

    /// Where it is from, as the record calls it.
    public let field: String
    /// `fr` or `en`.
    public let language: String
    public let pieces: [Piece]

    /// Characters, about.
    private static let length = 220

    public var json: JSON {
        [
            "field": .string(field), "language": .string(language),
            "pieces": .array(pieces.map { ["text": .string($0.text), "match": .bool($0.isMatch)] }),
        ]
    }

    /// Around the first word of `text` that was looked for; nil where it has none.
    init?(of text: String, field: String, language: String, _ search: SearchText) {
        let matches = Self.matches(in: text, search)
        guard let first = matches.first else { return nil }
        self.field = field
        self.language = language
        var start = text.index(first.lowerBound, offsetBy: -60, limitedBy: text.startIndex) ?? text.startIndex
        if start > text.startIndex {
            start = text[start..<first.lowerBound].firstIndex(where: \.isWhitespace).map(text.index(after:)) ?? start
        }
        var end = text.index(start, offsetBy: Self.length, limitedBy: text.endIndex) ?? text.endIndex
        if end < text.endIndex {
            end =
                text[first.upperBound..<max(end, first.upperBound)].lastIndex(where: \.isWhitespace)
                ?? max(end, first.upperBound)
        }
        var pieces: [Piece] = []
        func add(_ text: Substring, isMatch: Bool) {
            guard !text.isEmpty else { return }
            let line = text.map { $0.isWhitespace ? " " : $0 }
            pieces.append(Piece(text: String(line), isMatch: isMatch))
        }
        if start > text.startIndex { pieces.append(Piece(text: "… ", isMatch: false)) }
        var place = start
        for match in matches where match.upperBound <= end {
            add(text[place..<match.lowerBound], isMatch: false)
            add(text[match], isMatch: true)
            place = match.upperBound
        }
        add(text[place..<end], isMatch: false)
        if end < text.endIndex { pieces.append(Piece(text: " …", isMatch: false)) }
        self.pieces = pieces
    }

    /// The words that were looked for: the first, and those that stand near enough to be shown with it.
    private static func matches(in text: String, _ search: SearchText) -> [Range<String.Index>] {
        let firsts = search.firstBytes
        var found: [Range<String.Index>] = []
        var start: String.Index?
        var isCandidate = false
        func end(at index: String.Index) -> Bool {
            defer { start = nil }
            guard let begin = start, isCandidate else { return true }
            if let first = found.first, text.utf8.distance(from: first.lowerBound, to: begin) > length * 2 {
                return false
            }
            let words = FoldedText.words(of: String(text[begin..<index]))
            if words.contains(where: search.matches) { found.append(begin..<index) }
            return true
        }
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            let isPart =
                scalar.isASCII
                ? scalar.properties.isAlphabetic || (48...57).contains(scalar.value)
                : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar.properties.generalCategory == .nonspacingMark
            if isPart {
                guard start == nil else { continue }
                start = index
                // A letter with an accent may be folded into any.
                isCandidate = !scalar.isASCII || firsts.contains(UInt8(scalar.value) | 0x20)
            } else if start != nil, !end(at: index) {
                return found
            }
        }
        _ = end(at: text.endIndex)
        return found
    }
}

extension SearchText {
    /// With what its words begin, digits with a bit that they do not have.
    fileprivate var firstBytes: Set<UInt8> {
        Set((terms + (beginning.map { [$0] } ?? [])).compactMap { $0.utf8.first.map { $0 | 0x20 } })
    }
}
