import Foundation
import HTTPServer
import Hummingbird
import NIOCore
import ServiceLifecycle
import Testing

@Suite("Connections", .serialized)
struct ConnectionTests {
    private static let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test("Pipelined requests are answered in their order")
    func pipelining() async throws {
        try await withServer(simpleRoutes) { server in
            let client = try await server.connect()
            try await client.send(
                "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nfirst"
                    + "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecond")
            let said = try await client.untilClosed()
            let places = ["done", "first", "second"].map { said.range(of: $0)?.lowerBound }
            #expect(said.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
            #expect(try places.map { try #require($0) } == places.compactMap { $0 }.sorted())
        }
    }

    @Test("A fault in a pipelined request does not overtake the answer before it")
    func faultInPipeline() async throws {
        try await withServer(simpleRoutes) { server in
            let client = try await server.connect()
            try await client.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\nrubbish\r\n\r\n")
            let said = try await client.untilClosed()
            let done = try #require(said.range(of: "done"))
            let refused = try #require(said.range(of: "HTTP/1.1 400 "))
            #expect(done.lowerBound < refused.lowerBound)
        }
    }

    @Test("A client that pipelines without end gets the answers it is owed no faster than it reads, then is closed")
    func floodOfRequests() async throws {
        try await withServer(simpleRoutes) { server in
            let client = try await server.connect()
            let slow = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await client.send(slow + String(repeating: Self.get, count: 2_000))
            let said = try await client.untilClosed()
            #expect(said.components(separatedBy: "HTTP/1.1 200 OK").count == 2)
            #expect(Answer(said)?.headers["connection"] == "close")
        }
    }

    @Test("A client that closes its side after asking still gets the whole answer")
    func halfClosure() async throws {
        let routes = [
            Route(.get, "/large", access: .site) { _, _ in
                try await Task.sleep(for: .milliseconds(50))
                return Response(
                    status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x61, count: 3_000_000)))
            }
        ]
        try await withServer(routes) { server in
            let client = try await server.connect()
            try await client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await client.halfClose()
            let answer = try #require(Answer(try await client.untilClosed()))
            #expect(answer.body.utf8.count == 3_000_000)
        }
    }

    @Test(
        "Where the connection cannot go on, the answer says so and it ends",
        arguments: [
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: TE, close\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        ])
    func honestClose(request: String) async throws {
        try await withServer(simpleRoutes) { server in
            let answer = try await server.answer(to: request)
            #expect(answer.status == 200)
            #expect(answer.body == "hello")
            #expect(answer.headers["connection"] == "close")
        }
    }

    @Test("HTTP/1.0 gets a streamed answer without chunks")
    func streamForOldClients() async throws {
        try await withServer(simpleRoutes) { server in
            let answer = try await server.answer(to: "GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n")
            #expect(answer.body == "part part part ")
        }
    }

    @Test("HEAD has GET's headers and no body, streamed or not, and the connection goes on")
    func head() async throws {
        try await withServer(simpleRoutes) { server in
            let client = try await server.connect()
            try await client.send(
                "HEAD /stream HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answers = try await client.untilClosed().components(separatedBy: "HTTP/1.1 ").dropFirst()
            try #require(answers.count == 3)
            let heads = answers.prefix(2).map { Answer("HTTP/1.1 \($0)") }
            #expect(heads.map { $0?.body } == ["", ""])
            #expect(heads.map { $0?.headers["content-length"] } == [nil, "5"])
            #expect(answers.last?.hasSuffix("\r\n\r\nhello") == true)
        }
    }

    @Test("A client that asks whether to send its body is told to")
    func expectContinue() async throws {
        try await withServer(simpleRoutes) { server in
            let client = try await server.connect()
            try await client.send(
                "PUT /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            try await client.until { $0 == "HTTP/1.1 100 Continue\r\n\r\n" }
            try await client.send("ok")
            try await client.until { $0.hasSuffix("\r\n\r\nok") }
        }
    }

    @Test("A body that the handler does not read is dropped, and the connection goes on")
    func unreadBody() async throws {
        try await withServer(simpleRoutes) { server in
            let client = try await server.connect()
            let body = String(repeating: "a", count: 300_000)
            try await client.send("PUT /ignore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n\(body)")
            try await client.until { $0.hasSuffix("ignored") }
            try await client.send(Self.get)
            try await client.until { $0.hasSuffix("hello") }
        }
    }

    @Test("Connections beyond the cap wait until one ends")
    func connectionCap() async throws {
        try await withServer(simpleRoutes, .limited { $0.connections = 2 }) { server in
            let first = try await server.connect()
            try await first.send(Self.get)
            try await first.until { $0.hasSuffix("hello") }
            let second = try await server.connect()
            try await second.send(Self.get)
            try await second.until { $0.hasSuffix("hello") }
            let third = try await server.connect()
            try await third.send(Self.get)
            try await Task.sleep(for: .milliseconds(200))
            #expect(third.text == "")
            try await first.close()
            try await third.until { $0.hasSuffix("hello") }
        }
    }

    @Test("On shutdown the request under way is finished, idle connections end, and no new one is taken")
    func gracefulShutdown() async throws {
        try await withServer(simpleRoutes) { server in
            let idle = try await server.connect()
            try await idle.send(Self.get)
            try await idle.until { $0.hasSuffix("hello") }
            let busy = try await server.connect()
            try await busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await Task.sleep(for: .milliseconds(100))
            await server.group.triggerGracefulShutdown()
            _ = try await idle.untilClosed()
            let answer = try #require(Answer(try await busy.untilClosed()))
            #expect(answer.body == "done")
            #expect(answer.headers["connection"] == "close")
            await #expect(throws: (any Error).self) { try await server.connect() }
        }
    }
}
