import Foundation
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import Propagation

/// An acknowledgement that comes after a later one is heard for what it rejected.
@Suite struct LateAnswerTests {
    private func open(_ target: Target, in circuit: Circuit) async throws -> [Int64?] {
        try await circuit.database.read { try DeliveryExceptionStore.open(in: target.id, on: $0) }.map(\.position)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatAnOlderBatchRejectedIsHeardOnce(engine: EngineUnderTest) async throws {
        try await withCustodian(engine, .pull) { circuit, custodian in
            let target = custodian.target
            let receipt = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            _ = try await circuit.file(Person(1))
            #expect(try await circuit.carry() == [])
            let linked = try await circuit.linked(target)
            let now = circuit.moment()
            func tell(_ number: Int64, at position: Int64? = nil, rejecting positions: Int64...) async throws -> Bool {
                let word = MailboxAcknowledgement(
                    edition: linked.edition, number: number, incarnation: linked.incarnation,
                    position: position ?? number,
                    rejected: positions.map { ($0, "not of ours") })
                return try await circuit.database.write {
                    try MailboxStore.acknowledge(word, of: target.id, at: now, on: $0)
                }
            }
            #expect(try await tell(2))
            #expect(try await circuit.listings(receipt)[target.id] == .listed(since: now))
            await #expect(throws: AcknowledgementRefusal.wrongPosition) { try await tell(1, rejecting: 2) }
            #expect(try await tell(1, rejecting: 1))
            #expect(try await open(target, in: circuit) == [1])
            #expect(try await circuit.listings(receipt)[target.id] == .exception(reason: "not of ours"))
            #expect(try await circuit.positions(target) == [2], "the batch counts as confirmed")

            // Once it is taken, the same word said again changes nothing.
            _ = try await circuit.database.write { connection in
                for exception in try DeliveryExceptionStore.open(in: target.id, on: connection) {
                    _ = try DeliveryExceptionStore.retry(exception.objection, in: target.id, at: now, on: connection)
                }
            }
            #expect(try await circuit.carry() == [])
            #expect(try await tell(3, at: 2))
            #expect(try await open(target, in: circuit) == [])
            #expect(try await !tell(1, rejecting: 1))
            #expect(try await open(target, in: circuit) == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aFileThatComesLateIsReadAndHoldsUpNothing(engine: EngineUnderTest) async throws {
        try await withCustodian(engine, .directory) { circuit, custodian in
            let target = custodian.target
            let answers = target.connector.dropFirst("dir:".count) + "/acknowledgements"
            let edition = try await circuit.linked(target).edition
            let older = "\(answers)/\(edition)-2.json"
            _ = try await circuit.file(Person(9))
            try await settle(circuit, custodian)
            try await custodian.refuse(try circuit.pseudonym(of: Person(0), in: target))
            let receipt = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            _ = try await circuit.file(Person(1))
            #expect(try await circuit.carry() == [])
            try await custodian.take(from: circuit)
            let kept = try Data(contentsOf: URL(filePath: older))
            try FileManager.default.removeItem(atPath: older)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.positions(target) == [3])
            #expect(try await open(target, in: circuit) == [])

            // Half a file says that it is one, and holds up nothing.
            try kept.prefix(20).write(to: URL(filePath: older))
            _ = try await circuit.file(Person(2))
            #expect(try await circuit.carry() == [target.id])
            try await custodian.take(from: circuit)
            #expect(try await circuit.carry() == [target.id])
            #expect(try await circuit.positions(target) == [4])
            try kept.write(to: URL(filePath: older))
            _ = try await circuit.carry()
            #expect(try await open(target, in: circuit) == [2])
            guard case .exception = try await circuit.listings(receipt)[target.id] else {
                Issue.record("It was refused, and is not shown so.")
                return
            }
        }
    }
}
