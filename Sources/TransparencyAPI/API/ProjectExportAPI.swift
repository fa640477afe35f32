import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import StrictJSON

extension Portal {
    /// The projects that a search finds, all of them, as files.
    var projectExportRoutes: [Route] {
        [
            Route(.get, "/api/v1/projects.csv", access: .public) { request, _ in
                try await export(
                    request, type: "text/csv; charset=utf-8; header=present", file: "projects.csv",
                    header: CSV.header(ProjectTable.columns)
                ) { CSV.line($0, ProjectTable.columns) }
            },
            Route(.get, "/api/v1/projects.jsonl", access: .public) { request, _ in
                try await export(request, type: "application/jsonl; charset=utf-8", file: "projects.jsonl") {
                    "\($0.json.canonical)\n"
                }
            },
            Route(.get, "/api/v1/projects.csv-metadata.json", access: .public) { request, _ in
                try await cachedJSON(request) {
                    CSV.metadata(
                        of: "projects.csv",
                        title: LocalizedText(fr: "Les projets du répertoire", en: "The register's projects")!,
                        ProjectTable.columns, key: "reference")
                }
            },
        ]
    }

    /// Record after record, each read when those before it have been taken: memory does not grow with the register. What can't
    /// be read any more ends the answer without its end, which clients see as a failure.
    private func export(
        _ request: Request, type: String, file: String, header: String = "",
        _ line: @escaping @Sendable (ExportedProject) -> String
    ) async throws -> Response {
        let query = try request.queryFields().projectQuery()
        let references = try await projects.references(query, asOf: register.generation)
        let isPacked = request.prefersGzip
        var headers: HTTPFields = [
            .contentType: type, .vary: "Accept-Encoding", .cacheControl: CacheControl.register,
            .contentDisposition: "attachment; filename=\"\(file)\"",
            HTTPField.Name("Link")!: "</api/v1/projects.csv-metadata.json>; rel=\"describedby\"",
        ]
        if isPacked { headers[.contentEncoding] = "gzip" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [projects] writer in
                let gzip = isPacked ? GzipStream() : nil
                func write(_ text: String) async throws {
                    let buffer = gzip?.pack(text.utf8) ?? ByteBuffer(string: text)
                    if buffer.readableBytes > 0 { try await writer.write(buffer) }
                }
                try await write(header)
                for start in stride(from: 0, to: references.count, by: ProjectRegistry.exportedAtOnce) {
                    let end = min(start + ProjectRegistry.exportedAtOnce, references.count)
                    let records = try await projects.exported(references[start..<end])
                    try await write(records.map(line).joined())
                }
                if let gzip { try await writer.write(gzip.finish()) }
                try await writer.finish(nil)
            })
    }
}
