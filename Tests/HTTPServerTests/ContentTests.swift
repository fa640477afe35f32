import CZlib
import CivilTime
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import HTTPServer

private let words = String(repeating: "Le droit de regard. ", count: 200)

private func request(_ headers: HTTPFields = [:], method: HTTPRequest.Method = .get, path: String = "/") -> Request {
    Request(
        head: HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
        body: RequestBody(buffer: ByteBuffer()))
}

@Suite("Cached bodies")
struct CachedBodyTests {
    private let body = CachedBody(
        ByteBuffer(string: words), contentType: "text/plain; charset=utf-8",
        headers: [.cacheControl: "public, max-age=60"])

    @Test("Without a wish it is sent as it is, and says what it varies by")
    func identity() async throws {
        let response = body.response(to: request())
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(response.headers[.contentLength] == "\(words.utf8.count)")
        #expect(response.headers[.contentEncoding] == nil)
        #expect(response.headers[.vary] == "Accept-Encoding")
        #expect(response.headers[.cacheControl] == "public, max-age=60")
        #expect(response.headers[.eTag] == body.etag)
    }

    @Test("Compressed, it has another tag, and unpacks to the same bytes")
    func compressed() throws {
        let response = body.response(to: request([.acceptEncoding: "deflate, gzip"]))
        #expect(response.headers[.contentEncoding] == "gzip")
        #expect(response.headers[.eTag] != body.etag)
        #expect(response.headers[.eTag]?.hasPrefix("\"") == true)
        let compressed = try #require(Gzip.compress(ByteBuffer(string: words)))
        #expect(response.headers[.contentLength] == "\(compressed.readableBytes)")
        #expect(try gunzip(compressed) == words)
    }

    @Test("Brotli goes before gzip where both are taken, has a tag of its own, and is smaller")
    func brotli() throws {
        let packed = body.response(to: request([.acceptEncoding: "gzip, deflate, br, zstd"]))
        #expect(packed.headers[.contentEncoding] == "br")
        let gzip = body.response(to: request([.acceptEncoding: "gzip"]))
        #expect(packed.headers[.eTag] != gzip.headers[.eTag] && packed.headers[.eTag] != body.etag)
        #expect(packed.headers[.vary] == "Accept-Encoding")
        let compressed = try #require(Brotli.compress(ByteBuffer(string: words)))
        #expect(packed.headers[.contentLength] == "\(compressed.readableBytes)")
        #expect(compressed.readableBytes < words.utf8.count / 10)
        let tag = try #require(packed.headers[.eTag])
        #expect(body.response(to: request([.ifNoneMatch: tag])).status == .notModified)
    }

    @Test(
        "The coding that is liked best is chosen",
        arguments: [
            ("br", "br"), ("gzip, br", "br"), ("gzip;q=1, br;q=0.5", "gzip"), ("br;q=0, gzip", "gzip"), ("*", "br"),
            ("br;q=0, *", "gzip"), ("identity, br;q=0.5", "identity"), ("", "identity"), ("zstd", "identity"),
            ("BR;Q=0.8, gzip;q=0.8", "br"),
        ])
    func coding(header: String, coding: String) {
        #expect(AcceptEncoding.best(header).rawValue == coding)
    }

