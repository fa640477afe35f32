/// Why bytes are not JSON, and where.
public struct JSONSyntaxError: Error, Sendable, Hashable {
    /// What is wrong. The raw values are stable words.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case unexpectedEnd, unexpectedByte, trailingBytes, malformedNumber, numberOutOfRange, malformedEscape
        case loneSurrogate, controlCharacter, invalidUTF8, duplicateKey, tooDeep
    }

    /// The first byte that can't stand where it stands, counted from 0; the length of the input where it ends too soon.
    public let offset: Int
    public let reason: Reason

    public init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONSyntaxError: CustomStringConvertible {
    /// In English, for the one who made the file; it repeats nothing of its content.
    public var description: String { "\(reason) at byte \(offset)" }
}

extension JSONSyntaxError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpectedEnd: "the JSON text ends too soon"
        case .unexpectedByte: "a character that can't stand here"
        case .trailingBytes: "something follows the JSON value"
        case .malformedNumber: "a malformed number"
        case .numberOutOfRange: "a number too large for a double"
        case .malformedEscape: "an unknown escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .controlCharacter: "a control character in a string must be escaped"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .duplicateKey: "a key that the object already has"
        case .tooDeep: "arrays and objects nested too deep"
        }
    }
}
