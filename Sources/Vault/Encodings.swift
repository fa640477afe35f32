import Foundation

/// Bytes as lowercase hexadecimal digits, and back.
public enum Hex {
    /// Two lowercase digits a byte.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil unless `text` is an even number of hexadecimal digits, of either case.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var text = String(text)
        return text.withUTF8 { digits in
            guard digits.count.isMultiple(of: 2) else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(digits.count / 2)
            for index in stride(from: 0, to: digits.count, by: 2) {
                guard let high = UInt8(hexadecimalDigit: digits[index]),
                    let low = UInt8(hexadecimalDigit: digits[index + 1])
                else { return nil }
                bytes.append(high << 4 | low)
            }
            return bytes
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

extension UInt8 {
    fileprivate init?(hexadecimalDigit character: UInt8) {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self = character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self = character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self = character - UInt8(ascii: "A") + 10
        default: return nil
        }
    }
}

/// Bytes as base64url without padding (RFC 4648 §5), and back: for cookies, tokens and headers.
public enum Base64URL {
    /// Without padding.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil unless `text` is exactly what ``encode(_:)`` writes: one text for one value.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let standard = String(text).replacing("-", with: "+").replacing("_", with: "/") + padding
        guard let data = Data(base64Encoded: standard), encode(data) == text else { return nil }
        return Array(data)
    }
}

/// Crockford's base 32: digits and capitals without I, L, O and U, made to be read aloud and copied by hand.
enum Crockford {
    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The value, from 0 to 31, of a character as people write it: any case, O for 0, I and L for 1. Nil for another.
    static func value(of character: Character) -> UInt8? {
        guard let ascii = character.asciiValue else { return nil }
        return values[Int(ascii)]
    }

    /// Whether people put it in a code without meaning it: spaces, hyphens, and what a phone's keyboard or a word
    /// processor makes of a hyphen.
    static func isSeparator(_ character: Character) -> Bool {
        character.isWhitespace || separators.contains(character)
    }

    /// `count` random characters' values. 32 divides 256, so that none is likelier than another.
    static func randomValues(_ count: Int, from random: RandomSource) -> [UInt8] {
        random(count).map { $0 & 31 }
    }

    static func text(_ values: some Sequence<UInt8>) -> String {
        String(decoding: values.map { alphabet[Int($0)] }, as: UTF8.self)
    }

    private static let separators: Set<Character> = [
        "-", "_", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}",
    ]

    private static let values: [UInt8?] = {
        var table = [UInt8?](repeating: nil, count: 128)
        for (value, character) in alphabet.enumerated() {
            table[Int(character)] = UInt8(value)
            table[Int(character | 0x20)] = UInt8(value)
        }
        for (character, value) in [("O", 0), ("o", 0), ("I", 1), ("i", 1), ("L", 1), ("l", 1)] as [(Character, UInt8)] {
            character.asciiValue.map { table[Int($0)] = value }
        }
        return table
    }()
}
