import Foundation
import Logging
import SQLDatabase
import TestSupport
import Testing

@Suite struct DurabilityTests {
    static let table = Migration("0001-thing", "CREATE TABLE thing (id TEXT PRIMARY KEY, note TEXT)")

    @Test func oneProcessHoldsAnEmbeddedDatabase() async throws {
        try await withTemporaryDatabase(.sqlite) { place in
            let path = place.folder + "/regard.sqlite"
            #expect(!SQLDatabase.isHeldByAnotherProcess(path: path))
            let first = try await place.open()
            #expect(SQLDatabase.isHeldByAnotherProcess(path: path))
            await #expect(throws: SQLError.self) { _ = try await place.open() }
            await first.close()
            #expect(!SQLDatabase.isHeldByAnotherProcess(path: path))
            await (try await place.open()).close()
        }
    }

    @Test func nobodyElseMayReadTheFilesOfAnEmbeddedDatabase() async throws {
        try await withTemporaryDatabase(.sqlite) { place in
            let database = try await place.open()
            _ = try await database.migrate([Self.table])
            for suffix in ["", "-wal"] {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(place.folder)/regard.sqlite\(suffix)")
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            await database.close()
        }
    }

    @Test func aFullDiskFailsEachWriteByItselfAndLosesNothingThatWasAnswered() async throws {
        try await withDatabase(.sqlite, migrations: [Self.table]) { database in
            // SQLite's own bound on the file is what a full disk is to it: SQLITE_FULL.
            try await database.write { connection in
                let pages: Int = try connection.first("PRAGMA page_count")?["page_count"] ?? 0
                try connection.script("PRAGMA max_page_count = \(pages + 8)")
            }
            let answered = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        do {
                            try await database.write {
                                _ = try $0.execute(
                                    "INSERT INTO thing (id, note) VALUES ($1, $2)", "t\(number)",
                                    String(repeating: "x", count: 2000))
                            }
                            return "t\(number)"
                        } catch SQLError.storageFull {
                            return nil
                        }
                    }
                }
                var answered: Set<String> = []
                for try await id in group { if let id { answered.insert(id) } }
                return answered
            }
            #expect(!answered.isEmpty && answered.count < 60)
            let kept: [String] = try await database.read {
                try $0.query("SELECT id FROM thing").map { try $0["id"] }
            }
            #expect(Set(kept) == answered)
            try await database.write { try $0.script("PRAGMA max_page_count = 1000000") }
            try await database.write { _ = try $0.execute("INSERT INTO thing (id) VALUES ($1)", "after") }
        }
    }

    @Test func connectionsThatTheServerEndedAreReplaced() async throws {
        try await withTemporaryDatabase(.postgresql) { place in
            let (database, killer) = (try await place.open(), try await place.open())
            _ = try await database.migrate([Self.table])
            let pid: Int = try await database.read { try $0.first("SELECT pg_backend_pid() AS pid")?["pid"] ?? 0 }
            try await killer.write { _ = try $0.query("SELECT pg_terminate_backend($1)", pid) }
            try await database.write { _ = try $0.execute("INSERT INTO thing (id) VALUES ($1)", "x") }
            let count: Int = try await database.read { try $0.first("SELECT count(*) AS n FROM thing")?["n"] ?? 0 }
            #expect(count == 1)
            await database.close()
            await killer.close()
        }
    }

    @Test func aSwallowedErrorOnPostgreSQLIsNoSuccess() async throws {
        try await withDatabase(.postgresql, migrations: [Self.table]) { database in
            await #expect(throws: SQLError.self) {
                try await database.write { connection in
                    _ = try connection.execute("INSERT INTO thing (id) VALUES ($1)", "x")
                    _ = try? connection.execute("INSERT INTO thing (id) VALUES ($1)", "x")
                }
            }
            let count: Int = try await database.read { try $0.first("SELECT count(*) AS n FROM thing")?["n"] ?? -1 }
            #expect(count == 0)
        }
    }

    @Test func aStatementThatRunsTooLongIsStopped() async throws {
        try await withTemporaryDatabase(.postgresql) { place in
            let location = DatabaseLocation.postgresql(
                url: place.url, settings: PostgreSQLSettings(connections: 1, statementTimeout: 100))
            let database = try await SQLDatabase.open(location, logger: Logger(label: "test"))
            do {
                try await database.read { _ = try $0.query("SELECT CAST(pg_sleep(5) AS TEXT)") }
                Issue.record("it was let run")
            } catch SQLError.timeout {}
            await database.close()
        }
    }

    @Test(arguments: [
        "postgres://user:secret@/db", "postgres://localhost/x?password=y",
    ])
    func aPasswordInAURLIsRefused(url: String) async throws {
        do {
            _ = try await SQLDatabase.open(.postgresql(url: url), logger: Logger(label: "test"))
            Issue.record("it was taken")
        } catch SQLError.refused(let reason) {
            #expect(reason.contains("passfile"))
            #expect(!reason.contains("secret"))
        }
    }
}
