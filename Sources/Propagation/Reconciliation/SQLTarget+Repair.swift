import RightsRegistry
import SQLDatabase

extension SQLTarget {
    private static let pageLength = 5000

    private static func stand(_ connection: any SQLConnection) throws -> TargetPlace? {
        try connection.first("SELECT list, incarnation, position FROM regard_position").map {
            TargetPlace(list: try $0["list"], incarnation: try $0["incarnation"], position: try $0["position"])
        }
    }

    /// Writes every row of the list, in one state of it, into `rows`; returns where the target stood then.
    func readList(into rows: RowBuckets, scopes: ScopeNames) async throws -> TargetPlace? {
        try await database.read { connection in
            // A connection that was lost is replaced, and this runs again.
            try rows.reset()
            var (after, limit): ([UInt8], Int) = ([], Self.pageLength)
            while true {
                let found = try connection.query(
                    """
                    SELECT token, scope, pseudonym, active, position FROM regard_optout
                    WHERE token > $1 ORDER BY token LIMIT \(limit)
                    """, after)
                let last: [UInt8]? = try found.last?["token"]
                guard let last else { break }
                var page: [ListRow] = []
                page.reserveCapacity(found.count)
                for row in found {
                    let bytes: [UInt8] = try row["token"]
                    // The rows of one token come together: the last one's may go on after this page.
                    if found.count == limit, bytes == last { break }
                    after = bytes
                    guard let token = Bytes32(bytes) else { continue }
                    page.append(
                        ListRow(
                            token: token, pseudonym: Bytes32(try row["pseudonym"] as [UInt8]) ?? .zero,
                            scope: scopes.number(of: try row["scope"]),
                            state: try row["active"] ? .inForce : .notInForce, position: try row["position"]))
                }
                try rows.add(page)
                if found.count < limit { break }
                limit = page.isEmpty ? limit * 2 : Self.pageLength
            }
            return try Self.stand(connection)
        }
    }

    /// Brings the tokens that differ to what is expected of them, while the target stands at `place`. Rows are never
    /// removed. Returns what the custodian's own rules refuse.
    ///
    /// - Parameter position: up to where the ledger was read.
    func mend(
        _ differences: [ListDifference], at place: TargetPlace?, position: Int64
    ) async throws -> [Rejection] {
        do {
            try await write(differences, at: place, position: position)
            return []
        } catch let error as SQLError where error.isOfRows {
            guard differences.count > 1 else {
                guard let row = differences.first?.expected.first else { throw error }
                return [Rejection(position: row.position, reason: "\(error)")]
            }
            let middle = differences.count / 2
            return try await mend(Array(differences[..<middle]), at: place, position: position)
                + mend(Array(differences[middle...]), at: place, position: position)
        }
    }

    private func write(_ differences: [ListDifference], at place: TargetPlace?, position: Int64) async throws {
        try await database.write { connection in
            try Self.require(place, on: connection)
            for difference in differences {
                let isWhole = difference.expected.contains { $0.scope == TargetBatch.whole }
                for row in difference.expected {
                    try connection.execute(
                        """
                        INSERT INTO regard_optout (pseudonym, token, scope, active, position)
                        VALUES ($1, $2, $3, $4, $5)
                        ON CONFLICT (token, scope) DO UPDATE SET pseudonym = $1, active = $4, position = $5
                        """, row.pseudonym, difference.token, row.scope, row.isInForce, row.position)
                }
                // What nothing is said of says the same as the row `*`, or is not in force.
                let told = Set(difference.expected.map(\.scope))
                for row in difference.found where !told.contains(row.scope) && row.isInForce != isWhole {
                    try connection.execute(
                        "UPDATE regard_optout SET active = $1, position = $2 WHERE token = $3 AND scope = $4", isWhole,
                        position, difference.token, row.scope)
                }
            }
        }
    }

    /// Records where the target stands from now on, provided that it stands at `place`.
    func move(from place: TargetPlace?, to next: TargetPlace) async throws {
        try await database.write { connection in
            try Self.require(place, on: connection)
            try connection.execute(
                """
                INSERT INTO regard_position (one, list, incarnation, position) VALUES (1, $1, $2, $3)
                ON CONFLICT (one) DO UPDATE
                SET beside = CASE WHEN regard_position.incarnation = $2 THEN regard_position.beside ELSE 0 END,
                    list = $1, incarnation = $2, position = $3
                """, next.list, next.incarnation, next.position)
        }
    }

    /// Ends every row that is in force, in bounded transactions, and forgets where the target stood. Returns how many rows.
    func withdrawAll(list: String) async throws -> Int {
        var ended = 0
        while true {
            let count = try await database.write { connection in
                if let place = try Self.stand(connection), place.list != list { throw TargetError.otherList }
                return try connection.execute(
                    """
                    UPDATE regard_optout SET active = 0 WHERE token IN (
                        SELECT token FROM regard_optout WHERE active = 1 LIMIT \(Self.pageLength))
                    """)
            }
            if count == 0 { break }
            ended += count
        }
        try await database.write { try $0.execute("DELETE FROM regard_position") }
        return ended
    }

    private static func require(_ place: TargetPlace?, on connection: any SQLConnection) throws {
        guard try stand(connection) == place else { throw RepairRefusal.moved }
    }
}

extension SQLError {
    /// Whether the database could be reached and would not take what it was given.
    fileprivate var isOfRows: Bool {
        switch self {
        case .constraint, .statement: true
        case .storageFull, .unavailable, .outcomeUnknown, .contention, .timeout, .decoding, .refused: false
        }
    }
}