    @Test(
        "Accept-Encoding is weighed",
        arguments: [
            ("gzip", true), ("GZIP", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("*", true), ("gzip;q=0.001", true),
            ("gzip ; q=0.5", true), ("", false), ("br", false), ("identity", false), ("gzip;q=0", false),
            ("gzip;q=0.000", false), ("*;q=0", false), ("gzip;q=0, *", false), ("identity;q=1, gzip;q=0.5", false),
            ("gzip;q=nonsense", false),
        ])
    func acceptEncoding(header: String, isGzip: Bool) {
        #expect(AcceptEncoding.prefersGzip(header) == isGzip)
    }

    @Test("A client that has it is told so, however it names it")
    func notModified() {
        let gzipTag = body.response(to: request([.acceptEncoding: "gzip"])).headers[.eTag] ?? ""
        for (condition, tag) in [
            (body.etag, body.etag), ("W/\(body.etag)", body.etag), ("\"a\", \(body.etag) ,\"b\"", body.etag),
            ("*", body.etag), (gzipTag, gzipTag), ("\"a\",W/\(gzipTag)", gzipTag),
        ] {
            for method in [HTTPRequest.Method.get, .head] {
                let response = body.response(to: request([.ifNoneMatch: condition], method: method))
                #expect(response.status == .notModified, "\(condition)")
                #expect(response.headers[.eTag] == tag)
                #expect(response.headers[.vary] == "Accept-Encoding")
                #expect(response.headers[.cacheControl] == "public, max-age=60")
                #expect(response.headers[.contentType] == nil)
                #expect(response.body.contentLength == 0)
            }
        }
    }

    @Test("A client that has something else gets it", arguments: ["\"a\"", "", "nonsense", "W/\"a\", \"b\""])
    func modified(condition: String) {
        #expect(body.response(to: request([.ifNoneMatch: condition])).status == .ok)
    }

    @Test("Other statuses and other methods are never conditional")
    func unconditional() {
        let problem = CachedBody(ByteBuffer(string: words), contentType: "text/html", status: .gone)
        #expect(problem.response(to: request([.ifNoneMatch: "*"])).status == .gone)
        #expect(body.response(to: request([.ifNoneMatch: "*"], method: .post)).status == .ok)
    }

    @Test("On the wire, HEAD has GET's headers, and 304 has neither length nor body")
    func wire() async throws {
        let route = Route(.get, "/cached", access: .public) { [body] request, _ in body.response(to: request) }
        try await withServer([route]) { server in
            let head = try await server.answer(
                to: "HEAD /cached HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
            #expect(head.headers["content-encoding"] == "gzip")
            #expect(head.headers["content-length"].flatMap { Int($0) } ?? 0 > 0)
            #expect(head.body == "")
            let condition = "If-None-Match: \(body.etag)"
            let unmodified = try await server.answer(
                to: "GET /cached HTTP/1.1\r\nHost: localhost\r\n\(condition)\r\nConnection: close\r\n\r\n")
            #expect(unmodified.status == 304)
            #expect(unmodified.headers["content-length"] == nil)
            #expect(unmodified.headers["transfer-encoding"] == nil)
            #expect(unmodified.body == "")
        }
    }

    @Test("Packed piece by piece it is one gzip file", arguments: [0, 1, 100_000])
    func streamed(count: Int) throws {
        let text = (0..<count).map { "\($0) " }.joined()
        let stream = GzipStream()
        var packed = ByteBuffer()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(70_000)
            rest = rest.dropFirst(piece.count)
            packed.writeImmutableBuffer(stream.pack(piece))
        }
        packed.writeImmutableBuffer(stream.finish())
        #expect(count < 2 || packed.readableBytes < text.utf8.count / 2)
        #expect(try gunzip(packed) == text)
    }

    private func gunzip(_ buffer: ByteBuffer) throws -> String {
        var input = Array(buffer.readableBytesView)
        var output = [UInt8](repeating: 0, count: 1024 * 1024)
        var stream = z_stream()
        try #require(inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { inflateEnd(&stream) }
        let (size, capacity) = (UInt32(input.count), UInt32(output.count))
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = size
                stream.next_out = output.baseAddress
                stream.avail_out = capacity
                #expect(inflate(&stream, Z_FINISH) == Z_STREAM_END)
            }
        }
        return String(decoding: output.prefix(Int(stream.total_out)), as: UTF8.self)
    }
}

@Suite("The cache of bodies")
struct ResponseCacheTests {
    private func body(_ text: String) -> CachedBody { CachedBody(ByteBuffer(string: text), contentType: "text/plain") }

    @Test("A body is made once for a generation, and anew for the next")
    func generations() async throws {
        let cache = ResponseCache(maximumBytes: 1_000_000)
        let first = await cache.body(for: "a", generation: 1) { body("one") }
        let again = await cache.body(for: "a", generation: 1) { body("never made") }
        #expect(again.etag == first.etag)
        let next = await cache.body(for: "a", generation: 2) { body("two") }
        #expect(next.etag != first.etag)
        #expect(cache.body(for: "a", generation: 1) == nil)
    }

    @Test("It never holds more than its bound, and keeps what is used")
    func bound() {
        let cache = ResponseCache(maximumBytes: 100_000)
        let popular = body("popular")
        cache.keep(popular, for: "popular", generation: 1)
        for number in 0..<1_000 {
            cache.keep(body("page \(number)"), for: "\(number)", generation: 1)
            #expect(cache.bytes <= 100_000)
            #expect(cache.body(for: "popular", generation: 1) === popular)
        }
        #expect(cache.body(for: "999", generation: 1) != nil)
        #expect(cache.body(for: "0", generation: 1) == nil)
    }

