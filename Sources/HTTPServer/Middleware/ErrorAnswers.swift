import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// Turns whatever a handler throws into an answer.
public struct ErrorAnswers: Sendable {
    /// Maps an error of the domain to what a client may know of it; nil for a fault of ours, answered 500.
    public typealias Mapping = @Sendable (_ error: any Error, _ context: PortalContext) -> ProblemDetails?
    /// Shows a problem in another form than JSON, such as a page; nil leaves it to JSON. Status and headers of the
    /// problem are set on what it gives.
    public typealias Rendering =
        @Sendable (_ problem: ProblemDetails, _ request: Request, _ context: PortalContext) async -> Response?

    private let mapping: Mapping
    private let rendering: Rendering

    public init(mapping: @escaping Mapping = { _, _ in nil }, rendering: @escaping Rendering = { _, _, _ in nil }) {
        self.mapping = mapping
        self.rendering = rendering
    }

    func answer(to error: any Error, _ request: Request, _ context: PortalContext) async -> (Response, code: String) {
        let problem = problem(of: error, context)
        var response: Response
        if let rendered = await rendering(problem, request, context) {
            response = rendered
            response.status = problem.status
        } else {
            response = Response(
                status: problem.status, headers: [.contentType: ProblemDetails.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: problem.json(requestID: context.requestID))))
        }
        for field in problem.headers { response.headers[field.name] = field.value }
        response.headers[.cacheControl] = "no-store"
        return (response, problem.code)
    }

    private func problem(of error: any Error, _ context: PortalContext) -> ProblemDetails {
        switch error {
        case let problem as ProblemDetails: return problem
        case let error as HTTPError:
            return ProblemDetails(
                error.status, code: Self.code(of: error.status), detail: error.body, headers: error.headers)
        case is NIOTooManyBytesError: return Rejection.bodyTooLarge.problem
        case is RequestAborted, is ChannelError, is CancellationError: return Rejection.malformedRequest.problem
        default: break
        }
        if let problem = mapping(error, context) { return problem }
        if let error = error as? any HTTPResponseError {
            return ProblemDetails(error.status, code: Self.code(of: error.status))
        }
        // Its words may quote what somebody wrote, so they are kept from the log of every day.
        let metadata: Logger.Metadata = ["error": "\(type(of: error))", "route": "\(context.template)"]
        context.logger.error("A handler failed", metadata: metadata)
        context.logger.debug("A handler failed", metadata: ["error": "\(error)"])
        return .internalError
    }

    /// `Too Many Requests` becomes `tooManyRequests`.
    private static func code(of status: HTTPResponse.Status) -> String {
        let words = status.reasonPhrase.split { !$0.isLetter }
        guard let first = words.first else { return "status\(status.code)" }
        return words.dropFirst().reduce(first.lowercased()) { $0 + $1.capitalizedFirst }
    }
}

extension Substring {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst().lowercased() }
}
