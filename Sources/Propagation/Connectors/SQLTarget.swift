import Logging
import SQLDatabase

/// A linked database that we write to ourselves, PostgreSQL or SQLite: effect and position in one transaction of its own.
///
/// The fence is there: a batch `(from, to]` is applied only where the stored incarnation and position equal its own, so
/// that a batch sent twice, or by a hub that was frozen, changes nothing.
struct SQLTarget: PushConnector {
    let database: SQLDatabase

    /// Connects to `address`, and makes the target's tables where they are missing.
    static func open(_ address: ConnectorAddress, logger: Logger) async throws -> SQLTarget {
        try await open(in: try await SQLDatabase.open(try location(of: address), logger: logger))
    }

    /// The target in a database that is open; it is closed where that fails.
    static func open(in database: SQLDatabase) async throws -> SQLTarget {
        do {
            if try await !has(tables, in: database) {
                try await database.write { connection in try connection.script(schema(for: connection.engine)) }
            }
            // A list that was made before batches beside the ledger had a number.
            if try await !has(["SELECT beside FROM regard_position"], in: database) {
                try await database.write { connection in
                    try connection.script("ALTER TABLE regard_position ADD COLUMN beside BIGINT NOT NULL DEFAULT 0")
                }
            }
        } catch {
            await database.close()
            throw error
        }
        return SQLTarget(database: database)
    }

    private static let tables = [
        "SELECT position FROM regard_position", "SELECT position FROM regard_rejected WHERE 1 = 0",
        "SELECT pseudonym FROM regard_opted_out WHERE 1 = 0",
    ]

    /// Asked first, since making what is there already would still wait for the custodian's long readers.
    private static func has(_ readings: [String], in database: SQLDatabase) async throws -> Bool {
        do {
            return try await database.read { connection in
                for reading in readings { _ = try connection.query(reading) }
                return true
            }
        } catch SQLError.statement {
            return false
        }
    }

    static func location(of address: ConnectorAddress) throws -> DatabaseLocation {
        switch address {
        case .postgresql(let url):
            // One connection: batches go one after the other. The custodian's collation is the custodian's.
            .postgresql(url: url, settings: PostgreSQLSettings(connections: 1, requiresByteOrder: false))
        case .sqlite(let path): .sqlite(path: path, use: .target)
        case .https, .directory, .pull, .manual: throw TargetError.unknownConnector("\(address)")
        }
    }

    /// Where the target stands; nil before its first batch.
    func place() async throws -> TargetPlace? { try await database.read { try Self.place($0) } }

    private static func place(_ connection: any SQLConnection) throws -> TargetPlace? {
        guard let row = try connection.first("SELECT list, incarnation, position, beside FROM regard_position") else {
            return nil
        }
        let rejected = try connection.query("SELECT position, reason FROM regard_rejected ORDER BY position")
        return TargetPlace(
            list: try row["list"], incarnation: try row["incarnation"], position: try row["position"],
            beside: try row["beside"],
            rejected: try rejected.map { Rejection(position: try $0["position"], reason: try $0["reason"]) })
    }

    func arranged(_ batch: TargetBatch) -> TargetBatch {
        var arranged = batch
        arranged.arrangement = SQLArrangement(batch.changes)
        return arranged
    }

    /// Applies a batch exactly once, but for the entries that the custodian's own rules refuse: those are found and left
    /// out, in no transaction of their own. Throws `TargetError` where the target does not stand at its beginning.
    func apply(_ batch: TargetBatch) async throws -> [Rejection] {
        do {
            try await write(batch)
            return []
        } catch let error as SQLError where error.isRefusal {
            let refused = try await refusals(in: batch.positions[...], of: batch)
            guard !refused.isEmpty else { throw error }
            try await write(batch.leavingOut(Set(refused.map(\.position))), rejecting: refused)
            return refused
        }
    }

    /// - Parameter refused: kept with the position, since the answer may be lost.
    private func write(_ batch: TargetBatch, rejecting refused: [Rejection] = []) async throws {
        let arrangement = batch.arrangement ?? SQLArrangement(batch.changes)
        try await database.write { connection in
            try Self.requirePosition(batch, on: connection)
            try Self.register(arrangement.together, on: connection)
            for change in arrangement.oneByOne {
                try Self.apply(change, isBeside: batch.isBeside, on: connection)
            }
            try connection.execute(
                """
                INSERT INTO regard_position (one, list, incarnation, position, beside) VALUES (1, $1, $2, $3, $4)
                ON CONFLICT (one) DO UPDATE
                SET position = $3, beside = CASE WHEN $4 > 0 THEN $4 ELSE regard_position.beside END
                """, batch.list, batch.incarnation, batch.to, batch.beside ?? 0)
            // One that catches up is handed over again until its answer has been heard.
            guard !batch.isBeside else { return }
            try connection.execute("DELETE FROM regard_rejected")
            for rejection in refused {
                try connection.execute(
                    "INSERT INTO regard_rejected (position, reason) VALUES ($1, $2)", rejection.position,
                    rejection.reason)
            }
        }
    }

    /// Thrown to take a trial back.
    private struct TakenBack: Error {}

