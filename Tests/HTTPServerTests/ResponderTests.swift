import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

private struct Leak: Error, CustomStringConvertible {
    let description = "the database password is swordfish"
}

private let routes: [Route] = [
    Route(.get, "/api/things/{id}", access: .public) { _, context in text(try context.parameters.require("id")) },
    Route(.put, "/api/things/{id}", access: .personal) { _, _ in text("put") },
    Route(.get, "/api/things/special", access: .public) { _, _ in text("the special one") },
    Route(.get, "/api/things/{id}.csv", access: .public) { _, context in
        text("csv of \(try context.parameters.require("id"))")
    },
    Route(.get, "/api/things/{id}/parts/{part}", access: .public) { _, context in
        text("\(try context.parameters.require("id"))/\(try context.parameters.require("part"))")
    },
    Route(.get, "/log/{path...}", access: .public) { _, context in text(try context.parameters.require("path")) },
    Route(.get, "/page", access: .site) { _, _ in
        var response = text("page")
        response.headers[.contentSecurityPolicy] = "default-src 'none'"
        response.headers[.referrerPolicy] = "same-origin"
        return response
    },
    Route(.get, "/mine", access: .personal) { _, _ in text("mine") },
    Route(.post, "/act", access: .personal) { _, _ in text("acted") },
    Route(.delete, "/act", access: .personal) { _, _ in text("deleted") },
    Route(.get, "/leak", access: .public) { _, _ in throw Leak() },
    Route(.get, "/busy", access: .public) { _, _ in
        throw ProblemDetails(
            .tooManyRequests, code: "busy", errors: [.init(pointer: "/a~1b", code: "wrong", detail: "« \"\\\u{1} »")],
            headers: [.retryAfter: "7"])
    },
    Route(.get, "/hummingbird", access: .site) { _, _ in throw HTTPError(.conflict, message: "twice") },
]

extension HTTPField.Name {
    fileprivate static let referrerPolicy = Self("Referrer-Policy")!
    fileprivate static let secFetchSite = Self("Sec-Fetch-Site")!
}

private func application(
    isBehindTLS: Bool = false, errors: ErrorAnswers = ErrorAnswers(),
    logger: Logger = quietLogger
) -> some ApplicationProtocol {
    makeApplication(
        configuration: ServerConfiguration(port: 0, isBehindTLS: isBehindTLS), routes: RouteTable(routes),
        errors: errors,
        logger: logger)
}

private func problem(_ response: TestResponse) throws -> [String: Any] {
    #expect(response.headers[.contentType] == "application/problem+json")
    return try #require(try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
}

@Suite("Answers")
struct ResponderTests {
    @Test(
        "Every answer has every security header, errors included",
        arguments: [
            ("/page", HTTPRequest.Method.get, 200), ("/nowhere", .get, 404), ("/page", .post, 405),
            ("/leak", .get, 500),
            ("/hummingbird", .get, 409), ("/page", .options, 204), ("/mine", .head, 200), ("/act", .post, 403),
        ])
    func securityHeaders(path: String, method: HTTPRequest.Method, status: Int) async throws {
        try await application().test(.live) { client in
            let response = try await client.execute(uri: path, method: method)
            #expect(response.status.code == status)
            for name in securityHeaderNames {
                #expect(response.headers[values: HTTPField.Name(name)!].count == 1, "\(name)")
            }
            #expect(response.headers[.strictTransportSecurity] == nil)
            #expect(response.headers[.date] != nil)
        }
    }

    @Test("A page may set its own content policy and referrer policy; HSTS comes with TLS")
    func ownPolicies() async throws {
        try await application(isBehindTLS: true).test(.router) { client in
            let page = try await client.execute(uri: "/page", method: .get)
            #expect(page.headers[.contentSecurityPolicy] == "default-src 'none'")
            #expect(page.headers[.referrerPolicy] == "same-origin")
            let other = try await client.execute(uri: "/mine", method: .get)
            #expect(other.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
            #expect(other.headers[.referrerPolicy] == "no-referrer")
            #expect(other.headers[.strictTransportSecurity] == "max-age=31536000")
        }
    }

