import RightsRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import Propagation

/// What happens between the hub and a receiver that is honest: answers that are lost, and a list that is not where it was.
@Suite struct ReceiverFaultTests {
    private func with(
        _ engine: EngineUnderTest, _ body: (Circuit, ReceivingCustodian) async throws -> Void
    ) async throws {
        try await withCircuit(engine) { circuit, _, _ in
            let custodian = try await ReceivingCustodian(id: "recepteur", in: circuit)
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

    @Test(arguments: EngineUnderTest.allCases)
    func whatWasRejectedIsKnownThoughTheAnswerWasLost(engine: EngineUnderTest) async throws {
        try await with(engine) { circuit, custodian in
            _ = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            try await custodian.refuse(try circuit.pseudonym(of: Person(1), in: custodian.target))
            let receipt = try await circuit.file(Person(1))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [])
            let before = try await custodian.entries()
            let id = custodian.target.id
            let open = try await circuit.database.read { try DeliveryExceptionStore.open(in: id, on: $0) }
            #expect(open.map(\.reason) == ["not of ours"])

            // As a kill between the receiver's commit and ours leaves it.
            try await circuit.database.write {
                try $0.script(
                    """
                    UPDATE linked_database SET position = 1, handing = 2;
                    DELETE FROM delivery_batch WHERE to_position = 2;
                    DELETE FROM delivery_exception
                    """)
            }
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(custodian.target).position == 2)
            #expect(try await custodian.entries() == before)
            #expect(
                try await circuit.database.read { try DeliveryExceptionStore.open(in: id, on: $0) }.map(\.reason)
                    == ["not of ours"])
            #expect(try await circuit.view(receipt).state == .underReview)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aListThatIsGoneOrOlderStopsTheDatabaseUntilItIsBack(engine: EngineUnderTest) async throws {
        try await with(engine) { circuit, custodian in
            func restore(_ table: String) async throws {
                try await custodian.list.tamper(
                    "DELETE FROM regard_acknowledgement; INSERT INTO regard_acknowledgement SELECT * FROM \(table)")
            }
            func keep(_ table: String) async throws {
                try await custodian.list.tamper("CREATE TABLE \(table) AS SELECT * FROM regard_acknowledgement")
            }
            _ = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            try await keep("older")
            let receipt = try await circuit.file(Person(1))
            #expect(try await circuit.carry() == [])

            // As a backup leaves it.
            try await keep("newest")
            try await restore("older")
            try await circuit.grant(receipt)
            for said in ["at position 1 and not at 2", "list is gone"] {
                #expect(try await circuit.carry() == [custodian.target.id])
                let linked = try await circuit.linked(custodian.target)
                #expect(linked.failure?.contains(said) == true, "\(linked.failure ?? "")")
                #expect(linked.stoppedAt != nil)
                #expect(try await circuit.view(receipt).state == .underReview)
                try await custodian.list.tamper("DELETE FROM regard_acknowledgement")
            }
            try await restore("newest")
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(custodian.target).stoppedAt == nil)
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }
}
