import StrictJSON

/// An absolute IRI (RFC 3987), safe to stand between `<` and `>`.
public struct IRI: Sendable, Hashable, Comparable {
    public let text: String

    /// Nil for what has no scheme, no host where its scheme needs one, a character that no IRI has, or a percent sign that
    /// nothing follows.
    public init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), Self.isScheme(text[..<colon]),
            Self.hasOnlyAllowed(text)
        else { return nil }
        let rest = text[text.utf8.index(after: colon)...]
        switch text[..<colon].lowercased() {
        case "http", "https":
            guard rest.hasPrefix("//"), let first = rest.dropFirst(2).utf8.first, first != UInt8(ascii: "/") else {
                return nil
            }
        default:
            // A word with a colon, as "Note: …" has a space; "CIM:10" is no IRI of anything either.
            guard ["urn", "mailto", "tel", "doi", "info", "ark"].contains(text[..<colon].lowercased()), !rest.isEmpty
            else { return nil }
        }
        self.text = text
    }

    /// What is known to be one.
    init(known text: String) { self.text = text }

    public static func < (left: IRI, right: IRI) -> Bool { left.text < right.text }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "+-.".unicodeScalars.contains($0))
        }
    }

    private static func hasOnlyAllowed(_ text: String) -> Bool {
        var left = 0
        for scalar in text.unicodeScalars {
            if left > 0 {
                guard scalar.properties.isASCIIHexDigit else { return false }
                left -= 1
                continue
            }
            switch scalar {
            case "<", ">", "\"", "{", "}", "|", "\\", "^", "`": return false
            case "%": left = 2
            default:
                guard scalar.value > 0x20, !(0x7F...0x9F).contains(scalar.value) else { return false }
                switch scalar.properties.generalCategory {
                case .privateUse, .surrogate, .unassigned, .format, .lineSeparator, .paragraphSeparator,
                    .spaceSeparator:
                    return false
                default: continue
                }
            }
        }
        return left == 0
    }
}

extension IRI: RecordValue {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
        guard let iri = IRI(text) else {
            findings.fail(pointer, "iri")
            return nil
        }
        self = iri
    }

    var json: JSON { .string(text) }
}
