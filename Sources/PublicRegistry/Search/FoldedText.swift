import Foundation

/// Text as search and sorting see it: words of letters and digits, in lower case, without accents.
///
/// `L'œuvre d'Étienne — n° 3` is `l oeuvre d etienne n 3`. Folding is done here and not in the engines, so that both
/// find and sort the same.
public enum FoldedText {
    /// Longer words are cut: an index entry has its limits, and nobody types them.
    private static let longestWord = 64

    /// What French leaves before an apostrophe.
    private static let elisions: Set<String> = [
        "c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu",
    ]

    /// The words of `text` in order.
    ///
    /// - Parameter droppingElisions: whether `l’étude` is the word `etude` alone.
    public static func words(of text: String, droppingElisions: Bool = false) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        func endWord() {
            guard !word.isEmpty else { return }
            let text = String(decoding: word, as: UTF8.self)
            words.append(word.count > longestWord ? String(text.unicodeScalars.prefix(longestWord)) : text)
            word.removeAll(keepingCapacity: true)
        }
        func endElision() {
            if elisions.contains(String(decoding: word, as: UTF8.self)) { word.removeAll(keepingCapacity: true) }
            endWord()
        }
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): word.append(byte)
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
                case UInt8(ascii: "'") where droppingElisions: endElision()
                default: endWord()
                }
            } else if droppingElisions, scalar == "\u{2019}" {
                endElision()
            } else {
                switch Folding.of(scalar) {
                case .part(let letters): word += letters
                case .nothing: continue
                case .boundary: endWord()
                }
            }
        }
        endWord()
        return words
    }

    /// The words of `text` with a space between them, at most `longest` characters: a key to sort by.
    static func sortKey(_ text: String, longest: Int = 200) -> String {
        String(words(of: text).joined(separator: " ").prefix(longest))
    }
}

/// What becomes of a character beyond ASCII.
private enum Folding {
    /// UTF-8 of what it is folded to.
    case part([UInt8])
    case nothing
    case boundary

    /// Those of U+0080 to U+017F, in which French is written: told once, since a register has millions of them.
    private static let latin = (UInt32(0x80)..<0x180).map { Folding(Unicode.Scalar($0) ?? " ") }

    static func of(_ scalar: Unicode.Scalar) -> Folding {
        scalar.value < 0x180 ? latin[Int(scalar.value) - 0x80] : Folding(scalar)
    }

    private init(_ scalar: Unicode.Scalar) {
        switch scalar.properties.generalCategory {
        case _ where scalar.isLetterOrDigit: self = .part(Array(Self.folded(scalar).utf8))
        // Accents that stand on their own, and what is never seen, such as a soft hyphen.
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: self = .nothing
        default: self = .boundary
        }
    }

    private static func folded(_ scalar: Unicode.Scalar) -> String {
        let lower = scalar.properties.lowercaseMapping
        switch lower {
        case "é", "è", "ê", "ë": return "e"
        case "à", "â": return "a"
        case "ç": return "c"
        // Letters that no decomposition takes apart.
        case "œ": return "oe"
        case "æ": return "ae"
        case "ß": return "ss"
        case "ø": return "o"
        case "ł": return "l"
        case "đ", "ð": return "d"
        case "þ": return "th"
        case "ı": return "i"
        default: break
        }
        var folded = ""
        for part in lower.decomposedStringWithCompatibilityMapping.lowercased().unicodeScalars
        where part.isLetterOrDigit {
            folded.unicodeScalars.append(part)
        }
        return folded
    }
}

extension Unicode.Scalar {
    fileprivate var isLetterOrDigit: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
