import CivilTime
import Foundation
import SQLDatabase
import TestSupport
import Testing

@Suite struct SeamTests {
    static let table = Migration(
        "0001-thing",
        "CREATE TABLE thing (id TEXT PRIMARY KEY, number BIGINT, flag BIGINT, body BYTEA, note TEXT)")

    @Test(arguments: EngineUnderTest.allCases)
    func everyTypeComesBackAsItWent(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Self.table]) { database in
            let bytes = (0...255).map { UInt8($0) }
            try await database.write { connection in
                try connection.execute(
                    "INSERT INTO thing (id, number, flag, body, note) VALUES ($1, $2, $3, $4, $5)",
                    "é'“\\", Int64.min, true, bytes, String?.none)
            }
            let row = try #require(try await database.read { try $0.first("SELECT * FROM thing") })
            #expect(try row["id"] == "é'“\\")
            #expect(try row["number"] == Int64.min)
            #expect(try row["flag"] == true)
            #expect(try row["body"] == bytes)
            #expect(try row["note"] == String?.none)
            #expect(throws: SQLError.self) { let _: Int = try row["id"] }
            #expect(throws: SQLError.self) { let _: String = try row["missing"] }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func parametersAreBoundByNumberAndNotByAppearance(engine: EngineUnderTest) async throws {
        try await withDatabase(engine) { database in
            let row = try await database.read {
                try $0.first("SELECT CAST($2 AS TEXT) AS a, CAST($1 AS TEXT) AS b", "one", "two")
            }
            #expect(try row?["a"] == "two")
            #expect(try row?["b"] == "one")
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aNULCharacterIsRefusedRatherThanCutShort(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Self.table]) { database in
            await #expect(throws: SQLError.self) {
                try await database.write { try $0.execute("INSERT INTO thing (id) VALUES ($1)", "a\u{0}b") }
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aWriteThatThrowsLeavesNothingAndItsNeighboursAlone(engine: EngineUnderTest) async throws {
        struct Refusal: Error {}
        try await withDatabase(engine, migrations: [Self.table]) { database in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try connection.execute("INSERT INTO thing (id) VALUES ($1)", "t\(number)")
                                if number % 3 == 0 { throw Refusal() }
                            }
                            return true
                        } catch is Refusal {
                            return false
                        }
                    }
                }
                var kept = 0
                for try await wasKept in group where wasKept { kept += 1 }
                #expect(kept == 66)
            }
            let count: Int = try await database.read { try $0.first("SELECT count(*) AS n FROM thing")?["n"] ?? -1 }
            #expect(count == 66)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aConstraintIsItsOwnErrorAndTheDatabaseGoesOn(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Self.table]) { database in
            try await database.write { _ = try $0.execute("INSERT INTO thing (id) VALUES ($1)", "x") }
            do {
                try await database.write { _ = try $0.execute("INSERT INTO thing (id) VALUES ($1)", "x") }
                Issue.record("the second row was taken")
            } catch SQLError.constraint {}
            try await database.write { _ = try $0.execute("INSERT INTO thing (id) VALUES ($1)", "y") }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aReadCannotWrite(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Self.table]) { database in
            await #expect(throws: SQLError.self) {
                try await database.read { _ = try $0.execute("INSERT INTO thing (id) VALUES ($1)", "x") }
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func concurrentIncrementsLoseNothing(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Self.table]) { database in
            try await database.write { _ = try $0.execute("INSERT INTO thing (id, number) VALUES ('n', 0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await database.write { connection in
                            let number: Int = try connection.first("SELECT number FROM thing")?["number"] ?? 0
                            try connection.execute("UPDATE thing SET number = $1", number + 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let number: Int = try await database.read { try $0.first("SELECT number FROM thing")?["number"] ?? 0 }
            #expect(number == 20)
        }
    }
}

@Suite struct MigrationTests {
    @Test(arguments: EngineUnderTest.allCases)
    func stepsRunOnceInOrder(engine: EngineUnderTest) async throws {
        try await withTemporaryDatabase(engine) { place in
            let database = try await place.open()
            let first = Migration("0001-a", "CREATE TABLE a (id TEXT)")
            let second = Migration("0002-b", "ALTER TABLE a ADD COLUMN b TEXT")
            #expect(try await database.migrate([second, first]) == ["0001-a", "0002-b"])
            #expect(try await database.migrate([first, second]) == [])
            try await database.requireSchema([first, second])
            await database.close()
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aNewerAnAlteredAndAnOlderSchemaAreRefused(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Migration("0001-a", "CREATE TABLE a (id TEXT)")]) { database in
            await #expect(
                throws: SQLError.refused(
                    "The database's schema is newer than this program (it has 0001-a): run the version that made it.")
            ) { try await database.requireSchema([]) }
            await #expect(
                throws: SQLError.refused(
                    "Schema step 0001-a was altered after this database went through it: nothing was changed.")
            ) { _ = try await database.migrate([Migration("0001-a", "CREATE TABLE a (id TEXT, b TEXT)")]) }
            await #expect(
                throws: SQLError.refused(
                    "The database's schema is older than this program (0002-b is missing): run “regard migrate”.")
            ) {
                try await database.requireSchema([
                    Migration("0001-a", "CREATE TABLE a (id TEXT)"), Migration("0002-b", "SELECT 1"),
                ])
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aStepThatFailsLeavesNothingBehind(engine: EngineUnderTest) async throws {
        try await withDatabase(engine) { database in
            let broken = Migration("0001-a", "CREATE TABLE a (id TEXT); INSERT INTO nowhere VALUES (1);")
            await #expect(throws: SQLError.self) { _ = try await database.migrate([broken]) }
            let ran = try await database.migrate([Migration("0001-a", "CREATE TABLE a (id TEXT)")])
            #expect(ran == ["0001-a"])
        }
    }

    @Test func twoRunnersOnPostgreSQLDoEachStepOnce() async throws {
        try await withTemporaryDatabase(.postgresql) { place in
            let steps = (1...5).map { Migration("000\($0)-t", "CREATE TABLE t\($0) (id TEXT)") }
            let (first, second) = (try await place.open(), try await place.open())
            async let one = first.migrate(steps)
            async let two = second.migrate(steps)
            let ran = try await one + two
            #expect(ran.sorted() == steps.map(\.id))
            await first.close()
            await second.close()
        }
    }
}

@Suite struct SequencerTests {
    static let table = Migration(
        "0100-entry", "CREATE TABLE entry (id TEXT PRIMARY KEY, made_at BIGINT, position BIGINT UNIQUE)")
    static let sequenced = SequencedTable(name: "entry", number: "position", order: "made_at, id")

    @Test(arguments: EngineUnderTest.allCases)
    func numbersAreDenseAndNoReaderMissesOne(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: Sequencer.migrations + [Self.table]) { database in
            let sequencers = ["a", "b"].map {
                Sequencer(database: database, tables: [Self.sequenced], holder: $0, now: Instant.systemClock)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<25 {
                            try await database.write {
                                _ = try $0.execute(
                                    "INSERT INTO entry (id, made_at) VALUES ($1, $2)", "\(writer)-\(number)", number)
                            }
                        }
                    }
                }
                for sequencer in sequencers {
                    group.addTask { for _ in 0..<10 { try await sequencer.drain() } }
                }
                group.addTask {
                    // Follows the numbers as a hub does: what it sees must have no gap, ever.
                    var last: Int64 = 0
                    for _ in 0..<30 {
                        let after = last
                        let seen: [Int64] = try await database.read { connection in
                            try connection.query(
                                "SELECT position FROM entry WHERE position > $1 ORDER BY position", after
                            ).map { try $0["position"] }
                        }
                        for position in seen {
                            #expect(position == last + 1)
                            last = position
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Each may have met the other at it, and left it the rest.
            for sequencer in sequencers { try await sequencer.drain() }
            let positions: [Int64] = try await database.read {
                try $0.query("SELECT position FROM entry ORDER BY position").map { try $0["position"] }
            }
            #expect(positions == Array(1...200))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whoHasNumberedEverythingKeepsNobodyWaiting(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: Sequencer.migrations + [Self.table]) { database in
            // Time stands still: no lease runs out.
            let moment = Instant(milliseconds: 1_000_000)
            for holder in ["a command", "a server"] {
                try await database.write {
                    _ = try $0.execute("INSERT INTO entry (id, made_at) VALUES ($1, 1)", holder)
                }
                try await Sequencer(database: database, tables: [Self.sequenced], holder: holder, now: { moment })
                    .drain()
            }
            let waiting = try await database.read { try $0.first("SELECT id FROM entry WHERE position IS NULL") }
            #expect(waiting == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aLeaseGoesToOneHolderAndItsTokenGrowsWithTheNext(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: Sequencer.migrations) { database in
            let start = Instant(milliseconds: 1_000_000)
            @Sendable func take(_ holder: String, after seconds: Int) async throws -> Lease? {
                try await database.write {
                    try Lease.take("job", for: holder, seconds: 5, at: start.adding(seconds: seconds), on: $0)
                }
            }
            let first = try #require(try await take("a", after: 0))
            #expect(try await take("b", after: 4) == nil)
            #expect(try await take("a", after: 4) == first)
            let second = try #require(try await take("b", after: 9))
            #expect(second.token == first.token + 1)
            // What has passed on can't be given up by the one before.
            try await database.write { try first.release(on: $0) }
            #expect(try await take("c", after: 10) == nil)
            try await database.write { try second.release(on: $0) }
            #expect(try await take("c", after: 10) != nil)
        }
    }
}
