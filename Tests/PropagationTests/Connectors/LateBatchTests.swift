import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import Propagation

/// A batch beside the ledger moves no position. So its number tells one that arrives after what followed it, as from a hub that
/// was frozen or a proxy that kept it: it changes nothing.
@Suite struct LateBatchTests {
    private static let pushed: [ConnectorUnderTest] = [.postgresql, .sqlite, .https]

    private func open(_ target: Target, in circuit: Circuit) async throws -> any PushConnector {
        let address = try ConnectorAddress(target.connector)
        guard case .https(let web) = address else { return try await SQLTarget.open(address, logger: Circuit.silence) }
        return HTTPSTarget(
            database: target.id, address: web, signer: MessageSigner(try circuit.store.signingKey(.connector)),
            rules: circuit.receivers, now: circuit.moment)
    }

    @Test(arguments: EngineUnderTest.allCases, pushed)
    func oneThatIsOvertakenChangesNothing(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = try await open(custodian.target, in: circuit)
            let (pseudonym, token) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
            func batch(
                _ from: Int64, _ to: Int64, beside: Int64? = nil, _ changes: TargetBatch.Change...
            ) -> TargetBatch {
                TargetBatch(list: "own", incarnation: "first", from: from, to: to, beside: beside, changes: changes)
            }
            let registration = TargetBatch.Change.register(
                pseudonym: pseudonym, token: token, scope: "P-1", isAgain: false, position: 1)
            #expect(try await target.apply(batch(0, 2)) == [])
            let first = batch(2, 2, beside: 4, registration)
            #expect(try await target.apply(first) == [])
            #expect(try await custodian.entries().map(\.isActive) == [true])
            #expect(
                try await target.apply(batch(2, 2, beside: 5, .withdraw(token: token, scope: "P-1", position: 2))) == []
            )
            #expect(try await target.place()?.beside == 5)
            let entries = try await custodian.entries()
            #expect(entries.map(\.isActive) == [false])
            for late in [first, batch(2, 2, beside: 5, registration)] {
                await #expect(throws: TargetError.overtaken) { try await target.apply(late) }
            }
            #expect(try await custodian.entries() == entries)

            // One of the ledger does not make it be forgotten.
            #expect(try await target.apply(batch(2, 3)) == [])
            #expect(try await target.place()?.beside == 5)
            await #expect(throws: TargetError.overtaken) {
                try await target.apply(batch(3, 3, beside: 5, registration))
            }
            #expect(try await custodian.entries() == entries)
            #expect(try await target.apply(batch(3, 3, beside: 6, registration)) == [])
            #expect(try await custodian.entries().map(\.isActive) == [true])
            await target.close()
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aListThatWasMadeBeforeTheyHadNumbersGoesOn(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let target = engine == .sqlite ? sqlite : postgresql
            try await circuit.publish("P-1", datasets: ["elsewhere"])
            try await circuit.link(target, datasets: ["D"])
            _ = try await circuit.file(Person(0), ["kind": "projects", "ids": ["P-1"]])
            #expect(try await circuit.carry() == [])
            try await target.tamper("ALTER TABLE regard_position DROP COLUMN beside")
            try await circuit.publish("P-1", datasets: ["D"])
            #expect(try await circuit.carry() == [])
            #expect(try await target.entries().map(\.scope) == ["P-1"])
            #expect(try await circuit.linked(target).beside == 1)
            let connection = try await open(target, in: circuit)
            #expect(try await connection.place()?.beside == 1)
            await connection.close()
        }
    }
}
