public import StrictJSON

/// What an objection covers.
public enum Scope: Sendable, Hashable {
    /// Every secondary use, in every linked database.
    case all
    /// Some linked databases, by id.
    case databases([String])
    /// Some projects, by reference.
    case projects([String])

    /// `{"kind": "all"}`, `{"kind": "databases", "ids": […]}`, `{"kind": "projects", "ids": […]}`.
    public var json: JSON {
        switch self {
        case .all: ["kind": "all"]
        case .databases(let ids): ["kind": "databases", "ids": .array(ids.map { .string($0) })]
        case .projects(let ids): ["kind": "projects", "ids": .array(ids.map { .string($0) })]
        }
    }

    private enum Kind: String, CaseIterable { case all, databases, projects }

    /// Reads a scope from a request's body.
    static func read(_ reader: inout ObjectReader) -> Scope? {
        guard let kind = reader.choice("kind", of: Kind.self) else { return nil }
        switch kind {
        case .all: return .all
        case .databases, .projects:
            // Narrower scopes are read, so that their mistakes are told, but this version files no such objection.
            _ = reader.array("ids", maxCount: 1000) { json, pointer throws(FieldError) in
                try JSONValue.string(json, pointer, maxLength: 80)
            }
            reader.fail("kind", "scope.onlyAll")
            return nil
        }
    }
}
