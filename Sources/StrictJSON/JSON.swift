/// A JSON value (RFC 8259), as it was sent and as it is stored, hashed and answered.
///
/// Strings compare as Swift compares them: two spellings that Unicode holds equal ("é" in one or in two code points)
/// are one key and one value. Where bytes matter, as in a hash, compare `canonicalBytes`.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number. What is parsed is within ±(2^53 − 1), the whole numbers that every JSON reader knows exactly.
    case integer(Int64)
    /// Any other number. What is parsed is finite, and never a whole number that `integer` holds.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}

// MARK: - Reading

extension JSON {
    /// The value of a member; nil where there is none or where this is no object.
    public subscript(key: String) -> JSON? { object?[key] }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The truth value, or nil.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The whole number, or nil; `1.0` and `1e0` are whole numbers once parsed.
    public var int: Int? {
        guard case .integer(let value) = self else { return nil }
        return Int(value)
    }

    /// The number, whole or not, or nil.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The text, or nil.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The elements, or nil.
    public var array: [JSON]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// The members, or nil.
    public var object: [String: JSON]? {
        guard case .object(let value) = self else { return nil }
        return value
    }
}

// MARK: - Writing

extension JSON {
    /// An object of the members that are there; those that are nil are left out.
    public static func object(ofPresent members: KeyValuePairs<String, JSON?>) -> JSON {
        var object = [String: JSON](minimumCapacity: members.count)
        for (key, value) in members { object[key] = value }
        return .object(object)
    }
}

extension JSON: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension JSON: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) { self = .number(value) }
}

extension JSON: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByDictionaryLiteral {
    /// Like a dictionary's literal, it must not name a key twice.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
}
