/// What the header of a part says of it (RFC 7578 §4.2), and the parameters of header values.
struct PartHeader {
    let name: String
    /// Set where the part is a file; empty where none was chosen.
    let fileName: String?

    init(name: String, fileName: String?) {
        self.name = name
        self.fileName = fileName
    }

    /// Reads the lines of a header. Nil for control characters, for what is not UTF-8, for a transfer coding that changes
    /// the bytes, and unless there is one `Content-Disposition: form-data` with a name.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var disposition: [String: String]?
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")),
                line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { return nil }
            let value = line[line.utf8.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "content-disposition":
                guard disposition == nil, let read = Self.parameters(value, after: "form-data") else { return nil }
                disposition = read
            case "content-transfer-encoding":
                guard ["7bit", "8bit", "binary"].contains(value.lowercased()) else { return nil }
            default: break
            }
        }
        guard let disposition, let name = disposition["name"], !name.isEmpty else { return nil }
        self.init(name: name, fileName: disposition["filename"] ?? disposition["filename*"].flatMap(Self.extended))
    }

    /// The boundary that a `Content-Type` names: 1 to 70 of RFC 2046's characters.
    static func boundary(in contentType: String) -> [UInt8]? {
        guard let boundary = parameters(contentType[...], after: "multipart/form-data")?["boundary"],
            (1...70).contains(boundary.utf8.count), boundary.utf8.last != UInt8(ascii: " "),
            boundary.utf8.allSatisfy(isBoundaryByte)
        else { return nil }
        return Array(boundary.utf8)
    }

    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }

    /// The parameters of `word; name=value; name="value"`. Nil where the first word is another one, a parameter comes
    /// twice, or the value is malformed.
    ///
    /// Within quotes, browsers write a quotation mark and line ends percent-encoded, other programs a quotation mark
    /// behind a backslash; a backslash before anything else is itself, as in a path of Windows.
    private static func parameters(_ value: Substring, after word: String) -> [String: String]? {
        var rest = value[...].utf8
        func skipSpaces() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
        let first = rest.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
        guard String(Substring(first)).lowercased() == word else { return nil }
        rest = rest.dropFirst(first.count)
        var found: [String: String] = [:]
        while true {
            skipSpaces()
            guard let separator = rest.popFirst() else { return found }
            guard separator == UInt8(ascii: ";") else { return nil }
            skipSpaces()
            if rest.isEmpty { return found }
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") && $0 != 0x20 }
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "=") else { return nil }
            guard let text = rest.first == UInt8(ascii: "\"") ? quoted(&rest) : token(&rest),
                found.updateValue(text, forKey: String(Substring(name)).lowercased()) == nil
            else { return nil }
        }
    }

    private static func token(_ rest: inout Substring.UTF8View.SubSequence) -> String? {
        let token = rest.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        rest = rest.dropFirst(token.count)
        return token.isEmpty || token.contains(UInt8(ascii: "\"")) ? nil : String(Substring(token))
    }

    private static func quoted(_ rest: inout Substring.UTF8View.SubSequence) -> String? {
        var text: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\") where rest.first == UInt8(ascii: "\""):
                rest = rest.dropFirst()
                text.append(UInt8(ascii: "\""))
            case UInt8(ascii: "%") where rest.starts(with: "22".utf8):
                rest = rest.dropFirst(2)
                text.append(UInt8(ascii: "\""))
            default: text.append(byte)
            }
        }
        return nil
    }

    /// A value of RFC 8187, as some programs write names beyond ASCII; only UTF-8.
    private static func extended(_ value: String) -> String? {
        guard value.lowercased().hasPrefix("utf-8''") else { return nil }
        return PercentCoding.decode(value.utf8.dropFirst(7))
    }
}
