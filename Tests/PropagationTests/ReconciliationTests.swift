import CivilTime
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing
import Vault

@testable import Propagation

extension ListReport {
    /// Missing, stale, surplus.
    var counts: [Int] { [missing, stale, surplus] }
}

extension Circuit {
    func repair(_ target: Target) async throws -> ListRepair {
        try await ListRepair(
            of: target.id, in: database, keys: store, holder: "test", now: moment,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    func reconcile(_ target: Target, repairs: Bool = false) async throws -> ListReport {
        let run = ReconciliationRun(of: target.id, by: "command", role: "command", repairs: repairs, at: moment())
        try await database.write { try ReconciliationStore.ask(run, isBegun: true, on: $0) }
        return try await repair(target).reconcile(run)
    }

    func jobs(hour: Int?) -> ReconciliationJobs {
        ReconciliationJobs(
            database: database, keys: store, holder: "test", zone: policy.zone, hour: hour, now: moment,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}

/// What a list says is held against the ledger, and brought to it.
@Suite("Reconciling")
struct ReconciliationTests {
    /// What somebody did to a list, and how it is counted: missing, stale, surplus.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let counts: [Int]

        static let all = [
            Tampering(testDescription: "nothing", sql: "UPDATE regard_optout SET active = active", counts: [0, 0, 0]),
            Tampering(
                testDescription: "a row removed", sql: "DELETE FROM regard_optout WHERE position = 3",
                counts: [1, 0, 0]),
            Tampering(
                testDescription: "a row ended", sql: "UPDATE regard_optout SET active = 0 WHERE position = 3",
                counts: [0, 1, 0]),
            Tampering(
                testDescription: "an ended row in force", sql: "UPDATE regard_optout SET active = 1 WHERE position = 8",
                counts: [0, 1, 0]),
            Tampering(
                testDescription: "another pseudonym",
                sql: """
                    UPDATE regard_optout SET pseudonym = (SELECT token FROM regard_optout WHERE position = 2)
                    WHERE position = 3
                    """, counts: [0, 1, 0]),
            Tampering(
                testDescription: "a row of nobody's",
                sql: """
                    INSERT INTO regard_optout (pseudonym, token, scope, active, position)
                    SELECT token, pseudonym, '*', 1, 1 FROM regard_optout WHERE position = 2
                    """, counts: [0, 0, 1]),
            Tampering(
                testDescription: "a project taken out of an objection",
                sql: """
                    INSERT INTO regard_optout (pseudonym, token, scope, active, position)
                    SELECT pseudonym, token, 'P-1', 0, 1 FROM regard_optout WHERE position = 2
                    """, counts: [0, 1, 0]),
        ]
    }

    @Test("finds what was tampered with, and mends it", arguments: EngineUnderTest.allCases, Tampering.all)
    func tampering(engine: EngineUnderTest, tampering: Tampering) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let target = engine == .sqlite ? postgresql : sqlite
            try await circuit.link(target)
            var receipts: [FilingReceipt] = []
            for number in 0..<7 {
                receipts.append(try await circuit.file(Person(number)))
                try await circuit.sequencer.drain()
            }
            try await circuit.carry()
            try await circuit.withdraw(receipts[6])
            try await circuit.carry()
            let before = try await target.optedOut()
            try await target.tamper(tampering.sql)

            let report = try await circuit.reconcile(target)
            #expect(report.counts == tampering.counts)
            #expect(report.position == 8)
            #expect((report.ours == report.theirs) == (tampering.counts == [0, 0, 0]))
            #expect(report.ours.count == 6)
            #expect(report.tokens.values.flatMap(\.self).count == tampering.counts.reduce(0, +))

            _ = try await circuit.reconcile(target, repairs: true)
            #expect(try await target.optedOut() == before)
            #expect(try await target.optedOut(of: "P-1") == before)
            #expect(try await !circuit.reconcile(target).differs)
            let runs = try await circuit.database.read { try ReconciliationStore.runs(of: target.id, on: $0) }
            let changed = tampering.counts != [0, 0, 0]
            #expect(
                Set(runs.map { "\($0.repairs) \($0.outcome?.rawValue ?? "")" })
                    == (changed
                        ? ["false differs", "true repaired", "false agrees"] : ["false agrees", "true agrees"]))
            // What was ended there without the ledger's word can be had back.
            let kept = try await circuit.database.read { try StrayStore.all(in: target.id, on: $0) }
            #expect(kept.map(\.state) == Array(repeating: .ended, count: tampering.counts[2]))
            #expect(try await circuit.carry() == [])
        }
    }

