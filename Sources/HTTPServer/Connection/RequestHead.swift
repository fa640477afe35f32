import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A request's header that keeps every rule of the edge.
struct RequestHead {
    let request: HTTPRequest
    /// The answer cannot be framed by chunks, and the connection ends after it.
    let isHTTP10: Bool
    /// The connection ends after the answer, by the client's wish or because the decoder reads no further: it takes
    /// an `Upgrade` for the end of HTTP, whatever we answer.
    let endsConnection: Bool
    /// `Expect: 100-continue`.
    let awaitsContinue: Bool
    /// The body's announced length; nil without one, as in chunks.
    let contentLength: Int?
    let isChunked: Bool

    var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    /// Checks and converts in one pass over the fields.
    init(
        _ head: HTTPRequestHead, limits: ServerConfiguration.Limits, hosts: HostPolicy, scheme: String
    ) throws(Rejection) {
        try Self.checkTarget(head, limit: limits.targetBytes)
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        var headerBytes = 0
        var host: String?
        var contentLength: Int?
        var (isChunked, awaitsContinue, asksUpgrade) = (false, false, false)
        for (rawName, value) in head.headers {
            headerBytes += rawName.utf8.count + value.utf8.count
            guard let name = HTTPField.Name(rawName) else { throw .malformedRequest }
            switch name {
            case .host:
                guard host == nil else { throw .hostRepeated }
                host = value
                continue
            case .contentLength:
                guard let length = Int(value), length >= 0, contentLength == nil else { throw .malformedRequest }
                contentLength = length
            case .transferEncoding:
                guard value.lowercased() == "chunked", !isChunked else { throw .unknownTransferCoding }
                isChunked = true
            case .expect:
                guard value.lowercased() == "100-continue" else { throw .unknownExpectation }
                awaitsContinue = true
            case .upgrade: asksUpgrade = true
            default: break
            }
            fields.append(HTTPField(name: name, value: value))
        }
        guard headerBytes <= limits.headerBytes else { throw .headersTooLarge }
        guard let host else { throw .hostMissing }
        if let refusal = hosts.refusal(of: host) { throw refusal }
        isHTTP10 = head.version.minor == 0
        guard !(isHTTP10 && isChunked), let method = try? HTTPRequest.Method(head.method) else {
            throw .malformedRequest
        }
        self.contentLength = contentLength
        self.isChunked = isChunked
        self.awaitsContinue = awaitsContinue && !isHTTP10
        endsConnection = isHTTP10 || asksUpgrade || !head.isKeepAlive
        request = HTTPRequest(method: method, scheme: scheme, authority: host, path: head.uri, headerFields: fields)
    }

    /// What is wrong with a target that is too long: the longest parameter where the path alone would do.
    private static func overlong(_ target: String, limit: Int) -> Rejection {
        let parts = target.split(separator: "?", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count <= limit,
            let longest = parts[1].split(separator: "&").max(by: { $0.utf8.count < $1.utf8.count }),
            let name = longest.split(separator: "=", maxSplits: 1).first, name.utf8.count <= 50,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return .targetTooLong }
        return .parameterTooLong(String(name))
    }

    /// Origin-form, or `*` for OPTIONS; RFC 3986's bytes; a path that decodes to UTF-8 without control characters. The
    /// query's encoding is for whoever parses it.
    private static func checkTarget(_ head: HTTPRequestHead, limit: Int) throws(Rejection) {
        let target = head.uri.utf8
        guard target.count <= limit else { throw overlong(head.uri, limit: limit) }
        guard target.first == UInt8(ascii: "/") || (head.uri == "*" && head.method == .OPTIONS) else {
            throw .targetForm
        }
        var pathHasEscape = false
        var isInQuery = false
        for byte in target {
            switch byte {
            case UInt8(ascii: "?"): isInQuery = true
            case UInt8(ascii: "%"): pathHasEscape = pathHasEscape || !isInQuery
            case UInt8(ascii: "#"), ...0x20, 0x7F...: throw .targetEncoding
            default: break
            }
        }
        guard pathHasEscape else { return }
        guard let path = PercentCoding.decode(target.prefix { $0 != UInt8(ascii: "?") }),
            path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .targetEncoding }
    }
}

extension HTTPField.Name {
    /// HTTPTypes keeps `Host` out of its fields, in the authority.
    fileprivate static let host = Self("Host")!
}
