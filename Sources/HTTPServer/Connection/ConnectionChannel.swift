import CivilTime
import HTTPTypes
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What every connection of a server keeps to, made once.
struct ConnectionPolicy: Sendable {
    let limits: ServerConfiguration.Limits
    let scheme: String
    let securityHeaders: SecurityHeaders
    let accessLog: AccessLog
    let now: TimeSource
    /// Bytes that the body of a request may have.
    let bodyLimit: @Sendable (HTTPRequest) -> Int

    let headerDeadline, requestDeadline, idleTimeout, writeTimeout, lingerTimeout, bodyGrace: TimeAmount
    /// Between two looks at a body or an answer under way.
    let paceCheck: TimeAmount

    init(
        _ configuration: ServerConfiguration, securityHeaders: SecurityHeaders, accessLog: AccessLog,
        bodyLimit: @escaping @Sendable (HTTPRequest) -> Int
    ) {
        limits = configuration.limits
        scheme = configuration.isBehindTLS ? "https" : "http"
        self.securityHeaders = securityHeaders
        self.accessLog = accessLog
        now = configuration.now
        self.bodyLimit = bodyLimit
        headerDeadline = TimeAmount(limits.headerDeadline)
        requestDeadline = TimeAmount(limits.requestDeadline)
        idleTimeout = TimeAmount(limits.idleTimeout)
        writeTimeout = TimeAmount(limits.writeTimeout)
        lingerTimeout = TimeAmount(limits.lingerTimeout)
        bodyGrace = TimeAmount(limits.bodyGrace)
        paceCheck = min(.seconds(1), max(.milliseconds(20), min(bodyGrace, writeTimeout)))
    }

    /// What a body of `length` bytes gets beyond the deadline of every request.
    func uploadTime(of length: Int) -> TimeAmount {
        guard length > limits.bodyBytes else { return .zero }
        return .milliseconds(Int64(length) * 1_000 / Int64(max(1, limits.uploadRate)))
    }
}

/// A connection's handlers, in Hummingbird's place for them. Unlike its own `HTTP1Channel`, it has the guard between
/// the decoder and the handler.
struct ConnectionChannel: ServerChildChannel, HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder
    let configuration: ServerConfiguration
    let policy: ConnectionPolicy
    /// Depends on the port that was bound, which the first connection knows.
    private let hosts = NIOLockedValueBox<HostPolicy?>(nil)

    init(
        responder: @escaping HTTPChannelHandler.Responder, configuration: ServerConfiguration, policy: ConnectionPolicy
    ) {
        self.responder = responder
        self.configuration = configuration
        self.policy = policy
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            // The decoder counts the target as a field. What it lets through, the guard measures exactly.
            limits.maxHeaderFieldSize = max(policy.limits.headerBytes, policy.limits.targetBytes)
            limits.maxHeaderListSize = policy.limits.headerBytes + policy.limits.targetBytes
            limits.maxHeaderFieldCount = policy.limits.headerFields
            let connection = ConnectionGuard(policy: policy, hosts: hosts(of: channel), logger: logger)
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
            try channel.pipeline.syncOperations.addHandler(RawBytes(connection))
            try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
            try channel.pipeline.syncOperations.addHandler(connection)
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }

    private func hosts(of channel: any Channel) -> HostPolicy {
        hosts.withLockedValue { hosts in
            if let hosts { return hosts }
            let made = HostPolicy(configuration, port: channel.localAddress?.port ?? configuration.port)
            hosts = made
            return made
        }
    }
}

/// Shows the guard what arrives before it is decoded: when a request's first byte comes cannot be seen after.
private final class RawBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: ConnectionGuard

    init(_ connection: ConnectionGuard) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.willDecode(unwrapInboundIn(data)) { context.fireChannelRead(data) }
    }
}
