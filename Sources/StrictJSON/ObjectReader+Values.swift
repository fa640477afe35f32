/// Readers of one value, to give to `ObjectReader.required`, `optional`, `array`; each throws a `FieldError`.
public enum JSONValue {
    /// Text of at most `maxLength` Unicode scalars, without control characters but line ends and tabs (PostgreSQL can't
    /// store U+0000). Throws `wrongType`, `tooLong` with the limit, `controlCharacter`.
    public static func string(_ json: JSON, _ pointer: String, maxLength: Int) throws(FieldError) -> String {
        guard let text = json.string else {
            throw FieldError(pointer: pointer, code: "wrongType", arguments: ["string"])
        }
        // A text is no longer in scalars than in bytes, so most need no count.
        guard text.utf8.count <= maxLength || text.unicodeScalars.count <= maxLength else {
            throw FieldError(pointer: pointer, code: "tooLong", arguments: [String(maxLength)])
        }
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\r" || scalar == "\t"
        }
        guard isClean else { throw FieldError(pointer: pointer, code: "controlCharacter") }
        return text
    }

    /// A whole number. Throws `wrongType`, `outOfRange` with both bounds.
    public static func int(_ json: JSON, _ pointer: String, in range: ClosedRange<Int>) throws(FieldError) -> Int {
        guard let number = json.int else {
            throw FieldError(pointer: pointer, code: "wrongType", arguments: ["integer"])
        }
        guard range.contains(number) else {
            throw FieldError(
                pointer: pointer, code: "outOfRange", arguments: [String(range.lowerBound), String(range.upperBound)])
        }
        return number
    }

    /// A truth value. Throws `wrongType`.
    public static func bool(_ json: JSON, _ pointer: String) throws(FieldError) -> Bool {
        guard let value = json.bool else {
            throw FieldError(pointer: pointer, code: "wrongType", arguments: ["boolean"])
        }
        return value
    }

    /// One word of a closed list. Throws `wrongType`, `notOneOf` with the words.
    public static func choice<E: RawRepresentable<String> & CaseIterable>(
        _ json: JSON, _ pointer: String, of type: E.Type
    ) throws(FieldError) -> E {
        guard let word = json.string else {
            throw FieldError(pointer: pointer, code: "wrongType", arguments: ["string"])
        }
        guard let choice = type.allCases.first(where: { $0.rawValue == word }) else {
            throw FieldError(pointer: pointer, code: "notOneOf", arguments: type.allCases.map(\.rawValue))
        }
        return choice
    }
}

extension ObjectReader {
    /// Reads text that must be there and not be blank, which a form can't tell apart (`required`).
    public mutating func string(_ key: String, maxLength: Int = 1000) -> String? {
        required(key) { json, pointer throws(FieldError) in
            let text = try JSONValue.string(json, pointer, maxLength: maxLength)
            guard !Self.isBlank(text) else { throw FieldError(pointer: pointer, code: "required") }
            return text
        }
    }

    /// Reads text that may be absent; blank is absent.
    public mutating func optionalString(_ key: String, maxLength: Int = 1000) -> String? {
        optional(key) { json, pointer throws(FieldError) in
            try JSONValue.string(json, pointer, maxLength: maxLength)
        }.flatMap { Self.isBlank($0) ? nil : $0 }
    }

    /// Reads a whole number that must be there.
    public mutating func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        required(key) { json, pointer throws(FieldError) in try JSONValue.int(json, pointer, in: range) }
    }

    /// Reads a whole number that may be absent.
    public mutating func optionalInt(_ key: String, in range: ClosedRange<Int>) -> Int? {
        optional(key) { json, pointer throws(FieldError) in try JSONValue.int(json, pointer, in: range) }
    }

    /// Reads a truth value that must be there.
    public mutating func bool(_ key: String) -> Bool? { required(key, JSONValue.bool) }

    /// Reads a truth value that may be absent.
    public mutating func optionalBool(_ key: String) -> Bool? { optional(key, JSONValue.bool) }

    /// Reads one word of a closed list that must be there.
    public mutating func choice<E: RawRepresentable<String> & CaseIterable>(_ key: String, of type: E.Type) -> E? {
        required(key) { json, pointer throws(FieldError) in try JSONValue.choice(json, pointer, of: type) }
    }

    /// Reads one word of a closed list that may be absent.
    public mutating func optionalChoice<E: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: E.Type
    ) -> E? {
        optional(key) { json, pointer throws(FieldError) in try JSONValue.choice(json, pointer, of: type) }
    }

    private static func isBlank(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
