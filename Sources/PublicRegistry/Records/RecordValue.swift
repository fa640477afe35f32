import CivilTime
import StrictJSON

/// What was found while one line of a register file was read.
struct Findings: Sendable {
    /// Wrong types and bad values: the line is refused.
    var errors: [FieldError] = []
    /// What was left out of an otherwise good line: unknown fields, parts without their main field.
    var ignored: [FieldError] = []

    mutating func fail(_ pointer: String, _ code: String, _ arguments: String...) {
        errors.append(FieldError(pointer: pointer, code: code, arguments: arguments))
    }

    mutating func ignore(_ pointer: String, _ code: String, _ arguments: String...) {
        ignored.append(FieldError(pointer: pointer, code: code, arguments: arguments))
    }
}

/// A value that a field of a public record can hold, read from JSON and written back to the same JSON.
protocol RecordValue: Sendable {
    /// Nil where the value is wrong, which is then among the findings, or says nothing.
    init?(reading json: JSON, at pointer: String, into findings: inout Findings)
    var json: JSON { get }
}

/// A value that is a JSON object with fields of its own.
protocol RecordObject: RecordValue {
    /// Nil where the object lacks what makes it worth keeping.
    init?(from reader: inout RecordReader)
    /// The fields that are set.
    var members: KeyValuePairs<String, JSON?> { get }
}

extension RecordObject {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard case .object(let members) = json else {
            findings.fail(pointer, "wrongType", "object")
            return nil
        }
        var reader = RecordReader(members, at: pointer)
        let value = Self(from: &reader)
        reader.finish(into: &findings)
        guard let value else { return nil }
        self = value
    }

    var json: JSON { .object(ofPresent: members) }
}

extension Array where Element: RecordValue {
    /// Nil for an empty list, which a record does not write.
    var json: JSON? { isEmpty ? nil : .array(map(\.json)) }
}

// MARK: - Plain values

extension String: RecordValue {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard case .string(let text) = json else {
            findings.fail(pointer, "wrongType", "string")
            return nil
        }
        // Other control characters are left to the source; a NUL is one that no PostgreSQL text can hold.
        guard !text.utf8.contains(0) else {
            findings.fail(pointer, "controlCharacter")
            return nil
        }
        self = text
    }

    var json: JSON { .string(self) }
}

extension Bool: RecordValue {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard case .bool(let value) = json else {
            findings.fail(pointer, "wrongType", "boolean")
            return nil
        }
        self = value
    }

    var json: JSON { .bool(self) }
}

extension Int64: RecordValue {
    /// Counts alone: records hold no negative number.
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard case .integer(let value) = json else {
            findings.fail(pointer, "wrongType", "integer")
            return nil
        }
        guard value >= 0 else {
            findings.fail(pointer, "negative")
            return nil
        }
        self = value
    }

    var json: JSON { .integer(self) }
}

extension CalendarDate: RecordValue {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
        guard let date = CalendarDate(text) else {
            findings.fail(pointer, "date")
            return nil
        }
        self = date
    }

    var json: JSON { .string(description) }
}

/// The web address of a page, as text; only `http` and `https`, since pages make links of it.
struct WebAddress: RecordValue {
    let text: String

    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
        let schemes = ["https://", "http://"]
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) }), text.count > scheme.count,
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else {
            findings.fail(pointer, "url")
            return nil
        }
        self.text = text
    }

    var json: JSON { .string(text) }
}

/// A value out of a fixed list, written as the code word of its case.
protocol RecordChoice: RecordValue, RawRepresentable, CaseIterable where RawValue == String {}

extension RecordChoice {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        do {
            self = try JSONValue.choice(json, pointer, of: Self.self)
        } catch {
            findings.errors.append(error)
            return nil
        }
    }

    var json: JSON { .string(rawValue) }
}
