public import CivilTime
public import SQLDatabase
public import StrictJSON
public import Vault

/// One comparison of a database's list with what the ledger yields: asked for, under way or ended.
public struct ReconciliationRun: Sendable {
    /// Who asks each night.
    public static let nightly = "hub"

    public enum Outcome: String, Sendable, CaseIterable {
        /// Both sides say the same.
        case agrees
        /// They differ, and still do.
        case differs
        /// They differed, and were brought to say the same.
        case repaired
        /// They could not be compared.
        case failed
    }

    /// What was counted: it names tokens, and nobody.
    public struct Figures: Sendable {
        public let position: Int64
        public let ourCount: Int64
        public let ourDigest: String
        public let theirCount: Int64
        public let theirDigest: String
        public let missing: Int
        public let stale: Int
        public let surplus: Int
        /// Some of the tokens that differ, by kind.
        public let tokens: JSON

        public init(
            position: Int64, ourCount: Int64, ourDigest: String, theirCount: Int64, theirDigest: String, missing: Int,
            stale: Int, surplus: Int, tokens: JSON
        ) {
            self.position = position
            self.ourCount = ourCount
            self.ourDigest = ourDigest
            self.theirCount = theirCount
            self.theirDigest = theirDigest
            self.missing = missing
            self.stale = stale
            self.surplus = surplus
            self.tokens = tokens
        }
    }

    public let id: String
    public let database: String
    public let askedAt: Instant
    /// The operator's name, `command`, or `hub` for what is done each night.
    public let askedBy: String
    /// The role of whoever asks, for the audit.
    public let role: String
    /// Whether differences are to be mended.
    public let repairs: Bool
    public let endedAt: Instant?
    public let outcome: Outcome?
    public let failure: String?
    public let figures: Figures?

    /// One to be asked for.
    public init(
        of database: String, by actor: String, role: String, repairs: Bool, at now: Instant,
        random: RandomSource = systemRandom
    ) {
        id = Hex.encode(random(16))
        self.database = database
        askedAt = now
        askedBy = actor
        self.role = role
        self.repairs = repairs
        (endedAt, outcome, failure, figures) = (nil, nil, nil, nil)
    }

    init(_ row: Row) throws {
        id = try row["id"]
        database = try row["linked_database"]
        askedAt = try row["asked_at"]
        askedBy = try row["asked_by"]
        role = try row["role"]
        repairs = try row["repairs"]
        endedAt = try row["ended_at"]
        outcome = (try row["outcome"] as String?).flatMap(Outcome.init(rawValue:))
        failure = try row["failure"]
        let position: Int64? = try row["position"]
        guard let position else {
            figures = nil
            return
        }
        figures = Figures(
            position: position, ourCount: try row["our_count"], ourDigest: try row["our_digest"],
            theirCount: try row["their_count"], theirDigest: try row["their_digest"], missing: try row["missing"],
            stale: try row["stale"], surplus: try row["surplus"],
            tokens: try JSON(parsing: (try row["tokens"] as String).utf8))
    }

    public var json: JSON {
        let figures = figures.map { figures -> JSON in
            [
                "position": .integer(figures.position),
                "ours": ["count": .integer(figures.ourCount), "digest": .string(figures.ourDigest)],
                "theirs": ["count": .integer(figures.theirCount), "digest": .string(figures.theirDigest)],
                "missing": .integer(Int64(figures.missing)), "stale": .integer(Int64(figures.stale)),
                "surplus": .integer(Int64(figures.surplus)), "tokens": figures.tokens,
            ]
        }
        func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
        return [
            "id": .string(id), "database": .string(database), "askedAt": .string(askedAt.description),
            "askedBy": .string(askedBy), "repairs": .bool(repairs), "endedAt": text(endedAt?.description),
            "outcome": text(outcome?.rawValue), "failure": text(failure), "figures": figures ?? .null,
        ]
    }
}

