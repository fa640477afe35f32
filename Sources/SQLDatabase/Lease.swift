public import CivilTime

/// The right to do a job that one process at a time should do, for a limited time.
///
/// A lease saves work. What makes the work safe stands elsewhere: whoever numbers or delivers takes the lease again in the
/// transaction that does so, and a target's own position refuses a batch that comes too late.
public struct Lease: Sendable, Hashable {
    public let name: String
    public let token: Int64

    public static let migration = Migration(
        "0010-lease",
        """
        -- Who does a job that only one process should do at a time, until when, and the token that fences it.
        CREATE TABLE lease (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            token BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )
        """)

    /// By how many seconds two processes' clocks may differ.
    private static let clockDifference = 60

    /// Takes the lease, or prolongs it where `holder` has it already; nil while another holder's time runs.
    ///
    /// A time that no clock near ours can have given runs for nobody: one process whose clock was wrong for a moment would
    /// hold up all others for as long.
    public static func take(
        _ name: String, for holder: String, seconds: Int, at now: Instant, on connection: any SQLConnection
    ) throws -> Lease? {
        let row = try connection.first(
            """
            INSERT INTO lease (name, holder, token, expires_at) VALUES ($1, $2, 1, $3)
            ON CONFLICT (name) DO UPDATE SET
                token = CASE WHEN lease.holder = $2 THEN lease.token ELSE lease.token + 1 END,
                holder = $2,
                expires_at = $3
            WHERE lease.holder = $2 OR lease.expires_at <= $4 OR lease.expires_at > $5
            RETURNING token
            """, name, holder, now.adding(seconds: seconds), now, now.adding(seconds: seconds + clockDifference))
        return try row.map { Lease(name: name, token: try $0["token"]) }
    }

    /// Prolongs the lease; false where another has had it since: what was begun under it must be begun anew.
    public func prolong(seconds: Int, at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE lease SET expires_at = $1 WHERE name = $2 AND token = $3", now.adding(seconds: seconds), name,
            token) == 1
    }

    /// Gives the lease up before its time; nothing where it has passed on already.
    public func release(on connection: any SQLConnection) throws {
        try connection.execute("UPDATE lease SET expires_at = 0 WHERE name = $1 AND token = $2", name, token)
    }

    /// Frees every lease. Right only where no other process can hold one: on an embedded database, at the start.
    public static func freeAll(on connection: any SQLConnection) throws {
        try connection.execute("UPDATE lease SET expires_at = 0, holder = ''")
    }
}

extension SQLDatabase {
    /// Does what one process at a time should do; nil where another is at it.
    ///
    /// Work of unknown length prolongs the lease with each of its transactions (``Lease/prolong(seconds:at:on:)``). It is given up at
    /// the end and after a failure: nobody waits for what nobody does.
    public func underLease<T: Sendable>(
        _ name: String, for holder: String, seconds: Int, now: TimeSource,
        _ work: (Lease) async throws -> T
    ) async throws -> T? {
        let moment = now()
        guard let lease = try await write({ try Lease.take(name, for: holder, seconds: seconds, at: moment, on: $0) })
        else { return nil }
        let result: Result<T, any Error>
        do { result = .success(try await work(lease)) } catch { result = .failure(error) }
        // Where it can't be given up, its time runs out.
        try? await write { try lease.release(on: $0) }
        return try result.get()
    }
}
