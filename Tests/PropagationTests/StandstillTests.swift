import CivilTime
import Dispatch
import Logging
import Outbound
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Propagation
@testable import RightsRegistry

/// A process that stands still past its lease, a database that is paused, one that is slow, one that is down for long.
@Suite struct StandstillTests {
    /// A target whose calls wait, before or after they have had their effect, until somebody lets them on.
    private struct StallingTarget: PushConnector {
        let target: SQLTarget
        let stallsAfter: Bool
        let gate: Latch

        func place() async throws -> TargetPlace? { try await target.place() }

        func apply(_ batch: TargetBatch) async throws -> [Rejection] {
            if !stallsAfter { await gate.pass() }
            let rejections = try await target.apply(batch)
            if stallsAfter { await gate.pass() }
            return rejections
        }

        func close() async { await target.close() }

        func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? { [] }
    }

    /// Stops the first who passes until it is opened, and tells that somebody waits.
    private final class Latch: Sendable {
        private let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        private let (openings, opened) = AsyncStream.makeStream(of: Void.self)

        func pass() async {
            arrived.finish()
            for await _ in openings {}
        }

        func someoneWaits() async { for await _ in arrivals {} }
        func open() { opened.finish() }
    }

    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func worker(
        _ circuit: Circuit, _ target: Target, _ holder: String, pace: DatabaseWorker.Pace = .learnt,
        opening: ConnectorOpening? = nil
    ) throws -> DatabaseWorker {
        DatabaseWorker(
            id: target.id, database: circuit.database, keys: circuit.store,
            reader: LedgerReader(privateKey: try circuit.store.privateKey(.ledger)), holder: holder,
            receivers: .nowhere, now: circuit.moment, logger: Self.quiet, opening: opening, pace: pace)
    }

