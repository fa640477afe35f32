/// Bounds on how PostgreSQL is used.
public struct PostgreSQLSettings: Sendable, Equatable {
    /// Connections, each served by a thread of its own.
    public var connections: Int
    /// Longest run of one statement, in milliseconds.
    public var statementTimeout: Int
    /// Longest pause inside a transaction, in milliseconds.
    public var idleInTransactionTimeout: Int
    /// How often a transaction that lost against another is run before giving up.
    public var attempts: Int
    /// Whether the database must sort text by bytes, as ours must so that both engines page alike.
    public var requiresByteOrder: Bool

    public init(
        connections: Int = 8, statementTimeout: Int = 30_000, idleInTransactionTimeout: Int = 15_000,
        attempts: Int = 16, requiresByteOrder: Bool = true
    ) {
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.attempts = attempts
        self.requiresByteOrder = requiresByteOrder
    }
}
