import StrictJSON

/// What a version changed against the one before it.
struct VersionChanges: Equatable {
    /// Names of the fields that say something else now, sorted.
    let fields: [String]
    /// Whether the content differs in nothing but spaces, quotation marks, dashes and the like.
    let isTypographyOnly: Bool

    init(from old: JSON, to new: JSON) {
        let (before, after) = (old.object ?? [:], new.object ?? [:])
        let keys = Set(before.keys).union(after.keys)
        fields = keys.filter { key in before[key].map(Self.plain) != after[key].map(Self.plain) }.sorted()
        isTypographyOnly = fields.isEmpty && old.canonicalBytes != new.canonicalBytes
    }

    /// The value with typography taken out of its texts.
    private static func plain(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(plain(text))
        case .array(let items): .array(items.map(plain))
        case .object(let members): .object(members.mapValues(plain))
        case .null, .bool, .integer, .number: json
        }
    }

    private static func plain(_ text: String) -> String {
        var plain = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !plain.isEmpty { plain.append(" ") }
            for scalar in word.unicodeScalars {
                switch scalar {
                case "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}": plain.append("'")
                case "\u{201C}", "\u{201D}", "\u{201E}", "\u{201F}", "\u{AB}", "\u{BB}": plain.append("\"")
                case "\u{2010}"..."\u{2015}", "\u{2212}": plain.append("-")
                case "\u{2026}": plain.append("...")
                // Soft hyphen, zero-width space and joiners: they are never seen.
                case "\u{AD}", "\u{200B}"..."\u{200D}", "\u{2060}", "\u{FEFF}": continue
                default: plain.unicodeScalars.append(scalar)
                }
            }
        }
        return withoutSpaceAtMarks(plain)
    }

    /// French puts a space inside its quotation marks and before `; : ! ?` and English doesn't.
    private static func withoutSpaceAtMarks(_ text: String) -> String {
        var result = ""
        var isSpaceHeld = false
        for character in text {
            if character == " " {
                isSpaceHeld = result.last != "\""
                continue
            }
            if isSpaceHeld && !"\";:!?".contains(character) { result.append(" ") }
            isSpaceHeld = false
            result.append(character)
        }
        return result
    }
}
