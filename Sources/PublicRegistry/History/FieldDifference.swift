public import StrictJSON

/// How a field differs between two versions.
public struct FieldDifference: Sendable, Hashable {
    /// The record's own field.
    public let field: String
    /// Of a text in both languages: which of the two.
    public let language: String?
    /// Absent where the version has no such field.
    public let before: JSON?
    public let after: JSON?
    /// A text is one line; a list has one for each item. Items that both have are left out of long lists.
    public let lines: [[DifferencePiece]]

    /// Lists up to this length are shown with what did not change in them.
    private static let shortList = 10

    init(_ field: String, language: String? = nil, before: JSON?, after: JSON?, isRaw: Bool) {
        (self.field, self.language, self.before, self.after) = (field, language, before, after)
        let isExact = isRaw || Typography.exactFields.contains(field)
        let (old, new) = (Self.lines(of: before), Self.lines(of: after))
        if old.count <= 1 && new.count <= 1 {
            lines = [TextDifference.pieces(from: old.first ?? "", to: new.first ?? "", isRaw: isExact)]
        } else {
            lines = Self.lines(from: old, to: new, isRaw: isExact)
        }
    }

    /// Those of all fields that differ, in the order of their names.
    static func all(from old: JSON, to new: JSON, isRaw: Bool) -> [FieldDifference] {
        let changes = VersionChanges(from: old, to: new)
        let fields = isRaw ? (changes.fields + changes.typographyFields).sorted() : changes.fields
        return fields.flatMap { field -> [FieldDifference] in
            let (before, after) = (old[field], new[field])
            guard isLocalized(before), isLocalized(after) else {
                return [FieldDifference(field, before: before, after: after, isRaw: isRaw)]
            }
            return ["fr", "en"].compactMap { language in
                let (one, other) = (before?[language], after?[language])
                let difference = VersionChanges(
                    from: .object(ofPresent: [field: one]), to: .object(ofPresent: [field: other]))
                guard !difference.fields.isEmpty || (isRaw && !difference.typographyFields.isEmpty) else { return nil }
                return FieldDifference(field, language: language, before: one, after: other, isRaw: isRaw)
            }
        }
    }

    /// Whether this is a text, or are words, in two languages; what is absent may be.
    private static func isLocalized(_ json: JSON?) -> Bool {
        guard let json else { return true }
        guard let members = json.object else { return false }
        return members.keys.allSatisfy { ["fr", "en"].contains($0) }
    }

    /// A field of one version, as lines of text.
    public struct Content: Sendable {
        public let field: String
        public let language: String?
        public let value: JSON
        public let lines: [String]
    }

    /// What readers look for first.
    private static let firstFields = [
        "title", "acronym", "status", "controllers", "publisher", "summary", "description",
    ]

    /// All fields of a version but its reference, the best known ones first.
    public static func contents(of content: JSON) -> [Content] {
        func rank(_ field: String) -> Int { firstFields.firstIndex(of: field) ?? firstFields.count }
        let members = (content.object ?? [:]).filter { $0.key != "reference" && $0.key != "sourceVersion" }
        return members.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }.flatMap { field, value -> [Content] in
            guard isLocalized(value) else {
                return [Content(field: field, language: nil, value: value, lines: lines(of: value))]
            }
            return ["fr", "en"].compactMap { language in
                value[language].map { Content(field: field, language: language, value: $0, lines: lines(of: $0)) }
            }
        }
    }

    // MARK: Lists

    private static func lines(from old: [String], to new: [String], isRaw: Bool) -> [[DifferencePiece]] {
        func key(_ line: String) -> [UInt8] { Array((isRaw ? line : Typography.folded(line)).utf8) }
        let isShort = max(old.count, new.count) <= shortList
        var lines: [[DifferencePiece]] = []
        var (gone, come): ([String], [String]) = ([], [])
        func flush() {
            // What stands in another's place is the same item, changed.
            for index in 0..<max(gone.count, come.count) {
                lines.append(
                    TextDifference.pieces(
                        from: index < gone.count ? gone[index] : "", to: index < come.count ? come[index] : "",
                        isRaw: isRaw))
            }
            (gone, come) = ([], [])
        }
        var (i, j) = (0, 0)
        for step in SequenceDifference.steps(from: old.map(key), to: new.map(key)) {
            switch step {
            case .keep:
                flush()
                if isShort { lines.append([DifferencePiece(place: .both, text: new[j])]) }
                (i, j) = (i + 1, j + 1)
            case .delete:
                gone.append(old[i])
                i += 1
            case .insert:
                come.append(new[j])
                j += 1
            }
        }
        flush()
        return lines
    }

    /// A value as lines of text.
    private static func lines(of json: JSON?) -> [String] {
        switch json {
        case nil: []
        case .array(let items)?: items.flatMap(itemLines)
        case .some(let value): [text(of: value)]
        }
    }

    /// An item of a list is a line; a table has one for each of its variables besides.
    private static func itemLines(_ item: JSON) -> [String] {
        guard var members = item.object, let variables = members.removeValue(forKey: "variables")?.array else {
            return [text(of: item)]
        }
        let name = members["name"]?.string ?? ""
        return [text(of: .object(members))] + variables.map { "\(name) · \(text(of: $0))" }
    }

    /// Names first, then everything else in the order of its fields' names.
    private static func text(of json: JSON) -> String {
        switch json {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .string(let text): text
        case .array(let items): items.map(text).joined(separator: ", ")
        case .object(let members):
            members.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }.map { text(of: $0.value) }
                .joined(separator: " · ")
        }
    }

    private static func rank(_ key: String) -> Int {
        ["name", "title", "body", "step", "kind"].firstIndex(of: key) ?? 9
    }

    // MARK: API

    public var json: JSON {
        .object(ofPresent: [
            "field": .string(field), "language": language.map(JSON.string), "before": before, "after": after,
            "lines": .array(
                lines.map { line in
                    .array(line.map { ["in": .string($0.place.rawValue), "text": .string($0.text)] })
                }),
        ])
    }
}
