import HTTPServer
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@Suite("Forms and queries")
struct FormFieldsTests {
    @Test("Fields keep the order of their names, and all their values")
    func parsing() throws {
        let fields = try FormFields(parsing: "nom=L%27%C3%A9t%C3%A9+2026&choix=1&&choix=2&vide=&seul&a=b=c".utf8)
        #expect(fields.names == ["nom", "choix", "vide", "seul", "a"])
        #expect(fields["nom"] == "L'été 2026")
        #expect(fields.all("choix") == ["1", "2"])
        #expect(fields["vide"] == "")
        #expect(fields["seul"] == "")
        #expect(fields["a"] == "b=c")
        #expect(fields["rien"] == nil)
        #expect(fields.all("rien") == [])
    }

    @Test(
        "What is badly encoded is refused, not repaired",
        arguments: ["a=%", "a=%4", "a=%zz", "a=%C3%28", "%FF=b", "a=%00"])
    func broken(form: String) {
        let error = #expect(throws: ProblemDetails.self) { try FormFields(parsing: form.utf8) }
        #expect(error?.status == .badRequest)
    }

    @Test("Raw bytes that are not UTF-8 are refused")
    func rawBytes() {
        #expect(throws: ProblemDetails.self) { try FormFields(parsing: [0x61, 0x3D, 0xFF]) }
    }

    @Test("More than a thousand fields are refused")
    func many() throws {
        #expect(try FormFields(parsing: String(repeating: "a=1&", count: 1_000).utf8).all("a").count == 1_000)
        #expect(throws: ProblemDetails.self) { try FormFields(parsing: String(repeating: "a=1&", count: 1_001).utf8) }
    }
}

@Suite("Bodies")
struct RequestBodyTests {
    private static let routes = [
        Route(.put, "/json", access: .site) { request, context in
            text(String(buffer: try await request.jsonBody(in: context)))
        },
        Route(.put, "/form", access: .site, bodyLimit: 20) { request, context in
            text(try await request.formBody(in: context)["a"] ?? "nothing")
        },
        Route(.get, "/query", access: .site) { request, _ in text(try request.queryFields()["q"] ?? "nothing") },
    ]

    private func execute(
        _ path: String, _ method: HTTPRequest.Method = .put, _ headers: HTTPFields, _ body: String
    ) async throws -> TestResponse {
        let application = makeApplication(
            configuration: ServerConfiguration(port: 0), routes: RouteTable(Self.routes),
            logger: quietLogger)
        var headers = headers
        headers[.origin] = "http://localhost"
        return try await application.test(.router) { [headers] client in
            try await client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
        }
    }

    @Test(
        "JSON must say that it is, in UTF-8",
        arguments: [
            ("application/json", 200), ("Application/JSON; charset=UTF-8", 200),
            ("application/json;charset=\"utf-8\"", 200),
            ("application/json; charset=latin1", 415), ("text/json", 415), ("application/jsonp", 415), ("", 415),
        ])
    func contentType(type: String, status: Int) async throws {
        let response = try await execute("/json", .put, type.isEmpty ? [:] : [.contentType: type], "{}")
        #expect(response.status.code == status)
        #expect(response.headers[HTTPField.Name("Accept")!] == (status == 415 ? "application/json" : nil))
    }

    @Test("A compressed body is refused")
    func compressed() async throws {
        let headers: HTTPFields = [.contentType: "application/json", .contentEncoding: "gzip"]
        #expect(try await execute("/json", .put, headers, "{}").status == .unsupportedMediaType)
    }

    @Test("A form is read, and one beyond the route's limit is refused")
    func form() async throws {
        let headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        #expect(String(buffer: try await execute("/form", .put, headers, "a=b+c").body) == "b c")
        #expect(try await execute("/form", .put, headers, "a=%zz").status == .badRequest)
        #expect(try await execute("/form", .put, headers, String(repeating: "a", count: 21)).status == .contentTooLarge)
    }

    @Test("A query is read, and a broken one refused")
    func query() async throws {
        #expect(String(buffer: try await execute("/query?p=1&q=d%C3%A9p%C3%B4t", .get, [:], "").body) == "dépôt")
        #expect(String(buffer: try await execute("/query", .get, [:], "").body) == "nothing")
        #expect(try await execute("/query?q=100%", .get, [:], "").status == .badRequest)
    }
}

@Suite("Cookies")
struct CookieTests {
    private func request(_ cookies: String...) -> Request {
        var headers = HTTPFields()
        for cookie in cookies { headers.append(HTTPField(name: .cookie, value: cookie)) }
        return Request(
            head: HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
    }

    @Test("A cookie is found by its exact name")
    func found() {
        #expect(request("a=1; __Host-s=x=y; b=2").cookie("__Host-s") == "x=y")
        #expect(request("a=1", "b=2").cookie("b") == "2")
        #expect(request("__host-s=1; s=2; x__Host-s=3").cookie("__Host-s") == nil)
        #expect(request().cookie("a") == nil)
    }

    @Test("A cookie that comes twice with two values is not believed")
    func ambiguous() {
        #expect(request("a=1; a=2").cookie("a") == nil)
        #expect(request("a=1; a=1").cookie("a") == "1")
    }

    @Test("Cookies are set for this host alone, out of reach of scripts and of plain HTTP")
    func set() {
        #expect(
            SetCookie(hostOnly: "s", value: "abc").header == "__Host-s=abc; Path=/; Secure; HttpOnly; SameSite=Strict")
        #expect(
            SetCookie(hostOnly: "s", value: "", maxAge: 0, sameSite: .lax).header
                == "__Host-s=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
        var response = text("")
        response.set(SetCookie(hostOnly: "a", value: "1"))
        response.set(SetCookie(hostOnly: "b", value: "2"))
        #expect(response.headers[values: .setCookie].count == 2)
    }
}
