import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// The header that carries the code which came by post.
    private static let codeHeader = HTTPField.Name("Package-Code")!

    /// What answers a request of access: with the secret, and the code of a letter or a sign-in. Whichever of them is
    /// missing or wrong, and where nothing is ready, the answer is the same 404.
    func packageRoutes(_ intake: Intake) -> [Route] {
        [
            Route(.get, "/api/v1/requests/{reference}/package", access: .personal) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                let factor: PackageFactor? =
                    request.headers[Self.codeHeader].map { .code($0) }
                    ?? citizen(request, intake).map { .signedIn($0.traits) }
                guard let factor else { throw RightsError.notFound }
                return Self.download(try await intake.follow.openPackage(reference, secret: secret, with: factor))
            },
            Route(.post, "/api/v1/requests/{reference}/package/code", access: .personal) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                _ = try ObjectReader.read(body) { _ in true }
                let code = try await intake.follow.askForPackageCode(reference, secret: secret)
                return Response.json(
                    [
                        "askedAt": .string(code.askedAt.description),
                        "validUntil": .string(code.validUntil.description),
                    ], status: .accepted)
            },
        ].map { $0.limited(.follow) }
    }
}

extension PackageStanding {
    /// - Parameter isConsole: with what is in it by name.
    func json(isConsole: Bool) -> JSON {
        let (word, readyAt, openUntil, destroyedAt): (JSON, Instant?, Instant?, Instant?) =
            switch state {
            case .assembling: ("assembling", nil, nil, nil)
            case .ready(let at, let until): ("ready", at, until, nil)
            case .destroyed(let at): ("destroyed", nil, nil, at)
            }
        var members: [String: JSON] = [
            "state": word, "readyAt": JSON(readyAt?.description), "openUntil": JSON(openUntil?.description),
            "openedAt": JSON(openedAt?.description), "destroyedAt": JSON(destroyedAt?.description),
        ]
        if isConsole {
            members["names"] = names.map { .array($0.map(JSON.string)) } ?? .null
        } else {
            members["code"] =
                code.map { code in
                    [
                        "askedAt": .string(code.askedAt.description),
                        "validUntil": .string(code.validUntil.description),
                        "triesLeft": .integer(Int64(code.triesLeft)), "postedOn": JSON(code.postedOn?.description),
                    ]
                } ?? .null
        }
        return .object(members)
    }
}
