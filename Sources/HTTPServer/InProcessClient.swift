public import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore

/// The server's own answers without a connection: for whoever writes them to files.
public struct InProcessClient: Sendable {
    /// An answer whose body has gone to where it was to go.
    public struct Answer: Sendable {
        public let status: HTTPResponse.Status
        public let headers: HTTPFields

        public var isOK: Bool { status == .ok }

        /// Where the part that follows is, of a list that comes in parts.
        public var next: String? {
            headers[values: HTTPField.Name("Link")!].joined(separator: ",")
                .firstMatch(of: /<([^>]+)>\s*;\s*rel="?next"?/).map { String($0.output.1) }
        }
    }

    private let routes: RouteTable
    private let responder: PortalResponder
    private let logger: Logger

    public init(routes: RouteTable, errors: ErrorAnswers = ErrorAnswers(), logger: Logger) {
        self.routes = routes
        self.logger = logger
        responder = PortalResponder(
            routes: routes, errors: errors, bodyLimit: 0, accessLog: AccessLog(),
            securityHeaders: SecurityHeaders(isBehindTLS: false), sameOrigin: SameOrigin(scheme: "http"),
            trustedProxies: TrustedProxies(ranges: []), limiters: RateLimiters([:], uptime: { ContinuousClock.now }))
    }

    /// Who may read what GET answers at `path`, which is without a query; nil where nothing does.
    public func access(to path: String) -> Route.Access? { routes.match(path)?.endpoint.route(for: .get)?.access }

    /// - Parameters:
    ///   - address: path and query.
    ///   - write: is given the body piece by piece, as it is made.
    public func get(
        _ address: String, _ write: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws -> Answer {
        let request = Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "localhost", path: address,
                headerFields: [.accept: "text/html, */*"]),
            body: RequestBody(buffer: ByteBuffer()))
        let response = await responder.respond(
            to: request, context: PortalContext(source: InProcessSource(logger: logger)))
        try await response.body.write(PieceWriter(write: write))
        return Answer(status: response.status, headers: response.headers)
    }

    /// The same, whole.
    public func get(_ address: String) async throws -> (answer: Answer, body: ByteBuffer) {
        let pieces = Pieces()
        let answer = try await get(address) { await pieces.append($0) }
        return (answer, await pieces.whole)
    }
}

/// Where a request comes from that no connection brought.
struct InProcessSource: RequestContextSource {
    let logger: Logger
}

private actor Pieces {
    private(set) var whole = ByteBuffer()

    func append(_ piece: ByteBuffer) { whole.writeImmutableBuffer(piece) }
}

private struct PieceWriter: ResponseBodyWriter {
    let write: @Sendable (ByteBuffer) async throws -> Void

    mutating func write(_ buffer: ByteBuffer) async throws { try await write(buffer) }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
