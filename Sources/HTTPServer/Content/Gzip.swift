import CZlib
public import NIOCore

/// RFC 1952, by zlib.
public enum Gzip {
    /// Compresses in one go; for bodies that are kept and for files, at start or on first use.
    /// - Parameter level: 1 (fast) to 9 (small).
    /// - Returns: nil if zlib has no memory left.
    public static func compress(_ bytes: ByteBuffer, level: Int32 = 6) -> ByteBuffer? {
        var stream = z_stream()
        // 15 bits of window, 16 more for the gzip header; 8 is zlib's default use of memory.
        let version = ZLIB_VERSION
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version, size) == Z_OK else {
            return nil
        }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.readableBytes)))
        var compressed = ByteBufferAllocator().buffer(capacity: bound)
        let status = bytes.withUnsafeReadableBytes { input in
            compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { output in
                // zlib reads through this pointer and never writes, though C cannot say so.
                let source = UnsafeMutableRawPointer(mutating: input.baseAddress)
                stream.next_in = source?.assumingMemoryBound(to: UInt8.self)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(output.count)
                // The whole input fits, so this is the only call.
                guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return 0 }
                return Int(stream.total_out)
            }
        }
        return status > 0 ? compressed : nil
    }
}
