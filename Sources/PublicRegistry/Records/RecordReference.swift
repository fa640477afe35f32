import StrictJSON

/// The name of a record in its register, which is also a part of its address on the web.
///
/// 1 to 128 of `A–Z a–z 0–9 . _ -`, not beginning with a dot: safe in a URL and as a file's name. The registers we met
/// go up to 103 characters.
public struct RecordReference: Sendable, Hashable {
    public let text: String

    /// Nil for any other shape.
    public init?(_ text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "."),
            text.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension RecordReference: RecordValue {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
        guard let reference = RecordReference(text) else {
            findings.fail(pointer, "reference")
            return nil
        }
        self = reference
    }

    var json: JSON { .string(text) }
}
