import HTTPServer
import Hummingbird
import PublicRegistry
import StrictJSON

extension Portal {
    /// The catalogue: datasets, their tables, and the variables of all of them.
    var datasetRoutes: [Route] {
        [
            Route(.get, "/api/v1/datasets", access: .public, handler: listDatasets),
            Route(.get, "/api/v1/datasets.csv", access: .public) { request, _ in
                try await exportDatasets(
                    request, type: FileType.csv, file: "datasets.csv", header: CSV.header(CatalogueTable.columns)
                ) { CSV.line($0, CatalogueTable.columns) }
            },
            Route(.get, "/api/v1/datasets.jsonl", access: .public) { request, _ in
                try await exportDatasets(request, type: FileType.jsonLines, file: "datasets.jsonl") {
                    "\($0.json.canonical)\n"
                }
            },
            Route(.get, "/api/v1/datasets.csv-metadata.json", access: .public) { request, _ in
                try await cachedJSON(request) {
                    CSV.metadata(
                        of: "datasets.csv",
                        title: LocalizedText(fr: "Les bases du catalogue", en: "The catalogue's datasets")!,
                        CatalogueTable.columns, key: ["reference"])
                }
            },
            Route(.get, "/api/v1/datasets/{reference}", access: .public, handler: showDataset),
            Route(.get, "/api/v1/datasets/{reference}/tables", access: .public, handler: listTables),
            Route(.get, "/api/v1/datasets/{reference}/tables/{name}", access: .public, handler: showTable),
        ] + variableRoutes
    }

    private func listDatasets(_ request: Request, _ context: PortalContext) async throws -> Response {
        let body = try await cache.body(for: request.uri.string, generation: register.generation) {
            let query = try request.queryFields().datasetQuery(besides: ["limit", "cursor"])
            let page = try await datasets.search(query, asOf: register.generation)
            let next = try ListAnswer.next(request, page.nextCursor)
            let items = page.items.map { $0.json(api: Self.api) }
            return ListAnswer.body(ListAnswer.json(items, total: page.total, next: next), next: next)
        }
        return body.response(to: request)
    }

    private func exportDatasets(
        _ request: Request, type: String, file: String, header: String = "",
        _ line: @escaping @Sendable (ExportedDataset) -> String
    ) async throws -> Response {
        let query = try request.queryFields().datasetQuery()
        let references = try await datasets.references(query, asOf: register.generation)
        return stream(
            request, type: type, file: file, description: "\(Self.api)/datasets.csv-metadata.json", header: header,
            items: references, atOnce: DatasetRegistry.exportedAtOnce
        ) { [datasets] in
            try await datasets.exported($0).map(line).joined()
        }
    }

    private func showDataset(_ request: Request, _ context: PortalContext) async throws -> Response {
        let reference = try context.parameters.require("reference")
        return try await cachedJSON(request) {
            guard let record = try await datasets.dataset(reference) else {
                return try await tombstoneJSON(reference, .dataset)
            }
            return record.json(api: Self.api)
        }
    }

    private func listTables(_ request: Request, _ context: PortalContext) async throws -> Response {
        let reference = try context.parameters.require("reference")
        return try await cachedJSON(request) {
            guard let record = try await datasets.dataset(reference) else { throw ProblemDetails.notFound }
            let items = record.dataset.tables.map { table -> JSON in
                .object(ofPresent: [
                    "name": .string(table.name), "title": table.title?.json, "description": table.description?.json,
                    "variables": .integer(Int64(table.variables.count)),
                    "links": [
                        "self": .string("\(Self.api)/datasets/\(reference)/tables/\(PagePath.encoded(table.name))")
                    ],
                ])
            }
            return ListAnswer.json(items, total: items.count, next: nil)
        }
    }

    private func showTable(_ request: Request, _ context: PortalContext) async throws -> Response {
        let (reference, name) = (
            try context.parameters.require("reference"), try context.parameters.require("name")
        )
        let fields = try request.queryFields()
        try fields.requireOnly("language")
        let language = try fields.choice("language", of: SchemaLanguage.self) ?? .fr
        return try await cachedJSON(request, key: "?language=\(language.rawValue)") {
            guard let record = try await datasets.dataset(reference),
                let table = record.dataset.tables.first(where: { $0.name == name })
            else { throw ProblemDetails.notFound }
            return table.tableSchema(preferring: language)
        }
    }
}

extension FormFields {
    /// The search of the catalogue that a query is, one page of it or all.
    fileprivate func datasetQuery(besides others: [String] = []) throws(ProblemDetails) -> DatasetQuery {
        try requireOnly(["q"] + others)
        return DatasetQuery(text: self["q"] ?? "", limit: try pageLimit(), cursor: present("cursor"))
    }
}
