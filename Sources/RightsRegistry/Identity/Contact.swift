public import StrictJSON
public import Vault

/// Where the answer goes. Both may be absent: the tracking secret alone is enough to follow a request.
public struct Contact: Sendable, Hashable, Redacted {
    public let email: String?
    /// An address in lines.
    public let postal: String?

    /// Reads a contact; nil where `reader` has recorded errors.
    public init?(reading reader: inout ObjectReader) {
        email = reader.optionalName("email", maxLength: 254)
        if let email, !Self.isEmail(email) { reader.fail("email", "email") }
        postal = reader.optionalString("postal", maxLength: 500)
        if !reader.errors.isEmpty { return nil }
    }

    /// Reads what `json` wrote.
    public init(json: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(json) { Contact(reading: &$0) }
    }

    /// What `init(json:)` reads.
    public var json: JSON {
        .object(ofPresent: ["email": email.map(JSON.string), "postal": postal.map(JSON.string)])
    }

    /// Whether mail can be sent there as far as one can see: a part before the @ without anything that SMTP would want
    /// quoted, and a domain of two labels or more. Whether anyone reads it, only a message can tell.
    static func isEmail(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count) else { return false }
        guard parts[0].allSatisfy({ isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains($0) }) else {
            return false
        }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
