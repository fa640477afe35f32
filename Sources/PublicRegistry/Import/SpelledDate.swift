import CivilTime

/// A date as people write it: `2021-03-01`, `2021-03-01T00:00:00Z`, `2021/03/01`, `01/03/2021` and `1.3.2021` (the day
/// first), `1 March 2021`, `1st Mar 2021`, `1er mars 2021`, `March 1, 2021`.
enum SpelledDate {
    private static let months: [[String]] = [
        ["january", "janvier", "jan", "janv"], ["february", "fevrier", "feb", "fevr"], ["march", "mars", "mar"],
        ["april", "avril", "apr", "avr"], ["may", "mai"], ["june", "juin", "jun"], ["july", "juillet", "jul", "juil"],
        ["august", "aout", "aug"], ["september", "septembre", "sep", "sept"], ["october", "octobre", "oct"],
        ["november", "novembre", "nov"], ["december", "decembre", "dec"],
    ]

    /// Nil where the text is none of these, or leaves the day or the century open.
    static func date(_ text: String) -> CalendarDate? {
        var parts = FoldedText.words(of: text, droppingElisions: false)
        // With a time of day, as programs write it: the day is the one that is written.
        if parts.count > 3, let day = parts[2].split(separator: "t").first, parts[0].count == 4 {
            guard parts[3...].allSatisfy({ $0.allSatisfy { $0.isNumber || $0 == "z" } }) else { return nil }
            parts = [parts[0], parts[1], String(day)]
        }
        guard parts.count == 3 else { return nil }
        if let month = month(parts[0]) { parts = [parts[1], String(month), parts[2]] }
        if let month = month(parts[1]) { parts[1] = String(month) }
        for ending in ["st", "nd", "rd", "th", "er"] where parts[0].hasSuffix(ending) { parts[0].removeLast(2) }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        if parts[0].count == 4 { return CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2]) }
        guard parts[2].count == 4 else { return nil }
        return CalendarDate(year: numbers[2], month: numbers[1], day: numbers[0])
    }

    private static func month(_ word: String) -> Int? { months.firstIndex { $0.contains(word) }.map { $0 + 1 } }
}
