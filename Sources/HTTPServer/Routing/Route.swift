public import Hummingbird

/// One line of the route table: what is asked for, who may read the answer where, and what gives it.
public struct Route: Sendable {
    public typealias Handler = @Sendable (_ request: Request, _ context: PortalContext) async throws -> Response
    /// Answers in the handler's place beyond the limit. What it gives with status 200 gets 429 and `Retry-After`.
    public typealias WhenLimited =
        @Sendable (_ request: Request, _ context: PortalContext, _ refusal: TooManyRequests) async throws -> Response

    /// Who the answers are for, which decides on caching and on other sites' scripts.
    public enum Access: Sendable {
        /// Public data: scripts of any site may read it (CORS `*` on GET).
        case `public`
        /// A page or file of the site, the same for everybody.
        case site
        /// About somebody, or behind a sign-in: never stored on the way (`no-store`).
        case personal
    }

    public let method: HTTPRequest.Method
    /// The path, with parameters in braces that stand for a segment or for its beginning: `/projects/{reference}`,
    /// `/projets/{reference}.atom`. A last segment `{path...}` stands for all that remains.
    public let template: String
    public let access: Access
    /// Bytes of body it takes; nil for the server's limit.
    public let bodyLimit: Int?
    /// The routes with which it shares a limit; nil where it has none.
    public private(set) var limit: LimitedKind?
    private(set) var whenLimited: WhenLimited?
    let handler: Handler

    /// - Parameter handler: reads parameters from `context.parameters` by name, percent-decoded. For GET it is also
    ///   called for HEAD, and its body left out.
    public init(
        _ method: HTTPRequest.Method, _ template: String, access: Access, bodyLimit: Int? = nil,
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.access = access
        self.bodyLimit = bodyLimit
        self.handler = handler
    }

    /// The same route, within the limit of `kind`.
    /// - Parameter answer: beyond it; nil for a problem of code `tooManyRequests`.
    public func limited(_ kind: LimitedKind, beyond answer: WhenLimited? = nil) -> Route {
        var route = self
        (route.limit, route.whenLimited) = (kind, answer)
        return route
    }
}
