import CivilTime
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import Propagation

/// A target that is not where it was left is brought to the ledger, and nobody loses protection by it.
@Suite("Resynchronising")
struct ResynchronisationTests {
    /// Takes the house back to `position`, as a backup of that moment does.
    private func restore(_ circuit: Circuit, to position: Int64) async throws {
        let moment = circuit.moment()
        try await circuit.database.write { connection in
            try connection.execute("DELETE FROM ledger_entry WHERE position > $1", position)
            try connection.execute("UPDATE sequence SET last = $1 WHERE name = 'ledger_entry'", position)
            try connection.execute("DELETE FROM delivery_batch WHERE to_position > $1", position)
            try connection.execute("UPDATE mailbox_batch SET sealed = NULL WHERE to_position > $1", position)
            try connection.execute("DELETE FROM mailbox_batch WHERE to_position > $1", position)
            try connection.execute(
                "UPDATE linked_database SET position = $1, handing = NULL, acknowledged = 1", position)
            try LedgerStore.beginIncarnation("restored", at: moment, on: connection)
        }
    }

    private func resynchronise(_ target: Target, in circuit: Circuit) async throws -> ListReport {
        guard
            case .compared(let report) = try await circuit.repair(target).resynchronise(by: "command", role: "command")
        else { throw RepairRefusal.unreadable }
        return report
    }

    private func inspect(_ target: Target, in circuit: Circuit) async throws -> ListReport {
        guard case .compared(let report) = try await circuit.repair(target).inspect() else {
            throw RepairRefusal.unreadable
        }
        return report
    }