    /// The entries at `positions` that can't be applied, found by halves.
    private func refusals(in positions: ArraySlice<Int64>, of batch: TargetBatch) async throws -> [Rejection] {
        guard let first = positions.first else { return [] }
        let tried = Set(positions)
        do {
            try await database.write { connection in
                for change in batch.changes where tried.contains(change.position) {
                    try Self.apply(change, isBeside: true, on: connection)
                }
                throw TakenBack()
            }
            return []
        } catch is TakenBack {
            return []
        } catch let error as SQLError where error.isRefusal {
            guard positions.count > 1 else { return [Rejection(position: first, reason: "\(error)")] }
            let middle = positions.startIndex + positions.count / 2
            return try await refusals(in: positions[..<middle], of: batch)
                + refusals(in: positions[middle...], of: batch)
        }
    }

    /// Registers rows, in the order of the index.
    private static func register(_ rows: BulkRows, on connection: any SQLConnection) throws {
        guard rows.count > 0 else { return }
        try connection.script(
            """
            CREATE TEMPORARY TABLE regard_incoming (
                pseudonym BYTEA NOT NULL, token BYTEA NOT NULL, scope TEXT NOT NULL, position BIGINT NOT NULL)
            """)
        try connection.insert(rows, into: "regard_incoming")
        try connection.execute(
            """
            INSERT INTO regard_optout (pseudonym, token, scope, active, position)
            SELECT pseudonym, token, scope, 1, position FROM regard_incoming WHERE position >= 0 ORDER BY token, scope
            ON CONFLICT (token, scope)
            DO UPDATE SET pseudonym = excluded.pseudonym, active = 1, position = excluded.position
            """)
        try connection.script("DROP TABLE regard_incoming")
    }

    /// The row `*` of a token says what holds unless a row of a project says otherwise: so whatever is said of the whole
    /// is said of those rows too.
    private static func apply(
        _ change: TargetBatch.Change, isBeside: Bool, on connection: any SQLConnection
    ) throws {
        switch change {
        case .register(let pseudonym, let token, let scope, let isAgain, let position):
            try connection.execute(
                """
                INSERT INTO regard_optout (pseudonym, token, scope, active, position) VALUES ($1, $2, $3, 1, $4)
                ON CONFLICT (token, scope) DO UPDATE SET pseudonym = $1, active = 1, position = $4
                """, pseudonym, token, scope, position)
            guard isAgain, scope == TargetBatch.whole else { return }
            try connection.execute(
                "UPDATE regard_optout SET active = 1, position = $1 WHERE token = $2", position, token)
        case .withdraw(let token, TargetBatch.whole, let position, let mayBeMissing):
            // Its registration came first, in this batch or in one that was confirmed.
            let changed = try connection.execute(
                "UPDATE regard_optout SET active = 0, position = $1 WHERE token = $2", position, token)
            if changed == 0, !isBeside, !mayBeMissing { throw TargetError.missingRow(position: position) }
        case .withdraw(let token, let scope, let position, let mayBeMissing):
            // Of an objection to projects, the project has its row; of any other, one that stands apart from `*`.
            let changed = try connection.execute(
                """
                INSERT INTO regard_optout (pseudonym, token, scope, active, position)
                SELECT pseudonym, token, CAST($1 AS text), 0, CAST($2 AS bigint) FROM regard_optout
                WHERE token = $3 AND scope IN ('*', $1) ORDER BY scope LIMIT 1
                ON CONFLICT (token, scope) DO UPDATE SET active = 0, position = $2
                """, scope, position, token)
            if changed == 0, !isBeside, !mayBeMissing { throw TargetError.missingRow(position: position) }
        }
    }

    private static func requirePosition(_ batch: TargetBatch, on connection: any SQLConnection) throws {
        guard let place = try place(connection) else {
            guard batch.from == 0 else { throw TargetError.empty(expected: batch.from) }
            return
        }
        try place.require(list: batch.list, incarnation: batch.incarnation)
        guard place.position == batch.from else {
            throw TargetError.elsewhere(found: place.position, expected: batch.from)
        }
        if let number = batch.beside, number <= place.beside { throw TargetError.overtaken }
    }

    func close() async { await database.close() }

    /// What a target holds, for its custodian to read: docs/propagation.md explains it. Only the words for “make the
    /// view unless it is there” differ between the engines.
    private static func schema(for engine: SQLEngine) -> String {
        let view =
            switch engine {
            case .sqlite: "CREATE VIEW IF NOT EXISTS"
            case .postgresql: "CREATE OR REPLACE VIEW"
            }
        return """
            CREATE TABLE IF NOT EXISTS regard_optout (
                pseudonym BYTEA NOT NULL,
                token BYTEA NOT NULL,
                scope TEXT NOT NULL,
                active BIGINT NOT NULL CHECK (active IN (0, 1)),
                position BIGINT NOT NULL,
                PRIMARY KEY (token, scope)
            );
            CREATE INDEX IF NOT EXISTS regard_optout_pseudonym ON regard_optout (pseudonym);
            CREATE TABLE IF NOT EXISTS regard_position (
                one BIGINT PRIMARY KEY CHECK (one = 1),
                list TEXT NOT NULL,
                incarnation TEXT NOT NULL,
                position BIGINT NOT NULL,
                beside BIGINT NOT NULL DEFAULT 0
            );
            CREATE TABLE IF NOT EXISTS regard_rejected (
                position BIGINT PRIMARY KEY,
                reason TEXT NOT NULL
            );
            \(view) regard_opted_out AS SELECT DISTINCT pseudonym, scope FROM regard_optout WHERE active = 1;
            """
    }
}

extension SQLError {
    /// Whether the database could be reached and would not take what it was given.
    fileprivate var isRefusal: Bool {
        switch self {
        case .constraint, .statement: true
        case .storageFull, .unavailable, .outcomeUnknown, .contention, .timeout, .decoding, .refused: false
        }
    }
}
