import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry

extension Portal {
    /// The operator whose session the request's cookie names. Throws a problem 401 of code `signIn` where there is none,
    /// or its time is up.
    ///
    /// A custodian is turned away, which leaves an audit event: they answer for databases, and see nobody's request.
    func signedIn(_ request: Request, _ console: Console) async throws -> Operator {
        guard let asker = try await whoeverSignedIn(request, console) else { throw Self.signInNeeded }
        guard asker.role != .custodian else {
            try await console.desk.recordRefusal(of: asker, asking: request.uri.path)
            throw RightsError.forbidden(.readRequests)
        }
        return asker
    }

    /// The same, custodians included; nil where there is none.
    func whoeverSignedIn(_ request: Request, _ console: Console) async throws -> Operator? {
        guard let token = request.cookie(OperatorCookie.name) else { return nil }
        return try await console.sessions.operatorOfSession(token)
    }

    static let signInNeeded = ProblemDetails(
        .unauthorized, code: "signIn", detail: "Connectez-vous d’abord. / Please sign in first.")

    /// Where whoever has signed in begins.
    static func firstPage(of signedIn: Operator) -> PagePath {
        switch signedIn.role {
        case .custodian: .custodianDatabases
        case .editor: .operatorRegister
        case .agent, .supervisor, .administrator, .auditor: .operatorQueue
        }
    }
}

extension SignedInOperator {
    /// The operator as the console's header names them.
    init(_ signedIn: Operator, language: Language) {
        self.init(
            name: signedIn.name, role: Labels(language).role(signedIn.role.rawValue),
            isCustodian: signedIn.role == .custodian, isEditor: signedIn.role == .editor,
            seesRegister: [.editor, .supervisor].contains(signedIn.role))
    }
}
