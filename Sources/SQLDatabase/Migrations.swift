public import CivilTime
import Crypto

/// One step of the schema, run once in a transaction of its own.
///
/// `id` begins with four digits that give the order across all folders. A step that has been released is never edited:
/// its checksum is kept, and a database whose steps differ from the program's is not opened.
public struct Migration: Sendable {
    public let id: String
    let sql: String
    let sqlite: String?
    let postgresql: String?

    /// `sql` runs on both engines, then the part of the engine at hand: only full-text search may need one.
    public init(_ id: String, _ sql: String, sqlite: String? = nil, postgresql: String? = nil) {
        self.id = id
        self.sql = sql
        self.sqlite = sqlite
        self.postgresql = postgresql
    }

    func script(for engine: SQLEngine) -> String {
        switch engine {
        case .sqlite: sql + (sqlite.map { "\n\($0)" } ?? "")
        case .postgresql: sql + (postgresql.map { "\n\($0)" } ?? "")
        }
    }

    func checksum(for engine: SQLEngine) -> String {
        SHA256.hash(data: Array(script(for: engine).utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension SQLDatabase {
    private static let bookkeeping = """
        -- Which steps this database has been through. The row of a step is written before the step itself, in its
        -- transaction: a second runner waits on the primary key, and then finds the step done.
        CREATE TABLE IF NOT EXISTS schema_migration (
            id TEXT PRIMARY KEY,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """

    /// Brings the schema up to `migrations`; returns the ids of the steps that ran now.
    ///
    /// Throws `SQLError.refused` where the database has been through steps that this program does not know or knows
    /// otherwise.
    public func migrate(_ migrations: [Migration], now: TimeSource = Instant.systemClock) async throws -> [String] {
        let ordered = migrations.sorted { $0.id < $1.id }
        try await createBookkeeping()
        try await requireKnownSchema(ordered)
        var ran: [String] = []
        for migration in ordered {
            let appliedAt = now()
            let isNew = try await write { connection in
                let inserted = try connection.execute(
                    "INSERT INTO schema_migration (id, checksum, applied_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    migration.id, migration.checksum(for: connection.engine), appliedAt)
                guard inserted == 1 else { return false }
                try connection.script(migration.script(for: connection.engine))
                return true
            }
            if isNew { ran.append(migration.id) }
        }
        return ran
    }

    /// Throws `SQLError.refused` unless the schema is exactly that of `migrations`; a server calls it before serving.
    public func requireSchema(_ migrations: [Migration]) async throws {
        let known = try await requireKnownSchema(migrations)
        let missing = migrations.map(\.id).filter { !known.contains($0) }.sorted()
        guard missing.isEmpty else {
            throw SQLError.refused(
                "The database's schema is older than this program (\(missing[0]) is missing): run “regard migrate”.")
        }
    }

    /// Two runners that create the table at once can collide inside PostgreSQL's catalogue; the loser tries again.
    private func createBookkeeping() async throws {
        do {
            try await write { try $0.script(Self.bookkeeping) }
        } catch SQLError.constraint {
            try await write { try $0.script(Self.bookkeeping) }
        }
    }

    @discardableResult
    private func requireKnownSchema(_ migrations: [Migration]) async throws -> Set<String> {
        let engine = engine
        let expected = Dictionary(uniqueKeysWithValues: migrations.map { ($0.id, $0.checksum(for: engine)) })
        let applied: [(String, String)]
        do {
            applied = try await read { connection in
                try connection.query("SELECT id, checksum FROM schema_migration ORDER BY id").map {
                    (try $0["id"], try $0["checksum"])
                }
            }
        } catch SQLError.statement {
            return []  // no bookkeeping yet: a new database
        }
        for (id, checksum) in applied {
            guard let expectedChecksum = expected[id] else {
                throw SQLError.refused(
                    "The database's schema is newer than this program (it has \(id)): run the version that made it.")
            }
            guard checksum == expectedChecksum else {
                throw SQLError.refused(
                    "Schema step \(id) was altered after this database went through it: nothing was changed.")
            }
        }
        return Set(applied.map(\.0))
    }
}
