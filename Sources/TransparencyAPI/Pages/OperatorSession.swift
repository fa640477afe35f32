import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry

extension Portal {
    /// The operator whose session the request's cookie names. Throws a problem 401 of code `signIn` where there is none,
    /// or its time is up.
    func signedIn(_ request: Request, _ console: Console) async throws -> Operator {
        guard let token = request.cookie(OperatorCookie.name),
            let asker = try await console.sessions.operatorOfSession(token)
        else {
            throw ProblemDetails(
                .unauthorized, code: "signIn", detail: "Connectez-vous d’abord. / Please sign in first.")
        }
        return asker
    }
}

extension SignedInOperator {
    /// The operator as the console's header names them.
    init(_ signedIn: Operator, language: Language) {
        self.init(name: signedIn.name, role: Labels(language).role(signedIn.role.rawValue))
    }
}
