import HTTPServer
import Hummingbird
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON

extension Portal {
    /// The release gate's certificates with their exact counts, for auditors; each look is in the audit trail.
    func auditorRoutes(_ console: Console) -> [Route] {
        [
            Route(.get, "/api/v1/operator/certificates/{id}", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                try await console.desk.demand(.readAudit, of: asker, asking: "certificates")
                let id = try context.parameters.require("id")
                let audit = AuditEvent(
                    at: now(), actor: asker.name, role: asker.role.rawValue, act: "certificate.read", subject: id)
                let document = try await database.write { connection in
                    guard let document = try CertificateStore.auditorDocument(id, on: connection) else {
                        throw RightsError.notFound
                    }
                    try audit.record(on: connection)
                    return document
                }
                return Response.json(document)
            }
        ]
    }
}
