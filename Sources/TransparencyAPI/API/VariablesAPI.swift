import HTTPServer
import Hummingbird
import PublicRegistry
import StrictJSON

extension Portal {
    /// Which dataset holds this? The variables of all tables.
    var variableRoutes: [Route] {
        [
            Route(.get, "/api/v1/variables", access: .public, handler: listVariables),
            Route(.get, "/api/v1/variables.csv", access: .public) { request, _ in
                try await exportVariables(
                    request, type: FileType.csv, file: "variables.csv", header: CSV.header(VariableTable.columns)
                ) { CSV.line($0, VariableTable.columns) }
            },
            Route(.get, "/api/v1/variables.jsonl", access: .public) { request, _ in
                try await exportVariables(request, type: FileType.jsonLines, file: "variables.jsonl") {
                    "\($0.json(api: Self.api, encoded: PagePath.encoded).canonical)\n"
                }
            },
            Route(.get, "/api/v1/variables.csv-metadata.json", access: .public) { request, _ in
                try await cachedJSON(request) {
                    CSV.metadata(
                        of: "variables.csv",
                        title: LocalizedText(
                            fr: "Les variables des bases du catalogue", en: "The variables of the catalogue's datasets")!,
                        VariableTable.columns, key: VariableTable.key)
                }
            },
        ]
    }

    private func listVariables(_ request: Request, _ context: PortalContext) async throws -> Response {
        let body = try await cache.body(for: request.uri.string, generation: register.generation) {
            let query = try request.queryFields().variableQuery(besides: ["limit", "cursor"])
            let results = try await datasets.variables(query, asOf: register.generation)
            let next = try ListAnswer.next(request, results.page.nextCursor)
            let items = results.page.items.map { $0.json(api: Self.api, encoded: PagePath.encoded) }
            var members = ListAnswer.json(items, total: results.page.total, next: next).object ?? [:]
            members["datasets"] = [
                "values": .array(
                    results.datasets.map {
                        ["value": .string($0.reference), "count": .integer(Int64($0.variables))]
                    }),
                "others": .integer(Int64(results.others)),
            ]
            return ListAnswer.body(.object(members), next: next)
        }
        return body.response(to: request)
    }

    private func exportVariables(
        _ request: Request, type: String, file: String, header: String = "",
        _ line: @escaping @Sendable (VariableSummary) -> String
    ) async throws -> Response {
        let query = try request.queryFields().variableQuery()
        return stream(
            request, type: type, file: file, description: "\(Self.api)/variables.csv-metadata.json", header: header,
            items: try await datasets.allVariables(query, asOf: register.generation), atOnce: 500
        ) { $0.map(line).joined() }
    }
}

extension FormFields {
    /// The search of the variables that a query is, one page of it or all.
    fileprivate func variableQuery(besides others: [String] = []) throws(ProblemDetails) -> VariableQuery {
        try requireOnly(["q", "dataset"] + others)
        return VariableQuery(
            text: self["q"] ?? "", dataset: present("dataset"), limit: try pageLimit(), cursor: present("cursor"))
    }
}
