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
}