    private func stalling(_ target: Target, after: Bool, _ gate: Latch) -> ConnectorOpening {
        { address in
            .push(
                StallingTarget(
                    target: try await SQLTarget.open(address, logger: Self.quiet), stallsAfter: after, gate: gate))
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [false, true])
    func whoStoodStillPastItsLeaseMovesNothing(engine: EngineUnderTest, afterApplying: Bool) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            try await circuit.sequencer.drain()
            let gate = Latch()
            let frozen = try worker(
                circuit, sqlite, "frozen", opening: stalling(sqlite, after: afterApplying, gate))
            async let thawed: Void = frozen.serve()
            await gate.someoneWaits()

            // While its lease runs nobody else begins.
            let other = try worker(circuit, sqlite, "other")
            try await other.serve()
            #expect(try await circuit.linked(sqlite).position == 0)
            circuit.advance(31)
            try await other.serve()
            #expect(try await circuit.linked(sqlite).position == 1)
            circuit.advance(1)
            let later = circuit.moment()
            _ = try await circuit.file(Person(1))
            try await circuit.sequencer.drain()
            try await other.serve()

            gate.open()
            try await thawed
            let linked = try await circuit.linked(sqlite)
            #expect(linked.position == 2)
            #expect(linked.confirmedAt == later)
            #expect(linked.failure == nil)
            #expect(try await sqlite.entries().map(\.position) == [1, 2])
            let batches = try await circuit.database.read {
                try $0.query("SELECT to_position FROM delivery_batch ORDER BY to_position").map {
                    try $0["to_position"] as Int64
                }
            }
            #expect(batches == [1, 2])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aLeaseThatAnotherHasHadIsNotProlonged(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Lease.migration]) { database in
            let now = Instant("2026-03-05T09:00:00Z")!
            let first = try await database.write { try Lease.take("job", for: "a", seconds: 30, at: now, on: $0) }
            let lease = try #require(first)
            // Nobody has taken it: late is not too late.
            #expect(
                try await database.write { try lease.prolong(seconds: 30, at: now.adding(seconds: 40), on: $0) })
            let later = now.adding(seconds: 100)
            let second = try await database.write { try Lease.take("job", for: "b", seconds: 30, at: later, on: $0) }
            try await database.write { try #require(second).release(on: $0) }
            #expect(try await !database.write { try lease.prolong(seconds: 30, at: later, on: $0) })
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aClockThatWasWrongForAMomentHoldsNobodyUp(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Lease.migration]) { database in
            let now = Instant("2026-03-05T09:00:00Z")!
            func take(_ holder: String, _ seconds: Int) async throws -> Bool {
                try await database.write {
                    try Lease.take("job", for: holder, seconds: 30, at: now.adding(seconds: seconds), on: $0) != nil
                }
            }
            // Ahead by as much as clocks may differ, then by an hour.
            var taken: [Bool] = []
            for (holder, seconds) in [("a", 60), ("b", 0), ("a", 3600), ("b", 0), ("c", 0)] {
                taken.append(try await take(holder, seconds))
            }
            #expect(taken == [true, false, true, true, false])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseThatIsPausedGetsNoFurtherBatch(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            for number in 0..<3 { _ = try await circuit.file(Person(number)) }
            try await circuit.sequencer.drain()
            let gate = Latch()
            let serving = try worker(
                circuit, sqlite, "hub", pace: .fixed(1), opening: stalling(sqlite, after: false, gate))
            async let served: Void = serving.serve()
            await gate.someoneWaits()
            try await circuit.set(.paused, of: sqlite)
            gate.open()
            try await served
            #expect(try await circuit.linked(sqlite).position == 1)
            #expect(try await sqlite.position() == 1)
            try await circuit.set(.active, of: sqlite)
            try await circuit.carry()
            #expect(try await circuit.linked(sqlite).position == 3)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseThatIsSlowDelaysNoOther(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            for target in [sqlite, postgresql] { try await circuit.link(target) }
            try await circuit.carry()
            // Its custodian holds it, so that whoever would write waits for seconds.
            let custodian = try await SQLDatabase.open(
                .sqlite(path: String(sqlite.connector.dropFirst("sqlite:".count)), use: .target), logger: Self.quiet)
            let (started, hasStarted) = AsyncStream.makeStream(of: Void.self)
            let mayEnd = DispatchSemaphore(value: 0)
            async let holding: Void = custodian.write { connection in
                try connection.execute("UPDATE regard_position SET position = position")
                hasStarted.finish()
                mayEnd.wait()
            }
            for await _ in started {}
            _ = try await circuit.file(Person(0))
            try await circuit.sequencer.drain()
            let hub = try circuit.hub()
            let running = Task { await hub.run(every: .milliseconds(20)) }
            #expect(try await circuit.eventually { try await circuit.linked(postgresql).position == 1 })
            #expect(try await circuit.linked(sqlite).position == 0)
            mayEnd.signal()
            try await holding
            #expect(try await circuit.eventually { try await circuit.linked(sqlite).position == 1 })
            running.cancel()
            await running.value
            await custodian.close()
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseThatFailsForLongIsTriedSeldomAndSaysSo(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, _, _ in
            let down = Target(id: "arretee", connector: "postgres:///regard?host=/nonexistent-folder&user=regard")
            try await circuit.link(down)
            _ = try await circuit.file(Person(0))
            for tries in 1...LinkedDatabase.seldomAfter {
                #expect(try await !circuit.linked(down).isTriedSeldom)
                #expect(try await circuit.carry() == [down.id])
                #expect(try await circuit.linked(down).tries == tries)
            }
            #expect(try await circuit.linked(down).isTriedSeldom)
            // A process that begins later knows: it tries once, and then after a long pause.
            let hub = try circuit.hub()
            let running = Task { await hub.run(every: .milliseconds(20)) }
            #expect(try await circuit.eventually { try await circuit.linked(down).nextTryAt != nil })
            running.cancel()
            await running.value
            let linked = try await circuit.linked(down)
            #expect(linked.tries == LinkedDatabase.seldomAfter + 1)
            #expect((15...30).contains(try #require(linked.nextTryAt).seconds(since: circuit.moment())))
            // Whoever resumes it wants it tried now.
            try await circuit.set(.active, of: down)
            #expect(try await circuit.linked(down).tries == 0)
            #expect(try await circuit.linked(down).nextTryAt == nil)
        }
    }

    @Test func pausesGrowToFiveMinutesAndNoFurther() {
        let pauses = (1...20).map(RetryPause.seconds(after:))
        #expect(pauses.prefix(10) == [1, 2, 4, 8, 15, 15, 30, 60, 120, 240])
        #expect(pauses.suffix(10).allSatisfy { $0 == 300 })
    }

    // MARK: What standing still must not undo

    private func refuse(_ person: Person, in target: Target, _ circuit: Circuit) async throws {
        try await WrittenDatabase(target: target).refuse(try circuit.pseudonym(of: person, in: target))
    }

