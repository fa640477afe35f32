import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// Answers every request, from the outside in: access log, security headers, errors, the route, the same-origin check,
/// the route's limit.
///
/// Plain calls in one function rather than Hummingbird's middleware: an error of its router passes by the middleware
/// that would have set headers, and the order can be read here.
public struct PortalResponder: HTTPResponder {
    public typealias Context = PortalContext

    let routes: RouteTable
    let errors: ErrorAnswers
    let bodyLimit: Int
    let accessLog: AccessLog
    let securityHeaders: SecurityHeaders
    let sameOrigin: SameOrigin
    let trustedProxies: TrustedProxies
    let limiters: RateLimiters
    let crossOriginReads = CrossOriginReads()

    /// Never throws: whatever goes wrong is answered as a problem.
    public func respond(to request: Request, context: PortalContext) async -> Response {
        let start = ContinuousClock.now
        let path = request.uri.path
        let match = routes.match(path)
        let route = match?.endpoint.route(for: request.method)
        var context = context
        context.bodyLimit = route?.bodyLimit ?? bodyLimit
        if !trustedProxies.ranges.isEmpty { noteForwardedAddress(request, &context) }
        if let match {
            context.template = match.endpoint.template
            for (name, value) in match.parameters { context.coreContext.parameters[name] = value }
        }
        var response: Response
        var code: String?
        do {
            if let route {
                try sameOrigin.check(request)
                (response, code) = try await answer(route, request, context)
            } else {
                response = try answerWithoutRoute(request, path, match?.endpoint)
            }
        } catch {
            (response, code) = await errors.answer(to: error, request, context)
        }
        switch route?.access {
        case .public where route?.method == .get: crossOriginReads.add(toAnswer: &response.headers)
        case .personal: response.headers[.cacheControl] = "no-store"
        case .public, .site, nil: break
        }
        securityHeaders.add(to: &response.headers)
        if request.method == .head { response.dropBody() }
        log(&response, request, context, code, start)
        return response
    }

    /// What the route answers, or what it answers to one request too many.
    private func answer(
        _ route: Route, _ request: Request, _ context: PortalContext
    ) async throws -> (Response, code: String?) {
        guard let refusal = limiters.refusal(of: route.limit, from: context.remoteAddress) else {
            return (try await route.handler(request, context), nil)
        }
        let problem = refusal.problem
        guard let whenLimited = route.whenLimited else { throw problem }
        var response = try await whenLimited(request, context, refusal)
        guard response.status == .ok else { return (response, nil) }
        response.status = problem.status
        for field in problem.headers { response.headers[field.name] = field.value }
        return (response, problem.code)
    }

    private func noteForwardedAddress(_ request: Request, _ context: inout PortalContext) {
        let forwarded = request.headers[values: .xForwardedFor]
        guard !forwarded.isEmpty, let peer = context.remoteAddress?.ipAddress else { return }
        let client = trustedProxies.client(peer: peer, forwarded: forwarded)
        context.forwardedAddress = try? SocketAddress(ipAddress: client, port: 0)
    }

    private func answerWithoutRoute(
        _ request: Request, _ path: String, _ endpoint: RouteTable.Endpoint?
    ) throws(ProblemDetails) -> Response {
        guard let endpoint else {
            guard request.method == .options, path == "*" else { throw .notFound }
            return Response(status: .noContent, headers: [.allow: "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"])
        }
        guard request.method == .options else { throw .methodNotAllowed(allow: endpoint.allow) }
        var response = Response(status: .noContent, headers: [.allow: endpoint.allow])
        if endpoint.isReadByOtherSites { crossOriginReads.add(toPreflight: &response.headers) }
        return response
    }

    /// At once where the length is known, after the last byte where the body is streamed.
    private func log(
        _ response: inout Response, _ request: Request, _ context: PortalContext, _ code: String?,
        _ start: ContinuousClock.Instant
    ) {
        guard context.logger.logLevel <= .info else { return }
        let status = response.status.code
        let write = { @Sendable [accessLog] (bytes: Int?) in
            accessLog.write(
                context.logger, method: request.method.rawValue, template: context.template, status: status, code: code,
                duration: ContinuousClock.now - start, bytes: bytes)
        }
        let body = response.body
        if let length = body.contentLength { return write(length) }
        response.body = ResponseBody { writer in
            do {
                try await body.write(CountingWriter(parent: writer, finished: write))
            } catch {
                write(nil)
                throw error
            }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let xForwardedFor = Self("X-Forwarded-For")!
}

extension Response {
    /// For HEAD: the headers that GET would have, `Content-Length` among them only where GET would have it.
    fileprivate mutating func dropBody() {
        let length = headers[.contentLength]
        body = ResponseBody()
        headers[.contentLength] = length
    }
}

/// Counts what is written through it.
private struct CountingWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    let finished: @Sendable (Int?) -> Void
    private var bytes = 0

    init(parent: any ResponseBodyWriter, finished: @escaping @Sendable (Int?) -> Void) {
        self.parent = parent
        self.finished = finished
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        bytes += buffer.readableBytes
        try await parent.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await parent.finish(trailingHeaders)
        finished(bytes)
    }
}
