import PublicRegistry
import SQLDatabase

/// What a scope meets in the register and among the linked databases. Read before a filing, in a transaction of its
/// own: positions of linked databases change all the time, and no filing has to wait for them.
struct ScopeLookup: Sendable {
    /// The ids that name no linked database, or no project that is shown.
    let unknown: Set<String>
    /// The projects on data that no connector reaches, whole or in part.
    let unreached: [String]

    static func look(up scope: Scope, on connection: any SQLConnection) throws -> ScopeLookup {
        switch scope {
        case .all: return ScopeLookup(unknown: [], unreached: [])
        case .databases(let ids):
            let linked = Set(try LinkedDatabaseStore.linked(on: connection).map(\.id))
            return ScopeLookup(unknown: Set(ids).subtracting(linked), unreached: [])
        case .projects(let ids):
            let uses = try ProjectUse.all(of: ids, on: connection)
            return ScopeLookup(
                unknown: Set(ids).subtracting(uses.keys),
                unreached: try ProjectReach.unreached(
                    Array(uses.values), among: try LinkedDatabaseStore.linked(on: connection), on: connection))
        }
    }
}
