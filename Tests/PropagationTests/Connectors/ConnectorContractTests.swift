import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import Propagation

/// Every connector, so that one contract holds them all.
enum ConnectorUnderTest: String, CaseIterable, Sendable {
    case postgresql, sqlite, https, directory, pull, manual

    /// Those whose custodian can reject single entries.
    static let rejecting = allCases.filter { $0 != .manual }

    func custodian(_ circuit: Circuit, _ sqlite: Target, _ postgresql: Target) async throws -> any Custodian {
        switch self {
        case .postgresql: WrittenDatabase(target: postgresql)
        case .sqlite: WrittenDatabase(target: sqlite)
        case .https: try await ReceivingCustodian(id: "recepteur", in: circuit)
        case .directory: try FolderCustodian(id: "dossier", in: circuit)
        case .pull: FetchingCustodian(id: "tireuse")
        case .manual: AttestingCustodian(id: "manuelle")
        }
    }

    /// Whether batches wait until the custodian comes.
    var isMailbox: Bool { self == .directory || self == .pull || self == .manual }
}

/// What every connector keeps: exactly once, in order, the latest covering entry decides, and what one row can't does not
/// hold up the rest.
@Suite struct ConnectorContractTests {
    /// Lends a circuit with one custodian linked, which holds the dataset `D`.
    private func with(
        _ engine: EngineUnderTest, _ connector: ConnectorUnderTest,
        _ body: (Circuit, any Custodian) async throws -> Void
    ) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let custodian = try await connector.custodian(circuit, sqlite, postgresql)
            let result: Result<Void, any Error>
            do {
                try await circuit.link(custodian.target, datasets: ["D"])
                result = .success(try await body(circuit, custodian))
            } catch {
                result = .failure(error)
            }
            await custodian.end()
            try result.get()
        }
    }

    /// Carries what was written, has the custodian take it, and carries on until nothing moves.
    private func settle(_ circuit: Circuit, _ custodian: any Custodian) async throws {
        for _ in 0..<3 {
            #expect(try await circuit.carry() == [])
            try await custodian.take(from: circuit)
        }
        #expect(try await circuit.carry() == [])
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func anObjectionIsListedThenEnded(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await with(engine, connector) { circuit, custodian in
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
    func twinsUnderOneNumberAndTwoParentsOfOneChildEndOneByOne(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await with(engine, connector) { circuit, custodian in
            // Two children under one parent's number, of one sex and day: one pseudonym, two objections. So it is with two
            // parents who object for one child.
            let first = try await circuit.file(Person(0))
            let second = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)
            #expect(try await custodian.entries().count == 2)
            try await circuit.withdraw(first)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [pseudonym])
            try await circuit.withdraw(second)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func everythingButOneProjectThenEverythingAgain(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws
    {
        try await with(engine, connector) { circuit, custodian in
            try await circuit.publish("P-1", datasets: ["D"])
            try await circuit.publish("P-2", datasets: ["D"])
            let receipt = try await circuit.file(Person(0))
            try await settle(circuit, custodian)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)

            try await circuit.withdraw(receipt, ["kind": "projects", "ids": ["P-1"]])
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
    func aProjectThatComesToUseTheDatabaseIsCaughtUpWith(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await with(engine, connector) { circuit, custodian in
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
        try await with(engine, connector) { circuit, custodian in
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
        try await with(engine, connector) { circuit, custodian in
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
