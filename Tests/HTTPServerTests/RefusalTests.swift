import HTTPServer
import Testing

/// A request that must not reach a handler, and what is said to it.
struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let request: String
    let status: Int
    let code: String

    init(_ description: String, _ request: String, _ status: Int, _ code: String) {
        testDescription = description
        self.request = request
        self.status = status
        self.code = code
    }

    static let all: [Refusal] = [
        Refusal("rubbish", "\u{16}\u{3}\u{1} what is this\r\n\r\n", 400, "malformedRequest"),
        Refusal("no header", "GET / HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n", 400, "malformedRequest"),
        Refusal(
            "two framings",
            "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400, "malformedRequest"),
        Refusal(
            "two lengths",
            "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
            "malformedRequest"),
        Refusal(
            "a broken chunk",
            "PUT /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400,
            "malformedRequest"),
        Refusal("no Host", "GET / HTTP/1.1\r\n\r\n", 400, "hostMissing"),
        Refusal("no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400, "hostMissing"),
        Refusal("two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, "hostRepeated"),
        Refusal("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "hostMalformed"),
        Refusal("a Host with a user", "GET / HTTP/1.1\r\nHost: me@localhost\r\n\r\n", 400, "hostMalformed"),
        Refusal("a Host list", "GET / HTTP/1.1\r\nHost: localhost, evil.example\r\n\r\n", 400, "hostMalformed"),
        Refusal("a Host without a port number", "GET / HTTP/1.1\r\nHost: localhost:x\r\n\r\n", 400, "hostMalformed"),
        Refusal("another Host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "hostUnknown"),
        Refusal("another port", "GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 421, "hostUnknown"),
        Refusal(
            "an absolute target", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "targetForm"),
        Refusal("a star for GET", "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "targetForm"),
        Refusal("a broken escape", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "targetEncoding"),
        Refusal("a cut escape", "GET /%4 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "targetEncoding"),
        Refusal("broken UTF-8", "GET /%c3%28 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "targetEncoding"),
        Refusal("a zero byte", "GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "targetEncoding"),
        Refusal("raw non-ASCII", "GET /é HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "malformedRequest"),
        Refusal(
            "a long target", "GET /\(String(repeating: "a", count: 600)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414,
            "targetTooLong"),
        Refusal(
            "a long parameter",
            "GET /?limit=1&q=\(String(repeating: "a", count: 600)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 400,
            "badParameter"),
        Refusal("an endless target", "GET /\(String(repeating: "a", count: 5_000))", 414, "targetTooLong"),
        Refusal(
            "long headers",
            "GET / HTTP/1.1\r\nHost: localhost\r\nA: \(String(repeating: "a", count: 600))\r\n"
                + "B: \(String(repeating: "b", count: 600))\r\n\r\n", 431, "headersTooLarge"),
        Refusal(
            "an endless header",
            "GET / HTTP/1.1\r\nHost: localhost\r\nA: \(String(repeating: "a", count: 5_000))", 431, "headersTooLarge"),
        Refusal(
            "many headers",
            "GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "A: b\r\n", count: 50))\r\n", 431,
            "headersTooLarge"),
        Refusal(
            "a body announced too large", "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n", 413,
            "bodyTooLarge"),
        Refusal(
            "a body that grows too large",
            "PUT /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3e9\r\n\(String(repeating: "a", count: 1_001))\r\n", 413, "bodyTooLarge"),
        Refusal(
            "another coding", "PUT /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
            "unknownTransferCoding"),
        Refusal("an unknown method", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, "unknownMethod"),
        Refusal("another version", "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505, "unknownVersion"),
        Refusal(
            "an unknown expectation", "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: wonders\r\n\r\n", 417,
            "unknownExpectation"),
    ]
}

@Suite("What the edge refuses")
struct RefusalTests {
    @Test("It is told why in problem+json with every security header, and the connection ends", arguments: Refusal.all)
    func refusal(_ refusal: Refusal) async throws {
        try await withServer(simpleRoutes, narrow) { server in
            let answer = try await server.answer(to: refusal.request)
            #expect(answer.status == refusal.status)
            #expect(answer.code == refusal.code)
            #expect(answer.headers["connection"] == "close")
            #expect(answer.headers["content-length"] == "\(answer.body.utf8.count)")
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
            for name in securityHeaderNames { #expect(answer.headers[name] != nil, "\(name)") }
        }
    }

    @Test(
        "The hosts that are derived from the bound address are answered",
        arguments: ["localhost", "127.0.0.1", "[::1]"])
    func derivedHosts(host: String) async throws {
        try await withServer(simpleRoutes) { server in
            for host in [host, host.uppercased(), "\(host):\(server.port)"] {
                let answer = try await server.answer(
                    to: "GET / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                #expect(answer.status == 200)
            }
        }
    }

    @Test("Where hosts are listed, no other one is answered")
    func listedHosts() async throws {
        try await withServer(simpleRoutes, ServerConfiguration(port: 0, allowedHosts: ["Regard.example"])) { server in
            let listed = try await server.answer(
                to: "GET / HTTP/1.1\r\nHost: regard.example\r\nConnection: close\r\n\r\n")
            #expect(listed.status == 200)
            let derived = try await server.answer(to: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(derived.status == 421)
        }
    }

    @Test("A route may take larger bodies than the others")
    func routeLimit() async throws {
        try await withServer(simpleRoutes, narrow) { server in
            let body = String(repeating: "a", count: 4_000)
            let taken = try await server.answer(
                to: "PUT /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4000\r\n\r\n\(body)"
            )
            #expect(taken.body == "4000")
            let refused = try await server.answer(
                to: "PUT /large HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4001\r\n\r\n")
            #expect(refused.status == 413)
        }
    }

    @Test("After a refusal the server soon stops reading")
    func endlessBody() async throws {
        try await withServer(simpleRoutes, narrow) { server in
            let client = try await server.connect()
            try await client.send("PUT /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "10000\r\n\(String(repeating: "a", count: 65_536))\r\n"
            var sent = 0
            let end = ContinuousClock.now + .seconds(5)
            while ContinuousClock.now < end {
                guard (try? await client.send(chunk)) != nil else { break }
                sent += 65_536
            }
            #expect(ContinuousClock.now < end, "the connection still takes bytes after \(sent) of them")
            #expect(sent < 64 * 1_024 * 1_024)
        }
    }

    private let narrow = ServerConfiguration.limited {
        $0.headerBytes = 1_000
        $0.headerFields = 40
        $0.targetBytes = 500
        $0.bodyBytes = 1_000
        $0.lingerTimeout = .milliseconds(200)
    }
}
