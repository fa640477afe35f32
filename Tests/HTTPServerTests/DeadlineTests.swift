import HTTPServer
import Hummingbird
import NIOCore
import Testing

@Suite("Deadlines", .serialized)
struct DeadlineTests {
    @Test("A header that comes too slowly is cut off with 408")
    func slowHeader() async throws {
        try await withServer(simpleRoutes, .limited { $0.headerDeadline = .seconds(2) }) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHo")
            // A byte now and then does not help.
            for _ in 0..<4 {
                try await Task.sleep(for: .milliseconds(100))
                try? await client.send("s")
            }
            let answer = try #require(Answer(try await client.untilClosed()))
            #expect(answer.status == 408)
            #expect(answer.code == "headersTooSlow")
        }
    }

    @Test("A later request on a connection has the header deadline, too")
    func slowSecondHeader() async throws {
        try await withServer(simpleRoutes, .limited { $0.headerDeadline = .milliseconds(500) }) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await client.until { $0.hasSuffix("hello") }
            try await client.send("GET / HTTP/1.1\r\n")
            let said = try await client.untilClosed()
            #expect(said.contains("HTTP/1.1 408 "))
        }
    }

    @Test("A connection that says nothing is closed without a word")
    func silence() async throws {
        try await withServer(simpleRoutes, .limited { $0.headerDeadline = .milliseconds(100) }) { server in
            let client = try await server.connect()
            #expect(try await client.untilClosed() == "")
        }
    }

    @Test("A connection left idle after an answer is closed without a word")
    func idle() async throws {
        try await withServer(simpleRoutes, .limited { $0.idleTimeout = .milliseconds(100) }) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await client.untilClosed().hasSuffix("hello"))
        }
    }

    @Test("A body below the rate is cut off with 408, and the handler never takes the part for the whole")
    func slowBody() async throws {
        let (tookPart, failed) = (Flag(), Flag())
        let routes = [
            Route(.put, "/echo", access: .site) { request, context in
                do {
                    _ = try await request.anyBody(in: context)
                    tookPart.set()
                } catch {
                    failed.set()
                    throw error
                }
                return text("taken")
            }
        ]
        try await withServer(routes, .limited { $0.bodyGrace = .milliseconds(100) }) { server in
            for framing in ["Content-Length: 500", "Transfer-Encoding: chunked"] {
                let client = try await server.connect()
                try await client.send("PUT /echo HTTP/1.1\r\nHost: localhost\r\n\(framing)\r\n\r\n5\r\nabcde\r\n")
                let answer = try #require(Answer(try await client.untilClosed()))
                #expect(answer.status == 408)
                #expect(answer.code == "bodyTooSlow")
                try await failed.waitUntilSet()
            }
            #expect(!tookPart.isSet)
        }
    }

    @Test("A client that closes in the middle of a body does not make a part of it the whole")
    func cutBody() async throws {
        let (tookPart, failed) = (Flag(), Flag())
        let routes = [
            Route(.put, "/echo", access: .site) { request, context in
                do {
                    for try await _ in request.body {}
                    tookPart.set()
                } catch {
                    failed.set()
                    throw error
                }
                return text("taken")
            }
        ]
        try await withServer(routes) { server in
            let client = try await server.connect()
            try await client.send("PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nabc")
            try await Task.sleep(for: .milliseconds(50))
            try await client.close()
            try await failed.waitUntilSet()
            #expect(!tookPart.isSet)
        }
    }

    @Test("A handler that is slow to read is not the client's fault")
    func slowHandler() async throws {
        let routes = [
            Route(.put, "/late", access: .site, bodyLimit: 10_000_000) { request, context in
                try await Task.sleep(for: .milliseconds(400))
                return text("\(try await request.anyBody(in: context).readableBytes)")
            }
        ]
        try await withServer(
            routes,
            .limited {
                $0.bodyGrace = .milliseconds(100)
                $0.bodyRate = 8_000_000
            }
        ) { server in
            let client = try await server.connect()
            try await client.send(
                "PUT /late HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5000000\r\n\r\n"
                    + String(repeating: "a", count: 5_000_000))
            let answer = try #require(Answer(try await client.untilClosed()))
            #expect(answer.body == "5000000")
        }
    }

    @Test("A whole request has a deadline, however fast its bytes come")
    func requestDeadline() async throws {
        try await withServer(
            simpleRoutes,
            .limited {
                $0.requestDeadline = .milliseconds(200)
                $0.bodyRate = 1
            }
        ) { server in
            let client = try await server.connect()
            try await client.send("PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
            for _ in 0..<20 {
                try? await client.send("aaaaaaaa")
                try await Task.sleep(for: .milliseconds(20))
            }
            let answer = try #require(Answer(try await client.untilClosed()))
            #expect(answer.status == 408)
            #expect(answer.code == "requestTooSlow")
        }
    }

    @Test("A body that announces more than usual has the time that a slow network needs for it, and no more")
    func uploadDeadline() async throws {
        try await withServer(
            simpleRoutes,
            .limited {
                $0.bodyBytes = 1_000
                $0.requestDeadline = .milliseconds(200)
                $0.uploadRate = 4_000
                $0.bodyRate = 1
            }
        ) { server in
            func send(pauses: Int) async throws -> Answer {
                let client = try await server.connect()
                try await client.send(
                    "PUT /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4000\r\n\r\n")
                for _ in 0..<pauses {
                    try? await client.send(String(repeating: "a", count: 400))
                    try await Task.sleep(for: .milliseconds(40))
                }
                return try #require(Answer(try await client.untilClosed()))
            }
            let (whole, unfinished) = (try await send(pauses: 10), try await send(pauses: 9))
            #expect(whole.body == "4000")
            #expect(unfinished.code == "requestTooSlow")
        }
    }

    @Test("Where the handler is what takes too long, the client is told 503 and when to come back")
    func slowAnswer() async throws {
        try await withServer(simpleRoutes, .limited { $0.requestDeadline = .milliseconds(100) }) { server in
            let answer = try await server.answer(to: "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.status == 503)
            #expect(answer.code == "answerTooSlow")
            #expect(answer.headers["retry-after"] != nil)
        }
    }

    @Test("A client that does not read its answer is cut off")
    func unreadAnswer() async throws {
        let wasCut = Flag()
        let routes = [
            Route(.get, "/endless", access: .site) { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        do {
                            while true { try await writer.write(ByteBuffer(repeating: 0x61, count: 65_536)) }
                        } catch {
                            wasCut.set()
                            throw error
                        }
                    })
            }
        ]
        try await withServer(routes, .limited { $0.writeTimeout = .milliseconds(200) }) { server in
            let client = try await server.connect(reading: false)
            try await client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await wasCut.waitUntilSet()
            try? await client.close()
        }
    }

    @Test("A streamed answer may take longer than the request's deadline while it goes on")
    func longAnswer() async throws {
        let routes = [
            Route(.get, "/long", access: .site) { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        for _ in 0..<6 {
                            try await writer.write(ByteBuffer(string: "x"))
                            try await Task.sleep(for: .milliseconds(50))
                        }
                        try await writer.finish(nil)
                    })
            }
        ]
        try await withServer(
            routes,
            .limited {
                $0.requestDeadline = .milliseconds(100)
                $0.writeTimeout = .milliseconds(200)
            }
        ) { server in
            let answer = try await server.answer(
                to: "GET /long HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(answer.body == "1\r\nx\r\n" + String(repeating: "1\r\nx\r\n", count: 5) + "0\r\n\r\n")
        }
    }
}
