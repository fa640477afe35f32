import Glibc

/// Cuts a file into rows, strictly: what could be read in two ways is refused, with the line that it stands on.
///
/// Rows end with LF or with CRLF, all alike; the last may have no end. Between commas and semicolons a field may stand in
/// quotes, with doubled quotes and line ends inside (RFC 4180); between tabs there are none.
struct RowReader {
    /// The longest row, in bytes.
    static let longest = 1024 * 1024

    enum LineEnd { case lf, crlf }

    let layout: RowLayout
    /// The line on which the next row begins, from 1.
    private(set) var line: Int
    private var lineEnd: LineEnd?
    /// Where the wanted fields of the row at hand are.
    private(set) var places: [Range<Int>]

    init(layout: RowLayout, line: Int = 1) {
        self.layout = layout
        self.line = line
        places = Array(repeating: 0..<0, count: layout.wanted.count)
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let quote = UInt8(ascii: "\"")

    /// The row that begins at `start`: where its content and its end lie; nil where it is not all in `bytes` yet.
    /// Afterwards `places` has its wanted fields, and `line` is still its own: `advance` goes on to the next.
    ///
    /// - Parameter isLast: whether nothing comes after `bytes`.
    @inline(__always)
    mutating func row(
        at start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
    ) throws -> (content: Int, end: Int, lines: Int)? {
        if layout.separator == nil { return try wholeLine(at: start, in: bytes, isLast: isLast) }
        return try fields(at: start, in: bytes, isLast: isLast)
    }

    /// Goes on to the row after one of so many lines.
    @inline(__always)
    mutating func advance(_ lines: Int) { line += lines }

    @inline(__always)
    private mutating func wholeLine(
        at start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
    ) throws -> (content: Int, end: Int, lines: Int)? {
        let base = bytes.baseAddress! + start
        let found = memchr(base, Int32(Self.lineFeed), bytes.count - start)
        guard let found else {
            guard isLast else { return nil }
            places[0] = start..<bytes.count
            return (bytes.count, bytes.count, 1)
        }
        let end = start + (UnsafeRawPointer(found) - base)
        let content = try self.content(start, end, in: bytes)
        places[0] = start..<content
        return (content, end + 1, 1)
    }

    /// Where a row's content ends that ends with the line feed at `end`.
    @inline(__always)
    private mutating func content(_ start: Int, _ end: Int, in bytes: UnsafeRawBufferPointer) throws -> Int {
        let isCRLF = end > start && bytes[end - 1] == Self.carriageReturn
        let found = isCRLF ? LineEnd.crlf : .lf
        if lineEnd != found {
            guard lineEnd == nil else {
                throw refusal("it ends otherwise than the lines before: some with CRLF, some with LF")
            }
            lineEnd = found
        }
        return isCRLF ? end - 1 : end
    }

    private mutating func fields(
        at start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
    ) throws -> (content: Int, end: Int, lines: Int)? {
        let separator = layout.separator!.byte
        let quotes = layout.separator != .tab
        var (place, field, fieldStart, lines) = (start, 0, start, 1)
        while place < bytes.count {
            let byte = bytes[place]
            if byte == separator {
                note(field, fieldStart..<place)
                field += 1
                fieldStart = place + 1
            } else if byte == Self.lineFeed {
                let content = try content(start, place, in: bytes)
                note(field, fieldStart..<content)
                try require(field + 1)
                return (content, place + 1, lines)
            } else if byte == Self.carriageReturn {
                guard place + 1 < bytes.count else {
                    guard isLast else { return nil }
                    throw refusal("a carriage return without a line feed")
                }
                guard bytes[place + 1] == Self.lineFeed else { throw refusal("a carriage return without a line feed") }
            } else if byte == Self.quote, quotes {
                guard place == fieldStart else { throw refusal("a quote within a field that does not begin with one") }
                // Each turn ends behind a quote: of the end, or the first of two.
                place += 1
                while true {
                    guard place < bytes.count,
                        let found = memchr(bytes.baseAddress! + place, Int32(Self.quote), bytes.count - place)
                    else {
                        guard isLast else { return nil }
                        throw refusal("a quote that is never closed")
                    }
                    let closing = UnsafeRawPointer(found) - bytes.baseAddress!
                    lines += Self.lineFeeds(in: UnsafeRawBufferPointer(rebasing: bytes[place..<closing]))
                    place = closing + 1
                    guard place < bytes.count, bytes[place] == Self.quote else { break }
                    place += 1
                }
                guard place < bytes.count || isLast else { return nil }
                if place < bytes.count {
                    let next = bytes[place]
                    guard next == separator || next == Self.lineFeed || next == Self.carriageReturn else {
                        throw refusal("something follows a closing quote")
                    }
                }
                continue
            }
            place += 1
        }
        guard isLast else { return nil }
        note(field, fieldStart..<bytes.count)
        try require(field + 1)
        return (bytes.count, bytes.count, lines)
    }

    @inline(__always)
    private mutating func note(_ field: Int, _ range: Range<Int>) {
        for (index, wanted) in layout.wanted.enumerated() where wanted == field { places[index] = range }
    }

    private func require(_ count: Int) throws {
        guard let expected = layout.fields, count != expected else { return }
        throw refusal("it has \(count) columns and the first row \(expected)")
    }

    func refusal(_ what: String) -> GateRefusal { .line(line, column: nil, what) }

    static func lineFeeds(in bytes: UnsafeRawBufferPointer) -> Int { bytes.reduce(0) { $0 + ($1 == lineFeed ? 1 : 0) } }
}
