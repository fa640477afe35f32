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
        var word = word[...]
        guard word.utf8.count > 3, word.utf8.allSatisfy({ (97...122).contains($0) }) else { return String(word) }
        if word.hasSuffix("aux"), word.utf8.count > 4 {
            // hôpitaux, hôpital; but bureaux, bureau.
            return word.hasSuffix("eaux") ? String(word.dropLast()) : word.dropLast(2) + "l"
        }
        if word.hasSuffix("ss") || word.hasSuffix("us") || word.hasSuffix("is") { return String(word) }
        if word.hasSuffix("s") || word.hasSuffix("eux") { word = word.dropLast() }
        // studies, study; and maladie goes with maladies.
        if word.hasSuffix("ie"), word.utf8.count > 4 { return word.dropLast(2) + "y" }
        return String(word)
    }
}
