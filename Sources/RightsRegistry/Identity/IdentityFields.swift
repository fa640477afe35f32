import CivilTime
import StrictJSON

/// The fields of an identity, read strictly; what people type is forgiven where it can't be mistaken.
extension ObjectReader {
    /// One line of 1 to `maxLength` characters, spaces around it cut off.
    mutating func name(_ key: String, maxLength: Int = 100) -> String? {
        required(key) { json, pointer throws(FieldError) in
            try Self.nonblankName(json, pointer, maxLength: maxLength)
        }
    }

    /// The same where it may be absent; blank is absent.
    mutating func optionalName(_ key: String, maxLength: Int = 100) -> String? {
        optional(key) { json, pointer throws(FieldError) in
            try Self.name(json, pointer, maxLength: maxLength)
        } ?? nil
    }

    /// One name or more.
    mutating func names(_ key: String, maxCount: Int) -> [String]? {
        let names = array(key, maxCount: maxCount) { json, pointer throws(FieldError) in
            try Self.nonblankName(json, pointer, maxLength: 100)
        }
        if names?.isEmpty == true { fail(key, "required") }
        return names
    }

    /// A birth date. `today` is nil where a date that was checked before is read again.
    mutating func birthDate(_ key: String, today: CalendarDate?) -> CalendarDate? {
        required(key) { json, pointer throws(FieldError) in
            let text = try JSONValue.string(json, pointer, maxLength: 40)
            guard let date = CalendarDate(text) else { throw FieldError(pointer: pointer, code: "date") }
            guard let today else { return date }
            guard date <= today else { throw FieldError(pointer: pointer, code: "date.future") }
            guard date >= Self.earliestBirth else {
                throw FieldError(pointer: pointer, code: "date.tooOld", arguments: [String(Self.earliestBirth.year)])
            }
            return date
        }
    }

    /// A NIR with its key, or nil and the code of what is wrong with it.
    mutating func optionalNIR(_ key: String) -> NIR? {
        optional(key) { json, pointer throws(FieldError) in
            let text = try JSONValue.string(json, pointer, maxLength: 40)
            return text.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? nil : try Self.nir(text, pointer)
        } ?? nil
    }

    /// A NIR that must be there.
    mutating func nir(_ key: String) -> NIR? {
        required(key) { json, pointer throws(FieldError) in
            try Self.nir(JSONValue.string(json, pointer, maxLength: 40), pointer)
        }
    }

    /// The INSEE code of a commune, or of a country with 99 before it: five characters.
    mutating func optionalBirthPlace(_ key: String) -> String? {
        optional(key) { json, pointer throws(FieldError) in
            let text = try JSONValue.string(json, pointer, maxLength: 40)
            let code = String(text.filter { !$0.isWhitespace }).uppercased()
            if code.isEmpty { return nil }
            guard Self.isPlaceCode(code) else { throw FieldError(pointer: pointer, code: "birthPlace") }
            return code
        } ?? nil
    }

    // MARK: Rules

    /// Nobody born before lives in health data of our time: the longest life on record, begun in 1875, ended in 1997.
    private static var earliestBirth: CalendarDate { CalendarDate(daysSinceEpoch: -32_872) }  // 1 January 1880

    private static func nonblankName(_ json: JSON, _ pointer: String, maxLength: Int) throws(FieldError) -> String {
        guard let name = try name(json, pointer, maxLength: maxLength) else {
            throw FieldError(pointer: pointer, code: "required")
        }
        return name
    }

    private static func name(_ json: JSON, _ pointer: String, maxLength: Int) throws(FieldError) -> String? {
        let text = try JSONValue.string(json, pointer, maxLength: maxLength)
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        let name = scalars[first...last]
        // Besides control characters, line separators and marks that turn the direction of what an operator reads.
        let isOneLine = name.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: !scalar.properties.isBidiControl
            }
        }
        guard isOneLine else { throw FieldError(pointer: pointer, code: "controlCharacter") }
        return String(name)
    }

    private static func nir(_ text: String, _ pointer: String) throws(FieldError) -> NIR {
        do {
            return try NIR(text)
        } catch {
            throw FieldError(pointer: pointer, code: error.rawValue)
        }
    }

    private static func isPlaceCode(_ code: String) -> Bool {
        let symbols = Array(code.utf8)
        guard symbols.count == 5, !code.hasPrefix("00") else { return false }
        return symbols.enumerated().allSatisfy { index, symbol in
            switch symbol {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "A"), UInt8(ascii: "B"): index == 1 && symbols[0] == UInt8(ascii: "2")
            default: false
            }
        }
    }
}
