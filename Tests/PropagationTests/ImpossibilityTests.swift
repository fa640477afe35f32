import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import Propagation

/// What one database can never apply is recorded with its reasons, holds nothing up, and is never called done.
@Suite struct ImpossibilityTests {
    private static let reasons = "Cette base ne connaît personne par ce numéro."

    private func act(_ database: String) -> JSON {
        ["type": "impossible", "database": .string(database), "reasons": .string(Self.reasons)]
    }

    private func code(_ act: () async throws -> Void) async -> String? {
        do {
            try await act()
            return nil
        } catch RightsError.invalid(let errors) {
            return errors.errors.first?.code
        } catch {
            return "\(error)"
        }
    }

    private func close(_ circuit: Circuit) async throws -> Int {
        try await RequestClosing(database: circuit.database, policy: circuit.policy, now: circuit.moment)
            .closeComplete()
    }

    private func standing(_ target: Target, in circuit: Circuit) async throws -> DatabaseStanding {
        try #require(try await circuit.database.read { try DatabaseStandingStore.find(target.id, on: $0) })
    }

    private func retry(_ target: Target, in circuit: Circuit) async throws {
        let now = circuit.moment()
        try await circuit.database.write { connection in
            for exception in try DeliveryExceptionStore.open(in: target.id, on: connection) {
                _ = try DeliveryExceptionStore.retry(exception.objection, in: target.id, at: now, on: connection)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseThatCannotKnowSomebodyHoldsNothingUpOnceThatIsSaid(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql, matching: .insTraits)
            let receipt = try await circuit.file(Person(0))
            // Nothing that is on its way or applied is impossible, and nobody says so of another's database.
            #expect(await code { try await circuit.act(act("ailleurs"), on: receipt) } == "task.outOfScope")
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [])
            #expect(await code { try await circuit.act(act(sqlite.id), on: receipt) } == "impossible.applied")
            #expect(try await circuit.listings(receipt)[postgresql.id] == .noIdentifier)
            #expect(try await close(circuit) == 0)

            try await circuit.act(act(postgresql.id), on: receipt)
            let since = circuit.moment()
            #expect(
                try await circuit.listings(receipt) == [
                    sqlite.id: .listed(since: since),
                    postgresql.id: .impossible(since: since, reason: Self.reasons),
                ])
            #expect(try await circuit.view(receipt).propagation.allSatisfy { $0.isComplete } == false)
            #expect(try await close(circuit) == 1)
            let closed = try await circuit.view(receipt)
            #expect(closed.state == .closed && closed.isInForce)
            #expect(closed.events.last?.event.data == ["notApplied": [.string(postgresql.id)]])
            let told = try #require(closed.events.first { $0.event.type == .impossible })
            #expect(told.event.data == ["database": .string(postgresql.id)])
            #expect(told.words == ["reasons": .string(Self.reasons)])

            // What is taken back is taken back there as well, and what was said of the objection says nothing of its end.
            try await circuit.withdraw(receipt)
            #expect(try await circuit.listings(receipt)[postgresql.id] == .removalPending(listedSince: nil))
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.listings(receipt)[postgresql.id] == .removed(since: circuit.moment()))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aPersonWhomNoDatabaseCanKnowIsAnsweredAtLast(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, matching: .insTraits)
            try await circuit.link(postgresql, matching: .insTraits)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [])
            try await circuit.act(act(sqlite.id), on: receipt)
            #expect(try await close(circuit) == 0, "of the other nothing was said")
            try await circuit.act(act(postgresql.id), on: receipt)
            #expect(try await close(circuit) == 1)
            #expect(
                try await circuit.view(receipt).events.last?.event.data
                    == ["notApplied": [.string(sqlite.id), .string(postgresql.id)]])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.rejecting)
    func whatACustodianRefusesForGoodIsSettledAndFollowsTheFacts(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            _ = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            try await custodian.refuse(try circuit.pseudonym(of: Person(1), in: target))
            let receipt = try await circuit.file(Person(1))
            try await circuit.grant(receipt)
            try await settle(circuit, custodian)
            #expect(try await standing(target, in: circuit).exceptions == 1)
            guard case .exception = try await circuit.listings(receipt)[target.id] else {
                Issue.record("It was not refused.")
                return
            }
            try await circuit.act(act(target.id), on: receipt)
            let impossible = PropagationStatus.Listing.impossible(since: circuit.moment(), reason: Self.reasons)
            #expect(try await circuit.listings(receipt)[target.id] == impossible)
            // Nobody waits for it any more.
            let settled = try await standing(target, in: circuit)
            #expect(settled.exceptions == 0 && settled.waitingSince == nil && settled.condition == .current)

            // Sent again, and refused anew: it is an operator's again.
            try await retry(target, in: circuit)
            try await settle(circuit, custodian)
            guard case .exception = try await circuit.listings(receipt)[target.id] else {
                Issue.record("It is not shown as it is.")
                return
            }
            #expect(try await close(circuit) == 0)
            #expect(try await standing(target, in: circuit).exceptions == 1)

            // Declared once more, closed, and taken at last.
            try await circuit.act(act(target.id), on: receipt)
            #expect(try await close(circuit) == 1)
            #expect(
                try await circuit.view(receipt).events.last?.event.data == ["notApplied": [.string(target.id)]])
            try await custodian.refuse(nil)
            circuit.advance(60)
            try await retry(target, in: circuit)
            try await settle(circuit, custodian)
            guard case .listed = try await circuit.listings(receipt)[target.id] else {
                Issue.record("It is applied, and not shown so.")
                return
            }
            #expect(try await custodian.optedOut().contains(try circuit.pseudonym(of: Person(1), in: target)))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsConfirmedAfterAllIsNotImpossible(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            try await circuit.set(.paused, of: postgresql)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [])
            // Its custodian wrote that it never will.
            try await circuit.act(act(postgresql.id), on: receipt)
            let said = PropagationStatus.Listing.impossible(since: circuit.moment(), reason: Self.reasons)
            #expect(try await circuit.listings(receipt)[postgresql.id] == said)
            try await circuit.set(.active, of: postgresql)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.listings(receipt)[postgresql.id] == .listed(since: circuit.moment()))
            // The hub has closed it since.
            #expect(try await circuit.view(receipt).events.last?.event.type == .closed)
            #expect(try await circuit.view(receipt).events.last?.event.data == [:])
            // Nor does it come back with another state of that list.
            try await circuit.withdraw(receipt, ["kind": "databases", "ids": [.string(sqlite.id)]])
            #expect(try await circuit.listings(receipt)[postgresql.id] == .listed(since: circuit.moment()))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatNeverWasOnAListHoldsNoChangeOfItsKeyBack(engine: EngineUnderTest) async throws {
        try await withCustodian(engine, .pull) { circuit, custodian in
            let target = custodian.target
            _ = try await circuit.file(Person(0))
            try await custodian.refuse(try circuit.pseudonym(of: Person(1), in: target))
            let receipt = try await circuit.file(Person(1))
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            try await settle(circuit, custodian)
            await #expect(throws: KeyChangeRefusal.exceptions) { try await circuit.confirmKey(target) }
            try await circuit.act(act(target.id), on: receipt)
            try await circuit.confirmKey(target)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms([Person(0)], in: target, [2]))
        }
    }
}
