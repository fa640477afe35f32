import HTTPServer
import Hummingbird
import PublicRegistry
import StrictJSON

extension Portal {
    /// The projects that a search finds, all of them, as files.
    var projectExportRoutes: [Route] {
        [
            Route(.get, "/api/v1/projects.csv", access: .public) { request, _ in
                try await export(
                    request, type: FileType.csv, file: "projects.csv",
                    header: CSV.header(ProjectTable.columns)
                ) { CSV.line($0, ProjectTable.columns) }
            },
            Route(.get, "/api/v1/projects.jsonl", access: .public) { request, _ in
                try await export(request, type: FileType.jsonLines, file: "projects.jsonl") {
                    "\($0.json.canonical)\n"
                }
            },
            Route(.get, "/api/v1/projects.csv-metadata.json", access: .public) { request, _ in
                try await cachedJSON(request) {
                    CSV.metadata(
                        of: "projects.csv",
                        title: LocalizedText(fr: "Les projets du répertoire", en: "The register's projects")!,
                        ProjectTable.columns, key: ["reference"])
                }
            },
        ]
    }

    private func export(
        _ request: Request, type: String, file: String, header: String = "",
        _ line: @escaping @Sendable (ExportedProject) -> String
    ) async throws -> Response {
        let query = try request.queryFields().projectQuery()
        let references = try await projects.references(query, asOf: register.generation)
        return stream(
            request, type: type, file: file, description: "\(Self.api)/projects.csv-metadata.json", header: header,
            items: references, atOnce: ProjectRegistry.exportedAtOnce
        ) { [projects] in
            try await projects.exported($0).map(line).joined()
        }
    }
}
