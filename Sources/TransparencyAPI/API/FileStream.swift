import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry

extension Portal {
    /// A file of items, each written when those before it have been taken: what was written takes no memory.
    ///
    /// - Parameters:
    ///   - atOnce: how many are written at once.
    ///   - lines: the lines of some of them.
    func stream<Item: Sendable>(
        _ request: Request, type: String, file: String, description: String, header: String = "",
        items: [Item], atOnce: Int, lines: @escaping @Sendable (ArraySlice<Item>) async throws -> String
    ) -> Response {
        stream(request, type: type, file: file, description: description, header: header) { write in
            for start in stride(from: 0, to: items.count, by: atOnce) {
                try await write(try await lines(items[start..<min(start + atOnce, items.count)]))
            }
        }
    }

    /// A file that is written piece by piece, as fast as it is taken: memory does not grow with the register. What can't be
    /// read any more ends the answer without its end, which clients see as a failure.
    ///
    /// - Parameters:
    ///   - description: the address of what tells what its columns mean.
    ///   - pieces: writes all that comes after the header.
    func stream(
        _ request: Request, type: String, file: String, description: String, header: String = "",
        pieces: @escaping @Sendable (_ write: (String) async throws -> Void) async throws -> Void
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
                try await pieces(write)
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
