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

        // Corsica counts as 19 (2A) and 18 (2B) when the key is computed.
        var digits = symbols
        switch symbols[5..<7] {
        case [UInt8(ascii: "2"), UInt8(ascii: "A")]: digits[5..<7] = [UInt8(ascii: "1"), UInt8(ascii: "9")]
        case [UInt8(ascii: "2"), UInt8(ascii: "B")]: digits[5..<7] = [UInt8(ascii: "1"), UInt8(ascii: "8")]
        default: break
        }
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { throw .characters }
        let numbers = digits.map { Int($0 - UInt8(ascii: "0")) }
        guard (1...8).contains(numbers[0]) else { throw .characters }

        let number = numbers[..<13].reduce(0) { $0 * 10 + $1 }
        let key = numbers[13] * 10 + numbers[14]
        guard key == 97 - number % 97 else { throw .key }

        // Those who give provisional numbers are free in what follows the first digit.
        if numbers[0] <= 2 {
            guard Self.isMonth(numbers[3] * 10 + numbers[4]) else { throw .month }
            guard Self.isDepartment(number / 1_000_000 % 100, hundreds: numbers[7]) else { throw .department }
        }
        canonical = String(decoding: symbols[..<13], as: UTF8.self)
        self.key = key
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
