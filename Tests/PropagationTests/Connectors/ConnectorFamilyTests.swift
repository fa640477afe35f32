import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import Propagation

/// The objections that are easily mistaken for one another, at every connector: each ends alone, and nobody loses theirs by
/// another's end.
@Suite struct ConnectorFamilyTests {
    private static func projects(_ references: String...) -> JSON {
        ["kind": "projects", "ids": .array(references.map(JSON.string))]
    }

    /// A child of 2020, filed for by a parent under whose number it is known.
    private func child(_ name: String, under parent: Person, and other: Person? = nil) -> [String: JSON] {
        var subject: [String: JSON] = [
            "birthName": "Kervézec", "givenNames": [.string(name)], "birthDate": "2020-05-05", "sex": "F",
            "nir": .string(parent.nir), "nirHolder": "insuredParent",
        ]
        if let other {
            subject["otherIdentifiers"] = [
                ["nir": .string(other.nir), "birthDate": "2020-05-05", "sex": "F"]
            ]
        }
        return [
            "capacity": "parentalAuthorityHolder", "requester": ["name": "Parent"], "subject": .object(subject),
        ]
    }

    private func pseudonym(
        under parent: Person, in custodian: any Custodian, _ circuit: Circuit
    ) throws -> [UInt8] {
        try circuit.pseudonym(of: "\(parent.nir.prefix(13))|20200505|2", in: custodian.target)
    }

    /// Refuses, and has it answered.
    private func refuse(_ receipt: FilingReceipt, _ circuit: Circuit) async throws {
        try await circuit.act(["type": "assigned"], on: receipt)
        try await circuit.act(
            [
                "type": "refused", "grounds": "identityNotEstablished", "reasons": "Doute", "complaint": "CNIL",
                "judicialRemedy": "Tribunal",
            ], on: receipt)
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func twinsOfOneSexUnderOneParentsNumberEndOneByOne(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            try await circuit.publish("P-1", datasets: ["D"])
            let parent = Person(0)
            let first = try await circuit.file(parent, more: child("Nolwenn", under: parent))
            let second = try await circuit.file(
                parent, Self.projects("P-1"), more: child("Enora", under: parent))
            try await settle(circuit, custodian)
            // One pseudonym, and a row for each of the two.
            let shared = try pseudonym(under: parent, in: custodian, circuit)
            let rows = try await custodian.entries()
            #expect(rows.map(\.pseudonym) == [shared, shared] && Set(rows.map(\.token)).count == 2)
            #expect(try await custodian.optedOut(of: "P-2") == [shared])

            try await circuit.withdraw(first)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-2") == [])
            #expect(try await custodian.optedOut(of: "P-1") == [shared])
            try await circuit.withdraw(second)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func twoParentsForOneChildEndOneByOne(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let (mother, father) = (Person(0), Person(1))
            // The child is known under either's number: each parent gives both.
            let hers = try await circuit.file(mother, more: child("Nolwenn", under: mother, and: father))
            let his = try await circuit.file(father, more: child("Nolwenn", under: father, and: mother))
            try await settle(circuit, custodian)
            let both = Set(try [mother, father].map { try pseudonym(under: $0, in: custodian, circuit) })
            #expect(both.count == 2)
            #expect(try await custodian.optedOut() == both)
            #expect(try await custodian.entries().count == 4)

            // One takes theirs back: the other's stands, under both numbers.
            try await circuit.withdraw(hers)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == both)
            #expect(try await circuit.listings(his).values.allSatisfy { $0 == .listed(since: circuit.moment()) })
            try await refuse(his, circuit)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func everythingButOneProjectThenEverythingAgain(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws
    {
        try await withCustodian(engine, connector) { circuit, custodian in
            try await circuit.publish("P-1", datasets: ["D"])
            try await circuit.publish("P-2", datasets: ["D"])
            let receipt = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)

            try await circuit.withdraw(receipt, Self.projects("P-1"))
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-1") == [])
            #expect(try await custodian.optedOut(of: "P-2") == [pseudonym])
            #expect(try await custodian.optedOut() == [pseudonym])

            // All again, by another objection: it covers P-1 whatever the first has come to.
            let again = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-1") == [pseudonym])
            try await circuit.withdraw(again)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-1") == [])
            #expect(try await custodian.optedOut(of: "P-2") == [pseudonym])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func everythingButThisDatabaseThenEverythingAgain(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let id = custodian.target.id
            let receipt = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)
            #expect(try await custodian.optedOut() == [pseudonym])

            try await circuit.withdraw(receipt, ["kind": "databases", "ids": [.string(id)]])
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
            #expect(try await circuit.listings(receipt)[id] == .removed(since: circuit.moment()))

            let again = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [pseudonym])
            try await circuit.withdraw(again)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func theSameObjectionRegisteredAgainCoversWhatWasTakenBackOfIt(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            try await circuit.publish("P-1", datasets: ["D"])
            let receipt = try await circuit.file(Person(0))
            try await circuit.withdraw(receipt, Self.projects("P-1"))
            try await settle(circuit, custodian)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)
            #expect(try await custodian.optedOut(of: "P-1") == [])

            try await refuse(receipt, circuit)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
            try await circuit.act(["type": "reopened", "reasons": "Pièce reçue"], on: receipt)
            try await circuit.grant(receipt)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-1") == [pseudonym])
            #expect(try await custodian.optedOut(of: "P-2") == [pseudonym])
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }
}
