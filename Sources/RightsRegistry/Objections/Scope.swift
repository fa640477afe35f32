import SQLDatabase
public import StrictJSON

/// What an objection covers, and what a withdrawal ends of it. The ids of a scope stand once each, in order.
public enum Scope: Sendable, Hashable {
    /// Every secondary use, in every linked database.
    case all
    /// Some linked databases, by id.
    case databases([String])
    /// Some projects, by reference.
    case projects([String])

    /// What the ids of a scope name.
    enum Part: String, CaseIterable { case database, project }

    /// The ids; none of `all`.
    public var ids: [String] {
        switch self {
        case .all: []
        case .databases(let ids), .projects(let ids): ids
        }
    }

    /// What the ids name; nil where there are none.
    var part: Part? {
        switch self {
        case .all: nil
        case .databases: .database
        case .projects: .project
        }
    }

    /// The projects that it names.
    var projects: [String] { part == .project ? ids : [] }

    /// The same kind of scope with other ids; nil where none is left.
    func with(_ ids: [String]) -> Scope? {
        switch self {
        case .all: self
        case .databases: ids.isEmpty ? nil : .databases(ids)
        case .projects: ids.isEmpty ? nil : .projects(ids)
        }
    }

    /// Whether it says anything of `project` in `database`; where `project` is nil, of whatever else is done there.
    func covers(database: String, project: String? = nil) -> Bool {
        switch self {
        case .all: true
        case .databases(let ids): ids.contains(database)
        case .projects(let ids): project.map(ids.contains) ?? false
        }
    }

    /// What a withdrawal of `ended` ends of this scope; nil where they have nothing in common.
    ///
    /// Of some databases, some can be taken back, and of some projects, some: one project within one database is no
    /// scope.
    func part(within ended: Scope) -> Scope? {
        switch (self, ended) {
        case (_, .all): self
        case (.all, _): ended
        case (.databases(let ids), .databases(let others)), (.projects(let ids), .projects(let others)):
            with(ids.filter(others.contains))
        case (.databases, .projects), (.projects, .databases): nil
        }
    }
}

// MARK: - As JSON

extension Scope {
    /// `{"kind": "all"}`, `{"kind": "databases", "ids": […]}`, `{"kind": "projects", "ids": […]}`.
    public var json: JSON {
        switch self {
        case .all: ["kind": "all"]
        case .databases(let ids): ["kind": "databases", "ids": .array(ids.map { .string($0) })]
        case .projects(let ids): ["kind": "projects", "ids": .array(ids.map { .string($0) })]
        }
    }

    /// The text of most scopes that are stored.
    private static let allText = Scope.all.json.canonical

    /// Reads what was stored as `json.canonical`.
    init(stored text: String) throws {
        guard text != Self.allText else {
            self = .all
            return
        }
        let json = try JSON(parsing: text.utf8)
        let ids = json["ids"]?.array?.compactMap(\.string) ?? []
        switch json["kind"]?.string {
        case "databases": self = .databases(ids)
        case "projects": self = .projects(ids)
        default: throw SQLError.decoding("a scope")
        }
    }
}

/// A scope as it was sent: its ids may repeat, and an error about one names its place among them.
struct SentScope: Sendable {
    let scope: Scope
    private let sent: [String]

    static let all = SentScope(scope: .all, sent: [])

    private enum Kind: String, CaseIterable { case all, databases, projects }

    /// Reads a scope from a body. It names something, or is an error.
    static func read(_ reader: inout ObjectReader) -> SentScope? {
        guard let kind = reader.choice("kind", of: Kind.self) else { return nil }
        guard kind != .all else { return .all }
        let ids = reader.array("ids", maxCount: 1000) { json, pointer throws(FieldError) in
            try JSONValue.string(json, pointer, maxLength: 128)
        }
        guard let ids else { return nil }
        guard !ids.isEmpty else {
            reader.fail("ids", "required")
            return nil
        }
        let each = Set(ids).sorted()
        return SentScope(scope: kind == .databases ? .databases(each) : .projects(each), sent: ids)
    }

    /// Throws `RightsError.invalid` with `code` at each place where one of `wrong` was sent.
    func refuse(_ wrong: Set<String>, _ code: String) throws(RightsError) {
        let errors = sent.enumerated().filter { wrong.contains($0.element) }.map { index, _ in
            FieldError(pointer: JSONPointer.element(index, of: "/scope/ids"), code: code)
        }
        if !errors.isEmpty { throw .invalid(FieldErrors(errors)) }
    }
}
