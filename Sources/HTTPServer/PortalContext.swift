public import Hummingbird
import Logging
public import NIOCore

/// What is known of a request beside its own words: its id, where it came from, the parts of its path, and what a
/// handler's wrappers found out about who asks.
public struct PortalContext: RequestContext {
    public typealias Source = ApplicationRequestContextSource

    public var coreContext: CoreRequestContextStorage
    /// Nil where no connection brought the request.
    private let channel: (any Channel)?
    /// The template of the route that answers, such as `/api/v1/projects/{reference}`; `-` before one is found. Unlike
    /// the path it names nobody, so it may be logged.
    public internal(set) var template = "-"
    /// Bytes of body that the route takes.
    public internal(set) var bodyLimit: Int
    /// Whoever a wrapper of the handler recognised, such as an operator. This layer neither sets nor reads it.
    public var principal: (any Sendable)?

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        bodyLimit = ServerConfiguration.Limits().bodyBytes
    }

    /// Of a request that this process asks itself.
    init(source: InProcessSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = nil
        bodyLimit = 0
    }

    /// The id that this request has in the log and in the problem it may be answered with; `-` where the log handler
    /// keeps no metadata, over which Hummingbird's own `id` would stop the program.
    public var requestID: String { logger[metadataKey: "hb.request.id"]?.description ?? "-" }

    /// What a trusted proxy said of the client's address.
    var forwardedAddress: SocketAddress?

    /// The client's address, as the connection or a trusted proxy has it; nil in a test without a network. Personal
    /// data: never logged.
    public var remoteAddress: SocketAddress? { forwardedAddress ?? channel?.remoteAddress }

    /// Hummingbird's decoders ask for it; the limit of the route.
    public var maxUploadSize: Int { bodyLimit }
}
