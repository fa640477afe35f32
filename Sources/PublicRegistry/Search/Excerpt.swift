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

    /// Bytes, about, and how many of them before the first word that was looked for.
    private static let (length, lead) = (220, 60)

    public var json: JSON {
        [
            "field": .string(field), "language": .string(language),
            "pieces": .array(pieces.map { ["text": .string($0.text), "match": .bool($0.isMatch)] }),
        ]
    }

    /// Around the first word of `text` that was looked for; nil where it has none.
    init?(of text: String, field: String, language: String, _ words: SoughtWords) {
        var text = text
        guard let excerpt = text.withUTF8({ Self(of: $0, field: field, language: language, words) }) else { return nil }
        self = excerpt
    }

    /// The same, of a text's UTF-8.
    init?(of text: UnsafeBufferPointer<UInt8>, field: String, language: String, _ words: SoughtWords) {
        let matches = words.matches(in: text, within: Self.length * 2)
        guard let first = matches.first else { return nil }
        self.field = field
        self.language = language
        let start = Self.start(before: first, in: text)
        let end = Self.end(after: first, from: start, in: text)
        var pieces: [Piece] = []
        func add(_ range: Range<Int>, isMatch: Bool) {
            guard !range.isEmpty else { return }
            let bytes =
                text[range].contains(where: \.isLineBreak) ? text[range].map { $0.isLineBreak ? 0x20 : $0 } : nil
            pieces.append(
                Piece(
                    text: bytes.map { String(decoding: $0, as: UTF8.self) }
                        ?? String(decoding: text[range], as: UTF8.self),
                    isMatch: isMatch))
        }
        if start > 0 { pieces.append(Piece(text: "… ", isMatch: false)) }
        var place = start
        for match in matches where match.upperBound <= end {
            add(place..<match.lowerBound, isMatch: false)
            add(match, isMatch: true)
            place = match.upperBound
        }
        add(place..<end, isMatch: false)
        if end < text.count { pieces.append(Piece(text: " …", isMatch: false)) }
        self.pieces = pieces
    }

    /// At a word's beginning, a little before the first word that was looked for.
    private static func start(before first: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Int {
        guard first.lowerBound > lead else { return 0 }
        var start = first.lowerBound - lead
        while start > 0, text[start].isContinuation { start -= 1 }
        return text[start..<first.lowerBound].firstIndex(where: \.isSpace).map { $0 + 1 } ?? start
    }

    /// At a word's end, where there is one.
    private static func end(
        after first: Range<Int>, from start: Int, in text: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var end = max(start + length, first.upperBound)
        guard end < text.count else { return text.count }
        while end > first.upperBound, text[end].isContinuation { end -= 1 }
        return text[first.upperBound..<end].lastIndex(where: \.isSpace) ?? end
    }
}

/// The words of a search, to be found in the UTF-8 of texts.
struct SoughtWords: Sendable {
    private let search: SearchText
    /// With what a word begins that may be one of them, in lower case without accents. A term and the word that it stands for
    /// differ in no more than the term's last letter and what follows it (`SearchTerm.stem`).
    private let beginnings: [[UInt8]]

    init(_ search: SearchText) {
        self.search = search
        beginnings = (search.terms + [search.beginning.map(SearchTerm.stem)].compactMap { $0 }).map {
            Array($0.utf8.prefix(max(1, $0.utf8.count - 1)))
        }
    }

    /// Whether a text has one of them.
    func occur(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { !matches(in: $0, within: 0).isEmpty }
    }

    /// Where the first of them stands, and those that stand no more than so many bytes after it.
    func matches(in text: UnsafeBufferPointer<UInt8>, within length: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < text.count {
            guard text[place].isPart else {
                place += 1
                continue
            }
            let start = place
            var isLatin = true
            while place < text.count, text[place].isPart {
                // C3 to C5 lead Latin letters with accents; what else is beyond ASCII may be a boundary.
                if text[place] >= 0xC0, !(0xC3...0xC5).contains(text[place]) { isLatin = false }
                place += 1
            }
            if let first = found.first, start > first.lowerBound + length { break }
            if isLatin {
                if isOne(text[start..<place]) { found.append(start..<place) }
            } else {
                found += Self.words(in: text[start..<place]).filter { isOne(text[$0]) }
            }
        }
        return found
    }

    private func isOne(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        beginnings.contains { Self.mayBegin(word, with: $0) }
            && FoldedText.words(of: String(decoding: word, as: UTF8.self)).contains(where: search.matches)
    }

    /// False only where the word surely begins otherwise; a letter with an accent may be folded into any.
    private static func mayBegin(_ word: Slice<UnsafeBufferPointer<UInt8>>, with beginning: [UInt8]) -> Bool {
        var place = word.startIndex
        for wanted in beginning {
            guard place < word.endIndex else { return false }
            if word[place] >= 0x80 { return true }
            guard word[place] | 0x20 == wanted else { return false }
            place += 1
        }
        return true
    }

    /// The words in a piece of text that has more than Latin letters.
    private static func words(in piece: Slice<UnsafeBufferPointer<UInt8>>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var place = piece.startIndex
        var start: Int?
        for scalar in String(decoding: piece, as: UTF8.self).unicodeScalars {
            let properties = scalar.properties
            let isPart =
                properties.isAlphabetic || properties.numericType != nil
                || properties.generalCategory == .nonspacingMark
            if isPart, start == nil { start = place }
            if !isPart, let begun = start {
                words.append(begun..<place)
                start = nil
            }
            place += UTF8.width(scalar)
        }
        if let begun = start { words.append(begun..<piece.endIndex) }
        return words
    }
}

extension UInt8 {
    /// Of a letter, a digit or anything beyond ASCII.
    fileprivate var isPart: Bool {
        self >= 0x80 || (0x30...0x39).contains(self) || (0x61...0x7A).contains(self | 0x20)
    }

    fileprivate var isContinuation: Bool { self & 0xC0 == 0x80 }

    fileprivate var isLineBreak: Bool { (0x09...0x0D).contains(self) }

    fileprivate var isSpace: Bool { self == 0x20 || isLineBreak }
}
