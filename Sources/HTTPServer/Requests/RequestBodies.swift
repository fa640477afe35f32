import HTTPTypes
public import Hummingbird
public import NIOCore

extension Request {
    /// Whether `Content-Type` is `type`, in any case and whatever its parameters, except a charset other than UTF-8.
    public func hasContentType(_ type: String) -> Bool {
        guard let value = headers[.contentType] else { return false }
        let parts = value.lowercased().split(separator: ";").map { $0.filter { $0 != " " } }
        guard parts.first == type else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasPrefix("charset=") || parameter == "charset=utf-8" || parameter == "charset=\"utf-8\""
        }
    }

    /// The whole body, which must be of one of `types`. May be called once.
    ///
    /// Throws a ``ProblemDetails``: 415 for another type or a compressed body, 413 beyond the route's limit, 400 for a
    /// body that ends before its announced length.
    public func wholeBody(of types: String..., in context: PortalContext) async throws(ProblemDetails) -> ByteBuffer {
        guard types.contains(where: hasContentType) else {
            throw ProblemDetails(
                .unsupportedMediaType, code: "unsupportedMediaType",
                detail: "Le corps doit être \(types[0]). / The body must be \(types[0]).",
                headers: [HTTPField.Name("Accept")!: types.joined(separator: ", ")])
        }
        return try await anyBody(in: context)
    }

    /// The whole body, of whatever type. Throws as ``wholeBody(of:in:)`` does.
    public func anyBody(in context: PortalContext) async throws(ProblemDetails) -> ByteBuffer {
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw ProblemDetails(
                .unsupportedMediaType, code: "unsupportedEncoding",
                detail: "Les corps compressés ne sont pas acceptés. / Compressed bodies are not accepted.")
        }
        let bytes: ByteBuffer
        do {
            bytes = try await body.collect(upTo: context.bodyLimit)
        } catch is NIOTooManyBytesError {
            throw Rejection.bodyTooLarge.problem
        } catch {
            throw Rejection.malformedRequest.problem
        }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length != bytes.readableBytes {
            throw Rejection.malformedRequest.problem
        }
        return bytes
    }

    /// JSON is short, also where a route takes files besides.
    private static var longestJSON: Int { 1024 * 1024 }

    /// The bytes of a body of type `application/json`, not yet parsed. Throws as ``wholeBody(of:in:)`` does.
    public func jsonBody(in context: PortalContext) async throws(ProblemDetails) -> ByteBuffer {
        try await jsonBody(upTo: Self.longestJSON, in: context)
    }

    /// The same of at most `limit` bytes, and of no more than the route takes.
    public func jsonBody(upTo limit: Int, in context: PortalContext) async throws(ProblemDetails) -> ByteBuffer {
        var context = context
        context.bodyLimit = min(context.bodyLimit, limit)
        return try await wholeBody(of: "application/json", in: context)
    }

    /// The fields of a posted form (`application/x-www-form-urlencoded`). Throws as ``wholeBody(of:in:)`` does, and
    /// 400 for a broken encoding.
    public func formBody(in context: PortalContext) async throws(ProblemDetails) -> FormFields {
        let bytes = try await wholeBody(of: "application/x-www-form-urlencoded", in: context)
        return try FormFields(parsing: bytes.readableBytesView)
    }

    /// The fields of the query; none where there is no query. Throws 400 for a broken encoding.
    public func queryFields() throws(ProblemDetails) -> FormFields {
        try FormFields(parsing: (uri.query ?? "").utf8)
    }
}
