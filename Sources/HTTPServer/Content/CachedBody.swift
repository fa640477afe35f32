public import HTTPTypes
public import Hummingbird
public import NIOCore

/// A body that is made once and served many times: its bytes as they are and compressed, its tags and its headers are
/// all prepared, so that an answer copies nothing and compresses nothing.
public final class CachedBody: Sendable {
    /// The strong tag of the bytes as they are, quotes included. The compressed form has a tag of its own.
    public let etag: String
    /// Bytes of memory that this body takes, roughly.
    public let cost: Int

    private let status: HTTPResponse.Status
    private let identity: Form
    /// nil where compression would not make it smaller.
    private let gzip: Form?

    /// One representation.
    fileprivate struct Form: Sendable {
        let tag: String
        let bytes: ByteBuffer
        let headers: HTTPFields
        let headersUnmodified: HTTPFields
    }

    /// - Parameters:
    ///   - contentType: with its charset, where it is text.
    ///   - headers: further headers of the answer, such as `Cache-Control`; 304 repeats them.
    ///   - status: only 200 is ever answered conditionally.
    ///   - compressing: false for what is compressed already, such as an image.
    public convenience init(
        _ bytes: ByteBuffer, contentType: String, headers: HTTPFields = [:], status: HTTPResponse.Status = .ok,
        compressing: Bool = true
    ) {
        let gzip = compressing && bytes.readableBytes > 256 ? Gzip.compress(bytes) : nil
        self.init(
            bytes, gzip: gzip, digest: EntityTag.digest(of: bytes.readableBytesView), contentType: contentType,
            headers: headers, status: status)
    }

    init(
        _ bytes: ByteBuffer, gzip: ByteBuffer?, digest: String, contentType: String, headers: HTTPFields,
        status: HTTPResponse.Status
    ) {
        let gzip = gzip.flatMap { $0.readableBytes < bytes.readableBytes ? $0 : nil }
        var common = headers
        if gzip != nil { common[.vary] = common[.vary].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding" }
        self.status = status
        etag = "\"\(digest)\""
        identity = Form(tag: etag, bytes: bytes, common: common, contentType: contentType, encoding: nil)
        self.gzip = gzip.map {
            Form(tag: "\"\(digest)-gz\"", bytes: $0, common: common, contentType: contentType, encoding: "gzip")
        }
        cost = bytes.readableBytes + (gzip?.readableBytes ?? 0) + 2_048
    }

    /// The answer to `request`: 304 where it names the tag of a form that it has, otherwise the form it likes best.
    /// HEAD gets the same headers, and its body is left out by the server.
    public func response(to request: Request) -> Response {
        let isGzip = gzip != nil && AcceptEncoding.prefersGzip(request.headers[.acceptEncoding])
        let form = isGzip ? gzip ?? identity : identity
        if status == .ok, request.method == .get || request.method == .head,
            let condition = request.headers[.ifNoneMatch]
        {
            let tags = gzip.map { [form.tag, identity.tag, $0.tag] } ?? [form.tag]
            if let tag = EntityTag.match(condition, tags) {
                let matched = tag == gzip?.tag ? gzip ?? identity : identity
                return Response(status: .notModified, headers: matched.headersUnmodified)
            }
        }
        return Response(status: status, headers: form.headers, body: ResponseBody(byteBuffer: form.bytes))
    }
}

extension CachedBody.Form {
    fileprivate init(tag: String, bytes: ByteBuffer, common: HTTPFields, contentType: String, encoding: String?) {
        var unmodified = common
        unmodified[.eTag] = tag
        var headers = unmodified
        headers[.contentType] = contentType
        headers[.contentLength] = String(bytes.readableBytes)
        headers[.contentEncoding] = encoding
        self.init(tag: tag, bytes: bytes, headers: headers, headersUnmodified: unmodified)
    }
}
