import CivilTime
public import SQLDatabase

/// Notices of one request that go out together.
struct NoticeBatch: Sendable {
    let reference: String
    /// The Message-ID's own part: the same at each attempt.
    let message: String
    let events: [EventType]
    /// When the first of them was noted.
    let since: Instant
    /// Since when they can't be sent; nil before the first failure.
    let failingSince: Instant?
    /// This attempt's number, from 1.
    let attempt: Int
}

/// The SQL of notices. A notice is inserted with its event, and settled once.
public enum NoticeStore {
    static func insert(_ event: RequestEvent, of reference: String, on connection: any SQLConnection) throws {
        guard event.type.isTold(of: event.actor) else { return }
        try connection.execute(
            """
            INSERT INTO notice (reference, n, type, noted_at, state, due_at)
            VALUES ($1, $2, $3, $4, CASE WHEN \(Silence.holds) THEN 'withheld' ELSE 'waiting' END, $4)
            """,
            reference, event.n, event.type.rawValue, event.at)
    }

    /// Frees what processes were at. Right only where no other process can be: on an embedded database, at the start.
    public static func freeAll(on connection: any SQLConnection) throws {
        try connection.execute("UPDATE notice SET leased_until = 0 WHERE state = 'waiting' AND leased_until > 0")
    }

    /// The requests that have a notice to send now, those that wait longest first.
    ///
    /// - Parameter gathered: only what was noted by then, so that what follows at once joins it.
    static func due(
        at now: Instant, gathered: Instant, limit: Int, on connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT reference, min(due_at) AS first FROM notice
            WHERE state = 'waiting' AND due_at <= $1 AND leased_until <= $1 AND noted_at <= $2
            GROUP BY reference ORDER BY first, reference LIMIT \(limit)
            """, now, gathered
        ).map { try $0["reference"] }
    }

    /// Takes what is to be told of one request, for `seconds`; nil where another process was faster, or nothing is to be told
    /// any more.
    ///
    /// What was tried before goes again as it was, in the same message, whatever has happened since: it may have arrived.
    static func take(
        _ reference: String, message: String, seconds: Int, at now: Instant, on connection: any SQLConnection
    ) throws -> NoticeBatch? {
        // What was left by a process that died goes no more either.
        guard try !Silence.holds(over: reference, on: connection) else {
            try Silence.putAway(noticesOf: reference, at: now, on: connection)
            return nil
        }
        let rows = try connection.query(
            """
            SELECT n, type, noted_at, message, attempts, due_at, failing_since FROM notice
            WHERE reference = $1 AND state = 'waiting' AND leased_until <= $2 ORDER BY n
            """, reference, now)
        let tried = try rows.first { row in
            let (message, dueAt): (String?, Instant) = (try row["message"], try row["due_at"])
            return message != nil && dueAt <= now
        }
        let again: String? = try tried?["message"]
        let taken = try rows.filter { row in try (row["message"] as String?) == again }
        guard let first = taken.first else { return nil }
        for row in taken {
            try connection.execute(
                """
                UPDATE notice SET message = $1, leased_until = $2, attempts = attempts + 1
                WHERE reference = $3 AND n = $4
                """, again ?? message, now.adding(seconds: seconds), reference, try row["n"] as Int)
        }
        return NoticeBatch(
            reference: reference, message: again ?? message,
            events: try taken.compactMap { EventType(rawValue: try $0["type"]) }, since: try first["noted_at"],
            failingSince: try first["failing_since"], attempt: try first["attempts"] as Int + 1)
    }

    /// What became of a batch.
    /// - Parameters:
    ///   - failure: why it was not mailed, where it should have been.
    ///   - isRefused: whether the address itself was.
    static func settle(
        _ batch: NoticeBatch, as state: NoticeState, failure: String? = nil, isRefused: Bool = false,
        letter: String? = nil, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE notice SET state = $1, settled_at = $2, failure = $3, refused_at = $4, letter = $5, leased_until = 0
            WHERE reference = $6 AND message = $7 AND state = 'waiting'
            """, state.rawValue, now, failure, isRefused ? now : nil, letter, batch.reference, batch.message)
    }

    /// Puts a batch off until `dueAt`.
    static func putOff(
        _ batch: NoticeBatch, until dueAt: Instant, failure: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE notice SET due_at = $1, failure = $2, failing_since = coalesce(failing_since, $3), leased_until = 0
            WHERE reference = $4 AND message = $5 AND state = 'waiting'
            """, dueAt, failure, now, batch.reference, batch.message)
    }

    /// Whether the e-mail address of a case was refused before.
    static func isAddressRefused(_ reference: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT n FROM notice WHERE reference = $1 AND refused_at IS NOT NULL LIMIT 1", reference) != nil
    }

    /// What became of each notice of a request.
    static func statuses(of reference: String, on connection: any SQLConnection) throws -> [NoticeStatus] {
        try connection.query(
            """
            SELECT notice.n, notice.type, notice.state, notice.settled_at, notice.failure, notice.failing_since,
                letter.posted_on
            FROM notice LEFT JOIN letter ON letter.id = notice.letter
            WHERE notice.reference = $1 ORDER BY notice.n
            """, reference
        ).map { row in
            guard let type = EventType(rawValue: try row["type"]), let state = NoticeState(rawValue: try row["state"])
            else { throw SQLError.decoding("notice.type or state") }
            return NoticeStatus(
                n: try row["n"], type: type, state: state, settledAt: try row["settled_at"],
                failure: try row["failure"], failingSince: try row["failing_since"], postedOn: try row["posted_on"])
        }
    }

    /// Why a notice waits, or was put away, whose case no key opens.
    static let unopened = "sealed"

    /// The requests that nobody could be told about since no key here opens them, the longest first; at most a hundred.
    public static func unopened(on connection: any SQLConnection) throws -> [UnopenedNotice] {
        try connection.query(
            """
            SELECT reference, min(noted_at) AS since, max(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waits
            FROM notice WHERE failure = $1 AND state IN ('waiting', 'undeliverable')
            GROUP BY reference ORDER BY since, reference LIMIT 100
            """, unopened
        ).map {
            UnopenedNotice(
                reference: try $0["reference"], since: try $0["since"], isWaiting: try $0["waits"] as Int == 1)
        }
    }

    static func overview(on connection: any SQLConnection) throws -> OutboxOverview {
        let waiting = try connection.first(
            """
            SELECT count(*) AS n, min(noted_at) AS since, min(failing_since) AS failing_since,
                count(failing_since) AS failing
            FROM notice WHERE state = 'waiting'
            """)
        let last = try connection.first(
            """
            SELECT failure FROM notice WHERE state = 'waiting' AND failure IS NOT NULL ORDER BY due_at DESC LIMIT 1
            """)
        let letters = try connection.first(
            "SELECT count(*) AS n, min(created_at) AS since FROM letter WHERE posted_on IS NULL AND withheld_at IS NULL"
        )
        let undeliverable = try connection.query(
            """
            SELECT reference, max(settled_at) AS last FROM notice WHERE state = 'undeliverable'
            GROUP BY reference ORDER BY last DESC LIMIT 100
            """)
        return OutboxOverview(
            waiting: try waiting?["n"] ?? 0, waitingSince: try waiting?["since"], failing: try waiting?["failing"] ?? 0,
            failingSince: try waiting?["failing_since"], lastFailure: try last?["failure"],
            letters: try letters?["n"] ?? 0, lettersSince: try letters?["since"],
            undeliverable: try undeliverable.map { try $0["reference"] })
    }
}
