import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// What citizens do: file, follow, withdraw.
    func requestRoutes(_ intake: Intake) -> [Route] {
        [
            Route(.post, "/api/v1/requests", access: .personal) { request, context in
                let body = Array(try await request.jsonBody(in: context).readableBytesView)
                let filing = try Filing(
                    try JSON(parsing: body), today: today, parentActsUnderAge: policy.parentActsUnderAge)
                let receipt = try await intake.filing.file(
                    filing, idempotencyKey: try request.idempotencyKey(), body: body)
                return Response.json(
                    [
                        "reference": .string(receipt.reference), "secret": .string(receipt.secret),
                        "receivedAt": .string(receipt.receivedAt.description),
                        "dueOn": .string(receipt.dueOn.description),
                        "unreached": .array(receipt.unreached.map(JSON.string)),
                    ],
                    status: .created, headers: [.location: "/api/v1/requests/\(receipt.reference)"])
            }.limited(.filing),
            Route(.get, "/api/v1/requests/{reference}", access: .personal) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                return Response.json(try await intake.follow.follow(reference, secret: secret).json(policy.targets))
            }.limited(.follow),
            Route(.post, "/api/v1/requests/{reference}/messages", access: .personal) {
                request, context in
                let (reference, secret) = try Self.credentials(request, context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                try await intake.follow.write(body, to: reference, secret: secret)
                return Response.json(
                    try await intake.follow.follow(reference, secret: secret).json(policy.targets), status: .created)
            }.limited(.follow),
            Route(.post, "/api/v1/requests/{reference}/reopening", access: .personal) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                _ = try ObjectReader.read(body) { _ in true }
                try await intake.follow.reopen(reference, secret: secret)
                return Response.json(try await intake.follow.follow(reference, secret: secret).json(policy.targets))
            }.limited(.follow),
            Route(.post, "/api/v1/requests/{reference}/withdrawal", access: .personal) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                try await intake.follow.withdraw(body, of: reference, secret: secret)
                return Response.json(try await intake.follow.follow(reference, secret: secret).json(policy.targets))
            }.limited(.follow),
        ] + requestFileRoutes(intake) + packageRoutes(intake)
    }

    /// The reference in the path and the secret in `Authorization: Bearer`, as people type them.
    ///
    /// Throws 401 without a secret, 422 where it was mistyped, and the same 404 as an unknown reference where the
    /// reference can be none of ours.
    static func credentials(_ request: Request, _ context: PortalContext) throws -> (String, TrackingSecret) {
        guard let value = request.headers[.authorization], value.lowercased().hasPrefix("bearer ") else {
            throw ProblemDetails(
                .unauthorized, code: "secretMissing",
                detail: "Joignez le code de suivi : Authorization: Bearer CODE. / "
                    + "Send the tracking secret: Authorization: Bearer SECRET.",
                headers: [.wwwAuthenticate: "Bearer"])
        }
        let secret = try TrackingSecret(entered: value.dropFirst("bearer ".count))
        guard let reference = RequestReference(entered: try context.parameters.require("reference")) else {
            throw RightsError.notFound
        }
        return (reference.description, secret)
    }
}

extension Request {
    /// `Idempotency-Key`: at least 128 random bits, so at least 22 characters. Throws 422 for anything shorter.
    func idempotencyKey() throws -> String? {
        guard let key = headers[HTTPField.Name("Idempotency-Key")!] else { return nil }
        guard (22...200).contains(key.utf8.count) else {
            throw ProblemDetails(
                .unprocessableContent, code: "idempotencyKey",
                detail: "La clé d’idempotence doit avoir de 22 à 200 caractères aléatoires. / "
                    + "The idempotency key must have 22 to 200 random characters.")
        }
        return key
    }
}
