import CZlib
public import Hummingbird
public import NIOCore

/// RFC 1952 piece by piece, for a body that is made while it is sent: memory does not grow with its length.
///
/// Used by one task at a time.
public final class GzipStream {
    private static let pieceLength = 64 * 1024

    private var stream = z_stream()

    public init() {
        // 15 bits of window, 16 more for the gzip header; fast, since a reader waits for it.
        let status = deflateInit2_(
            &stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has no memory")
    }

    deinit { deflateEnd(&stream) }

    /// What there is to send once `bytes` are taken in; often nothing yet.
    public func pack(_ bytes: some Collection<UInt8>) -> ByteBuffer { deflate(Array(bytes), Z_NO_FLUSH) }

    /// The end. Nothing is packed afterwards.
    public func finish() -> ByteBuffer { deflate([], Z_FINISH) }

    private func deflate(_ bytes: [UInt8], _ flush: Int32) -> ByteBuffer {
        var packed = ByteBuffer()
        bytes.withUnsafeBytes { input in
            // zlib reads through this pointer and never writes, though C cannot say so.
            let source = UnsafeMutableRawPointer(mutating: input.baseAddress)
            stream.next_in = source?.assumingMemoryBound(to: UInt8.self)
            stream.avail_in = UInt32(input.count)
            repeat {
                packed.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceLength) { output in
                    stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    stream.avail_out = UInt32(output.count)
                    _ = CZlib.deflate(&stream, flush)
                    return output.count - Int(stream.avail_out)
                }
            } while stream.avail_out == 0
        }
        return packed
    }
}

extension Request {
    /// Whether the client would rather have gzip than the bytes as they are.
    public var prefersGzip: Bool { AcceptEncoding.prefersGzip(headers[.acceptEncoding]) }
}
