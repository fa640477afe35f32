import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry

extension Portal {
    /// A file of records, each read when those before it have been taken: memory does not grow with the register. What can't be
    /// read any more ends the answer without its end, which clients see as a failure.
    ///
    /// - Parameters:
    ///   - description: the address of what tells what its columns mean.
    ///   - atOnce: how many are read at once.
    ///   - lines: the lines of some of them.
    func stream(
        _ request: Request, type: String, file: String, description: String, header: String = "",
        references: [String], atOnce: Int, lines: @escaping @Sendable (ArraySlice<String>) async throws -> String
    ) -> Response {
        let isPacked = request.prefersGzip
        var headers: HTTPFields = [
            .contentType: type, .vary: "Accept-Encoding", .cacheControl: CacheControl.register,
            .contentDisposition: "attachment; filename=\"\(file)\"",
            HTTPField.Name("Link")!: "<\(description)>; rel=\"describedby\"",
        ]
        if isPacked { headers[.contentEncoding] = "gzip" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                let gzip = isPacked ? GzipStream() : nil
                func write(_ text: String) async throws {
                    let buffer = gzip?.pack(text.utf8) ?? ByteBuffer(string: text)
                    if buffer.readableBytes > 0 { try await writer.write(buffer) }
                }
                try await write(header)
                for start in stride(from: 0, to: references.count, by: atOnce) {
                    try await write(try await lines(references[start..<min(start + atOnce, references.count)]))
                }
                if let gzip { try await writer.write(gzip.finish()) }
                try await writer.finish(nil)
            })
    }
}

/// What files of records are, by the ends of their names.
enum FileType {
    static let csv = "text/csv; charset=utf-8; header=present"
    static let jsonLines = "application/jsonl; charset=utf-8"
}
