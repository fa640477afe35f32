/// What is wrong with one field of a body or of a form.
public struct FieldError: Error, Sendable, Hashable {
    /// Where: an RFC 6901 JSON pointer from the root of the body; empty for the body itself.
    public var pointer: String
    /// A stable word, such as `required` or `nir.key`, by which the words that people read are looked up.
    public var code: String
    /// What those words name besides: a limit, the allowed values. Never what was sent, which may be personal.
    public var arguments: [String]

    public init(pointer: String, code: String, arguments: [String] = []) {
        self.pointer = pointer
        self.code = code
        self.arguments = arguments
    }
}

/// Everything that is wrong with a body, in the order of its reading; never empty.
public struct FieldErrors: Error, Sendable, Hashable {
    public var errors: [FieldError]

    public init(_ errors: [FieldError]) { self.errors = errors }
}

/// RFC 6901.
public enum JSONPointer {
    /// The pointer to a member of the object that `pointer` leads to.
    public static func member(_ key: String, of pointer: String) -> String {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return "\(pointer)/\(key)"
        }
        var escaped = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\(pointer)/\(escaped)"
    }

    /// The pointer to an element of the array that `pointer` leads to.
    public static func element(_ index: Int, of pointer: String) -> String { "\(pointer)/\(index)" }
}
