// For the author of Pages/: delete this file as soon as your own members exist.
import HTTPServer
import Hummingbird
import RightsRegistry

extension Portal {
    var publicPageRoutes: [Route] { [] }
    func rightsPageRoutes(_ intake: Intake) -> [Route] { [] }
    func operatorPageRoutes(_ console: Console) -> [Route] { [] }
    func renderProblem(_ problem: ProblemDetails, _ request: Request, _ context: PortalContext) async -> Response? { nil }
    func signedIn(_ request: Request, _ console: Console) async throws -> Operator {
        guard let token = request.cookie(OperatorCookie.name),
            let who = try await console.sessions.operatorOfSession(token)
        else { throw ProblemDetails(.unauthorized, code: "signIn") }
        return who
    }
}
