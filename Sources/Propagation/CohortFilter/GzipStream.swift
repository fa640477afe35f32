import CZlib

/// Bytes that come from a file descriptor, unpacked on the way where they begin as gzip (RFC 1952) does.
///
/// Used by one thread, which it blocks.
final class ByteSource {
    private static let bufferLength = 256 * 1024

    private let descriptor: Int32
    private let path: String
    private let packed: UnsafeMutableRawBufferPointer
    private var stream = z_stream()
    private var start = 0
    private var end = 0
    /// Bytes read from the descriptor so far.
    private(set) var consumed = 0
    private let isPacked: Bool
    /// Whether a member of the gzip file has begun and not ended.
    private var isWithin = false

    /// Reads the first bytes, to see what they are.
    init(descriptor: Int32, path: String) throws {
        self.descriptor = descriptor
        self.path = path
        packed = .allocate(byteCount: Self.bufferLength, alignment: 64)
        var filled = 0
        do {
            while filled < 2 {
                let count = try Bytes.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: packed[filled...]), from: descriptor, path: path)
                if count == 0 { break }
                filled += count
            }
        } catch {
            packed.deallocate()
            throw error
        }
        (end, consumed) = (filled, filled)
        isPacked = filled >= 2 && packed[0] == 0x1F && packed[1] == 0x8B
        if isPacked {
            // 15 bits of window, 16 more for a gzip header and nothing else.
            let status = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            precondition(status == Z_OK, "zlib has no memory")
        }
    }

    deinit {
        if isPacked { inflateEnd(&stream) }
        packed.deallocate()
    }

    /// Fills `buffer` as far as there is anything; less than its size only at the end. Throws `FileFailure`, and
    /// `GateRefusal` where the gzip file is damaged or cut short.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        isPacked ? try inflate(into: buffer) : try copy(into: buffer)
    }

    private func copy(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let first = min(end - start, buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: packed[start..<start + first]))
        start += first
        guard first < buffer.count else { return first }
        let count = try Bytes.fill(
            UnsafeMutableRawBufferPointer(rebasing: buffer[first...]), from: descriptor, path: path)
        consumed += count
        return first + count
    }

    private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            if start == end {
                let count = try Bytes.read(into: packed, from: descriptor, path: path)
                (start, end) = (0, count)
                consumed += count
                if count == 0 {
                    guard !isWithin else { throw GateRefusal.cohort("the gzip file is cut short") }
                    break
                }
            }
            stream.next_in = packed.baseAddress!.advanced(by: start).assumingMemoryBound(to: UInt8.self)
            stream.avail_in = UInt32(end - start)
            stream.next_out = buffer.baseAddress!.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(min(buffer.count - filled, Int(UInt32.max)))
            isWithin = true
            let (before, room) = (end - start, Int(stream.avail_out))
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            start += before - Int(stream.avail_in)
            filled += room - Int(stream.avail_out)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END:
                // Another member may follow.
                isWithin = false
                guard inflateReset(&stream) == Z_OK else { throw GateRefusal.cohort("the gzip file is damaged") }
            default: throw GateRefusal.cohort("the gzip file is damaged")
            }
        }
        return filled
    }
}

/// Bytes on their way to a file descriptor, packed where that is asked for.
///
/// Used by one thread, which it blocks.
final class ByteSink {
    private static let bufferLength = 256 * 1024

    private let descriptor: Int32
    private let path: String
    private let packed: UnsafeMutableRawBufferPointer?
    private var stream = z_stream()

    init(descriptor: Int32, path: String, packs: Bool) {
        self.descriptor = descriptor
        self.path = path
        packed = packs ? .allocate(byteCount: Self.bufferLength, alignment: 64) : nil
        if packs {
            let status = deflateInit2_(
                &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size))
            precondition(status == Z_OK, "zlib has no memory")
        }
    }

    deinit {
        if let packed {
            deflateEnd(&stream)
            packed.deallocate()
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let packed else { return try Bytes.write(bytes, to: descriptor, path: path) }
        // zlib reads through this pointer and never writes, though C cannot say so.
        let source = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        stream.next_in = source?.assumingMemoryBound(to: UInt8.self)
        stream.avail_in = UInt32(bytes.count)
        try deflate(into: packed, Z_NO_FLUSH)
    }

    /// Writes what is left. Nothing is written afterwards.
    func finish() throws {
        guard let packed else { return }
        stream.avail_in = 0
        try deflate(into: packed, Z_FINISH)
    }

    private func deflate(into packed: UnsafeMutableRawBufferPointer, _ flush: Int32) throws {
        repeat {
            stream.next_out = packed.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(packed.count)
            _ = CZlib.deflate(&stream, flush)
            let count = packed.count - Int(stream.avail_out)
            try Bytes.write(UnsafeRawBufferPointer(rebasing: packed[..<count]), to: descriptor, path: path)
        } while stream.avail_out == 0
    }
}
