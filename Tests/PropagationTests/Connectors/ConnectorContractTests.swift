import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import Propagation

/// What every connector keeps: exactly once, in order, the latest covering entry decides, and what one row can't does not
/// hold up the rest.
@Suite struct ConnectorContractTests {
    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func anObjectionIsListedThenEnded(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let person = Person(0)
            let receipt = try await circuit.file(person)
            try await circuit.grant(receipt)
            #expect(try await circuit.view(receipt).state == .underReview)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [try circuit.pseudonym(of: person, in: custodian.target)])
            #expect(try await circuit.linked(custodian.target).position == 1)
            #expect(try await circuit.view(receipt).state == .closed)

            try await circuit.withdraw(receipt)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
            #expect(try await custodian.entries().map(\.position) == [2])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func aProjectThatComesToUseTheDatabaseIsCaughtUpWith(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            try await circuit.publish("P-1", datasets: ["elsewhere"])
            let receipt = try await circuit.file(Person(0), ["kind": "projects", "ids": ["P-1"]])
            try await settle(circuit, custodian)
            #expect(try await custodian.entries() == [])
            try await circuit.publish("P-1", datasets: ["D"])
            try await circuit.carry()
            if connector.isMailbox {
                #expect(try await circuit.listings(receipt)["\(custodian.target.id)/P-1"] == .pending)
            }
            try await settle(circuit, custodian)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)
            #expect(try await custodian.optedOut(of: "P-1") == [pseudonym])
            #expect(try await circuit.listings(receipt)["\(custodian.target.id)/P-1"] != .pending)
            try await circuit.withdraw(receipt)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-1") == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.rejecting)
    func anEntryThatIsRefusedHoldsUpNothingElseUntilItIsSentAgain(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            _ = try await circuit.file(Person(1))
            try await settle(circuit, custodian)
            let refused = try circuit.pseudonym(of: Person(0), in: custodian.target)
            try await custodian.refuse(refused)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            circuit.advance(1)
            _ = try await circuit.file(Person(2))
            try await settle(circuit, custodian)
            #expect(try await circuit.linked(custodian.target).position == 3)
            #expect(try await custodian.optedOut().count == 2)
            let id = custodian.target.id
            let open = try await circuit.database.read { try DeliveryExceptionStore.open(in: id, on: $0) }
            #expect(open.map(\.position) == [2])
            // Never done while it is not.
            #expect(try await circuit.view(receipt).state == .underReview)
            #expect(try await circuit.view(receipt).propagation.allSatisfy { !$0.isComplete })

            try await custodian.refuse(nil)
            let moment = circuit.moment()
            let isAsked = try await circuit.database.write {
                try DeliveryExceptionStore.retry(open[0].objection, in: id, at: moment, on: $0)
            }
            #expect(isAsked)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut().contains(refused))
            #expect(try await circuit.database.read { try DeliveryExceptionStore.open(in: id, on: $0) } == [])
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.rejecting)
    func oneThatIsRefusedAmongManyIsFound(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            _ = try await circuit.file(Person(99))
            try await settle(circuit, custodian)
            try await custodian.refuse(try circuit.pseudonym(of: Person(37), in: custodian.target))
            for number in 0..<80 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)
            #expect(try await circuit.linked(custodian.target).position == 81)
            #expect(try await custodian.optedOut().count == 80)
            let id = custodian.target.id
            #expect(try await circuit.database.read { try DeliveryExceptionStore.open(in: id, on: $0).count } == 1)
        }
    }
}
