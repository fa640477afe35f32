public import CivilTime
public import SQLDatabase
import StrictJSON

/// A task that an answer is awaited of, as the hub reads it.
public struct OpenTask: Sendable {
    public let id: String
    public let kind: Right
    public let askedOn: CalendarDate
    public let answerBy: CalendarDate
    /// Whether the custodian may have found it.
    public let isSent: Bool
    /// The task under the feed's key, as it lies for a custodian who comes for it; nil where it was not laid there.
    public let document: [UInt8]?
    let segment: String?
    let sealedIdentifiers: [UInt8]?
    let sealedInstruction: [UInt8]?

    init(_ row: Row) throws {
        guard let kind = Right(rawValue: try row["kind"]) else { throw SQLError.decoding("request_task.kind") }
        id = try row["id"]
        self.kind = kind
        askedOn = try row["asked_on"]
        answerBy = try row["answer_by"]
        isSent = try row["state"] as String == "sent"
        document = try row["document"]
        segment = try row["segment"]
        sealedIdentifiers = try row["sealed_identifiers"]
        sealedInstruction = try row["sealed_instruction"]
    }
}

/// Why tasks of a database, or answers to them, get no further.
public struct TaskProblem: Sendable, Hashable {
    public let database: String
    /// Where it stands: a file, a row, a request; nil where nothing at all could be exchanged.
    public let source: String?
    public let task: String?
    /// For operators.
    public let reason: String
    public let since: Instant
}

/// The SQL of tasks, as the hub and the doors of custodians use it.
public enum TaskStore {
    /// Seconds between two looks for answers.
    public static let pollSeconds = 60

    // MARK: What is to be exchanged

    /// The tasks of a database that an answer is awaited of, the oldest first.
    public static func open(
        in database: String, limit: Int = 10_000, on connection: any SQLConnection
    ) throws -> [OpenTask] {
        try connection.query(
            """
            SELECT * FROM request_task WHERE linked_database = $1 AND state IN ('waiting', 'sent')
            ORDER BY asked_at, id LIMIT \(limit)
            """, database
        ).map(OpenTask.init)
    }

    /// What a task of a database asks, whatever became of it; nil where the database was never asked it.
    public static func kind(of id: String, in database: String, on connection: any SQLConnection) throws -> Right? {
        try connection.first(
            "SELECT kind FROM request_task WHERE id = $1 AND linked_database = $2", id, database
        ).flatMap { Right(rawValue: try $0["kind"]) }
    }