    @Test(
        "is refused where the target is not where it was left, and says what to do", arguments: EngineUnderTest.allCases
    )
    func displaced(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            try await sqlite.tamper("UPDATE regard_position SET position = 99")
            await #expect(throws: RepairRefusal.outOfPlace(.elsewhere(found: 99, expected: 1))) {
                _ = try await circuit.reconcile(sqlite, repairs: true)
            }
            let run = try await circuit.database.read { try ReconciliationStore.runs(of: sqlite.id, on: $0) }[0]
            #expect(run.outcome == .failed)
            #expect(run.failure?.contains("position 99") == true)
        }
    }

    @Test("leaves out what the database could not take", arguments: EngineUnderTest.allCases)
    func exceptions(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            let custodian = WrittenDatabase(target: sqlite)
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            try await custodian.refuse(try circuit.pseudonym(of: Person(1), in: sqlite))
            _ = try await circuit.file(Person(1))
            try await circuit.carry()
            #expect(try await !circuit.reconcile(sqlite).differs)
        }
    }

    @Test("is done when it is asked for and each night, once", arguments: EngineUnderTest.allCases)
    func nightly(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            for target in [sqlite, postgresql] { try await circuit.link(target) }
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            // The clock stands at ten in Paris.
            let jobs = circuit.jobs(hour: 10)
            for _ in 0..<2 {
                try await jobs.askNightly()
                while try await jobs.runNext() {}
            }
            try await circuit.jobs(hour: 11).askNightly()
            #expect(try await !circuit.jobs(hour: nil).runNext())
            for target in [sqlite, postgresql] {
                let runs = try await circuit.database.read { try ReconciliationStore.runs(of: target.id, on: $0) }
                #expect(runs.map(\.outcome) == [.agrees])
                #expect(runs.map(\.askedBy) == ["hub"])
            }
            circuit.advance(86_400)
            try await jobs.askNightly()
            #expect(try await jobs.runNext())
        }
    }

    @Test("of a mailbox holds the custodian's word against the ledger", arguments: EngineUnderTest.allCases)
    func mailbox(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, _, _ in
            let custodian = FetchingCustodian(id: "tireuse")
            try await circuit.link(custodian.target)
            for number in 0..<3 { _ = try await circuit.file(Person(number)) }
            try await circuit.carry()
            await #expect(throws: RepairRefusal.unreadable) { _ = try await circuit.reconcile(custodian.target) }
            try await custodian.take(from: circuit)
            #expect(try await !circuit.reconcile(custodian.target).differs)

            custodian.lose(try circuit.pseudonym(of: Person(1), in: custodian.target))
            _ = try await circuit.file(Person(3))
            try await circuit.carry()
            try await custodian.take(from: circuit)
            let report = try await circuit.reconcile(custodian.target)
            #expect(report.differs)
            #expect(report.ours.count == 4)
            #expect(report.theirs.count == 3)
            await #expect(throws: RepairRefusal.onlyAnew) {
                _ = try await circuit.reconcile(custodian.target, repairs: true)
            }
            _ = try await circuit.repair(custodian.target).resynchronise(by: "command", role: "command")
            try await circuit.carry()
            try await custodian.take(from: circuit)
            #expect(try await !circuit.reconcile(custodian.target).differs)
            #expect(try await custodian.optedOut().count == 4)
        }
    }

    @Test(
        "A database that leaves has its list withdrawn; one that joins late gets the whole ledger",
        arguments: EngineUnderTest.allCases)
    func leaving(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            for number in 0..<3 { _ = try await circuit.file(Person(number)) }
            try await circuit.carry()
            try await circuit.link(postgresql)
            try await circuit.carry()
            #expect(try await postgresql.optedOut().count == 3)

            for target in [sqlite, postgresql] {
                #expect(try await circuit.repair(target).withdrawList() == .ended(3))
                #expect(try await target.optedOut() == [])
                #expect(try await target.position() == nil)
                try await circuit.set(.removed, of: target)
                try circuit.store.destroy(.database(target.id))
                #expect(!circuit.store.exists(.database(target.id)))
            }
            #expect(try await circuit.carry() == [])
        }
    }
}
