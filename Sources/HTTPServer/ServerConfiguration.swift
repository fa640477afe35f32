public import CivilTime

/// Where the server listens, whom it answers to, and how much of anything it lets a client have.
public struct ServerConfiguration: Sendable {
    /// The address to bind: a name or an IP address.
    public var host: String
    /// The port to bind; 0 takes a free one, told to `makeApplication`'s `onListening`.
    public var port: Int
    /// The exact `Host` values answered, `name` or `name:port`, in any case. Empty: the bound address, `localhost`,
    /// `127.0.0.1` and `[::1]`, with and without the bound port.
    public var allowedHosts: Set<String>
    /// The site is reached through TLS: answers carry HSTS, and an `Origin` must say `https`.
    public var isBehindTLS: Bool
    /// The proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange]
    /// Connections that the kernel may hold before they are accepted.
    public var backlog: Int
    public var limits: Limits
    /// What each kind of route allows; a kind that is not here has no limit. Each process counts for itself.
    public var rateLimits: [LimitedKind: RateLimit]
    /// The clock of `rateLimits`.
    public var uptime: UptimeSource
    /// The clock of the `Date` header and of nothing else: deadlines run on the monotonic clock.
    public var now: TimeSource

    public init(
        host: String = "127.0.0.1", port: Int = 8080, allowedHosts: Set<String> = [], isBehindTLS: Bool = false,
        trustedProxies: [AddressRange] = [], backlog: Int = 1_024, limits: Limits = Limits(),
        rateLimits: [LimitedKind: RateLimit] = [:], uptime: @escaping UptimeSource = { ContinuousClock.now },
        now: @escaping TimeSource = Instant.systemClock
    ) {
        self.host = host
        self.port = port
        self.allowedHosts = allowedHosts
        self.isBehindTLS = isBehindTLS
        self.trustedProxies = trustedProxies
        self.backlog = backlog
        self.limits = limits
        self.rateLimits = rateLimits
        self.uptime = uptime
        self.now = now
    }

    /// The limits of one connection, and the number of connections. A client that passes one is told why where it can
    /// still be told, and its connection is closed.
    public struct Limits: Sendable {
        /// Bytes of all header names and values of a request together.
        public var headerBytes = 16 * 1_024
        /// Header fields of a request.
        public var headerFields = 100
        /// Bytes of a request's target: path and query.
        public var targetBytes = 8 * 1_024
        /// Bytes of a request's body, for routes that set no limit of their own.
        public var bodyBytes = 1_024 * 1_024
        /// From a connection's start, or from a request's first byte, to the end of its header.
        public var headerDeadline: Duration = .seconds(10)
        /// From the end of a request's header to the start of its answer.
        public var requestDeadline: Duration = .seconds(60)
        /// Bytes a second at which a body longer than `bodyBytes` may come: the request's deadline is put off by as
        /// much as its announced length takes, so that a photograph arrives over a slow network too.
        public var uploadRate = 16 * 1_024
        /// Bytes a second that a body must reach on average while the server waits for it, once `bodyGrace` is over.
        public var bodyRate = 1_024
        public var bodyGrace: Duration = .seconds(5)
        /// How long a connection may stay open between two requests.
        public var idleTimeout: Duration = .seconds(30)
        /// How long an answer may make no progress, because the client does not read it or the handler writes nothing.
        public var writeTimeout: Duration = .seconds(30)
        /// How long what a refused client still sends is read and dropped, so that it gets to read its answer.
        public var lingerTimeout: Duration = .seconds(2)
        /// Connections open at once; further ones wait in the backlog. May be passed by three, since the kernel hands
        /// over connections by fours.
        public var connections = 2_048

        public init() {}
    }
}
