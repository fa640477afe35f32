import Logging
public import SQLDatabase

/// A linked database as its custodian sees it.
public struct Target: Sendable {
    public struct Entry: Sendable, Hashable {
        public let pseudonym: [UInt8]
        public let token: [UInt8]
        public let scope: String
        public let isActive: Bool
        public let position: Int64

        public init(pseudonym: [UInt8], token: [UInt8], scope: String = "*", isActive: Bool, position: Int64) {
            self.pseudonym = pseudonym
            self.token = token
            self.scope = scope
            self.isActive = isActive
            self.position = position
        }
    }

    public let id: String
    public let connector: String

    public init(id: String, connector: String) {
        self.id = id
        self.connector = connector
    }

    private func open() async throws -> SQLDatabase {
        let logger = Logger(label: "test")
        return switch try DatabaseLocation(connector) {
        case .sqlite(let path, _): try await SQLDatabase.open(.sqlite(path: path, use: .target), logger: logger)
        case .postgresql(let url, _): try await SQLDatabase.open(.postgresql(url: url), logger: logger)
        }
    }

    /// Runs `body` on a connection of the custodian's own.
    private func with<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        let database = try await open()
        let result: Result<T, any Error>
        do { result = .success(try await database.write(body)) } catch { result = .failure(error) }
        await database.close()
        return try result.get()
    }

    public func entries() async throws -> [Entry] {
        try await with { connection in
            try connection.query("SELECT * FROM regard_optout ORDER BY position, token, scope").map {
                Entry(
                    pseudonym: try $0["pseudonym"], token: try $0["token"], scope: try $0["scope"],
                    isActive: try $0["active"], position: try $0["position"])
            }
        }
    }

    /// The pseudonyms in force, as an extraction would ask for them.
    public func optedOut() async throws -> Set<[UInt8]> {
        try await with { Set(try $0.query("SELECT pseudonym FROM regard_opted_out").map { try $0["pseudonym"] }) }
    }

    /// Whom an extraction for `project` leaves out, by the query of docs/propagation.md.
    public func optedOut(of project: String) async throws -> Set<[UInt8]> {
        try await with { connection in
            let rows = try connection.query(
                """
                SELECT DISTINCT pseudonym FROM regard_optout o
                WHERE active = 1 AND scope IN ('*', $1) AND NOT EXISTS (
                    SELECT 1 FROM regard_optout e WHERE e.token = o.token AND e.scope = $1 AND e.active = 0)
                """, project)
            return Set(try rows.map { try $0["pseudonym"] })
        }
    }

    public func position() async throws -> Int64? {
        try await with { try $0.first("SELECT position FROM regard_position")?["position"] }
    }

    /// What a custodian reads of their own database.
    public func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await with(body)
    }

    /// What should never happen to a target, and does.
    public func tamper(_ sql: String) async throws { try await with { try $0.script(sql) } }
}
