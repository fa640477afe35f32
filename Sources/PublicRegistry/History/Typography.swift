import Foundation

/// What counts as typography: a version that changes nothing else is not shown as a change. The rule is published in
/// docs/register.md and on the page `/changements/typographie`; whoever changes it here changes it there.
///
/// 1. Any run of spaces of any kind (line breaks and non-breaking ones too) is one space; none counts at a text's ends.
/// 2. A space before `; : ! ?` or a quotation mark, or after a quotation mark, does not count.
/// 3. ‘ ’ ‚ ‛ ‹ › ʼ are ' and “ ” „ ‟ « » are ".
/// 4. Hyphens, dashes and the minus sign (U+2010 to U+2015, U+2212) are -.
/// 5. … is three dots.
/// 6. Ligatures are their letters: ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ œ Œ æ Æ.
/// 7. What is never seen (soft hyphen, zero-width space and joiners, word joiner, byte order mark) does not count.
/// 8. Characters that Unicode holds equal (canonical equivalence) are the same.
///
/// Capitals, accents, digits and every other mark do count; so does everything in references and addresses.
public enum Typography {
    /// Fields that programs read, not people: in them every character counts.
    static let exactFields: Set<String> = [
        "reference", "url", "homepage", "email", "doi", "catalogueReference", "linkedDatabase", "identifier", "format",
    ]

    /// The text with its typography taken out. Two texts that give the same differ in nothing else.
    public static func folded(_ text: String) -> String {
        TextToken.all(of: text, isRaw: false).map { String(decoding: $0.key, as: UTF8.self) }.joined()
    }

    /// Whether a scalar is never seen.
    static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{AD}", "\u{200B}"..."\u{200D}", "\u{2060}", "\u{FEFF}": true
        default: false
        }
    }

    /// What a scalar of a text counts as.
    static func plain(_ scalar: Unicode.Scalar, into text: inout String) {
        switch scalar {
        case "\u{2018}"..."\u{201B}", "\u{2039}", "\u{203A}", "\u{2BC}": text.append("'")
        case "\u{201C}"..."\u{201F}", "\u{AB}", "\u{BB}": text.append("\"")
        case "\u{2010}"..."\u{2015}", "\u{2212}": text.append("-")
        case "\u{2026}": text.append("...")
        case "\u{FB00}": text.append("ff")
        case "\u{FB01}": text.append("fi")
        case "\u{FB02}": text.append("fl")
        case "\u{FB03}": text.append("ffi")
        case "\u{FB04}": text.append("ffl")
        case "\u{FB05}", "\u{FB06}": text.append("st")
        case "\u{153}": text.append("oe")
        case "\u{152}": text.append("OE")
        case "\u{E6}": text.append("ae")
        case "\u{C6}": text.append("AE")
        case _ where isUnseen(scalar): break
        default: text.unicodeScalars.append(scalar)
        }
    }
}

/// A word or a mark of a text, with the space before it.
struct TextToken {
    /// As it stands.
    let text: Substring
    /// What it counts as: tokens with the same key are the same.
    let key: [UInt8]
    /// Whether it is a word, and no mark.
    let isWord: Bool

    /// - Parameter isRaw: whether each byte counts.
    static func all(of text: String, isRaw: Bool) -> [TextToken] {
        let scalars = text.unicodeScalars
        var tokens: [TextToken] = []
        // Where the space before the next token begins, and where the token itself.
        var (start, word) = (scalars.startIndex, scalars.startIndex)
        var (kind, hasSpace, wasQuote) = (Kind.none, false, true)

        func close(at end: String.Index) {
            guard kind != .none else { return }
            let whole = text[start..<end]
            if isRaw {
                tokens.append(TextToken(text: whole, key: Array(whole.utf8), isWord: kind == .word))
            } else {
                var plain = ""
                for scalar in text[word..<end].unicodeScalars { Typography.plain(scalar, into: &plain) }
                if !plain.utf8.allSatisfy({ $0 < 0x80 }) { plain = plain.precomposedStringWithCanonicalMapping }
                let isQuote = plain == "\""
                let takesNoSpace = wasQuote || [";", ":", "!", "?", "\""].contains(plain)
                if hasSpace && !takesNoSpace { plain = " " + plain }
                wasQuote = isQuote
                tokens.append(TextToken(text: whole, key: Array(plain.utf8), isWord: kind == .word))
            }
            (start, word, kind, hasSpace) = (end, end, .none, false)
        }

        for index in scalars.indices {
            let scalar = scalars[index]
            let next = Kind(scalar)
            switch next {
            case .none: continue
            case .space:
                close(at: index)
                hasSpace = true
            case .word, .dots, .mark:
                if next != kind || next == .mark { close(at: index) }
                if kind == .none { (word, kind) = (index, next) }
            }
        }
        close(at: scalars.endIndex)
        // The space at a text's end counts in the raw alone.
        if isRaw && start < scalars.endIndex {
            tokens.append(TextToken(text: text[start...], key: Array(text[start...].utf8), isWord: false))
        }
        return tokens
    }

    private enum Kind {
        /// No token yet; of a scalar: it is never seen, and belongs to whatever it stands in.
        case none
        case space, word, dots, mark

        init(_ scalar: Unicode.Scalar) {
            if Typography.isUnseen(scalar) {
                self = .none
            } else if scalar.isASCII {
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": self = .word
                case ".": self = .dots
                default: self = scalar.properties.isWhitespace ? .space : .mark
                }
            } else if scalar == "\u{2026}" {
                self = .dots
            } else if scalar.properties.isWhitespace {
                self = .space
            } else {
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .nonspacingMark, .spacingMark,
                    .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
                    self = .word
                case .modifierLetter: self = scalar == "\u{2BC}" ? .mark : .word
                default: self = .mark
                }
            }
        }
    }
}