/// The runs of all databases. None is ever removed.
public enum ReconciliationStore {
    /// What was begun so long ago has been given up by a process that died.
    private static let longestSeconds = 6 * 3600

    /// - Parameter isBegun: whether who asks also does it.
    public static func ask(
        _ run: ReconciliationRun, isBegun: Bool = false, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO reconciliation (id, linked_database, asked_at, asked_by, role, repairs, begun_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, run.id, run.database, run.askedAt, run.askedBy, run.role, run.repairs, isBegun ? run.askedAt : nil)
    }

    /// Whether a run waits that nobody has begun.
    public static func isWaiting(at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try next(at: now, on: connection) != nil
    }

    /// Begins the run that was asked for first; nil where none waits.
    public static func begin(at now: Instant, on connection: any SQLConnection) throws -> ReconciliationRun? {
        guard let run = try next(at: now, on: connection) else { return nil }
        try connection.execute("UPDATE reconciliation SET begun_at = $1 WHERE id = $2", now, run.id)
        return run
    }

    private static func next(at now: Instant, on connection: any SQLConnection) throws -> ReconciliationRun? {
        try connection.first(
            """
            SELECT * FROM reconciliation WHERE ended_at IS NULL AND (begun_at IS NULL OR begun_at < $1)
            ORDER BY asked_at, id LIMIT 1
            """, now.adding(seconds: -longestSeconds)
        ).map(ReconciliationRun.init)
    }

    /// Records what came of a run that has not ended.
    public static func end(
        _ run: ReconciliationRun, _ outcome: ReconciliationRun.Outcome, _ figures: ReconciliationRun.Figures?,
        failure: String? = nil, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE reconciliation
            SET ended_at = $1, outcome = $2, failure = $3, position = $4, our_count = $5, our_digest = $6,
                their_count = $7, their_digest = $8, missing = $9, stale = $10, surplus = $11, tokens = $12
            WHERE id = $13 AND ended_at IS NULL
            """, now, outcome.rawValue, failure, figures?.position, figures?.ourCount, figures?.ourDigest,
            figures?.theirCount, figures?.theirDigest, figures?.missing, figures?.stale, figures?.surplus,
            figures?.tokens.canonical, run.id)
    }

    /// The newest runs of a database, at most `limit`; those before `run` where it is given.
    public static func runs(
        of database: String, limit: Int = 100, after run: (askedAt: Instant, id: String)? = nil,
        on connection: any SQLConnection
    ) throws -> [ReconciliationRun] {
        let parameters: [any SQLConvertible] = [database] + (run.map { [$0.askedAt, $0.id] } ?? [])
        return try connection.query(
            """
            SELECT * FROM reconciliation
            WHERE linked_database = $1 \(run == nil ? "" : "AND (asked_at, id) < ($2, $3)")
            ORDER BY asked_at DESC, id DESC LIMIT \(limit)
            """, parameters: parameters
        ).map(ReconciliationRun.init)
    }

    /// When a database was last compared because it was night.
    public static func lastNightly(of database: String, on connection: any SQLConnection) throws -> Instant? {
        try connection.first(
            """
            SELECT asked_at FROM reconciliation WHERE linked_database = $1 AND asked_by = $2
            ORDER BY asked_at DESC LIMIT 1
            """, database, ReconciliationRun.nightly)?["asked_at"]
    }

    /// What a mailbox's custodian said of its list, and with which batch; nil where nothing was said.
    public static func told(
        of database: String, on connection: any SQLConnection
    ) throws -> (number: Int64, count: Int64, digest: String)? {
        let row = try connection.first(
            """
            SELECT told_number, told_count, told_digest FROM linked_database
            WHERE id = $1 AND told_number IS NOT NULL AND told_count IS NOT NULL AND told_digest IS NOT NULL
            """, database)
        return try row.map { (try $0["told_number"], try $0["told_count"], try $0["told_digest"]) }
    }
}