    @Test(
        "Restored to 9 of 19, ten more filed: all 29 stay protected, and the fork is reported",
        arguments: EngineUnderTest.allCases)
    func fork(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            for target in [sqlite, postgresql] { try await circuit.link(target) }
            for number in 0..<9 { _ = try await circuit.file(Person(number)) }
            try await circuit.carry()
            for number in 9..<19 { _ = try await circuit.file(Person(number)) }
            try await circuit.carry()
            try await restore(circuit, to: 9)
            var receipts: [FilingReceipt] = []
            for number in 19..<29 { receipts.append(try await circuit.file(Person(number))) }
            #expect(Set(try await circuit.carry()) == [sqlite.id, postgresql.id])

            for target in [sqlite, postgresql] {
                let stopped = try await circuit.linked(target)
                #expect(stopped.stoppedAt != nil)
                #expect(stopped.failure?.contains("regard database resync \(target.id)") == true)
                let before = try await target.entries()
                let seen = try await inspect(target, in: circuit)
                #expect(seen.counts == [10, 0, 10])
                #expect(seen.tokens["surplus"]?.count == 10)
                #expect(try await target.entries() == before)
                #expect(try await circuit.linked(target).stoppedAt != nil)

                let report = try await resynchronise(target, in: circuit)
                #expect(report.counts == [10, 0, 10])
                let everyone = Set(try (0..<29).map { try circuit.pseudonym(of: Person($0), in: target) })
                #expect(try await target.optedOut() == everyone)
                #expect(try await circuit.linked(target).stoppedAt == nil)
                #expect(try await circuit.linked(target).failure == nil)
                #expect(try await !inspect(target, in: circuit).differs)
            }
            #expect(try await circuit.carry() == [])
            for receipt in receipts {
                #expect(try await circuit.view(receipt).propagation.allSatisfy(\.isComplete))
            }

            // What is kept names nobody: its pseudonyms can't be read where they stand.
            let kept = try await circuit.database.read { try StrayStore.all(in: sqlite.id, on: $0) }
            #expect(kept.count == 10)
            let lost = try (9..<19).map { try circuit.pseudonym(of: Person($0), in: sqlite) }
            #expect(!kept.contains { lost.contains($0.sealed) || lost.contains($0.token) })

            // The release gate knows of them too.
            let path = FileManager.default.temporaryDirectory.path + "/regard-\(UUID().uuidString).list"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let export = try await ListExport(
                of: sqlite.id, in: circuit.database, keys: circuit.store, maximumAge: 3600, now: circuit.moment)
            let header = try await export.write(to: path, sequence: circuit.sequencer.drain)
            #expect(header.pseudonyms == 29)

            // The list is emptied afterwards: even then they come back.
            try await sqlite.tamper("DELETE FROM regard_position; DELETE FROM regard_optout")
            #expect(try await circuit.carry() == [sqlite.id])
            #expect(try await resynchronise(sqlite, in: circuit).missing == 29)
            #expect(try await sqlite.optedOut().count == 29)

            // An operator ends what was lost, and nothing else ends.
            let moment = circuit.moment()
            _ = try await circuit.database.write {
                try StrayStore.decide(.ended, nil, in: sqlite.id, by: "test", at: moment, on: $0)
            }
            _ = try await circuit.reconcile(sqlite, repairs: true)
            let ledger = Set(
                try (Array(0..<9) + Array(19..<29)).map { try circuit.pseudonym(of: Person($0), in: sqlite) })
            #expect(try await sqlite.optedOut() == ledger)
            #expect(try await circuit.linked(postgresql).position == circuit.linked(sqlite).position)
        }
    }

    @Test(
        "Wherever it was displaced to, it comes back, and goes on", arguments: EngineUnderTest.allCases,
        FaultTests.Displacement.all)
    func displaced(engine: EngineUnderTest, displacement: FaultTests.Displacement) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let target = engine == .sqlite ? postgresql : sqlite
            try await circuit.link(target)
            let first = try await circuit.file(Person(0))
            let ended = try await circuit.file(Person(1))
            try await circuit.carry()
            try await circuit.withdraw(ended)
            try await circuit.carry()
            // It takes the displacements of the first position as well as others do.
            try await target.tamper(displacement.sql)
            _ = try await circuit.file(Person(2))
            #expect(try await circuit.carry() == [target.id])
            _ = try await resynchronise(target, in: circuit)
            #expect(try await circuit.carry() == [])
            let inForce = Set(try [0, 2].map { try circuit.pseudonym(of: Person($0), in: target) })
            #expect(try await target.optedOut() == inForce)
            // Not one row too few for what follows.
            try await circuit.withdraw(first)
            #expect(try await circuit.carry() == [])
            #expect(try await target.optedOut() == [try circuit.pseudonym(of: Person(2), in: target)])
            #expect(try await circuit.database.read { try StrayStore.all(in: target.id, on: $0) } == [])
        }
    }

    @Test("One that fails halfway leaves the database stopped, and is done again", arguments: EngineUnderTest.allCases)
    func halfway(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            for number in 0..<3 { _ = try await circuit.file(Person(number)) }
            try await circuit.carry()
            try await sqlite.tamper(
                """
                UPDATE regard_position SET position = 1; DELETE FROM regard_optout WHERE position > 1;
                CREATE TRIGGER halting BEFORE UPDATE ON regard_position BEGIN SELECT RAISE(ABORT, 'halted'); END
                """)
            #expect(try await circuit.carry() == [sqlite.id])
            await #expect(throws: SQLError.self) { _ = try await resynchronise(sqlite, in: circuit) }
            #expect(try await sqlite.optedOut().count == 3)
            #expect(try await circuit.carry() == [sqlite.id])
            #expect(try await circuit.linked(sqlite).stoppedAt != nil)
            try await sqlite.tamper("DROP TRIGGER halting")
            #expect(try await resynchronise(sqlite, in: circuit).missing == 0)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(sqlite).position == 3)
        }
    }

    @Test("A list that another key made is not written to", arguments: EngineUnderTest.allCases)
    func otherList(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            try await sqlite.tamper("UPDATE regard_position SET list = 'another'")
            let before = try await sqlite.entries()
            await #expect(throws: RepairRefusal.outOfPlace(.otherList)) {
                _ = try await resynchronise(sqlite, in: circuit)
            }
            #expect(try await sqlite.entries() == before)
        }
    }

    @Test("Rows of projects come back as they were", arguments: EngineUnderTest.allCases)
    func projects(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite, datasets: ["D"])
            for project in ["P-1", "P-2"] { try await circuit.publish(project, datasets: ["D"]) }
            try await circuit.carry()
            let all = try await circuit.file(Person(0))
            _ = try await circuit.file(Person(1), ["kind": "projects", "ids": ["P-1"]])
            try await circuit.carry()
            try await circuit.withdraw(all, ["kind": "projects", "ids": ["P-2"]])
            try await circuit.carry()
            #expect(try await circuit.reconcile(sqlite).differs == false)
            let before = try await (sqlite.optedOut(of: "P-1"), sqlite.optedOut(of: "P-2"))
            try await sqlite.tamper("DELETE FROM regard_position; DELETE FROM regard_optout")
            #expect(try await circuit.carry() == [sqlite.id])
            _ = try await resynchronise(sqlite, in: circuit)
            #expect(try await sqlite.optedOut(of: "P-1") == before.0)
            #expect(try await sqlite.optedOut(of: "P-2") == before.1)
            #expect(try await circuit.reconcile(sqlite).differs == false)
        }
    }

    /// Mailboxes, each in its own way of being emptied by its custodian.
    enum MailboxUnderTest: String, CaseIterable { case pull, directory }

    @Test(
        "A mailbox gets a new edition, and keeps what no batch of it names", arguments: EngineUnderTest.allCases,
        MailboxUnderTest.allCases)
    func mailbox(engine: EngineUnderTest, kind: MailboxUnderTest) async throws {
        try await withCircuit(engine) { circuit, _, _ in
            let custodian: any Custodian =
                switch kind {
                case .pull: FetchingCustodian(id: "tireuse")
                case .directory: try FolderCustodian(id: "dossier", in: circuit)
                }
            try await circuit.link(custodian.target)
            for numbers in [0..<3, 3..<6] {
                for number in numbers { _ = try await circuit.file(Person(number)) }
                try await circuit.carry()
                try await custodian.take(from: circuit)
                try await circuit.carry()
            }
            #expect(try await circuit.linked(custodian.target).position == 6)
            try await restore(circuit, to: 3)
            let receipt = try await circuit.file(Person(6))
            #expect(try await circuit.carry() == [custodian.target.id])

            let repair = try await circuit.repair(custodian.target)
            #expect(try await repair.inspect() == .anew)
            #expect(try await repair.resynchronise(by: "command", role: "command") == .anew)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.view(receipt).propagation.allSatisfy { !$0.isComplete })
            try await custodian.take(from: circuit)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.view(receipt).propagation.allSatisfy(\.isComplete))
            let everyone = Set(try (0..<7).map { try circuit.pseudonym(of: Person($0), in: custodian.target) })
            #expect(try await custodian.optedOut() == everyone)
            // What was lost with the ledger can be told from what was not.
            guard kind == .pull else { return }
            #expect(try await !circuit.reconcile(custodian.target).differs)
            let kept = try await circuit.database.read { try LinkedDatabaseStore.kept(on: $0) }
            #expect(kept == [custodian.target.id: 3])
        }
    }
}
