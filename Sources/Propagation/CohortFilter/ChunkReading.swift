import Glibc
import Vault

/// Goes through the rows of a file, chunk after chunk.
struct ChunkReading {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let shape: CohortShape
    private let identifiers: IdentifierReader
    private var reader: RowReader?
    private var batch = Batch()
    /// What of the file is at hand: the input of the chunk.
    private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What of the chunk before has not been read, since its row goes on.
    private var rest: [UInt8] = []
    private var isHeaderAhead = false

    /// Whether nothing comes after this chunk.
    private(set) var isLast = false
    /// Rows so far.
    private(set) var rows = 0
    /// Where the next row begins.
    private(set) var place = 0

    init(shape: CohortShape, key: PseudonymKey?) {
        self.shape = shape
        identifiers = IdentifierReader(key: key)
    }

    func deallocate() {
        identifiers.deallocate()
        batch.deallocate()
    }

    // MARK: Chunks

    mutating func fill(_ chunk: ChunkPipe.Chunk, from source: ByteSource) throws {
        rest.withUnsafeBytes { chunk.input.copyMemory(from: $0) }
        let room = UnsafeMutableRawBufferPointer(
            rebasing: chunk.input[rest.count..<rest.count + ChunkPipe.readLength])
        let count = try source.fill(room)
        isLast = count < room.count
        bytes = UnsafeRawBufferPointer(rebasing: chunk.input[..<(rest.count + count)])
        place = 0
        let isFirst = reader == nil
        if isFirst { try begin() }
        if let found = memchr(room.baseAddress!, 0, count) {
            let offset = UnsafeRawPointer(found) - bytes.baseAddress!
            let before = RowReader.lineFeeds(in: UnsafeRawBufferPointer(rebasing: bytes[..<offset]))
            throw GateRefusal.line((isFirst ? 1 : reader?.line ?? 1) + before, column: nil, "a NUL byte")
        }
    }

    /// Looks at the first row, which says how the others are to be read.
    private mutating func begin() throws {
        guard !bytes.isEmpty else { throw GateRefusal.cohort("it is empty") }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw GateRefusal.cohort("it is in UTF-16: convert it to UTF-8")
        }
        // A byte order mark is the file's, and no part of its first row.
        if bytes.starts(with: Self.mark) { place = Self.mark.count }
        var end = place
        var isQuoted = false
        while end < bytes.count, isQuoted || bytes[end] != UInt8(ascii: "\n") {
            if bytes[end] == UInt8(ascii: "\""), shape.separator != .tab { isQuoted.toggle() }
            end += 1
        }
        if end < bytes.count, end > place, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let layout = try shape.resolved(by: UnsafeRawBufferPointer(rebasing: bytes[place..<end]))
        reader = RowReader(layout: layout)
        isHeaderAhead = layout.hasHeader
    }

    /// Keeps what is left for the next chunk.
    mutating func end(_ chunk: ChunkPipe.Chunk) throws {
        rest = Array(bytes[place...])
        guard rest.count <= RowReader.longest else { throw tooLong() }
        chunk.consumed = place
    }

    private func tooLong() -> GateRefusal {
        .line(reader?.line ?? 1, column: nil, "it is longer than \(RowReader.longest / 1024) KiB")
    }

    // MARK: Rows

    /// Some rows, with their ends, and their persons' pseudonyms, 32 bytes each.
    struct Batch {
        let rows: UnsafeMutablePointer<Range<Int>>
        let pseudonyms: UnsafeMutableRawBufferPointer
        fileprivate(set) var count = 0

        fileprivate init() {
            rows = .allocate(capacity: OptOutSet.batch)
            rows.initialize(repeating: 0..<0, count: OptOutSet.batch)
            pseudonyms = .allocate(byteCount: OptOutSet.batch * 32, alignment: 64)
        }

        fileprivate func deallocate() {
            rows.deallocate()
            pseudonyms.deallocate()
        }
    }

    /// Tells the rows that are all in this chunk, some at a time, in their order.
    mutating func eachBatch(_ body: (Batch) throws -> Void) throws {
        guard var reader else { return }
        defer { self.reader = reader }
        let bytes = bytes
        let mayBeQuoted = reader.layout.separator.map { $0 != .tab } ?? false
        batch.count = 0
        while place < bytes.count, let row = try reader.row(at: place, in: bytes, isLast: isLast) {
            guard row.end - place <= RowReader.longest else { throw tooLong() }
            if isHeaderAhead {
                isHeaderAhead = false
            } else {
                let pseudonym = UnsafeMutableRawBufferPointer(
                    start: batch.pseudonyms.baseAddress! + batch.count &* 32, count: 32)
                if let (flaw, field) = identifiers.read(
                    bytes, reader.places, mayBeQuoted: mayBeQuoted, to: pseudonym)
                {
                    throw refusal(flaw, field, reader)
                }
                batch.rows[batch.count] = place..<row.end
                batch.count += 1
                rows += 1
                if batch.count == OptOutSet.batch {
                    try body(batch)
                    batch.count = 0
                }
            }
            reader.advance(row.lines)
            place = row.end
        }
        if batch.count > 0 { try body(batch) }
    }

    private func refusal(_ flaw: IdentifierReader.Flaw, _ field: Int, _ reader: RowReader) -> GateRefusal {
        var words = flaw.rawValue
        if reader.line == 1, rows == 0 {
            words +=
                reader.layout.separator == nil
                ? "; if rows have columns, say which has the identifier (--column)"
                : "; if the first row has names, say so (--header)"
        }
        return .line(reader.line, column: reader.layout.title(of: field), words)
    }
}
