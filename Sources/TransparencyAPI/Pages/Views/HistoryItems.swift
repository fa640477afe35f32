import CivilTime
import PublicRegistry
import StrictJSON

/// What the records that a history speaks of are called today.
struct RecordNames: Sendable {
    /// Titles of the catalogue's datasets, by reference.
    var datasets: [String: Phrase] = [:]
    /// Names of linked databases, by id.
    var databases: [String: Phrase] = [:]
    var vocabulary = Vocabulary.empty
}

/// An entry of a list as people read it: by name, with the reference beside it.
struct HistoryItem: Sendable, Hashable {
    let text: String
    var lang: String?
    /// What the register itself says, where that is no word; nil where the text is it.
    var reference: String?
}

extension HistoryWords {
    /// Longer lists are shown as the register has them.
    private static let mostItems = 300
    /// Lists up to this length are shown with what did not change in them.
    private static let shortList = 10

    /// The entries of a field that holds references or codes; nil where it is shown as it stands, or where one of them says
    /// more than can be put into words: nothing of a version is left out.
    func items(_ field: String, _ json: JSON?) -> [HistoryItem]? {
        guard let json else { return [] }
        guard let array = json.array else { return item(field, json).map { [$0] } ?? members(field, json) }
        guard array.count <= Self.mostItems else { return nil }
        let items = array.compactMap { item(field, $0) }
        return items.count == array.count ? items : nil
    }

    private func item(_ field: String, _ json: JSON) -> HistoryItem? {
        switch (kind, field) {
        case (.project, "datasets"): json.string.map { named($0, in: names.datasets) }
        case (.dataset, "linkedDatabase"): json.string.map { named($0, in: names.databases) }
        case (.project, "domains"), (.dataset, "domain"):
            json.string.map { word in
                let phrase = names.vocabulary.phrase(word, in: language)
                return HistoryItem(text: phrase.text, lang: phrase.lang)
            }
        case (.project, "timeline"): step(json)
        case (.project, "authorisations"): authorisation(json)
        case (_, "controllers"), (_, "processors"), (_, "funders"), (_, "results"), (_, "contacts"),
            (_, "distributions"):
            members(field, json).map { HistoryItem(text: $0.map(\.text).joined(separator: " · ")) }
        default: nil
        }
    }

    /// What has parts, a part a line with its name: “Population : adultes”; nil for what has none, and for a text in two
    /// languages.
    private func members(_ field: String, _ json: JSON) -> [HistoryItem]? {
        guard let members = json.object, !members.isEmpty, !isText(json) else { return nil }
        func rank(_ key: String) -> Int { ["name", "title"].firstIndex(of: key) ?? 9 }
        return members.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }.map { key, value in
            // A name needs none.
            let said = value.string.flatMap { key == "kind" ? Labels(language).resultKind($0) : nil } ?? spelled(value)
            guard rank(key) == 9 else { return HistoryItem(text: said) }
            let label = RecordFieldNames(language).label("/\(field)/\(key)")
            return HistoryItem(text: language.pick(fr: "\(label)\u{A0}: \(said)", en: "\(label): \(said)"))
        }
    }

    private func isText(_ json: JSON) -> Bool { json.object?.keys.allSatisfy { ["fr", "en"].contains($0) } == true }

    private func spelled(_ json: JSON) -> String {
        let words = Words(language)
        if let truth = json.bool {
            return truth ? language.pick(fr: "oui", en: "yes") : language.pick(fr: "non", en: "no")
        }
        if case .integer(let number) = json { return Int(exactly: number).map(words.number) ?? String(number) }
        if let text = json.string { return CalendarDate(text).map(words.date) ?? text }
        if let array = json.array { return array.map(spelled).joined(separator: ", ") }
        guard let members = json.object else { return json.canonical }
        if isText(json) {
            return [members[language.rawValue], members[language.other.rawValue]].compactMap { $0?.string }
                .joined(separator: " / ")
        }
        let names = RecordFieldNames(language)
        return members.sorted { $0.key < $1.key }.map { "\(names.label("/\($0.key)")) \(spelled($0.value))" }
            .joined(separator: ", ")
    }

    private func named(_ reference: String, in names: [String: Phrase]) -> HistoryItem {
        guard let name = names[reference] else { return HistoryItem(text: reference) }
        return HistoryItem(text: name.text, lang: name.lang, reference: reference)
    }

    private func step(_ json: JSON) -> HistoryItem? {
        guard let members = json.object, members.keys.allSatisfy({ ["step", "date"].contains($0) }),
            let step = members["step"]?.string, let date = day(members["date"])
        else { return nil }
        return HistoryItem(text: ([Labels(language).projectStep(step)] + date).joined(separator: " · "))
    }

    private func authorisation(_ json: JSON) -> HistoryItem? {
        let known: Set<String> = ["body", "outcome", "date", "reference"]
        guard let members = json.object, members.keys.allSatisfy(known.contains), let body = members["body"]?.string,
            let date = day(members["date"])
        else { return nil }
        let outcome = members["outcome"]?.string.map(Labels(language).authorisationOutcome)
        return HistoryItem(
            text: ([body] + [outcome].compactMap(\.self) + date).joined(separator: " · "),
            reference: members["reference"]?.string)
    }

    /// Empty where there is none; nil where it is not one.
    private func day(_ json: JSON?) -> [String]? {
        guard let json else { return [] }
        return json.string.flatMap { CalendarDate($0) }.map { [Words(language).date($0)] }
    }

    /// How a list of such entries differs between two versions, an entry a line; nil where it is shown as it stands.
    func lines(_ field: String, _ before: JSON?, _ after: JSON?) -> [FieldLines.Line]? {
        guard let old = items(field, before), let new = items(field, after), !(old.isEmpty && new.isEmpty) else {
            return nil
        }
        let changes = new.difference(from: old)
        // Two spellings of one thing, or another order: what the words do not tell is told as it stands.
        guard !changes.isEmpty else { return nil }
        let come = Set(changes.insertions.map(\.place))
        let gone = changes.removals.map { old[$0.place] }
        var lines = gone.map { FieldLines.Line(pieces: [FieldLines.Piece($0, isGone: true)]) }
        for (place, item) in new.enumerated() {
            if come.contains(place) {
                lines.append(FieldLines.Line(pieces: [FieldLines.Piece(item, isCome: true)]))
            } else if max(old.count, new.count) <= Self.shortList {
                lines.append(FieldLines.Line(pieces: [FieldLines.Piece(item)]))
            }
        }
        return lines
    }
}

extension CollectionDifference.Change {
    fileprivate var place: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}

extension FieldLines.Piece {
    init(_ item: HistoryItem, isGone: Bool = false, isCome: Bool = false) {
        self.init(text: item.text, isGone: isGone, isCome: isCome, lang: item.lang, reference: item.reference)
    }
}