    @Test("What would crowd out the rest is not kept, and clearing forgets all")
    func largeAndClear() {
        let cache = ResponseCache(maximumBytes: 100_000)
        cache.keep(body(String(repeating: "a", count: 50_000)), for: "large", generation: 1)
        #expect(cache.body(for: "large", generation: 1) == nil)
        cache.keep(body("small"), for: "small", generation: 1)
        cache.clear()
        #expect(cache.body(for: "small", generation: 1) == nil)
        #expect(cache.bytes == 0)
    }
}

@Suite("Static files")
struct StaticFileTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "static-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, contents) in [
            ("site/css/site.css", String(repeating: "body { margin: 0 }\n", count: 50)), ("site/robots.txt", "é"),
            ("site/.env", "SECRET"), ("site/.git/config", "SECRET"), ("site/logo.png", "not really"),
            ("secret.txt", "SECRET"),
        ] {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(contents.utf8).write(to: file)
        }
        try await body(folder.appending(path: "site"))
    }

    @Test("Files are served with type, charset and tag, and for ever when asked for by their version")
    func serving() async throws {
        try await withFolder { folder in
            let files = try StaticFiles(folder: folder)
            try await application(files).test(.live) { client in
                let css = try await client.execute(
                    uri: "/css/site.css", method: .get, headers: [.acceptEncoding: "gzip"])
                #expect(css.headers[.contentType] == "text/css; charset=utf-8")
                #expect(css.headers[.cacheControl] == "public, max-age=300")
                #expect(css.headers[.contentEncoding] == "gzip")
                let url = files.url(for: "css/site.css")
                #expect(url.hasPrefix("/css/site.css?v="))
                let pinned = try await client.execute(uri: url, method: .get)
                #expect(pinned.headers[.cacheControl] == "public, max-age=31536000, immutable")
                let old = try await client.execute(uri: "/css/site.css?v=0", method: .get)
                #expect(old.headers[.cacheControl] == "public, max-age=300")
                let text = try await client.execute(uri: "/robots.txt", method: .get, headers: [.range: "bytes=0-0"])
                #expect(text.status == .ok)
                #expect(text.headers[.contentType] == "text/plain; charset=utf-8")
                #expect(String(buffer: text.body) == "é")
                let wrong = try await client.execute(uri: "/robots.txt", method: .put)
                #expect(wrong.status == .methodNotAllowed)
            }
        }
    }

    @Test(
        "Nothing hidden and nothing outside the folder is served",
        arguments: [
            "/.env", "/.git/config", "/../secret.txt", "/css/../../secret.txt", "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/css%2fsite.css", "/css", "/css/", "//robots.txt", "/./robots.txt",
        ])
    func refused(path: String) async throws {
        try await withFolder { folder in
            try await application(StaticFiles(folder: folder)).test(.live) { client in
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .notFound)
                #expect(!String(buffer: response.body).contains("SECRET"))
            }
        }
    }

    @Test("A link that leads out stops the loading; one that stays inside is a file")
    func links() async throws {
        try await withFolder { folder in
            let link = folder.appending(path: "link.txt")
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "robots.txt")
            #expect(try StaticFiles(folder: folder).routes().map(\.template).contains("/link.txt"))
            try FileManager.default.removeItem(at: link)
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "../secret.txt")
            #expect(throws: StaticFiles.LoadError.linkLeadsOut("link.txt")) { try StaticFiles(folder: folder) }
        }
    }

    @Test("A folder that is too large or missing stops the loading")
    func bounds() async throws {
        try await withFolder { folder in
            #expect(throws: StaticFiles.LoadError.tooLarge(maximumBytes: 100)) {
                try StaticFiles(folder: folder, maximumBytes: 100)
            }
            #expect(throws: StaticFiles.LoadError.self) { try StaticFiles(folder: folder.appending(path: "missing")) }
        }
    }

    private func application(_ files: StaticFiles) -> some ApplicationProtocol {
        makeApplication(
            configuration: ServerConfiguration(port: 0), routes: RouteTable(files.routes()),
            logger: quietLogger)
    }
}

@Suite("Dates of headers")
struct HTTPDateTests {
    @Test("The date of RFC 9110's example")
    func example() {
        #expect(HTTPDate.text(Instant(milliseconds: 784_111_777_000)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}