    @Test("An unknown path is a 404 problem with the request's id")
    func notFound() async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: "/nowhere", method: .get)
            let problem = try problem(response)
            #expect(problem["status"] as? Int == 404)
            #expect(problem["code"] as? String == "notFound")
            #expect((problem["requestId"] as? String)?.count ?? 0 > 16)
            #expect(response.headers[.cacheControl] == "no-store")
        }
    }

    @Test("A known path with another method is a 405 that lists the methods", arguments: ["POST", "PROPFIND", "TRACE"])
    func methodNotAllowed(method: String) async throws {
        try await application().test(.live) { client in
            let response = try await client.execute(uri: "/api/things/1", method: HTTPRequest.Method(method)!)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == "GET, HEAD, OPTIONS, PUT")
            #expect(try problem(response)["code"] as? String == "methodNotAllowed")
        }
    }

    @Test("OPTIONS lists the methods, and lets other sites ask for what is public")
    func options() async throws {
        try await application().test(.live) { client in
            let open = try await client.execute(uri: "/api/things/1", method: .options)
            #expect(open.status == .noContent)
            #expect(open.headers[.allow] == "GET, HEAD, OPTIONS, PUT")
            #expect(open.headers[.accessControlAllowOrigin] == "*")
            #expect(open.headers[.accessControlAllowMethods] == "GET, HEAD")
            let closed = try await client.execute(uri: "/act", method: .options)
            #expect(closed.headers[.accessControlAllowOrigin] == nil)
            let server = try await client.execute(uri: "*", method: .options)
            #expect(server.status == .noContent)
        }
    }

    @Test("Only GET of public routes is readable by other sites, its errors included")
    func crossOriginReads() async throws {
        try await application().test(.router) { client in
            for (path, allowed) in [("/api/things/1", true), ("/leak", true), ("/page", false), ("/mine", false)] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.headers[.accessControlAllowOrigin] == (allowed ? "*" : nil), "\(path)")
            }
            let put = try await client.execute(
                uri: "/api/things/1", method: .put, headers: [.secFetchSite: "same-origin"])
            #expect(put.headers[.accessControlAllowOrigin] == nil)
            #expect(put.headers[.cacheControl] == "no-store")
        }
    }

    @Test("What is personal is never stored")
    func noStore() async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: "/mine", method: .get)
            #expect(response.headers[.cacheControl] == "no-store")
        }
    }

    @Test(
        "A literal goes before a parameter, a longer ending before a shorter, and what is captured is decoded",
        arguments: [
            ("/api/things/7", "7"), ("/api/things/special", "the special one"), ("/api/things/7.csv", "csv of 7"),
            ("/api/things/special/parts/a", "special/a"), ("/api/things/%C3%A9t%C3%A9%2F1", "été/1"),
            ("/api/things/%73pecial", "the special one"), ("/log/tile/0/x001/067", "tile/0/x001/067"),
            ("/api/things/a?id=b", "a"),
        ])
    func parameters(path: String, body: String) async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(String(buffer: response.body) == body)
        }
    }

    @Test("What fits no template is not found", arguments: ["/api/things/", "/api/things", "//", "/log/", "/page/"])
    func unmatched(path: String) async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(response.status == .notFound)
        }
    }

    @Test("A fault of ours is a 500 that tells nothing of the inside")
    func internalError() async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: "/leak", method: .get)
            #expect(response.status == .internalServerError)
            #expect(!String(buffer: response.body).contains("swordfish"))
            #expect(!String(buffer: response.body).contains("Leak"))
        }
    }

    @Test("A problem keeps its headers and its fields, whatever characters they hold")
    func thrownProblem() async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: "/busy", method: .get)
            #expect(response.status == .tooManyRequests)
            #expect(response.headers[.retryAfter] == "7")
            let fields = try #require(try problem(response)["errors"] as? [[String: String]])
            #expect(fields == [["pointer": "/a~1b", "code": "wrong", "detail": "« \"\\\u{1} »"]])
        }
    }

    @Test("Hummingbird's own errors become problems")
    func hummingbirdError() async throws {
        try await application().test(.router) { client in
            let problem = try problem(try await client.execute(uri: "/hummingbird", method: .get))
            #expect(problem["status"] as? Int == 409)
            #expect(problem["code"] as? String == "conflict")
            #expect(problem["detail"] as? String == "twice")
        }
    }

    @Test("Errors of the domain are mapped, and a page may be shown in place of JSON with the problem's status")
    func hooks() async throws {
        let errors = ErrorAnswers { error, _ in
            error is Leak ? ProblemDetails(.gone, code: "gone", headers: [.retryAfter: "1"]) : nil
        } rendering: { problem, request, _ in
            request.uri.path == "/leak" ? text("page about \(problem.code)") : nil
        }
        try await application(errors: errors).test(.router) { client in
            let page = try await client.execute(uri: "/leak", method: .get)
            #expect(page.status == .gone)
            #expect(String(buffer: page.body) == "page about gone")
            #expect(page.headers[.retryAfter] == "1")
            _ = try problem(try await client.execute(uri: "/nowhere", method: .get))
        }
    }
}

