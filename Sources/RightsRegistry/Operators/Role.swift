/// What an operator is.
public enum Role: String, Sendable, CaseIterable, Codable {
    case agent, editor, supervisor, administrator, auditor, custodian
}

/// What a role may do. Which role may do what is the institution's to set, in `site/`.
public enum Permission: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case readRequests = "requests.read"
    /// Entering what came by post or telephone.
    case enterRequests = "requests.enter"
    case openIdentity = "requests.openIdentity"
    case verifyIdentity = "requests.verifyIdentity"
    case assign = "requests.assign"
    /// Giving away what is a colleague's, and noting a colleague's absence.
    case reassign = "requests.reassign"
    case note = "requests.note"
    case message = "requests.message"
    case decide = "requests.decide"
    case refuse = "requests.refuse"
    /// Proposing a refusal, where somebody else has to confirm it.
    case proposeRefusal = "requests.proposeRefusal"
    /// Confirming what another operator proposes; deputies who are named may as well.
    case confirmRefusal = "requests.confirmRefusal"
    /// Writing the templates of answers.
    case editTemplates = "templates.edit"
    case printLetters = "letters.print"
    case readDatabases = "databases.read"
    case manageDatabases = "databases.manage"
    /// Taking away the list of a database that one answers for, and saying that it was applied.
    case attestDatabases = "databases.attest"
    /// Creating and changing the public register's records.
    case editRegister = "register.edit"
    /// Asking that one leaves the register, and agreeing to it where somebody else has asked.
    case removeRecords = "register.remove"
    case readAudit = "audit.read"
    /// What the desk's work comes to.
    case readStatistics = "statistics.read"
    /// The same operator by operator, with names.
    case readOperatorStatistics = "statistics.operators"
    case manageOperators = "operators.manage"
}

/// The matrix of roles.
public struct RoleMatrix: Sendable {
    private let roles: [Permission: Set<Role>]

    /// A permission that `roles` does not name is nobody's.
    public init(_ roles: [Permission: Set<Role>]) { self.roles = roles }

    public func allows(_ role: Role, _ permission: Permission) -> Bool {
        roles[permission, default: []].contains(role)
    }
}

/// An operator who has signed in.
public struct Operator: Sendable, Hashable {
    public let name: String
    public let role: Role

    public init(name: String, role: Role) {
        self.name = name
        self.role = role
    }

    /// What the citizen reads of who acted.
    var actor: ActingRole {
        switch role {
        case .agent: .agent
        case .editor: .editor
        case .supervisor: .supervisor
        case .administrator: .administrator
        case .auditor: .auditor
        case .custodian: .custodian
        }
    }
}
