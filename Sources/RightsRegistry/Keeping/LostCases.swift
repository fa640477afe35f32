public import SQLDatabase
import StrictJSON

/// Why a case that nobody can read is closed. Its citizen reads it, and there is no key to seal words with, so it is chosen and not
/// written.
public enum UnreadableReason: String, Sendable, CaseIterable {
    /// Its keys are gone, and nothing more is known.
    case keysGone
    /// The person has made the request again.
    case filedAgain
    /// The person was answered by another way.
    case answered
}

/// Cases whose keys are gone though they were not erased: an older database was restored without them.
///
/// One that only waits for another process's keys is none of them: of its epoch nothing says that it has ended.
public struct LostCases: Sendable, Hashable {
    /// Those that operators can't read any more.
    public let count: Int
    /// Those of them that are not closed.
    public let open: Int

    /// That nobody reads the request any more, though it was not erased.
    private static let isLost = "erased_at IS NULL AND operator_wrap IS NOT NULL AND \(isUnderEndedKeys)"

    static let isUnderEndedKeys = "epoch IN (SELECT k.epoch FROM key_epoch k WHERE k.cases_ended_at IS NOT NULL)"

    /// The same, of one that is open; as its index has it.
    static let isOpen = "state <> 'closed' AND \(isLost)"

    /// How many there are.
    ///
    /// - Parameter epochs: under the keys of which epochs; nil for all that have ended.
    public static func load(under epochs: [Int]? = nil, on connection: any SQLConnection) throws -> LostCases {
        // Numbers of ours alone.
        let narrowed = epochs.map { "AND epoch IN (\(([0] + $0).map(String.init).joined(separator: ", ")))" } ?? ""
        let row = try connection.first(
            """
            SELECT count(*) AS n, coalesce(sum(CASE WHEN state <> 'closed' THEN 1 ELSE 0 END), 0) AS still_open
            FROM rights_request WHERE \(isLost) \(narrowed)
            """)
        return LostCases(count: try row?["n"] ?? 0, open: try row?["still_open"] ?? 0)
    }
}

extension RightsSchema {
    static let lostCases = Migration(
        "0883-lost-cases",
        """
        -- Finds the open cases that are under keys which are gone, without a look at the others.
        CREATE INDEX rights_request_open_epoch ON rights_request (epoch) WHERE state <> 'closed';
        """)
}

extension OperatorDesk {
    /// Whether there is an open case that nobody can read any more, for the queue to offer them. Throws `RightsError.forbidden`.
    public func hasOpenLostCases(for signedIn: Operator) async throws -> Bool {
        try await demand(.readRequests, of: signedIn, asking: "requests")
        return try await database.read { connection in
            // Asked for each look at the queue: mostly no key has ever ended.
            let ended = try connection.query("SELECT epoch FROM key_epoch WHERE cases_ended_at IS NOT NULL").map {
                String(try $0["epoch"] as Int)
            }
            guard !ended.isEmpty else { return false }
            return try connection.first(
                """
                SELECT reference FROM rights_request
                WHERE state <> 'closed' AND erased_at IS NULL AND operator_wrap IS NOT NULL
                    AND epoch IN (\(ended.joined(separator: ", "))) LIMIT 1
                """) != nil
        }
    }

    /// Throws `RightsError.invalid` with `case.readable` for a case that a process of this installation can read, or may: it is
    /// answered like any other.
    func requireLost(_ stored: StoredRequest) throws(RightsError) {
        guard stored.lost?.isForOperators == true else { throw Self.wrong("/type", "case.readable") }
    }
}