@Suite("Same origin")
struct SameOriginTests {
    struct Sender: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let headers: HTTPFields
        let isTaken: Bool
    }

    private static let form = "application/x-www-form-urlencoded"

    static let senders: [Sender] = [
        Sender(
            testDescription: "the site's form", headers: [.secFetchSite: "same-origin", .contentType: form],
            isTaken: true),
        Sender(
            testDescription: "a stranger", headers: [.secFetchSite: "cross-site", .contentType: form], isTaken: false),
        Sender(testDescription: "a sibling site", headers: [.secFetchSite: "same-site"], isTaken: false),
        Sender(testDescription: "the address bar", headers: [.secFetchSite: "none"], isTaken: false),
        Sender(
            testDescription: "another site that claims our origin",
            headers: [.secFetchSite: "cross-site", .origin: "http://localhost"], isTaken: false),
        Sender(
            testDescription: "our origin", headers: [.origin: "http://localhost", .contentType: form], isTaken: true),
        Sender(testDescription: "our host by https", headers: [.origin: "https://localhost"], isTaken: false),
        Sender(testDescription: "another port", headers: [.origin: "http://localhost:81"], isTaken: false),
        Sender(testDescription: "an opaque origin", headers: [.origin: "null"], isTaken: false),
        Sender(
            testDescription: "a program with JSON", headers: [.contentType: "application/json; charset=utf-8"],
            isTaken: true),
        Sender(testDescription: "a form of unknown origin", headers: [.contentType: form], isTaken: false),
        Sender(
            testDescription: "an upload of unknown origin", headers: [.contentType: "multipart/form-data; boundary=a"],
            isTaken: false),
        Sender(testDescription: "nothing at all", headers: [:], isTaken: false),
    ]

    @Test(
        "An unsafe request is taken from the site itself and from programs, never from another site", arguments: senders
    )
    func post(sender: Sender) async throws {
        try await application().test(.router) { client in
            let response = try await client.execute(uri: "/act", method: .post, headers: sender.headers)
            #expect(response.status == (sender.isTaken ? .ok : .forbidden))
        }
    }

    @Test("DELETE without a body is no form's, but still never another site's")
    func delete() async throws {
        try await application().test(.router) { client in
            let own = try await client.execute(uri: "/act", method: .delete)
            #expect(own.status == .ok)
            let other = try await client.execute(
                uri: "/act", method: .delete, headers: [.origin: "http://evil.example"])
            #expect(other.status == .forbidden)
        }
    }
}

@Suite("The access log")
struct AccessLogTests {
    private final class Lines: Sendable {
        let lines = Mutex<[Logger.Metadata]>([])
    }

    private struct Recorder: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append((event.metadata ?? [:]).merging(metadata) { first, _ in first }) }
        }
    }

    @Test("It has the route's template, never the path, the query, a cookie or an address")
    func line() async throws {
        let recorded = Lines()
        let logger = Logger(label: "test") { _ in Recorder(lines: recorded) }
        try await application(logger: logger).test(.live) { client in
            _ = try await client.execute(
                uri: "/api/things/R-2026-SECRET?q=Martin", method: .get, headers: [.cookie: "session=abc123"])
            _ = try await client.execute(uri: "/nowhere/SECRET", method: .get)
        }
        let lines = recorded.lines.withLock { $0 }.filter { $0["route"] != nil }
        #expect(lines.map { $0["route"] } == ["/api/things/{id}", "-"])
        #expect(lines.map { $0["status"]?.description } == ["200", "404"])
        #expect(lines.map { $0["method"] } == ["GET", "GET"])
        #expect(lines.first?["bytes"]?.description == "13")
        #expect(lines.last?["code"] == "notFound")
        #expect(lines.allSatisfy { $0["milliseconds"] != nil && $0["hb.request.id"] != nil })
        let all = recorded.lines.withLock { "\($0)" }
        for word in ["SECRET", "Martin", "abc123", "127.0.0.1"] { #expect(!all.contains(word), "\(word)") }
    }
}
