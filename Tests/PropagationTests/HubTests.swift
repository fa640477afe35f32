import Foundation
import Propagation
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing

@Suite struct HubTests {
    @Test(arguments: EngineUnderTest.allCases)
    func theHubServesByItselfUntilItIsCancelled(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            // One that is down stands beside them all the time.
            let down = Target(id: "arretee", connector: "postgres:///regard?host=/nonexistent-folder&user=regard")
            for target in [down, sqlite, postgresql] { try await circuit.link(target) }
            let hub = try circuit.hub()
            let serving = Task { await hub.run(every: .milliseconds(20)) }
            let receipt = try await circuit.file(Person(0))
            try await circuit.sequencer.drain()
            #expect(
                try await circuit.eventually {
                    let listings = try await circuit.listings(receipt)
                    return listings["cohorte"] != .pending && listings["entrepot"] != .pending
                })
            try await circuit.grant(receipt)
            try await circuit.set(.removed, of: down)
            #expect(try await circuit.eventually { try await circuit.view(receipt).state == .closed })

            try await circuit.withdraw(receipt)
            try await circuit.sequencer.drain()
            #expect(try await circuit.eventually { try await circuit.positions(sqlite, postgresql) == [2, 2] })
            #expect(try await sqlite.optedOut() == [])

            serving.cancel()
            let start = ContinuousClock.now
            await serving.value
            // Even on a machine that is busy with other tests; one that were slept through is looked at once a minute.
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aShutdownIsNoFailureOfADatabase(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            for number in 0..<15 {
                _ = try await circuit.file(Person(number))
                try await circuit.sequencer.drain()
                let hub = try circuit.hub()
                let serving = Task { await hub.run(every: .milliseconds(1)) }
                try await Task.sleep(for: .milliseconds(2 * number))
                serving.cancel()
                await serving.value
                for target in [sqlite, postgresql] { #expect(try await circuit.linked(target).failure == nil) }
            }
            #expect(try await circuit.carry() == [])
            for target in [sqlite, postgresql] { #expect(try await target.entries().count == 15) }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseThatComesBackIsServedWithoutAnOperator(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            let folder = URL(fileURLWithPath: String(sqlite.connector.dropFirst("sqlite:".count)))
                .deletingLastPathComponent().path
            let target = Target(id: "absente", connector: "sqlite:\(folder)/disk/target.sqlite")
            try await circuit.link(target)
            let hub = try circuit.hub()
            let serving = Task { await hub.run(every: .milliseconds(20)) }
            _ = try await circuit.file(Person(0))
            try await circuit.sequencer.drain()
            #expect(try await circuit.eventually { try await circuit.linked(target).failingSince != nil })
            try FileManager.default.createDirectory(atPath: "\(folder)/disk", withIntermediateDirectories: false)
            #expect(try await circuit.eventually { try await circuit.linked(target).position == 1 })
            #expect(try await circuit.linked(target).failingSince == nil)
            #expect(try await target.entries().count == 1)
            serving.cancel()
            await serving.value
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func twoHubsAtOnceDoubleNothingAndRaiseNoAlarm(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            let hubs = [try circuit.hub("one"), try circuit.hub("two")]
            let serving = hubs.map { hub in Task { await hub.run(every: .milliseconds(5)) } }
            var receipts: [FilingReceipt] = []
            for number in 0..<30 {
                receipts.append(try await circuit.file(Person(number)))
                if number.isMultiple(of: 3) { try await circuit.withdraw(receipts[number]) }
                try await circuit.sequencer.drain()
                for target in [sqlite, postgresql] {
                    #expect(try await circuit.linked(target).failure == nil)
                }
            }
            #expect(try await circuit.eventually { try await circuit.positions(sqlite, postgresql) == [40, 40] })
            for task in serving { task.cancel() }
            for task in serving { await task.value }
            for target in [sqlite, postgresql] {
                let entries = try await target.entries()
                #expect(entries.count == 30)
                #expect(Set(entries.map(\.token)).count == 30)
                #expect(entries.count(where: \.isActive) == 20)
                let linked = try await circuit.linked(target)
                #expect(linked.failure == nil)
                #expect(linked.handing == nil)
                // Each interval was confirmed once, and together they cover the ledger.
                let batches: [[Int64]] = try await circuit.database.read { connection in
                    try connection.query(
                        """
                        SELECT from_position, to_position FROM delivery_batch WHERE linked_database = $1
                        ORDER BY to_position
                        """, target.id
                    ).map { [try $0["from_position"], try $0["to_position"]] }
                }
                #expect(batches.first?[0] == 0)
                #expect(batches.last?[1] == 40)
                for (before, after) in zip(batches, batches.dropFirst()) { #expect(before[1] == after[0]) }
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func twoHubsThatAreAskedOnceServeEachDatabaseOnce(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            for number in 0..<20 { _ = try await circuit.file(Person(number)) }
            try await circuit.sequencer.drain()
            let (first, second) = (try circuit.hub("one"), try circuit.hub("two"))
            async let one = first.runOnce()
            async let two = second.runOnce()
            #expect(try await one + two == [])
            #expect(try await circuit.carry() == [])
            for target in [sqlite, postgresql] {
                #expect(try await target.entries().count == 20)
                #expect(try await circuit.linked(target).failure == nil)
            }
        }
    }
}
