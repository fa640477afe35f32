import Foundation

/// Cuts a stream of bytes into the lines of a JSON Lines file, holding one line at most.
///
/// A byte order mark, CRLF, blank lines and a last line without its end are all fine. Lines are counted from 1, blank
/// ones included, as an editor shows them.
struct LineSplitter {
    enum Line: Equatable {
        case text(number: Int, bytes: [UInt8])
        /// Longer than `longest`; its bytes were dropped as they came.
        case tooLong(number: Int)
    }

    /// 1 MB, as for a body of the API.
    static let longest = 1_048_576

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var partial: [UInt8] = []
    private var isTooLong = false
    private var ended = 0

    /// The lines that end within `chunk`.
    mutating func split(_ chunk: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var start = 0
        while start < chunk.count {
            guard let end = Self.newline(in: chunk, from: start) else {
                append(chunk[start...])
                break
            }
            append(chunk[start..<end])
            if let line = endLine() { lines.append(line) }
            start = end + 1
        }
        return lines
    }

    /// The last line, where the stream did not end with a line's end.
    mutating func finish() -> Line? { endLine() }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !isTooLong else { return }
        // A carriage return and a mark may come on top: they are cut off later.
        guard partial.count + bytes.count <= Self.longest + 1 + Self.mark.count else {
            isTooLong = true
            partial = []
            return
        }
        partial += bytes
    }

    private mutating func endLine() -> Line? {
        defer {
            partial.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        ended += 1
        if isTooLong { return .tooLong(number: ended) }
        var line = partial[...]
        if ended == 1 && line.starts(with: Self.mark) { line = line.dropFirst(Self.mark.count) }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { return nil }
        if line.count > Self.longest { return .tooLong(number: ended) }
        return .text(number: ended, bytes: Array(line))
    }

    private static func newline(in chunk: [UInt8], from start: Int) -> Int? {
        chunk.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}
