/// Many rows for one table, packed as they are sent: PostgreSQL's binary COPY format (manual, COPY, “Binary Format”).
///
///     var rows = BulkRows(columns: ["token", "position"])
///     rows.beginRow(); rows.append(token); rows.append(position)
public struct BulkRows: Sendable {
    enum Kind: UInt8 { case blob, text, integer }

    let columns: [String]
    /// Each row: how many cells, then each cell's length and bytes, in big-endian order.
    private(set) var bytes: [UInt8] = []
    /// The kinds of the first row's cells, which all rows share.
    private(set) var kinds: [Kind] = []
    public private(set) var count = 0

    /// - Parameter columns: every row has as many cells, of the same types.
    public init(columns: [String]) { self.columns = columns }

    public mutating func beginRow() {
        count += 1
        append(bigEndian: Int16(columns.count))
    }

    public mutating func append(_ blob: [UInt8]) {
        note(.blob)
        append(bigEndian: Int32(blob.count))
        bytes += blob
    }

    public mutating func append(_ text: String) {
        note(.text)
        append(bigEndian: Int32(text.utf8.count))
        bytes += text.utf8
    }

    public mutating func append(_ number: Int64) {
        note(.integer)
        append(bigEndian: Int32(8))
        append(bigEndian: number)
    }

    private mutating func note(_ kind: Kind) { if count == 1 { kinds.append(kind) } }

    private mutating func append(bigEndian number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    /// Gives each row's cells, for an engine that takes one row at a time.
    func eachRow(_ body: ([SQLValue]) throws -> Void) throws {
        try bytes.withUnsafeBytes { bytes in
            var offset = 0
            func number<T: FixedWidthInteger>(_: T.Type) -> T {
                defer { offset += MemoryLayout<T>.size }
                return T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
            }
            for _ in 0..<count {
                _ = number(Int16.self)
                try body(
                    kinds.map { kind in
                        let length = Int(number(Int32.self))
                        guard kind != .integer else { return .integer(number(Int64.self)) }
                        defer { offset += length }
                        let cell = bytes[offset..<offset + length]
                        return kind == .blob ? .blob(Array(cell)) : .text(String(decoding: cell, as: UTF8.self))
                    })
            }
        }
    }
}
