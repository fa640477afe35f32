/// Reads a stream of bytes as CSV (RFC 4180), strictly, holding one record at most.
///
/// UTF-8 with or without a byte order mark; lines end with LF or CRLF; the delimiter is `,` or `;`, whichever the first
/// line has. Blank lines and a last line without its end are fine. A record that breaks the rules costs its first line
/// alone: reading goes on with the line after it, so that a quote which nobody closed does not swallow the file.
public struct CSVReader {
    /// Why a line is no record.
    public enum Flaw: String, Error, Sendable {
        /// A quote within a field that does not begin with one.
        case bareQuote
        /// Something between a closing quote and the next delimiter.
        case afterQuote
        /// A quote that is never closed.
        case unclosedQuote
        /// A carriage return that no line feed follows.
        case bareReturn
        case notUTF8
        /// Longer than `longest`.
        case tooLong
    }

    /// A record, or why there is none.
    public struct Record: Sendable, Equatable {
        /// The line where it begins, counted from 1 as an editor shows them.
        public let line: Int
        public let fields: Result<[String], Flaw>
    }

    /// Bytes of the longest record, unless another length is asked for.
    public static let longest = 65_536

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private enum State {
        case fieldStart, unquoted, quoted, quoteInQuoted
        /// After a carriage return outside quotes.
        case lineEnd
        /// In a line that was refused.
        case skipping
    }

    /// Nil until the first line is there.
    private var delimiter: UInt8?
    /// The beginning of the file, until its first line is there.
    private var head: [UInt8] = []
    private var state = State.fieldStart
    /// The bytes of the record, as they came.
    private var raw: [UInt8] = []
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    /// The line that is being read, and that where the record began.
    private var line = 1
    private var firstLine = 1
    /// What is to be read again after a refusal, and how far that is.
    private var replay: [UInt8] = []
    private var replayed = 0

    private let longest: Int

    /// - Parameter longest: bytes of the longest record.
    public init(longest: Int = CSVReader.longest) { self.longest = longest }

    /// The records that end within `chunk`.
    public mutating func read(_ chunk: some Collection<UInt8>) -> [Record] {
        var records: [Record] = []
        if delimiter == nil {
            head += chunk
            guard head.contains(Self.lineFeed) || head.count > longest else { return [] }
            takeHead(&records)
        } else {
            for byte in chunk { take(byte, &records) }
        }
        return records
    }

    /// The last records, where the stream did not end with a line's end.
    public mutating func finish() -> [Record] {
        var records: [Record] = []
        if delimiter == nil { takeHead(&records) }
        while !raw.isEmpty {
            switch state {
            case .quoted: refuse(.unclosedQuote, &records)
            case .lineEnd: refuse(.bareReturn, &records)
            case .skipping: raw = []
            case .fieldStart, .unquoted, .quoteInQuoted: endRecord(&records)
            }
            takeReplay(&records)
        }
        return records
    }

    private mutating func takeHead(_ records: inout [Record]) {
        let bytes = head.starts(with: Self.mark) ? head.dropFirst(Self.mark.count) : head[...]
        let first = bytes.prefix { $0 != Self.lineFeed }
        delimiter = first.contains(UInt8(ascii: ";")) ? UInt8(ascii: ";") : UInt8(ascii: ",")
        head = []
        for byte in bytes { take(byte, &records) }
    }

    private mutating func take(_ byte: UInt8, _ records: inout [Record]) {
        read(byte, &records)
        takeReplay(&records)
    }

    private mutating func takeReplay(_ records: inout [Record]) {
        while replayed < replay.count {
            replayed += 1
            read(replay[replayed - 1], &records)
        }
    }

    private mutating func read(_ byte: UInt8, _ records: inout [Record]) {
        if state == .skipping {
            guard byte == Self.lineFeed else { return }
            line += 1
            return beginRecord()
        }
        raw.append(byte)
        guard raw.count <= longest else { return refuse(.tooLong, &records) }
        switch (state, byte) {
        case (.quoted, Self.quote): state = .quoteInQuoted
        case (.quoted, _):
            field.append(byte)
            if byte == Self.lineFeed { line += 1 }
        case (.quoteInQuoted, Self.quote):
            field.append(byte)
            state = .quoted
        case (.lineEnd, Self.lineFeed), (.fieldStart, Self.lineFeed), (.unquoted, Self.lineFeed),
            (.quoteInQuoted, Self.lineFeed):
            endRecord(&records)
            line += 1
            firstLine = line
        case (.lineEnd, _): refuse(.bareReturn, &records)
        case (_, Self.carriageReturn): state = .lineEnd
        case (_, _) where byte == delimiter:
            fields.append(field)
            field.removeAll(keepingCapacity: true)
            state = .fieldStart
        case (.quoteInQuoted, _): refuse(.afterQuote, &records)
        case (.fieldStart, Self.quote): state = .quoted
        case (.unquoted, Self.quote): refuse(.bareQuote, &records)
        case (_, _):
            field.append(byte)
            state = .unquoted
        }
    }

    private mutating func beginRecord() {
        raw.removeAll(keepingCapacity: true)
        field.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        state = .fieldStart
        firstLine = line
    }

    private mutating func endRecord(_ records: inout [Record]) {
        let isBlank = fields.isEmpty && raw.allSatisfy { $0 == Self.lineFeed || $0 == Self.carriageReturn }
        if !isBlank {
            let texts = (fields + [field]).map { String(validating: $0, as: UTF8.self) }
            let known = texts.compactMap { $0 }
            records.append(
                Record(line: firstLine, fields: known.count == texts.count ? .success(known) : .failure(.notUTF8)))
        }
        beginRecord()
    }

    /// Gives up the line where the record began, and reads what followed of it again.
    private mutating func refuse(_ flaw: Flaw, _ records: inout [Record]) {
        records.append(Record(line: firstLine, fields: .failure(flaw)))
        let end = raw.firstIndex(of: Self.lineFeed)
        if let end {
            replay = Array(raw[(end + 1)...]) + replay[replayed...]
            replayed = 0
            line = firstLine + 1
        }
        beginRecord()
        if end == nil { state = .skipping }
    }
}