    private func open(_ circuit: Circuit, _ target: Target) async throws -> [DeliveryException] {
        try await circuit.database.read { try DeliveryExceptionStore.open(in: target.id, on: $0) }
    }

    private func retry(_ circuit: Circuit, _ target: Target) async throws {
        let now = circuit.moment()
        let found = try await open(circuit, target)
        try await circuit.database.write { connection in
            for exception in found {
                _ = try DeliveryExceptionStore.retry(exception.objection, in: target.id, at: now, on: connection)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [0, 1])
    func aRefusalWhoseAnswerIsLostIsNotPassedOver(engine: EngineUnderTest, which: Int) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let target = [sqlite, postgresql][which]
            try await circuit.link(target)
            try await circuit.carry()
            _ = try await circuit.file(Person(1))
            try await circuit.carry()
            try await refuse(Person(0), in: target, circuit)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            // The target has applied the batch but for that entry, and the answer is lost.
            let gate = Latch()
            let lost = try worker(circuit, target, "frozen", opening: stalling(target, after: true, gate))
            try await circuit.sequencer.drain()
            let serving = Task { try? await lost.serve() }
            await gate.someoneWaits()
            circuit.advance(31)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(target).position == 2)
            #expect(try await open(circuit, target).map(\.position) == [2])
            #expect(try await circuit.view(receipt).state == .underReview)
            // Once it has been taken, a word that comes late opens nothing.
            try await WrittenDatabase(target: target).refuse(nil)
            try await retry(circuit, target)
            #expect(try await circuit.carry() == [])
            gate.open()
            await serving.value
            #expect(try await open(circuit, target) == [])
            #expect(try await circuit.view(receipt).propagation.allSatisfy(\.isComplete))
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [0, 1])
    func anObjectionThatEndsInTheBatchThatCouldNotTakeItStopsNothing(
        engine: EngineUnderTest, which: Int
    ) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let target = [sqlite, postgresql][which]
            try await circuit.link(target)
            _ = try await circuit.file(Person(1))
            try await circuit.carry()
            try await refuse(Person(0), in: target, circuit)
            let receipt = try await circuit.file(Person(0))
            try await circuit.withdraw(receipt)
            _ = try await circuit.file(Person(2))
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(target).position == 4)
            #expect(try await target.optedOut().count == 2)
            #expect(try await open(circuit, target).count == 1)
            // What has ended needs no row: it is told the end, refused or not.
            try await retry(circuit, target)
            #expect(try await circuit.carry() == [])
            #expect(try await open(circuit, target) == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsSentAgainIsWhatWasSaidSoFar(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite, datasets: ["D"])
            try await circuit.publish("P-1", datasets: ["D"])
            _ = try await circuit.file(Person(1))
            try await circuit.carry()
            try await refuse(Person(0), in: sqlite, circuit)
            let receipt = try await circuit.file(Person(0))
            try await circuit.withdraw(receipt, ["kind": "projects", "ids": ["P-1"]])
            #expect(try await circuit.carry() == [])
            // The rest ends before the database is sent what it could not take.
            try await WrittenDatabase(target: sqlite).refuse(nil)
            try await retry(circuit, sqlite)
            try await circuit.withdraw(receipt)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(sqlite).failure == nil)
            #expect(try await circuit.linked(sqlite).position == 4)
            #expect(try await sqlite.optedOut() == [try circuit.pseudonym(of: Person(1), in: sqlite)])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aBatchThatArrivesLateIsNoReasonToStop(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            try await circuit.sequencer.drain()
            // The first try arrives just before the second.
            struct Twice: PushConnector {
                let target: SQLTarget
                func place() async throws -> TargetPlace? { try await target.place() }
                func apply(_ batch: TargetBatch) async throws -> [Rejection] {
                    _ = try await target.apply(batch)
                    return try await target.apply(batch)
                }
                func close() async { await target.close() }
                func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? { [] }
            }
            try await worker(circuit, sqlite, "hub") { address in
                .push(Twice(target: try await SQLTarget.open(address, logger: Self.quiet)))
            }.serve()
            let linked = try await circuit.linked(sqlite)
            #expect(linked.position == 1)
            #expect(linked.failure == nil)
            #expect(linked.stoppedAt == nil)
        }
    }
}
