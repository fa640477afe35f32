import Foundation
import HTTPServer
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

/// A real server on a free port of the loopback, for the length of `body`.
func withServer<T: Sendable>(
    _ routes: [Route], _ configuration: ServerConfiguration = ServerConfiguration(port: 0),
    body: (LiveServer) async throws -> T
) async throws -> T {
    let (ports, announcement) = AsyncStream.makeStream(of: Int.self)
    let application = makeApplication(
        configuration: configuration, routes: RouteTable(routes), logger: quietLogger
    ) { port in announcement.yield(port) }
    let group = ServiceGroup(configuration: .init(services: [application], logger: quietLogger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let port = try #require(await ports.first { _ in true })
        let result: T
        do {
            result = try await body(LiveServer(port: port, group: group))
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return result
    }
}

extension ServerConfiguration {
    /// On a free port, with limits of its own.
    static func limited(_ change: (inout Limits) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration(port: 0)
        change(&configuration.limits)
        return configuration
    }
}

struct LiveServer: Sendable {
    let port: Int
    let group: ServiceGroup

    func connect(reading: Bool = true) async throws -> RawClient { try await RawClient(port: port, reading: reading) }

    /// Everything the server says to `text`, until it closes the connection.
    func answer(to text: String, within time: Duration = .seconds(5)) async throws -> Answer {
        let client = try await connect()
        try await client.send(text)
        return try #require(Answer(try await client.untilClosed(within: time)))
    }
}

/// A client that sends bytes as they are given, and keeps what comes back.
struct RawClient: Sendable {
    private let channel: any Channel
    private let received = Received()

    init(port: Int, reading: Bool = true) async throws {
        let received = received
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reading)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(received: received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await send(bytes: Array(text.utf8)) }

    func send(bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    func halfClose() async throws { try await channel.close(mode: .output) }

    func close() async throws { try await channel.close() }

    var text: String { received.state.withLock(\.text) }

    /// Waits for the server's end of the connection; fails after `time`.
    func untilClosed(within time: Duration = .seconds(5)) async throws -> String {
        try await wait(within: time) { $0.isClosed }
    }

    /// Waits until what came satisfies `condition`; fails after `time`.
    @discardableResult
    func until(within time: Duration = .seconds(5), _ condition: (String) -> Bool) async throws -> String {
        try await wait(within: time) { condition($0.text) }
    }

    private func wait(within time: Duration, _ condition: (Received.State) -> Bool) async throws -> String {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            let state = received.state.withLock { $0 }
            if condition(state) { return state.text }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("the server said only: \(text)")
        throw CancellationError()
    }

    private final class Received: Sendable {
        struct State {
            var text = ""
            var isClosed = false
        }
        let state = Mutex(State())
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let received: Received

        init(received: Received) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.state.withLock { $0.text += String(buffer: unwrapInboundIn(data)) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed {
                received.state.withLock { $0.isClosed = true }
                context.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { received.state.withLock { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// The first answer in what a server said.
struct Answer {
    let status: Int
    let headers: [String: String]
    let body: String

    init?(_ text: String) {
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        self.status = status
        headers = Dictionary(
            lines.dropFirst().map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
            }, uniquingKeysWith: { "\($0), \($1)" })
        body = String(text[end.upperBound...])
    }

    /// The code of a problem; nil where the body is none.
    var code: String? {
        guard headers["content-type"] == "application/problem+json" else { return nil }
        let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return object?["code"] as? String
    }
}

/// The headers that every answer must have.
let securityHeaderNames = [
    "content-security-policy", "referrer-policy", "x-content-type-options", "cross-origin-opener-policy",
    "cross-origin-resource-policy", "permissions-policy",
]

/// Keeps metadata, such as the request's id, and says nothing.
let quietLogger: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

/// A flag set from a handler.
final class Flag: Sendable {
    private let value = Mutex(false)

    func set() { value.withLock { $0 = true } }

    var isSet: Bool { value.withLock { $0 } }

    func waitUntilSet(within time: Duration = .seconds(5)) async throws {
        let end = ContinuousClock.now + time
        while !isSet, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
        #expect(isSet)
    }
}

func text(_ words: String) -> Response {
    let body = ResponseBody(byteBuffer: ByteBuffer(string: words))
    return Response(status: .ok, headers: [.contentType: "text/plain"], body: body)
}

/// Routes that most tests need: a constant, a streamed body, an echo of the body, one that ignores it, one that waits.
let simpleRoutes = [
    Route(.get, "/", access: .site) { _, _ in text("hello") },
    Route(.get, "/stream", access: .site) { _, _ in
        Response(
            status: .ok,
            body: ResponseBody { writer in
                for _ in 0..<3 { try await writer.write(ByteBuffer(string: "part ")) }
                try await writer.finish(nil)
            })
    },
    Route(.put, "/echo", access: .site) { request, context in
        text(String(buffer: try await request.anyBody(in: context)))
    },
    Route(.put, "/ignore", access: .site) { _, _ in text("ignored") },
    Route(.put, "/large", access: .site, bodyLimit: 4_000) { request, context in
        text("\(try await request.anyBody(in: context).readableBytes)")
    },
    Route(.get, "/slow", access: .site) { _, _ in
        try await Task.sleep(for: .milliseconds(400))
        return text("done")
    },
]
