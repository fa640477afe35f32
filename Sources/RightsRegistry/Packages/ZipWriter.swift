import CivilTime

/// Writes a ZIP archive entry by entry, uncompressed (PKWARE APPNOTE 6.3.10, version 2.0): it is sealed afterwards, and kept for
/// some days.
struct ZipWriter {
    /// Beyond this, offsets need fields that not every reader knows.
    struct TooLong: Error {}

    private let day: CalendarDate
    private var offset = 0
    private var entries = 0
    private var directory: [UInt8] = []

    /// - Parameter day: what every entry is dated.
    init(on day: CalendarDate) { self.day = day }

    /// The bytes of one more entry. `path` has folders between slashes, in UTF-8.
    mutating func entry(_ path: String, _ content: [UInt8]) throws(TooLong) -> [UInt8] {
        guard offset + content.count + directory.count < Int(UInt32.max) - 65_536, entries < Int(UInt16.max) else {
            throw TooLong()
        }
        let name = Array(path.utf8)
        // Version needed, UTF-8 names, stored, date and time, what the content is, the name's length, nothing extra.
        let common: [UInt8] =
            Self.bytes16(20) + Self.bytes16(0x0800) + Self.bytes16(0) + Self.bytes16(0) + Self.bytes16(date)
            + Self.bytes32(CRC32.of(content)) + Self.bytes32(content.count) + Self.bytes32(content.count)
            + Self.bytes16(name.count) + Self.bytes16(0)
        directory += Self.bytes32(0x0201_4B50)
        // Made on Unix: an ordinary file that its owner alone may read.
        directory += Self.bytes16(0x0314) + common
        directory += Self.bytes16(0) + Self.bytes16(0) + Self.bytes16(0) + Self.bytes32(0o100600 << 16)
        directory += Self.bytes32(offset) + name
        let written = Self.bytes32(0x0403_4B50) + common + name + content
        offset += written.count
        entries += 1
        return written
    }

    /// What ends the archive.
    func end() -> [UInt8] {
        directory + Self.bytes32(0x0605_4B50) + Self.bytes16(0) + Self.bytes16(0) + Self.bytes16(entries)
            + Self.bytes16(entries) + Self.bytes32(directory.count) + Self.bytes32(offset) + Self.bytes16(0)
    }

    /// MS-DOS: seven bits of years since 1980, four of the month, five of the day.
    private var date: Int { max(day.year - 1980, 0) << 9 | day.month << 5 | day.day }

    private static func bytes16(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }

    private static func bytes32(_ value: Int) -> [UInt8] { bytes16(value & 0xFFFF) + bytes16(value >> 16 & 0xFFFF) }
}

/// The checksum of ZIP entries: CRC-32, reflected, of the polynomial 0x04C11DB7 (ITU-T V.42).
enum CRC32 {
    static func of(_ bytes: [UInt8]) -> Int {
        Int(~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] })
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
}
