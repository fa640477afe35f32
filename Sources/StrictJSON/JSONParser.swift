extension JSON {
    /// Parses one JSON text (RFC 8259) in UTF-8, with white space around it and nothing else, not even a byte order mark.
    ///
    /// The parser is our own because it must be strict where Foundation's is lenient, and say where: it refuses an object
    /// that names a key twice, bytes that are not UTF-8, half surrogate pairs, numbers beyond a double, and arrays and
    /// objects nested deeper than `maximumDepth`; and the error tells the byte.
    ///
    /// A whole number within ±(2^53 − 1) becomes `integer`, however it is written; any other the nearest double.
    public init(parsing bytes: some Collection<UInt8>, maximumDepth: Int = 32) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: Array(bytes), maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// Parses the UTF-8 of a text.
    public init(parsing text: some StringProtocol, maximumDepth: Int = 32) throws(JSONSyntaxError) {
        try self.init(parsing: text.utf8, maximumDepth: maximumDepth)
    }

    /// The whole numbers that a double holds without a neighbour that rounds to them (I-JSON, RFC 7493).
    static let exactIntegers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991
}

/// Recursive descent over bytes. Recursion is as deep as `maximumDepth` and no deeper.
struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var position = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        let value = try value(depth: 0)
        skipWhitespace()
        guard position == bytes.count else { throw failure(.trailingBytes) }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[position] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure(.unexpectedByte)
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> [String: JSON] {
        guard depth <= maximumDepth else { throw failure(.tooDeep) }
        position += 1
        var members: [String: JSON] = [:]
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            skipWhitespace()
            let keyStart = position
            guard position < bytes.count else { throw failure(.unexpectedEnd) }
            guard bytes[position] == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let key = try string()
            skipWhitespace()
            try expect(UInt8(ascii: ":"))
            guard members.updateValue(try value(depth: depth), forKey: key) == nil else {
                throw JSONSyntaxError(offset: keyStart, reason: .duplicateKey)
            }
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        return members
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSON] {
        guard depth <= maximumDepth else { throw failure(.tooDeep) }
        position += 1
        var elements: [JSON] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            elements.append(try value(depth: depth))
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return elements
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        for index in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[index]) }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let wholeStart = position
        try digits()
        if bytes[wholeStart] == UInt8(ascii: "0"), position > wholeStart + 1 {
            throw JSONSyntaxError(offset: wholeStart + 1, reason: .malformedNumber)
        }
        let wholeEnd = position
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        // Fifteen digits are always below 2^53.
        if position == wholeEnd, wholeEnd - wholeStart <= 15 {
            let magnitude = bytes[wholeStart..<wholeEnd].reduce(0 as Int64) { $0 * 10 + Int64($1 & 0x0F) }
            return .integer(isNegative ? -magnitude : magnitude)
        }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
            throw JSONSyntaxError(offset: start, reason: .numberOutOfRange)
        }
        if let whole = Int64(exactly: value), JSON.exactIntegers.contains(whole) { return .integer(whole) }
        return .number(value)
    }

    /// One digit or more.
    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position == start else { return }
        throw failure(position == bytes.count ? .unexpectedEnd : .malformedNumber)
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        var hasEscapes = false
        scan: while true {
            guard position < bytes.count else { throw failure(.unexpectedEnd) }
            switch bytes[position] {
            case UInt8(ascii: "\""): break scan
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position += 2
            case 0..<0x20: throw failure(.controlCharacter)
            default: position += 1
            }
        }
        let raw = bytes[start..<position]
        guard let text = String(validating: raw, as: UTF8.self) else {
            throw JSONSyntaxError(offset: start + Self.lengthOfValidPrefix(raw), reason: .invalidUTF8)
        }
        position += 1
        return hasEscapes ? try unescaped(start..<position - 1) : text
    }

    /// The text of a string whose raw bytes are UTF-8 and end before a quote that no backslash precedes.
    private func unescaped(_ range: Range<Int>) throws(JSONSyntaxError) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[index + 1])
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, length) = try escapedScalar(at: index, before: range.upperBound)
                text.append(contentsOf: String(scalar).utf8)
                index += length
                continue
            default: throw JSONSyntaxError(offset: index, reason: .malformedEscape)
            }
            index += 2
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The scalar of `\uXXXX`, or of the two that make a surrogate pair, and how many bytes it is written in.
    private func escapedScalar(at index: Int, before end: Int) throws(JSONSyntaxError) -> (Unicode.Scalar, Int) {
        let unit = try codeUnit(at: index, before: end)
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        guard UTF16.isLeadSurrogate(unit), index + 7 < end, bytes[index + 6] == UInt8(ascii: "\\"),
            bytes[index + 7] == UInt8(ascii: "u")
        else { throw JSONSyntaxError(offset: index, reason: .loneSurrogate) }
        let second = try codeUnit(at: index + 6, before: end)
        guard UTF16.isTrailSurrogate(second) else { throw JSONSyntaxError(offset: index, reason: .loneSurrogate) }
        let pair = 0x1_0000 + (UInt32(unit & 0x3FF) << 10 | UInt32(second & 0x3FF))
        guard let scalar = Unicode.Scalar(pair) else { throw JSONSyntaxError(offset: index, reason: .loneSurrogate) }
        return (scalar, 12)
    }

    private func codeUnit(at index: Int, before end: Int) throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for digitIndex in index + 2..<index + 6 {
            guard digitIndex < end, let digit = Character(Unicode.Scalar(bytes[digitIndex])).hexDigitValue else {
                throw JSONSyntaxError(offset: index, reason: .malformedEscape)
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private static func lengthOfValidPrefix(_ bytes: ArraySlice<UInt8>) -> Int {
        var decoder = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var length = 0
        while case .valid(let scalar) = decoder.parseScalar(from: &iterator) { length += scalar.count }
        return length
    }

    // MARK: Bytes

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
        guard !take(byte) else { return }
        throw failure(position == bytes.count ? .unexpectedEnd : .unexpectedByte)
    }

    private func failure(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
        JSONSyntaxError(offset: min(position, bytes.count), reason: reason)
    }
}
