import CivilTime
import Propagation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("An objection that has ended, once its time in the ledger is over,")
struct ForgettingTests {
    @Test("is forgotten, and who joins later is told of those in force alone", arguments: EngineUnderTest.allCases)
    func joinsLater(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, early, late in
            try await circuit.link(early)
            let (ended, live) = (try await circuit.file(Person(0)), try await circuit.file(Person(1)))
            #expect(try await circuit.carry() == [])
            try await circuit.withdraw(ended)
            #expect(try await circuit.carry() == [])
            circuit.advance(30 * 86_400 - 1)
            #expect(try await circuit.forget() == 0, "a second too early")
            circuit.advance(1)
            #expect(try await circuit.forget() == 1)
            #expect(try await circuit.forget() == 0)
            #expect(try await circuit.sealed() == 1)
            #expect(try await circuit.audits("ledger.forgotten") == 1)

            try await circuit.link(late)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.positions(early, late) == [3, 3])
            #expect(try await late.optedOut() == [try circuit.pseudonym(of: Person(1), in: late)])
            #expect(try await early.optedOut() == [try circuit.pseudonym(of: Person(1), in: early)])
            for listing in try await circuit.listings(ended).values {
                guard case .removed = listing else {
                    Issue.record("\(listing)")
                    continue
                }
            }
            // What both hold is what the ledger yields.
            for target in [early, late] {
                let run = ReconciliationRun(
                    of: target.id, by: "test", role: "command", repairs: false, at: circuit.moment())
                try await circuit.database.write { try ReconciliationStore.ask(run, isBegun: true, on: $0) }
                let report = try await circuit.repair(of: target).reconcile(run)
                #expect(!report.differs)
            }
            #expect(try await circuit.view(live).isInForce)
        }
    }

    @Test("is kept while a database owes its confirmation, or could not take it", arguments: EngineUnderTest.allCases)
    func isOwed(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, prompt, slow in
            for target in [prompt, slow] { try await circuit.link(target) }
            // In a ledger from before a restore they had confirmed something else that stood there.
            try await circuit.database.write { connection in
                try connection.execute("INSERT INTO ledger (incarnation, since) VALUES ('older', 0)")
                for target in [prompt, slow] {
                    try connection.execute(
                        """
                        INSERT INTO delivery_batch (linked_database, incarnation, to_position, from_position, confirmed_at)
                        VALUES ($1, 'older', 900, 0, 1)
                        """, target.id)
                }
            }
            let receipt = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            try await circuit.set(.paused, of: slow)
            try await circuit.withdraw(receipt)
            #expect(try await circuit.carry() == [])
            circuit.advance(400 * 86_400)
            #expect(try await circuit.forget() == 0, "one has not confirmed the end")
            try await circuit.set(.active, of: slow)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.forget() == 0, "it has just confirmed it")
            circuit.advance(30 * 86_400)
            try await circuit.database.write {
                try DeliveryExceptionStore.record("refused", at: 2, in: slow.id, now: circuit.moment(), on: $0)
            }
            #expect(try await circuit.forget() == 0, "an exception is open")
            try await circuit.database.write {
                try $0.execute(
                    """
                    INSERT INTO impossible_there (objection, linked_database, declared_at, reference, event)
                    SELECT objection, $1, 1, '', 1 FROM ledger_entry WHERE position = 2
                    """, slow.id)
            }
            #expect(try await circuit.forget() == 1, "an operator has said that it can't be applied there")
        }
    }

    @Test("is forgotten again in an older database, without a new wait", arguments: EngineUnderTest.allCases)
    func isRestored(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, target, _ in
            try await circuit.link(target)
            let receipt = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            try await circuit.withdraw(receipt)
            #expect(try await circuit.carry() == [])
            circuit.advance(30 * 86_400)
            // As a backup of now is, once it is restored.
            try await circuit.database.write {
                try LedgerStore.beginIncarnation("second", at: circuit.moment(), on: $0)
            }
            #expect(try await circuit.forget() == 0, "it is of another ledger")
            _ = try await circuit.repair(of: target).resynchronise(by: "test", role: "command")
            #expect(try await circuit.forget() == 1)
            _ = try await circuit.repair(of: target).resynchronise(by: "test", role: "command")
            #expect(try await target.optedOut() == [])
            let again = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            #expect(try await target.optedOut() == [try circuit.pseudonym(of: Person(0), in: target)])
            #expect(try await circuit.view(again).isInForce)
        }
    }

    @Test("and the ledger's keys change, and the hub that runs goes on", arguments: EngineUnderTest.allCases)
    func keysChange(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, early, late in
            try await circuit.link(early)
            let hub = try circuit.hub()
            let ended = try await circuit.file(Person(0))
            _ = try await circuit.file(Person(1))
            #expect(try await circuit.carry(hub) == [])
            try await circuit.withdraw(ended)
            #expect(try await circuit.carry(hub) == [])
            circuit.advance(30 * 86_400)
            #expect(try await circuit.forget() == 1)
            let rotation = LedgerRotation(database: circuit.database, store: circuit.store, now: circuit.moment)
            #expect(try await rotation.run().renewed == 1)
            try await circuit.link(late)
            #expect(try await circuit.carry(hub) == [])
            #expect(try await circuit.positions(early, late) == [3, 3])
            for target in [early, late] {
                #expect(try await target.optedOut() == [try circuit.pseudonym(of: Person(1), in: target)])
                let report = try await circuit.repair(of: target).inspect()
                guard case .compared(let found) = report else {
                    Issue.record("\(report)")
                    continue
                }
                #expect(!found.differs)
            }
        }
    }

    @Test("lets the objection that is in force of the same person stand", arguments: EngineUnderTest.allCases)
    func registeredAgain(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, early, late in
            try await circuit.link(early)
            let receipt = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            try await circuit.withdraw(receipt)
            #expect(try await circuit.carry() == [])
            circuit.advance(30 * 86_400)
            #expect(try await circuit.forget() == 1)
            // As what was ended by mistake is brought back: the same objection, by a new entry.
            let sealer = LedgerSealer(
                keyring: SegmentKeyring(publicKey: try circuit.store.publicKey(.ledger)), random: systemRandom)
            let objection = try #require(
                try await circuit.database.read { try RequestStore.load(receipt.reference, on: $0)?.objection })
            let registration = try sealer.registration(
                of: objection, identifiers: [Person(0).canonical], scope: .all, unreached: [], at: circuit.moment())
            try await circuit.database.write { try LedgerStore.registerUnlessInForce(registration, on: $0) }
            try await circuit.link(late)
            #expect(try await circuit.carry() == [])
            circuit.advance(400 * 86_400)
            #expect(try await circuit.forget() == 0)
            for target in [early, late] {
                #expect(try await target.optedOut() == [try circuit.pseudonym(of: Person(0), in: target)])
            }
        }
    }
}

extension Circuit {
    fileprivate func forget() async throws -> Int {
        try await LedgerForgetting(database: database, days: 30, holder: "test", now: moment).runOnce()
    }

    /// How many registrations have identifiers.
    fileprivate func sealed() async throws -> Int {
        try await database.read {
            try $0.first("SELECT count(*) AS n FROM ledger_entry WHERE sealed IS NOT NULL")?["n"] ?? 0
        }
    }

    fileprivate func audits(_ act: String) async throws -> Int {
        try await database.read { try $0.first("SELECT count(*) AS n FROM audit_event WHERE act = $1", act)?["n"] ?? 0 }
    }

    fileprivate func repair(of target: Target) async throws -> ListRepair {
        try await ListRepair(
            of: target.id, in: database, keys: store, holder: "test", now: moment, logger: Self.silence)
    }
}
