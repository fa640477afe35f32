import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import StrictJSON

extension Portal {
    /// The catalogue as linked data: DCAT-AP and HealthDCAT-AP.
    var catalogueRoutes: [Route] {
        [
            Route(.get, "/api/v1/catalogue", access: .public) { request, _ in
                guard let form = CatalogueForm(accepted: request.headers[values: .accept].joined(separator: ",")) else {
                    throw ProblemDetails(
                        .notAcceptable, code: "notAcceptable",
                        detail:
                            "Le catalogue existe en Turtle et en JSON-LD. / The catalogue is there in Turtle and JSON-LD."
                    )
                }
                return try await catalogue(request, in: form, negotiated: true)
            },
            Route(.get, "/api/v1/catalogue.ttl", access: .public) { request, _ in
                try await catalogue(request, in: .turtle)
            },
            Route(.get, "/api/v1/catalogue.jsonld", access: .public) { request, _ in
                try await catalogue(request, in: .jsonLD)
            },
        ]
    }

    private func catalogue(
        _ request: Request, in form: CatalogueForm, negotiated: Bool = false
    ) async throws -> Response {
        let query = try request.queryFields().catalogueQuery()
        let origin = Self.origin(of: request)
        let key = "\(origin) \(form) \(request.uri.string)"
        let body = try await cache.body(for: key, generation: register.generation) {
            let part = try await datasets.part(query, asOf: register.generation)
            let next = try ListAnswer.next(request, part.nextCursor)
            // As it was asked, in the characters that an address has.
            let address = try ListAnswer.address(request)
            let graph = RDFGraph(part, in: catalogueFrame(at: origin), address: address, next: next)
            var headers: HTTPFields = [.cacheControl: CacheControl.register]
            if negotiated { headers[.vary] = "Accept" }
            if let next { headers[HTTPField.Name("Link")!] = "<\(next)>; rel=\"next\"" }
            let bytes =
                switch form {
                case .turtle: ByteBuffer(string: graph.turtle)
                case .jsonLD: ByteBuffer(bytes: graph.jsonLD.canonicalBytes)
                }
            return CachedBody(bytes, contentType: form.contentType, headers: headers)
        }
        return body.response(to: request)
    }

    private func catalogueFrame(at origin: String) -> CatalogueFrame {
        let institution = site.institution.name
        return CatalogueFrame(
            origin: origin,
            title: LocalizedText(
                fr: "Catalogue des bases de données de santé · \(site.name)",
                en: "Catalogue of health databases · \(site.name)")!,
            description: LocalizedText(
                fr: "Les bases de données de santé que recense \(institution[.fr])"
                    + "\(site.demonstration ? ". Démonstration : tout y est inventé" : "").",
                en: "The health databases listed by \(institution[.en])"
                    + "\(site.demonstration ? ". A demonstration: all of it is made up" : "").")!,
            publisher: LocalizedText(fr: institution[.fr], en: institution[.en])!, email: site.contacts.dpo.email)
    }
}

/// In which form the catalogue is handed out.
enum CatalogueForm: Sendable {
    case turtle, jsonLD

    var contentType: String {
        switch self {
        case .turtle: "text/turtle; charset=utf-8"
        case .jsonLD: "application/ld+json; charset=utf-8"
        }
    }

    /// The form that an `Accept` likes best, Turtle where it likes both as much; nil where it takes neither.
    init?(accepted: String) {
        guard !accepted.allSatisfy(\.isWhitespace) else {
            self = .turtle
            return
        }
        var liked: [(form: CatalogueForm, quality: Double)] = []
        for (form, types) in [
            (CatalogueForm.turtle, ["text/turtle", "text/*", "*/*"]),
            (.jsonLD, ["application/ld+json", "application/json", "application/*", "*/*"]),
        ] {
            // What names it most closely decides.
            for type in types {
                guard let quality = Self.quality(of: type, in: accepted) else { continue }
                liked.append((form, quality))
                break
            }
        }
        guard let most = liked.map(\.quality).max(), most > 0 else { return nil }
        self = liked.first { $0.quality == most }?.form ?? .turtle
    }

    private static func quality(of type: String, in accepted: String) -> Double? {
        for range in accepted.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.lowercased().filter { !$0.isWhitespace } }
            guard parts.first == type else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { String($0.dropFirst(2)) }
            return quality.map { Double($0) ?? 0 } ?? 1
        }
        return nil
    }
}

extension FormFields {
    /// What is asked of the catalogue. Throws 400 with the name of what is wrong.
    fileprivate func catalogueQuery() throws(ProblemDetails) -> CatalogueQuery {
        try requireOnly("profile", "modifiedSince", "limit", "cursor")
        let profile = try choice("profile", of: CatalogueQuery.Profile.self) ?? .dcatAP
        let limit = present("limit") == nil ? PageLimit(100) ?? .standard : try pageLimit()
        return CatalogueQuery(
            profile: profile, modifiedSince: try since(), limit: limit, cursor: present("cursor"))
    }

    /// A moment, or the beginning of a day in UTC.
    private func since() throws(ProblemDetails) -> Instant? {
        guard let text = present("modifiedSince") else { return nil }
        guard let moment = Instant(text) ?? Instant("\(text)T00:00:00Z") else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "modifiedSince doit être une date AAAA-MM-JJ ou un instant RFC 3339 en UTC. / "
                    + "modifiedSince must be a date YYYY-MM-DD or an RFC 3339 instant in UTC.")
        }
        return moment
    }
}
