import SQLDatabase
import StrictJSON
import Vault

/// A filter of the queue that somebody has kept.
public struct SavedFilter: Sendable {
    public let id: String
    public let owner: String
    public let name: String
    /// As the address of the queue's page writes it, without its question mark.
    public let query: String
    /// Whether colleagues see it too.
    public let isShared: Bool
}

extension OperatorDesk {
    private static let mostFilters = 50

    /// One's own filters, and those that colleagues share, by name.
    public func filters(for signedIn: Operator) async throws -> [SavedFilter] {
        try await demand(.readRequests, of: signedIn, asking: "filters")
        return try await database.read { connection in
            try connection.query(
                "SELECT * FROM saved_filter WHERE owner = $1 OR is_shared = 1 ORDER BY name, owner", signedIn.name
            ).map(SavedFilter.init)
        }
    }

    /// Keeps a filter, in the place of one's own of that name. Throws `RightsError.invalid` for a name that is empty or too
    /// long, and where somebody keeps too many.
    public func keepFilter(
        named name: String, query: String, isShared: Bool, for signedIn: Operator
    ) async throws {
        try await demand(.readRequests, of: signedIn, asking: "filters")
        let name = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if name.isEmpty { throw Self.wrong("/name", "required") }
        if name.count > 60 { throw Self.wrong("/name", "tooLong") }
        let (id, moment) = (Hex.encode(random(16)), now())
        try await database.write { connection in
            let kept: Int =
                try connection.first(
                    "SELECT count(*) AS n FROM saved_filter WHERE owner = $1 AND name <> $2", signedIn.name, name)?["n"]
                ?? 0
            guard kept < Self.mostFilters else { throw Self.wrong("/name", "filters.tooMany") }
            try connection.execute(
                """
                INSERT INTO saved_filter (id, owner, name, query, is_shared, created_at) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query, is_shared = excluded.is_shared
                """, id, signedIn.name, name, query, isShared ? 1 : 0, moment)
        }
    }

    /// Throws away one of one's own. Throws `RightsError.notFound` for another's.
    public func dropFilter(_ id: String, for signedIn: Operator) async throws {
        try await demand(.readRequests, of: signedIn, asking: "filters")
        let dropped = try await database.write { connection in
            try connection.execute("DELETE FROM saved_filter WHERE id = $1 AND owner = $2", id, signedIn.name)
        }
        guard dropped == 1 else { throw RightsError.notFound }
    }
}

extension SavedFilter {
    init(_ row: Row) throws {
        self.init(
            id: try row["id"], owner: try row["owner"], name: try row["name"], query: try row["query"],
            isShared: try row["is_shared"] as Int == 1)
    }
}
