import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import StrictJSON

extension Portal {
    /// `GET /api/v1/projects`: one page of what was looked for, with how many there are of each value of each facet.
    func listProjects(_ request: Request, _ context: PortalContext) async throws -> Response {
        let body = try await cache.body(for: request.uri.string, generation: register.generation) {
            let fields = try request.queryFields()
            let query = try fields.projectQuery(besides: ["limit", "cursor", "facetLimit"])
            let facetLimit = try fields.facetLimit()
            let results = try await projects.search(
                query, asOf: register.generation, facetLimit: facetLimit, excerpts: true)
            let next = try ListAnswer.next(request, results.nextCursor)
            return ListAnswer.body(results.text(next: next).bytes, next: next)
        }
        return body.response(to: request)
    }
}

extension ProjectResults {
    /// The answer, which is put together from what is written already: a search is answered with thousands of values.
    fileprivate func text(next: String?) -> JSONText {
        var text = JSONText(capacity: 32_768)
        text.append("{\"facets\":{")
        text.append(facets.sorted { $0.facet.rawValue < $1.facet.rawValue }) { facet, text in
            text.append(string: facet.facet.rawValue)
            text.append(":{\"others\":")
            text.append(facet.others)
            text.append(",\"values\":[")
            text.append(facet.values) { value, text in
                text.append("{\"count\":")
                text.append(value.count)
                text.append(",\"value\":")
                text.append(string: value.value)
                text.append("}")
            }
            text.append("]}")
        }
        text.append("},\"items\":[")
        text.append(items) { $0.write(to: &$1, excerpt: excerpts[$0.reference], api: Portal.api) }
        text.append("],\"next\":")
        text.append(json: next.map(JSON.string) ?? .null)
        text.append(",\"suggestion\":")
        text.append(json: suggestion.map(JSON.string) ?? .null)
        text.append(",\"total\":")
        text.append(total)
        text.append("}")
        return text
    }
}

extension FormFields {
    /// The search that a query is, one page of it or all.
    ///
    /// - Parameter others: parameters that it may have besides words, facets and order.
    func projectQuery(besides others: [String] = []) throws(ProblemDetails) -> ProjectQuery {
        try requireOnly(["q", "sort"] + others + ProjectFacet.allCases.map(\.rawValue))
        var facets: [ProjectFacet: Set<String>] = [:]
        for facet in ProjectFacet.allCases { facets[facet] = try values(of: facet) }
        return ProjectQuery(
            text: self["q"] ?? "", facets: facets, sort: try choice("sort", of: ProjectSort.self),
            limit: try pageLimit(), cursor: present("cursor"))
    }

    /// The values of a facet that are chosen. Throws 400 for one that it can't have.
    fileprivate func values(of facet: ProjectFacet) throws(ProblemDetails) -> Set<String> {
        let values = all(facet.rawValue).filter { !$0.isEmpty }
        if let choices = facet.choices, let wrong = values.first(where: { !choices.contains($0) }) {
            let known = choices.joined(separator: ", ")
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "\(facet.rawValue) doit être l’un de : \(known). / \(facet.rawValue) must be one of: \(known)."
                    + " (\(wrong.prefix(40)))")
        }
        return Set(values)
    }

    /// How many values of each facet are told, 20 where it is absent.
    fileprivate func facetLimit() throws(ProblemDetails) -> Int {
        guard let text = present("facetLimit") else { return 20 }
        guard let limit = Int(text), (0...1000).contains(limit) else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "facetLimit doit être un nombre de 0 à 1000. / facetLimit must be a number from 0 to 1000.")
        }
        return limit
    }
}
