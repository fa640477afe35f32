import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import HTTPServer

/// Time that stands until it is moved.
private final class Uptime: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    var source: UptimeSource { { self.moment.withLock { $0 } } }

    func advance(_ duration: Duration) { moment.withLock { $0 += duration } }
}

private func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 4_000) }

private let few = LimitedKind("few")
private let many = LimitedKind("many")

@Suite("Limits")
struct RateLimitTests {
    @Test("So many at once, then as many as the rate gives back, and the wait that is told is the one it takes")
    func bucket() throws {
        let uptime = Uptime()
        let limiter = RateLimiter(
            RateLimit(perAddress: Allowance(burst: 3, perSecond: 0.5)), uptime: uptime.source)
        let client = try address("192.0.2.1")
        for _ in 0..<3 { #expect(limiter.take(for: client) == nil) }
        #expect(limiter.take(for: client) == .seconds(2))
        uptime.advance(.milliseconds(500))
        let wait = try #require(limiter.take(for: client))
        #expect(wait == .milliseconds(1_500))
        uptime.advance(wait)
        #expect(limiter.take(for: client) == nil)
        #expect(limiter.take(for: client) != nil)
        uptime.advance(.seconds(3_600))
        for _ in 0..<3 { #expect(limiter.take(for: client) == nil) }
        #expect(limiter.take(for: client) != nil, "what was not used does not pile up beyond the burst")
    }

    @Test("A flood from one /64 takes nothing from another, nor from IPv4")
    func neighbours() throws {
        let limiter = RateLimiter(
            RateLimit(
                perAddress: Allowance(burst: 5, perSecond: 1), total: Allowance(burst: 20, perSecond: 1)),
            uptime: Uptime().source)
        var passed = 0
        for host in 1...1_000 {
            passed += try limiter.take(for: address("2001:db8:0:1::\(String(host, radix: 16))")) == nil ? 1 : 0
        }
        #expect(passed == 5, "one line is one client, whichever of its addresses it uses")
        for other in ["2001:db8:0:2::1", "192.0.2.1", "192.0.2.2"] {
            for _ in 0..<5 { #expect(try limiter.take(for: address(other)) == nil, "\(other)") }
        }
        #expect(try limiter.take(for: address("192.0.2.3")) != nil, "all together have taken theirs")
    }

    @Test("IPv4 written as IPv6 is the same client")
    func mapped() throws {
        let limiter = RateLimiter(RateLimit(perAddress: Allowance(burst: 1, perSecond: 1)), uptime: Uptime().source)
        #expect(try limiter.take(for: address("192.0.2.1")) == nil)
        #expect(try limiter.take(for: address("::ffff:192.0.2.1")) != nil)
        #expect(try limiter.take(for: address("::ffff:192.0.2.2")) == nil)
        #expect(try limiter.take(for: address("192.0.2.2")) != nil)
    }

    @Test("A million addresses leave a bounded memory, and those of late are still known")
    func memory() throws {
        let limiter = RateLimiter(
            RateLimit(perAddress: Allowance(burst: 1, perSecond: 0.001)), mostAddresses: 10_000,
            uptime: Uptime().source)
        for number in 0..<1_000_000 {
            let bytes = ByteBuffer(bytes: [10, UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)])
            #expect(try limiter.take(for: SocketAddress(packedIPAddress: bytes, port: 1)) == nil)
        }
        #expect(limiter.addresses <= 10_000)
        let last = ByteBuffer(bytes: [10, 15, 66, 63])
        #expect(try limiter.take(for: SocketAddress(packedIPAddress: last, port: 1)) != nil)
    }

    @Test(
        "Settings are read strictly",
        arguments: [
            ("2000, 20/s", 2_000, 20.0), ("1,1/s", 1, 1), ("60, 30/min", 60, 0.5), ("10, 36/h", 10, 0.01),
            ("", nil, nil), ("2000", nil, nil), ("0, 1/s", nil, nil), ("10, 0/s", nil, nil), ("10, 1/d", nil, nil),
            ("10, 1/s, 2/s", nil, nil), ("x, 1/s", nil, nil), ("9999999, 1/s", nil, nil), ("10, -1/s", nil, nil),
        ] as [(String, Int?, Double?)])
    func settings(text: String, burst: Int?, perSecond: Double?) {
        #expect(Allowance(text)?.burst == burst)
        #expect(Allowance(text)?.perSecond == perSecond)
    }

    private static let done: Route.Handler = { _, _ in text("done") }
    private static let routes = [
        Route(.post, "/few", access: .personal, handler: done).limited(few),
        Route(.post, "/few/too", access: .personal, handler: done).limited(few),
        Route(.post, "/many", access: .personal, handler: done).limited(many),
        Route(.put, "/form", access: .personal, handler: done).limited(few) { request, context, refusal in
            text("kept: \(String(buffer: try await request.anyBody(in: context))), wait \(refusal.seconds)")
        },
        Route(.put, "/elsewhere", access: .personal, handler: done).limited(few) { _, _, _ in
            Response(status: .seeOther, headers: [.location: "/few"])
        },
        Route(.get, "/free", access: .site, handler: done),
    ]
    private static let limits = [
        few: RateLimit(perAddress: Allowance(burst: 2, perSecond: 0.1)),
        many: RateLimit(perAddress: Allowance(burst: 50, perSecond: 1)),
    ]

    @Test("Kinds are counted apart, the routes of one together, and what has no limit is not counted")
    func kinds() async throws {
        let uptime = Uptime()
        let configuration = ServerConfiguration(port: 0, rateLimits: Self.limits, uptime: uptime.source)
        let application = makeApplication(
            configuration: configuration, routes: RouteTable(Self.routes), logger: quietLogger)
        try await application.test(.router) { client in
            let json: HTTPFields = [.contentType: "application/json"]
            func status(_ path: String) async throws -> Int {
                Int(try await client.execute(uri: path, method: .post, headers: json).status.code)
            }
            #expect(try await status("/few") == 200)
            #expect(try await status("/few/too") == 200)
            let refused = try await client.execute(uri: "/few", method: .post, headers: json)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers[.contentType] == "application/problem+json")
            #expect(refused.headers[.retryAfter] == "10")
            #expect(refused.headers[.cacheControl] == "no-store")
            #expect(String(buffer: refused.body).contains("\"code\":\"tooManyRequests\""))
            for _ in 0..<50 { #expect(try await status("/many") == 200) }
            #expect(try await status("/many") == 429)
            for _ in 0..<100 {
                #expect(try await client.execute(uri: "/free", method: .get).status == .ok)
            }
            let kept = try await client.execute(uri: "/form", method: .put, body: ByteBuffer(string: "words"))
            #expect(kept.status == .tooManyRequests)
            #expect(kept.headers[.retryAfter] == "10")
            #expect(String(buffer: kept.body) == "kept: words, wait 10")
            #expect(try await client.execute(uri: "/elsewhere", method: .put).status == .seeOther)
            // What another site makes a browser send takes nothing from whoever sits at it.
            uptime.advance(.seconds(10))
            for _ in 0..<5 { #expect(try await client.execute(uri: "/few", method: .post).status == .forbidden) }
            #expect(try await status("/few") == 200)
        }
    }

    @Test("Behind a trusted proxy each client has its own limit; the client's own word gives it no other")
    func throughAProxy() async throws {
        let configuration = ServerConfiguration(
            port: 0, trustedProxies: [try #require(AddressRange("127.0.0.1"))], rateLimits: Self.limits)
        try await withServer(Self.routes, configuration) { server in
            func status(_ forwarded: String) async throws -> Int {
                try await server.answer(
                    to: "POST /few HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: \(forwarded)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                ).status
            }
            var statuses: [Int] = []
            for client in [
                "203.0.113.1, 2001:db8::1", "203.0.113.2, 2001:db8::2", "203.0.113.3, 2001:db8::3", "2001:db8:0:1::3",
                "192.0.2.7",
            ] { statuses.append(try await status(client)) }
            #expect(statuses == [200, 200, 429, 200, 200])
        }
    }
}
