public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// The whole server, ready to run as a service or to be tested.
///
/// On graceful shutdown it takes no more connections, ends those that are idle, and finishes the requests under way;
/// the other services stop after it.
/// - Parameters:
///   - services: run beside the server and stopped after it, last one first.
///   - onListening: told the bound port, once connections are taken.
public func makeApplication(
    configuration: ServerConfiguration, routes: RouteTable, errors: ErrorAnswers = ErrorAnswers(),
    services: [any Service] = [], logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> Application<PortalResponder> {
    let securityHeaders = SecurityHeaders(isBehindTLS: configuration.isBehindTLS)
    let accessLog = AccessLog()
    let limits = configuration.limits
    let policy = ConnectionPolicy(configuration, securityHeaders: securityHeaders, accessLog: accessLog) { request in
        routes.bodyLimit(request) ?? limits.bodyBytes
    }
    let responder = PortalResponder(
        routes: routes, errors: errors, bodyLimit: limits.bodyBytes, accessLog: accessLog,
        securityHeaders: securityHeaders, sameOrigin: SameOrigin(scheme: policy.scheme),
        trustedProxies: TrustedProxies(ranges: configuration.trustedProxies),
        limiters: RateLimiters(configuration.rateLimits, uptime: configuration.uptime))
    return Application(
        responder: responder,
        server: HTTPServerBuilder { responder in
            ConnectionChannel(responder: responder, configuration: configuration, policy: policy)
        },
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.port), backlog: configuration.backlog,
            availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
        services: services,
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? configuration.port) },
        logger: logger)
}
