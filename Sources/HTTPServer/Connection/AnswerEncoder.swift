import HTTPTypes
import NIOCore

/// Writes answers as HTTP/1.1. Ours rather than NIO's: what frames a body depends on the request (HEAD, HTTP/1.0),
/// which NIO's encoder does not know, so that a streamed answer to HEAD would end in a chunk that the next answer is
/// read by.
struct AnswerEncoder {
    /// What tells the client where the body ends.
    enum Framing {
        /// There is none: HEAD, 204 and 304.
        case bodiless
        case contentLength
        case chunked
        /// The connection's end, for HTTP/1.0.
        case connectionEnd
    }

    private(set) var framing = Framing.bodiless

    /// The header, ending in its blank line.
    mutating func head(
        _ response: HTTPResponse, isHead: Bool, isHTTP10: Bool, endsConnection: Bool, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let status = response.status
        let forbidsLength = status.kind == .informational || status == .noContent || status == .notModified
        let hasLength = !forbidsLength && response.headerFields.contains(.contentLength)
        if forbidsLength || isHead {
            framing = .bodiless
        } else if hasLength {
            framing = .contentLength
        } else {
            framing = isHTTP10 ? .connectionEnd : .chunked
        }
        var buffer = allocator.buffer(capacity: 1_024)
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(status.code == 200 ? "200 OK" : "\(status.code) \(status.reasonPhrase)")
        buffer.writeStaticString("\r\n")
        for field in response.headerFields {
            switch field.name {
            case .connection, .transferEncoding: continue
            case .contentLength where forbidsLength: continue
            default:
                buffer.writeString(field.name.rawName)
                buffer.writeStaticString(": ")
                buffer.writeString(field.value)
                buffer.writeStaticString("\r\n")
            }
        }
        if case .chunked = framing { buffer.writeStaticString("transfer-encoding: chunked\r\n") }
        if endsConnection { buffer.writeStaticString("connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        return buffer
    }

    /// One part of the body; nil where it has none.
    func body(_ part: ByteBuffer, allocator: ByteBufferAllocator) -> ByteBuffer? {
        switch framing {
        case .bodiless: return nil
        case .contentLength, .connectionEnd: return part
        case .chunked:
            guard part.readableBytes > 0 else { return nil }
            var chunk = allocator.buffer(capacity: part.readableBytes + 12)
            chunk.writeString(String(part.readableBytes, radix: 16))
            chunk.writeStaticString("\r\n")
            chunk.writeImmutableBuffer(part)
            chunk.writeStaticString("\r\n")
            return chunk
        }
    }

    /// What ends the body, if anything must be written for that.
    func end(allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard case .chunked = framing else { return nil }
        var buffer = allocator.buffer(capacity: 5)
        buffer.writeStaticString("0\r\n\r\n")
        return buffer
    }
}
