import HTTPServer
import Hummingbird
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON

extension Portal {
    /// The root of the API.
    static let api = "/api/v1"

    /// The public register: projects with their history and releases, and the catalogue.
    var registryRoutes: [Route] {
        [
            Route(.get, "/api/v1/projects", access: .public, handler: listProjects),
            Route(.get, "/api/v1/projects/{reference}", access: .public, handler: showProject),
            Route(.get, "/api/v1/projects/{reference}/releases", access: .public, handler: listReleases),
            Route(.get, "/api/v1/certificates/{id}", access: .public, handler: showCertificate),
        ]
    }

    private func showProject(_ request: Request, _ context: PortalContext) async throws -> Response {
        let reference = try context.parameters.require("reference")
        return try await cachedJSON(request) {
            guard let record = try await projects.project(reference) else {
                return try await tombstoneJSON(reference, .project)
            }
            return record.json(api: Self.api)
        }
    }

    private func listReleases(_ request: Request, _ context: PortalContext) async throws -> Response {
        let reference = try context.parameters.require("reference")
        let fields = try request.queryFields()
        try fields.requireOnly("limit", "cursor")
        let (limit, cursor) = (try fields.pageLimit(), fields.present("cursor"))
        // Certificates are no part of the register: the key says how many there were.
        let key = "\(request.uri.string)#\(register.certificates)"
        let body = try await cache.body(for: key, generation: register.generation) {
            guard let page = try await projects.releases(reference, limit: limit, cursor: cursor) else {
                throw ProblemDetails.notFound
            }
            let next = try ListAnswer.next(request, page.nextCursor)
            let list = ListAnswer.json(page.items.map { $0.json(api: Self.api) }, total: page.total, next: next)
            var members = list.object ?? [:]
            members["certificates"] = .array(try await certificates(ofProject: reference).map(\.document))
            return ListAnswer.body(.object(members), next: next)
        }
        return body.response(to: request)
    }

    /// What the release gate certified for a project, newest first.
    func certificates(ofProject reference: String) async throws -> [PublishedCertificate] {
        try await database.read { try CertificateStore.published(ofProject: reference, on: $0) }
    }

    private func showCertificate(_ request: Request, _ context: PortalContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return try await cachedJSON(request) {
            guard let certificate = try await database.read({ try CertificateStore.find(id, on: $0) }) else {
                throw ProblemDetails.notFound
            }
            return certificate.document
        }
    }

}

extension FormFields {
    /// `limit` as the public lists take it.
    func pageLimit() throws(ProblemDetails) -> PageLimit { PageLimit(try limit()) ?? .standard }
}
