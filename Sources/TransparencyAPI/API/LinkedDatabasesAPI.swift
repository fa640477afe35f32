import CivilTime
import HTTPServer
import Hummingbird
import PublicRegistry
public import RightsRegistry
import SQLDatabase
public import StrictJSON

extension Portal {
    /// The linked databases as the public may see them.
    var linkedDatabaseRoutes: [Route] {
        [
            Route(.get, "/api/v1/databases", access: .public) { _, _ in
                let (linked, head) = try await linkedDatabases()
                return Response.json(
                    ListAnswer.json(linked.map { $0.publicJSON(head: head) }, total: linked.count, next: nil))
            }
        ]
    }

    /// Every linked database, and the ledger's head that their positions are read against.
    func linkedDatabases() async throws -> ([LinkedDatabase], head: Int64) {
        try await database.read { connection in
            (try LinkedDatabaseStore.linked(on: connection), try LedgerStore.head(on: connection))
        }
    }
}

extension LinkedDatabase {
    /// Name, position, lag and last confirmation: never how it is reached.
    func publicJSON(head: Int64) -> JSON {
        [
            "id": .string(id), "name": name?.json ?? .null, "datasets": .array(datasets.map(JSON.string)),
            "state": .string(state.rawValue), "position": .integer(position),
            "lag": .integer(max(0, head - position)), "lastConfirmedAt": JSON(confirmedAt?.description),
        ]
    }

    /// The same with what operators need to mend it.
    ///
    /// - Parameter waiting: what its mailbox holds; nil where nothing waits there.
    public func consoleJSON(head: Int64, waiting: WaitingMailbox?) -> JSON {
        var members = publicJSON(head: head).object ?? [:]
        members["waitingChanges"] = waiting.map { .integer(Int64($0.changes)) } ?? 0
        members["waitingSince"] = JSON(waiting?.since?.description)
        members["connector"] = .string(connector)
        members["failure"] = JSON(failure)
        members["failingSince"] = JSON(failingSince?.description)
        members["tries"] = .integer(Int64(tries))
        members["nextTryAt"] = JSON(nextTryAt?.description)
        members["isTriedSeldom"] = .bool(isTriedSeldom)
        return .object(members)
    }
}
