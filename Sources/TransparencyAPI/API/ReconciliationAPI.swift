import HTTPServer
import Hummingbird
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON

extension Portal {
    /// Comparisons of linked databases' lists with the ledger: asked for here, done where the hub is.
    func reconciliationRoutes(_ console: Console) -> [Route] {
        [
            Route(.post, "/api/v1/operator/databases/{id}/reconciliation", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                try await console.desk.demand(.manageDatabases, of: asker, asking: "databases")
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let repairs = try ObjectReader.read(body) { $0.optionalBool("repair") ?? false }
                let run = ReconciliationRun(
                    of: try context.parameters.require("id"), by: asker.name, role: asker.role.rawValue,
                    repairs: repairs, at: now())
                try await database.write { connection in
                    guard let linked = try LinkedDatabaseStore.find(run.database, on: connection),
                        linked.state != .removed
                    else { throw RightsError.notFound }
                    try ReconciliationStore.ask(run, on: connection)
                }
                return Response.json(run.json, status: .accepted)
            },
            Route(.get, "/api/v1/operator/databases/{id}/reconciliations", access: .personal) { request, context in
                try await console.desk.demand(
                    .readDatabases, of: try await signedIn(request, console), asking: "databases")
                let id = try context.parameters.require("id")
                let runs = try await database.read { connection in
                    guard try LinkedDatabaseStore.find(id, on: connection) != nil else { throw RightsError.notFound }
                    return try ReconciliationStore.runs(of: id, on: connection)
                }
                return Response.json(ListAnswer.json(runs.map(\.json), total: runs.count, next: nil))
            },
        ]
    }
}
