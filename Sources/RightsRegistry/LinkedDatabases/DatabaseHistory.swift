public import CivilTime
public import SQLDatabase

/// How far the ledger and one database were at a moment.
public struct LagPoint: Sendable, Hashable {
    public let at: Instant
    /// The ledger's last position then.
    public let head: Int64
    /// What the database had confirmed then.
    public let position: Int64

    public var lag: Int64 { max(0, head - position) }
}

/// What a database confirmed, and when: read from the ledger and from what is kept of each batch, never sampled.
public enum DatabaseHistory {
    /// A batch that a database has confirmed.
    public struct ConfirmedBatch: Sendable, Hashable {
        public let from: Int64
        public let to: Int64
        public let confirmedAt: Instant
    }

    /// The ledger's last position at each of `moments`, which ascend.
    public static func heads(at moments: [Instant], on connection: any SQLConnection) throws -> [Int64] {
        let head = try LedgerStore.head(on: connection)
        var low: Int64 = 0
        return try moments.map { moment in
            // Entries get their positions in the order in which they come, but for those of one instant.
            var high = head
            while low < high {
                let middle = low + (high - low + 1) / 2
                let created: Instant? = try connection.first(
                    "SELECT created_at FROM ledger_entry WHERE position = $1", middle)?["created_at"]
                if let created, created > moment { high = middle - 1 } else { low = middle }
            }
            return low
        }
    }

    /// How far `linked` was at each of `moments`, where `heads` are the ledger's positions.
    ///
    /// What it confirmed before its list was begun anew counts no more, then as now.
    public static func points(
        of linked: LinkedDatabase, at moments: [Instant], heads: [Int64], on connection: any SQLConnection
    ) throws -> [LagPoint] {
        try zip(moments, heads).map { moment, head in
            LagPoint(at: moment, head: head, position: try position(of: linked, at: moment, on: connection))
        }
    }

    /// Up to which position `linked` had confirmed at `moment`.
    public static func position(
        of linked: LinkedDatabase, at moment: Instant, on connection: any SQLConnection
    ) throws -> Int64 {
        try connection.first(
            """
            SELECT to_position FROM delivery_batch
            WHERE linked_database = $1 AND incarnation = $2 AND confirmed_at <= $3
            ORDER BY confirmed_at DESC, to_position DESC LIMIT 1
            """, linked.id, linked.incarnation, moment)?["to_position"] ?? 0
    }

    /// The batches that it confirmed last, the newest first.
    public static func batches(
        of linked: LinkedDatabase, limit: Int, on connection: any SQLConnection
    ) throws -> [ConfirmedBatch] {
        try connection.query(
            """
            SELECT from_position, to_position, confirmed_at FROM delivery_batch
            WHERE linked_database = $1 AND incarnation = $2
            ORDER BY confirmed_at DESC, to_position DESC LIMIT \(limit)
            """, linked.id, linked.incarnation
        ).map {
            ConfirmedBatch(
                from: try $0["from_position"], to: try $0["to_position"], confirmedAt: try $0["confirmed_at"])
        }
    }
}
