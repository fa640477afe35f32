public import CivilTime
public import Vault

/// What is wrong with a NIR as it was typed. The raw values are the codes of field errors.
public enum NIRError: String, Error, Sendable, Hashable, CaseIterable {
    /// Not thirteen characters and a key of two digits.
    case length = "nir.length"
    /// Something else than digits, or letters elsewhere than in 2A and 2B; or a first digit that is not 1 to 8.
    case characters = "nir.characters"
    case month = "nir.month"
    case department = "nir.department"
    /// The key does not fit: something was mistyped.
    case key = "nir.key"
}

/// A number of registration in the national register of natural persons, or a provisional one, with its key checked.
///
/// It does not tell the sex or the birth date of its bearer: both may have been corrected since it was given.
public struct NIR: Sendable, Hashable, Redacted {
    /// The thirteen characters, without the key; Corsica's departments in capitals.
    public let canonical: String
    /// 1 to 97.
    public let key: Int

    /// The fifteen characters, as on the card.
    public var full: String { canonical + (key < 10 ? "0" : "") + String(key) }

    /// Whether the number was given provisionally (it starts with 3 to 8).
    public var isProvisional: Bool { !canonical.hasPrefix("1") && !canonical.hasPrefix("2") }

    /// Whether sex, year and month of birth are those that the number was made from. Nothing can be said of a
    /// provisional number, nor of one whose month stands for an unknown one.
    public func agrees(with birthDate: CalendarDate, sex: Sex) -> Bool {
        guard !isProvisional else { return true }
        let digits = canonical.utf8.map { Int($0) - Int(UInt8(ascii: "0")) }
        let (year, month) = (digits[1] * 10 + digits[2], digits[3] * 10 + digits[4])
        return digits[0] == sex.digit && year == birthDate.year % 100
            && (!(1...12).contains(month) || month == birthDate.month)
    }

    /// Reads the thirteen characters and the key, forgiving about spaces, dots, hyphens and case.
    public init(_ text: some StringProtocol) throws(NIRError) {
        let characters = text.unicodeScalars.lazy.filter { scalar in
            !scalar.properties.isWhitespace && scalar.properties.generalCategory != .dashPunctuation && scalar != "."
        }
        let symbols = Array(String(String.UnicodeScalarView(characters)).uppercased().utf8)
        guard symbols.allSatisfy({ $0 < 0x80 }) else { throw .characters }
        guard symbols.count == 15 else { throw .length }

        if let flaw = symbols.withUnsafeBytes(Self.flaw(in:)) { throw flaw }
        canonical = String(decoding: symbols[..<13], as: UTF8.self)
        key = Int(symbols[13] - UInt8(ascii: "0")) * 10 + Int(symbols[14] - UInt8(ascii: "0"))
    }

    /// What is wrong with a number's thirteen characters, or fifteen with the key, in capitals and with nothing between
    /// them; nil where nothing is. It makes no string, for files of millions.
    public static func flaw(in characters: UnsafeRawBufferPointer) -> NIRError? {
        guard characters.count == 13 || characters.count == 15 else { return .length }
        func digit(_ place: Int) -> Int? {
            let value = Int(characters[place]) - Int(UInt8(ascii: "0"))
            return (0...9).contains(value) ? value : nil
        }
        var number = 0
        var place = 0
        while place < 13 {
            // Corsica counts as 19 (2A) and 18 (2B) when the key is computed.
            if place == 5, characters[5] == UInt8(ascii: "2"),
                characters[6] == UInt8(ascii: "A") || characters[6] == UInt8(ascii: "B")
            {
                number = number * 100 + (characters[6] == UInt8(ascii: "A") ? 19 : 18)
                place = 7
            } else {
                guard let value = digit(place) else { return .characters }
                number = number * 10 + value
                place += 1
            }
        }
        let first = number / 1_000_000_000_000
        guard (1...8).contains(first) else { return .characters }
        if characters.count == 15 {
            guard let tens = digit(13), let units = digit(14) else { return .characters }
            guard tens * 10 + units == 97 - number % 97 else { return .key }
        }
        // Those who give provisional numbers are free in what follows the first digit.
        if first <= 2 {
            guard isMonth(number / 100_000_000 % 100) else { return .month }
            guard isDepartment(number / 1_000_000 % 100, hundreds: number / 100_000 % 10) else { return .department }
        }
        return nil
    }

    /// Beside the twelve months, numbers given where a birth's month or record is not known: 20 to 42, and 50 up.
    private static func isMonth(_ month: Int) -> Bool {
        switch month {
        case 1...12, 20...42, 50...99: true
        default: false
        }
    }

    /// 01 to 96 (20 for Corsica before 1976, 96 and its neighbours for former territories), 971 to 988 overseas, 99 for
    /// births abroad.
    private static func isDepartment(_ department: Int, hundreds digit: Int) -> Bool {
        switch department {
        case 1...96, 99: true
        case 97: digit >= 1
        case 98: digit <= 8
        default: false
        }
    }
}
