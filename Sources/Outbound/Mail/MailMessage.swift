public import CivilTime
import Foundation

/// A message in plain text, as it goes to a mail server (RFC 5322, RFC 2045 to 2047).
public struct MailMessage: Sendable {
    /// Who writes: a name to show, and the address.
    public struct Sender: Sendable {
        public let name: String
        public let address: String

        public init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    let sender: Sender
    let replyTo: String?
    let recipient: String
    /// The same each time that the same message is sent, so that who gets it twice sees it once.
    let id: String
    let subject: String
    let text: String
    /// A tag such as `fr`.
    let language: String
    let date: Instant

    /// - Parameters:
    ///   - id: unique in the sender's domain; letters, digits and hyphens.
    ///   - text: lines of any length.
    public init(
        from sender: Sender, replyTo: String? = nil, to recipient: String, id: String, subject: String, text: String,
        language: String, date: Instant
    ) {
        self.sender = sender
        self.replyTo = replyTo
        self.recipient = recipient
        self.id = id
        self.subject = subject
        self.text = text
        self.language = language
        self.date = date
    }

    /// Whether `address` can stand in a header and in a command of SMTP without ending it.
    public static func isAddress(_ address: String) -> Bool {
        address.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
            && address.utf8.count <= 254 && address.split(separator: "@", omittingEmptySubsequences: false).count == 2
    }

    /// The domain of the sender's address.
    var domain: String { sender.address.split(separator: "@").last.map(String.init) ?? "localhost" }

    /// The message, each line ended by CRLF.
    var bytes: [UInt8] {
        var headers = [
            "Date: \(Self.date(date))",
            "From: \(EncodedWord.header(sender.name)) <\(sender.address)>",
            "To: <\(recipient)>",
            "Message-ID: <\(id)@\(domain)>",
            "Subject: \(EncodedWord.header(subject))",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "Content-Language: \(language)",
            // A machine wrote it: no machine is to answer (RFC 3834).
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
        ]
        if let replyTo { headers.append("Reply-To: <\(replyTo)>") }
        return Array((headers.joined(separator: "\r\n") + "\r\n\r\n" + QuotedPrintable.encode(text)).utf8)
    }

    /// `Thu, 05 Mar 2026 09:00:00 +0000`.
    private static func date(_ instant: Instant) -> String {
        let day = instant.date(in: .gmt)
        let time = instant.description.split(separator: "T")[1].dropLast()
        let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let number = day.day < 10 ? "0\(day.day)" : "\(day.day)"
        return "\(weekdays[day.weekday - 1]), \(number) \(months[day.month - 1]) \(day.year) \(time) +0000"
    }
}

/// Text in a header (RFC 2047).
enum EncodedWord {
    /// As it is where it is plain ASCII that needs no quoting; otherwise in encoded words of at most 75 characters, none
    /// of which cuts a character in two.
    static func header(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "'"):
                true
            default: false
            }
        }
        if isPlain, text.utf8.count <= 60 { return text }
        let (start, end) = ("=?utf-8?Q?", "?=")
        var words = [""]
        for scalar in text.unicodeScalars {
            let encoded = String(scalar).utf8.map(encode).joined()
            if start.count + words[words.count - 1].count + encoded.count + end.count > 75 { words.append("") }
            words[words.count - 1] += encoded
        }
        return words.map { start + $0 + end }.joined(separator: "\r\n ")
    }

    private static func encode(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: " "): "_"
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            String(UnicodeScalar(byte))
        default: QuotedPrintable.escaped(byte)
        }
    }
}

/// The content of a message in lines of at most 76 ASCII characters (RFC 2045, 6.7).
enum QuotedPrintable {
    static func encode(_ text: String) -> String {
        var result = ""
        for line in text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            result += encode(line: Array(line.utf8)) + "\r\n"
        }
        return result
    }

    private static func encode(line bytes: [UInt8]) -> String {
        var (result, length) = ("", 0)
        for (place, byte) in bytes.enumerated() {
            let isLast = place == bytes.count - 1
            let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            // A dot alone ends a message in SMTP, and blanks at a line's end are lost on the way.
            let isSafe =
                byte != UInt8(ascii: "=") && !(byte == UInt8(ascii: ".") && length == 0)
                && ((0x21...0x7E).contains(byte) || isBlank && !isLast)
            var encoded = isSafe ? String(UnicodeScalar(byte)) : escaped(byte)
            if length + encoded.count > 75 {
                result += "=\r\n"
                length = 0
                if byte == UInt8(ascii: ".") { encoded = escaped(byte) }
            }
            result += encoded
            length += encoded.count
        }
        return result
    }

    static func escaped(_ byte: UInt8) -> String {
        let hexadecimal = Array("0123456789ABCDEF")
        return "=\(hexadecimal[Int(byte >> 4)])\(hexadecimal[Int(byte & 15)])"
    }
}
