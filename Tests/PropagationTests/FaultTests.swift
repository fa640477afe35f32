import Dispatch
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing
import Vault

@testable import Propagation

/// What goes wrong between the hub and a target: nothing may be lost, doubled, or passed over in silence.
@Suite struct FaultTests {
    private static let nowhere = "postgres:///regard?host=/nonexistent-folder&user=regard"

    @Test(arguments: EngineUnderTest.allCases)
    func aBatchThatIsSentTwiceChangesNothing(engine: EngineUnderTest) async throws {
        try await withTemporaryDatabase(engine, use: .target) { place in
            let custodian = Target(id: "cohorte", connector: place.url)
            let target = try await SQLTarget.open(ConnectorAddress(place.url), logger: Logger(label: "test"))
            func batch(_ from: Int64, _ to: Int64, _ changes: [TargetBatch.Change]) -> TargetBatch {
                TargetBatch(list: "own", incarnation: "first", from: from, to: to, changes: changes)
            }
            let (pseudonym, token) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
            let first = batch(
                0, 3, [.register(pseudonym: pseudonym, token: token, scope: "*", isAgain: false, position: 2)])
            let second = batch(3, 5, [.withdraw(token: token, scope: "*", position: 4)])
            #expect(try await target.apply(first) == [])
            await #expect(throws: TargetError.elsewhere(found: 3, expected: 0)) { try await target.apply(first) }
            #expect(try await target.apply(second) == [])
            let entries = try await custodian.entries()
            #expect(entries == [Target.Entry(pseudonym: pseudonym, token: token, isActive: false, position: 4)])
            for late in [first, second] {
                await #expect(throws: TargetError.elsewhere(found: 5, expected: late.from)) {
                    try await target.apply(late)
                }
            }
            await #expect(throws: TargetError.otherIncarnation(found: "first", expected: "second")) {
                try await target.apply(
                    TargetBatch(list: "own", incarnation: "second", from: 5, to: 6, changes: []))
            }
            await #expect(throws: TargetError.otherList) {
                try await target.apply(
                    TargetBatch(list: "another's", incarnation: "first", from: 5, to: 6, changes: []))
            }
            await #expect(throws: TargetError.missingRow(position: 6)) {
                try await target.apply(
                    batch(5, 6, [.withdraw(token: [UInt8](repeating: 9, count: 32), scope: "*", position: 6)]))
            }
            #expect(try await custodian.entries() == entries)
            #expect(try await custodian.position() == 5)
            await target.close()
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func manyRowsAtOnceComeToWhatTheyWouldOneByOne(engine: EngineUnderTest) async throws {
        try await withTemporaryDatabase(engine, use: .target) { place in
            let custodian = Target(id: "cohorte", connector: place.url)
            let target = try await SQLTarget.open(ConnectorAddress(place.url), logger: Logger(label: "test"))
            func register(
                _ number: UInt8, _ scope: String = "*", isAgain: Bool = false, at position: Int64
            ) -> TargetBatch.Change {
                .register(
                    pseudonym: [UInt8](repeating: number, count: 32), token: [UInt8](repeating: number, count: 32),
                    scope: scope, isAgain: isAgain, position: position)
            }
            func withdraw(_ number: UInt8, _ scope: String = "*", at position: Int64) -> TargetBatch.Change {
                .withdraw(token: [UInt8](repeating: number, count: 32), scope: scope, position: position)
            }
            // Most tokens once; one ends, one ends for a project and comes back, one is of two projects.
            var changes = (1...100).map { register($0, at: Int64($0)) }
            changes += [withdraw(7, at: 101), withdraw(8, "P-1", at: 102), register(8, isAgain: true, at: 103)]
            changes += [register(120, "P-1", at: 104), register(120, "P-2", at: 104), withdraw(120, "P-1", at: 105)]
            let batch = TargetBatch(list: "own", incarnation: "first", from: 0, to: 105, changes: changes)
            #expect(SQLArrangement(batch.changes).together.count == 98)
            #expect(try await target.apply(batch) == [])
            let rows = try await custodian.entries().map { "\($0.token[0]) \($0.scope) \($0.isActive) \($0.position)" }
            let plain = (1...100).filter { $0 != 7 && $0 != 8 }.map { "\($0) * true \($0)" }
            #expect(
                Set(rows)
                    == Set(
                        plain + [
                            "7 * false 101", "8 * true 103", "8 P-1 true 103", "120 P-1 false 105", "120 P-2 true 104",
                        ]))
            // Once more in a batch of its own: rows that are there already are set anew.
            let again = TargetBatch(
                list: "own", incarnation: "first", from: 105, to: 300,
                changes: (1...100).map { register($0, at: 200 + Int64($0)) })
            #expect(try await target.apply(again) == [])
            #expect(try await custodian.entries().filter { $0.position > 200 }.count == 100)
            await target.close()
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aTargetThatIsEmptiedWhileNothingWaitsIsFoundOut(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            let receipt = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            try await sqlite.tamper("DELETE FROM regard_position; DELETE FROM regard_optout")
            #expect(try await circuit.carry() == [sqlite.id])
            try await circuit.grant(receipt)
            try await circuit.carry()
            #expect(try await circuit.view(receipt).state == .underReview)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aKeyThatWasReplacedStopsTheDatabase(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            let receipt = try await circuit.file(Person(0))
            try await circuit.carry()
            try FileManager.default.removeItem(atPath: "\(circuit.store.folder)/database-\(sqlite.id).key")
            try circuit.store.createSymmetricKey(.database(sqlite.id))
            try await circuit.withdraw(receipt)
            #expect(try await circuit.carry() == [sqlite.id])
            #expect(try await circuit.linked(sqlite).failure?.contains("another key") == true)
            #expect(try await sqlite.entries().map(\.isActive) == [true])
            #expect(try await circuit.view(receipt).propagation.allSatisfy { !$0.isComplete })
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func twoLinkedDatabasesNeverShareATarget(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            let now = circuit.moment()
            let isAdded = try await circuit.database.write {
                try LinkedDatabaseStore.add(
                    id: "twin", name: nil, connector: sqlite.connector, datasets: [], at: now, on: $0)
            }
            #expect(!isAdded)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func withoutALinkedDatabaseNothingIsCalledDone(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, _, _ in
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            try await circuit.carry()
            #expect(try await circuit.view(receipt).state == .underReview)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aConfirmationThatWasLostIsMadeUpFor(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            let receipt = try await circuit.file(Person(0))
            try await circuit.carry()
            _ = try await circuit.file(Person(1))
            try await circuit.carry()
            let before = [try await sqlite.entries(), try await postgresql.entries()]

            // As a kill between the target's commit and ours leaves it.
            try await circuit.database.write {
                try $0.script(
                    """
                    UPDATE linked_database SET position = 1, handing = 2;
                    DELETE FROM delivery_batch WHERE to_position = 2
                    """)
            }
            _ = try await circuit.file(Person(2))
            circuit.advance(60)
            #expect(try await circuit.carry() == [])
            for (target, entries) in zip([sqlite, postgresql], before) {
                #expect(try await target.entries().prefix(2) == entries[...])
                #expect(try await target.entries().count == 3)
                let linked = try await circuit.linked(target)
                #expect(linked.position == 3)
                #expect(linked.handing == nil)
                #expect(linked.failingSince == nil)
            }
            try await circuit.grant(receipt)
            try await circuit.carry()
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }

    /// A target that is not where it was left, how it came there, and what is said of it.
    struct Displacement: Sendable, CustomTestStringConvertible {
        let sql: String
        let said: String
        var testDescription: String { said }

        static let all = [
            Displacement(sql: "UPDATE regard_position SET position = 99", said: "at position 99 and not at 1"),
            Displacement(sql: "UPDATE regard_position SET position = 0", said: "at position 0 and not at 1"),
            Displacement(
                sql: "UPDATE regard_position SET incarnation = 'second'", said: "another ledger (second, not first)"),
            Displacement(
                sql: "DELETE FROM regard_position; DELETE FROM regard_optout",
                said: "though it had confirmed position 1"
            ),
            Displacement(
                sql: "DROP VIEW regard_opted_out; DROP TABLE regard_position; DROP TABLE regard_optout",
                said: "though it had confirmed position 1"),
        ]
    }

    @Test(arguments: EngineUnderTest.allCases, Displacement.all)
    func aTargetThatIsNotWhereItWasLeftStopsAndSaysSo(engine: EngineUnderTest, displacement: Displacement) async throws
    {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            // Each engine's target is the displaced one once; the other goes on.
            let (displaced, sound) = engine == .sqlite ? (postgresql, sqlite) : (sqlite, postgresql)
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            let first = try await circuit.file(Person(0))
            try await circuit.carry()

            try await displaced.tamper(displacement.sql)
            let receipt = try await circuit.file(Person(1))
            try await circuit.grant(receipt)
            circuit.advance(60)
            let failedAt = circuit.moment()
            #expect(try await circuit.carry() == [displaced.id])
            circuit.advance(60)
            #expect(try await circuit.carry() == [displaced.id])

            let linked = try await circuit.linked(displaced)
            #expect(linked.position == 1)
            #expect(linked.failingSince == failedAt)
            let failure = try #require(linked.failure)
            #expect(failure.contains(displacement.said))
            #expect(failure.contains("must be resynchronised"))
            #expect(try await displaced.entries().allSatisfy { $0.position < 2 })
            #expect(try await circuit.linked(sound).position == 2)
            let view = try await circuit.view(receipt)
            #expect(view.state == .underReview)
            let status = try #require(view.propagation.first { $0.database == displaced.id })
            #expect(status.listing == .exception(reason: "stopped"))
            // What it had confirmed before is no longer claimed either, and nothing closes on it.
            try await circuit.grant(first)
            try await circuit.carry()
            #expect(try await circuit.view(first).state == .underReview)
            #expect(try await circuit.listings(first)[displaced.id] == .exception(reason: "stopped"))
            #expect(status.failingSince == failedAt)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aLedgerOfAnotherIncarnationReachesNoTarget(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            try await circuit.carry()
            try await circuit.database.write {
                try $0.execute("INSERT INTO ledger (incarnation, since) VALUES ('restored', $1)", Int64.max)
            }
            let later = try await circuit.file(Person(1))
            try await circuit.grant(later)
            #expect(try await circuit.carry() == [sqlite.id])
            #expect(try await sqlite.entries().count == 1)
            #expect(try await circuit.linked(sqlite).failure?.contains("resynchronised") == true)
            #expect(try await circuit.view(later).state == .underReview)
            // What the other incarnation confirmed counts no more.
            #expect(try await circuit.view(receipt).propagation.allSatisfy { !$0.isComplete })
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseThatIsDownDelaysNoOtherAndIsCaughtUp(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let folder = URL(fileURLWithPath: String(sqlite.connector.dropFirst("sqlite:".count)))
                .deletingLastPathComponent().path
            let unmounted = Target(id: "absente", connector: "sqlite:\(folder)/disk/target.sqlite")
            let stopped = Target(id: "arretee", connector: Self.nowhere)
            for target in [unmounted, stopped, sqlite, postgresql] { try await circuit.link(target) }
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == ["absente", "arretee"])
            #expect(try await sqlite.entries().count == 1)
            #expect(try await postgresql.entries().count == 1)
            for target in [unmounted, stopped] {
                let linked = try await circuit.linked(target)
                #expect(linked.position == 0)
                #expect(linked.failingSince == circuit.moment())
                #expect(linked.failure?.contains("unavailable") == true)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/disk"))
            #expect(try await circuit.view(receipt).state == .underReview)

            _ = try await circuit.file(Person(1))
            try FileManager.default.createDirectory(atPath: "\(folder)/disk", withIntermediateDirectories: false)
            #expect(try await circuit.carry() == ["arretee"])
            #expect(try await unmounted.entries().count == 2)
            #expect(try await circuit.linked(unmounted).failingSince == nil)
            #expect(try await circuit.linked(unmounted).failure == nil)
            #expect(try await circuit.view(receipt).state == .underReview)

            try await circuit.set(.removed, of: stopped)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aHubThatFailsLetsAnotherTryAtOnce(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            let folder = URL(fileURLWithPath: String(sqlite.connector.dropFirst("sqlite:".count)))
                .deletingLastPathComponent().path
            let target = Target(id: "absente", connector: "sqlite:\(folder)/disk/target.sqlite")
            try await circuit.link(target)
            _ = try await circuit.file(Person(0))
            #expect(try await circuit.carry(try circuit.hub("one")) == ["absente"])
            try FileManager.default.createDirectory(atPath: "\(folder)/disk", withIntermediateDirectories: false)
            // Not a second has passed: a lease that was kept would shut the other one out.
            #expect(try await circuit.carry(try circuit.hub("two")) == [])
            #expect(try await circuit.linked(target).position == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseWithoutAKeyOrAConnectorSaysSo(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            let odd = Target(id: "etrange", connector: "ftp://exemple.example/liste")
            let keyless = Target(id: "sanscle", connector: sqlite.connector)
            for target in [odd, keyless] { try await circuit.link(target) }
            try FileManager.default.removeItem(atPath: "\(circuit.store.folder)/database-sanscle.key")
            _ = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == ["etrange", "sanscle"])
            #expect(try await circuit.linked(odd).failure?.contains("ftp") == true)
            #expect(try await circuit.linked(keyless).failure?.contains("database-sanscle.key is missing") == true)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aCustodiansLongReadDoesNotStopTheHub(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, _, postgresql in
            try await circuit.link(postgresql)
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            // A custodian reads for as long as they like: our own limits are not theirs.
            let custodian = try await SQLDatabase.open(
                .postgresql(
                    url: postgresql.connector, settings: PostgreSQLSettings(idleInTransactionTimeout: 600_000)),
                logger: Logger(label: "test"))
            let (started, hasStarted) = AsyncStream.makeStream(of: Void.self)
            let mayEnd = DispatchSemaphore(value: 0)
            async let reading: Void = custodian.read { connection in
                _ = try connection.query("SELECT * FROM regard_opted_out")
                hasStarted.finish()
                mayEnd.wait()
            }
            for await _ in started {}
            _ = try await circuit.file(Person(1))
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(postgresql).position == 2)
            mayEnd.signal()
            try await reading
            await custodian.close()
            #expect(try await postgresql.entries().count == 2)
        }
    }
}
