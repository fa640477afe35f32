/// Words as search compares them: folded, without what elision leaves before an apostrophe, and in one form for singular and
/// plural, in French and English alike.
///
/// `Les hôpitaux d’étude` is `les hopital etud`… no more than that: a stem is only ever compared with another.
enum SearchTerm {
    /// The terms of `text` in order.
    static func terms(of text: String) -> [String] {
        FoldedText.words(of: text, droppingElisions: true).map(stem)
    }

    /// One form for a folded word's singular and plural.
    static func stem(_ word: String) -> String {
        var word = word
        // Bytes, not characters: a register has millions of words.
        return word.withUTF8 { letters -> String? in
            guard letters.count > 3, letters.allSatisfy({ (0x61...0x7A).contains($0) }) else { return nil }
            func ends(_ suffix: StaticString, from end: Int) -> Bool {
                let count = suffix.utf8CodeUnitCount
                return end > count && (0..<count).allSatisfy { letters[end - count + $0] == suffix.utf8Start[$0] }
            }
            func first(_ count: Int, _ letter: StaticString = "") -> String {
                String(decoding: letters[..<count], as: UTF8.self) + letter.description
            }
            var end = letters.count
            if ends("aux", from: end), end > 4 {
                // hôpitaux, hôpital; but bureaux, bureau.
                return ends("eaux", from: end) ? first(end - 1) : first(end - 2, "l")
            }
            if ends("ss", from: end) || ends("us", from: end) || ends("is", from: end) { return nil }
            if ends("s", from: end) || ends("eux", from: end) { end -= 1 }
            // studies, study; and maladie goes with maladies.
            if ends("ie", from: end), end > 4 { return first(end - 2, "y") }
            return end < letters.count ? first(end) : nil
        } ?? word
    }
}
