import CBrotli
public import NIOCore

/// RFC 7932, by libbrotlienc.
public enum Brotli {
    /// Compresses in one go; for bodies that are kept, on first use.
    /// - Parameter quality: 0 (fast) to 11 (small). At 5 it takes about as long as gzip at 6, and is smaller.
    /// - Returns: nil if there is no memory left.
    public static func compress(_ bytes: ByteBuffer, quality: Int32 = 5) -> ByteBuffer? {
        let bound = BrotliEncoderMaxCompressedSize(bytes.readableBytes)
        guard bound > 0 else { return nil }
        var compressed = ByteBufferAllocator().buffer(capacity: bound)
        let length = bytes.withUnsafeReadableBytes { input in
            compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { output in
                var length = output.count
                let status = BrotliEncoderCompress(
                    quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, input.count,
                    input.baseAddress?.assumingMemoryBound(to: UInt8.self), &length,
                    output.baseAddress?.assumingMemoryBound(to: UInt8.self))
                return status == BROTLI_TRUE ? length : 0
            }
        }
        return length > 0 ? compressed : nil
    }
}
