public import HTTPTypes
public import Hummingbird
public import NIOCore
import Synchronization

/// A body that is made once and served many times: its bytes, its tags and its headers are prepared, and its compressed form is
/// once somebody asks for it, so that an answer copies nothing and compresses nothing.
public final class CachedBody: Sendable {
    /// The strong tag of the bytes as they are, quotes included. Each compressed form has a tag of its own.
    public let etag: String
    /// Bytes of memory that this body takes, roughly, with its compressed forms.
    public let cost: Int

    private let status: HTTPResponse.Status
    private let identity: Form
    private let gzip: Packing
    private let brotli: Packing
    private let common: HTTPFields
    private let contentType: String

    /// A compressed form: made once, when somebody first asks for it.
    private final class Packing: Sendable {
        enum State {
            /// Compression would not make it smaller, or is not wanted.
            case never
            case notYet
            case made(Form)
        }

        let tag: String
        let coding: AcceptEncoding.Coding
        let state: Mutex<State>

        init(_ coding: AcceptEncoding.Coding, tag: String, isWanted: Bool) {
            (self.coding, self.tag) = (coding, tag)
            state = Mutex(isWanted ? .notYet : .never)
        }
    }

    /// One representation.
    fileprivate struct Form: Sendable {
        let tag: String
        let bytes: ByteBuffer
        let headers: HTTPFields
    }

    /// - Parameters:
    ///   - contentType: with its charset, where it is text.
    ///   - headers: further headers of the answer, such as `Cache-Control`; 304 repeats them.
    ///   - status: only 200 is ever answered conditionally.
    ///   - compressing: false for what is compressed already, such as an image.
    public init(
        _ bytes: ByteBuffer, contentType: String, headers: HTTPFields = [:], status: HTTPResponse.Status = .ok,
        compressing: Bool = true
    ) {
        let isPacked = compressing && bytes.readableBytes > 256
        let digest = EntityTag.digest(of: bytes.readableBytesView)
        var common = headers
        if isPacked { common[.vary] = common[.vary].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding" }
        self.common = common
        self.contentType = contentType
        self.status = status
        etag = "\"\(digest)\""
        identity = Form(tag: etag, bytes: bytes, common: common, contentType: contentType, encoding: nil)
        gzip = Packing(.gzip, tag: "\"\(digest)-gz\"", isWanted: isPacked)
        brotli = Packing(.brotli, tag: "\"\(digest)-br\"", isWanted: isPacked)
        cost = bytes.readableBytes * (isPacked ? 2 : 1) + 2_048
    }

    /// The answer to `request`: 304 where it names the tag of a form that it has, otherwise the form it likes best.
    /// HEAD gets the same headers, and its body is left out by the server.
    public func response(to request: Request) -> Response {
        let form = self.form(for: AcceptEncoding.best(request.headers[.acceptEncoding]))
        if status == .ok, request.method == .get || request.method == .head,
            let condition = request.headers[.ifNoneMatch],
            let tag = EntityTag.match(condition, [form.tag, etag, gzip.tag, brotli.tag])
        {
            var headers = common
            headers[.eTag] = tag
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: status, headers: form.headers, body: ResponseBody(byteBuffer: form.bytes))
    }

    private func form(for coding: AcceptEncoding.Coding) -> Form {
        switch coding {
        case .identity: identity
        case .gzip: packed(gzip) ?? identity
        case .brotli: packed(brotli) ?? identity
        }
    }

    /// Whoever asks first has it made; several at once may each do so.
    private func packed(_ packing: Packing) -> Form? {
        switch packing.state.withLock({ $0 }) {
        case .never: return nil
        case .made(let form): return form
        case .notYet: break
        }
        let bytes = packing.coding == .brotli ? Brotli.compress(identity.bytes) : Gzip.compress(identity.bytes)
        guard let bytes, bytes.readableBytes < identity.bytes.readableBytes else {
            packing.state.withLock { $0 = .never }
            return nil
        }
        let form = Form(
            tag: packing.tag, bytes: bytes, common: common, contentType: contentType, encoding: packing.coding.rawValue)
        packing.state.withLock { $0 = .made(form) }
        return form
    }
}

extension CachedBody.Form {
    fileprivate init(tag: String, bytes: ByteBuffer, common: HTTPFields, contentType: String, encoding: String?) {
        var headers = common
        headers[.eTag] = tag
        headers[.contentType] = contentType
        headers[.contentLength] = String(bytes.readableBytes)
        headers[.contentEncoding] = encoding
        self.init(tag: tag, bytes: bytes, headers: headers)
    }
}
