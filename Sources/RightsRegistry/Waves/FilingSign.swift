import SQLDatabase
import StrictJSON

/// What filings of a wave have in common.
public enum WaveKind: String, Sendable, CaseIterable {
    /// The same message, word for word.
    case message
    /// The same e-mail address, or the same postal one.
    case contact
    /// Nothing but the hour in which they came, by far more than usual.
    case rate
    /// Nothing that was found: somebody chose them by hand.
    case chosen
}

/// One thing that filings may have in common: a keyed hash of it.
struct FilingSign: Sendable, Hashable {
    let kind: WaveKind
    let bytes: [UInt8]
}

extension PersonIndexKey {
    /// Messages shorter than this are anybody's.
    private static let shortestMessage = 12

    /// What other filings may share of this one, as it was filed.
    func signs(of filing: JSON) -> [FilingSign] {
        var signs: [FilingSign] = []
        if let message = filing["message"]?.string.map(Self.bare), message.count >= Self.shortestMessage {
            signs.append(FilingSign(kind: .message, bytes: code("message", message)))
        }
        if let contact = filing["contact"]?["email"]?.string ?? filing["contact"]?["postal"]?.string {
            signs.append(FilingSign(kind: .contact, bytes: code("contact", Self.bare(contact))))
        }
        return signs
    }

    /// In small letters, with one space where there are several.
    private static func bare(_ text: String) -> String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

enum FilingSignStore {
    static func replace(_ signs: [FilingSign], of reference: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM filing_sign WHERE reference = $1", reference)
        for sign in signs {
            try connection.execute(
                "INSERT INTO filing_sign (reference, kind, sign) VALUES ($1, $2, $3)", reference, sign.kind.rawValue,
                sign.bytes)
        }
    }
}
