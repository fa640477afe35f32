import StrictJSON

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

    func write(to text: inout JSONText) {
        text.append("{\"field\":")
        text.append(string: field)
        text.append(",\"language\":")
        text.append(string: language)
        text.append(",\"pieces\":[")
        text.append(pieces) { piece, text in
            text.append(piece.isMatch ? "{\"match\":true,\"text\":" : "{\"match\":false,\"text\":")
            text.append(string: piece.text)
            text.append("}")
        }
        text.append("]}")
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

extension UInt8 {
    fileprivate var isContinuation: Bool { self & 0xC0 == 0x80 }

    fileprivate var isLineBreak: Bool { (0x09...0x0D).contains(self) }

    fileprivate var isSpace: Bool { self == 0x20 || isLineBreak }
}
