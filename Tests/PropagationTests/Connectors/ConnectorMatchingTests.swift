import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import Propagation

/// Each database is told of people by what it knows them by, and by nothing else; and nothing is called done where it can't
/// know somebody.
@Suite struct ConnectorMatchingTests {
    /// Three people: one who gives everything, one without a number, one without a place of birth.
    private static let whole: JSON = [
        "birthName": "Lœuvre d’Angély", "givenNames": ["Jean-Noël", "Éloi"], "birthDate": "1985-05-15", "sex": "M",
        "nir": "185057800608491", "birthPlace": "75115", "nirHolder": "own",
    ]
    private static let numberless: JSON = [
        "birthName": "O'KERVÉZEC", "givenNames": ["zoé"], "birthDate": "1969-05-01", "sex": "F", "birthPlace": "2a004",
    ]
    private static let placeless: JSON = [
        "birthName": "Kervézec", "givenNames": ["Maël"], "birthDate": "1969-05-01", "sex": "F",
        "nir": "269054958815780",
    ]

    private func file(_ subject: JSON, _ circuit: Circuit) async throws -> FilingReceipt {
        let receipt = try await circuit.file(Person(0), more: ["subject": subject])
        try await circuit.grant(receipt)
        return receipt
    }

    private func pseudonyms(
        _ identifiers: [String], in custodian: any Custodian, _ circuit: Circuit
    ) throws -> Set<[UInt8]> {
        Set(try identifiers.map { try circuit.pseudonym(of: $0, in: custodian.target) })
    }

    private static let numbers = ["1850578006084|19850515|1", "2690549588157|19690501|2"]
    private static let traits = [
        "LOEUVREDANGELY|JEANNOEL|19850515|1|75056", "LOEUVREDANGELY|JEANNOELELOI|19850515|1|75056",
        "OKERVEZEC|ZOE|19690501|2|2A004",
    ]

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func whoIsKnownByTraitsIsListedByThemAlone(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector, matching: .insTraits) { circuit, custodian in
            let id = custodian.target.id
            let (whole, numberless, placeless) = (
                try await file(Self.whole, circuit), try await file(Self.numberless, circuit),
                try await file(Self.placeless, circuit)
            )
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == pseudonyms(Self.traits, in: custodian, circuit))
            #expect(try await circuit.view(whole).state == .closed)
            #expect(try await circuit.view(numberless).state == .closed)
            // Its position has passed the entry, and it is done nowhere.
            #expect(try await circuit.linked(custodian.target).position == 3)
            #expect(try await circuit.listings(placeless)[id] == .noIdentifier)
            #expect(try await circuit.view(placeless).state == .underReview)

            try await circuit.withdraw(whole)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == pseudonyms([Self.traits[2]], in: custodian, circuit))
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func whoIsKnownByEitherIsListedByBoth(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector, matching: .both) { circuit, custodian in
            let receipts = [
                try await file(Self.whole, circuit), try await file(Self.numberless, circuit),
                try await file(Self.placeless, circuit),
            ]
            try await settle(circuit, custodian)
            #expect(
                try await custodian.optedOut() == pseudonyms(Self.numbers + Self.traits, in: custodian, circuit))
            for receipt in receipts { #expect(try await circuit.view(receipt).state == .closed) }
            for receipt in receipts { try await circuit.withdraw(receipt) }
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsMissingIsAwaitedWhereItMattersUntilItIsCompleted(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, matching: .nir)
            try await circuit.link(postgresql, matching: .insTraits)
            let receipt = try await file(Self.numberless, circuit)
            #expect(try await circuit.carry() == [])
            #expect(
                try await circuit.listings(receipt) == [
                    "cohorte": .noIdentifier, "entrepot": .listed(since: circuit.moment()),
                ])
            #expect(try await circuit.view(receipt).lacksNumber)
            #expect(try await circuit.view(receipt).state == .underReview)

            // Taken back for the database that can't apply it, there is nothing left to wait for.
            let other = try await file(Self.numberless, circuit)
            try await circuit.withdraw(other, ["kind": "databases", "ids": ["cohorte"]])
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.view(other).state == .closed)

            var completed = Self.numberless.object ?? [:]
            completed["nir"] = "269054958815780"
            try await circuit.act(
                ["type": "identityCorrected", "subject": .object(completed)], on: receipt)
            #expect(try await circuit.carry() == [])
            #expect(try await sqlite.optedOut() == [try circuit.pseudonym(of: Self.numbers[1], in: sqlite)])
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aListOfTraitsIsReconciledAndResynchronised(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite, matching: .both)
            for subject in [Self.whole, Self.numberless, Self.placeless] {
                // Numbered in the order in which they were filed.
                circuit.advance(1)
                _ = try await file(subject, circuit)
            }
            #expect(try await circuit.carry() == [])
            #expect(try await !circuit.reconcile(sqlite).differs)
            try await sqlite.tamper("DELETE FROM regard_optout WHERE position = 2")
            let report = try await circuit.reconcile(sqlite, repairs: true)
            #expect(report.missing == 1)
            #expect(try await sqlite.optedOut().count == 5)
        }
    }
}
