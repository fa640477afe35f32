public import CivilTime
public import SQLDatabase

/// What happened to the register, in the order of the sequencer's numbers.
public struct RegisterChanges: Sendable {
    let database: SQLDatabase

    public init(database: SQLDatabase) { self.database = database }

    /// The number of the newest change; 0 where there is none. What readers poll.
    public static func latest(_ connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT coalesce(max(change), 0) AS latest FROM record_version")?["latest"] ?? 0
    }

    /// The changes after number `change`, in their order, at most `limit` of them.
    public static func after(
        _ change: Int64, limit: Int = 1000, on connection: any SQLConnection
    ) throws -> [RegisterChange] {
        try connection.query(
            """
            SELECT change, kind, reference, n, recorded_at FROM record_version
            WHERE change > $1 ORDER BY change LIMIT \(limit)
            """,
            change
        ).map(RegisterChange.init)
    }

    /// How many records are shown.
    public func counts() async throws -> RegisterCounts {
        try await database.read { connection in
            func count(_ what: String, from table: String) throws -> Int {
                try connection.first("SELECT \(what) AS total FROM \(table) WHERE shown = 1")?["total"] ?? 0
            }
            return RegisterCounts(
                projects: try count("count(*)", from: "project"),
                versions: try count("CAST(coalesce(sum(n), 0) AS BIGINT)", from: "project"),
                releases: try count("count(*)", from: "release"),
                datasets: try count("count(*)", from: "dataset"))
        }
    }
}

/// A version that entered the register.
public struct RegisterChange: Sendable, Hashable {
    public let change: Int64
    public let kind: RecordKind
    public let reference: String
    public let n: Int
    public let recordedAt: Instant

    init(_ row: Row) throws {
        guard let kind = RecordKind(rawValue: try row["kind"]) else {
            throw SQLError.decoding("a version of an unknown kind")
        }
        change = try row["change"]
        self.kind = kind
        reference = try row["reference"]
        n = try row["n"]
        recordedAt = try row["recorded_at"]
    }
}

/// How many records are shown, and how many versions the shown projects have.
public struct RegisterCounts: Sendable, Hashable {
    public let projects: Int
    public let versions: Int
    public let releases: Int
    public let datasets: Int
}