    /// Those that have ended and may still lie where the custodian finds them.
    public static func untold(in database: String, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            "SELECT id FROM request_task WHERE linked_database = $1 AND untold = 1 ORDER BY id LIMIT 1000", database
        ).map { try $0["id"] }
    }

    /// Whether tasks are to be exchanged with a database now: some wait, some have ended, or it is time to look for answers.
    /// After a failure not before a minute has passed.
    public static func isDue(in database: String, at now: Instant, on connection: any SQLConnection) throws -> Bool {
        let open: [String] = try connection.query(
            """
            SELECT DISTINCT state FROM request_task
            WHERE linked_database = $1 AND state IN ('waiting', 'sent')
            """, database
        ).map { try $0["state"] }
        let hasEnded =
            try connection.first(
                "SELECT id FROM request_task WHERE linked_database = $1 AND untold = 1 LIMIT 1", database) != nil
        guard !open.isEmpty || hasEnded else { return false }
        guard
            let last = try connection.first(
                "SELECT at, failing_since FROM task_exchange WHERE linked_database = $1", database)
        else { return true }
        let failingSince: Instant? = try last["failing_since"]
        if hasEnded || open.contains("waiting"), failingSince == nil { return true }
        return now.seconds(since: try last["at"]) >= pollSeconds
    }

    /// Since when the oldest task lies with its custodian; nil where none does. One that was declared impossible may be
    /// answered, and is not awaited.
    public static func sentSince(in database: String, on connection: any SQLConnection) throws -> Instant? {
        try connection.first(
            """
            SELECT MIN(t.sent_at) AS since FROM request_task t
            WHERE t.linked_database = $1 AND t.state = 'sent'
                AND NOT \(ImpossibleAnswerStore.stands("t.reference", in: "t.linked_database"))
            """, database)?["since"]
    }

    // MARK: What became of it

    /// Records that tasks lie where their custodian finds them, each with the document that is kept of it.
    public static func recordSent(
        _ tasks: [(id: String, document: [UInt8]?)], at now: Instant, on connection: any SQLConnection
    ) throws {
        for task in tasks {
            try connection.execute(
                """
                UPDATE request_task SET state = 'sent', sent_at = COALESCE(sent_at, $1), document = $2
                WHERE id = $3 AND state IN ('waiting', 'sent')
                """, now, task.document, task.id)
        }
    }

    /// Records that what lies of a task is sealed under another key.
    public static func reseal(_ id: String, as document: [UInt8], on connection: any SQLConnection) throws {
        try connection.execute("UPDATE request_task SET document = $1 WHERE id = $2", document, id)
    }

    /// Records that ended tasks lie nowhere any more.
    public static func recordTold(_ ids: [String], on connection: any SQLConnection) throws {
        for id in ids { try connection.execute("UPDATE request_task SET untold = 0 WHERE id = $1", id) }
    }

    /// Has tasks that have ended and were found where custodians find them taken away from there.
    public static func recordFound(_ ids: [String], in database: String, on connection: any SQLConnection) throws {
        for id in ids {
            try connection.execute(
                """
                UPDATE request_task SET untold = 1
                WHERE id = $1 AND linked_database = $2 AND state IN ('answered', 'cancelled')
                """, id, database)
        }
    }

    /// Of `ids`, those that no task of the database ever had.
    public static func unknown(
        among ids: [String], in database: String, on connection: any SQLConnection
    ) throws -> Set<String> {
        Set(
            try ids.filter { id in
                try connection.first(
                    "SELECT id FROM request_task WHERE id = $1 AND linked_database = $2", id, database) == nil
            })
    }

    /// Records that tasks were exchanged; with `failure`, that they could not be, and why.
    public static func recordExchange(
        with database: String, failure: String? = nil, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO task_exchange (linked_database, at, failing_since, failure)
            VALUES ($1, $2, $3, CAST($4 AS TEXT))
            ON CONFLICT (linked_database) DO UPDATE SET at = $2, failure = $4,
                failing_since = CASE WHEN CAST($4 AS TEXT) IS NULL THEN NULL
                    ELSE COALESCE(task_exchange.failing_since, $2) END
            """, database, now, failure == nil ? nil : now, failure.map { String($0.prefix(300)) })
    }

    // MARK: Problems

    /// Opens an exception for an answer that can't be taken, or gives it the newest reason. Returns whether it is new.
    @discardableResult
    public static func recordProblem(
        _ reason: String, at source: String, of task: String?, in database: String, now: Instant,
        on connection: any SQLConnection
    ) throws -> Bool {
        let known = try connection.first(
            "SELECT resolved_at FROM task_exception WHERE linked_database = $1 AND source = $2", database, source)
        let resolved: Instant? = try known?["resolved_at"]
        let isNew = known == nil || resolved != nil
        try connection.execute(
            """
            INSERT INTO task_exception (linked_database, source, task, reason, opened_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (linked_database, source) DO UPDATE SET task = $3, reason = $4,
                opened_at = CASE WHEN task_exception.resolved_at IS NULL THEN task_exception.opened_at ELSE $5 END,
                resolved_at = NULL
            """, database, String(source.prefix(300)), task, String(reason.prefix(300)), now)
        return isNew
    }

    /// Resolves the exceptions of a database whose sources are not among `found`.
    public static func resolveProblems(
        but found: Set<String>, in database: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        let open: [String] = try connection.query(
            "SELECT source FROM task_exception WHERE linked_database = $1 AND resolved_at IS NULL", database
        ).map { try $0["source"] }
        for source in open where !found.contains(source) {
            try connection.execute(
                "UPDATE task_exception SET resolved_at = $1 WHERE linked_database = $2 AND source = $3", now, database,
                source)
        }
    }

    /// What keeps tasks of a database, or answers to them, from getting further; of all databases where it is nil.
    public static func problems(
        in database: String? = nil, on connection: any SQLConnection
    ) throws -> [TaskProblem] {
        let rows = try connection.query(
            """
            SELECT linked_database, source, task, reason, opened_at FROM task_exception WHERE resolved_at IS NULL
            UNION ALL
            SELECT linked_database, NULL, NULL, failure, failing_since FROM task_exchange WHERE failure IS NOT NULL
            ORDER BY 1, 5
            """)
        return try rows.map { row in
            TaskProblem(
                database: try row["linked_database"], source: try row["source"], task: try row["task"],
                reason: try row["reason"], since: try row["opened_at"])
        }.filter { database == nil || $0.database == database }
    }
}
