import RightsRegistry
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

/// Lends a circuit with one custodian linked, which holds the dataset `D`.
func withCustodian(
    _ engine: EngineUnderTest, _ connector: ConnectorUnderTest, matching: Matching = .nir,
    isolation: isolated (any Actor)? = #isolation, _ body: (Circuit, any Custodian) async throws -> Void
) async throws {
    try await withCircuit(engine) { circuit, sqlite, postgresql in
        let custodian = try await connector.custodian(circuit, sqlite, postgresql)
        let result: Result<Void, any Error>
        do {
            try await circuit.link(custodian.target, datasets: ["D"], matching: matching)
            result = .success(try await body(circuit, custodian))
        } catch {
            result = .failure(error)
        }
        await custodian.end()
        try result.get()
    }
}

/// Carries what was written, has the custodian take it, and carries on until nothing moves.
func settle(_ circuit: Circuit, _ custodian: any Custodian) async throws {
    for _ in 0..<3 {
        #expect(try await circuit.carry() == [])
        try await custodian.take(from: circuit)
    }
    #expect(try await circuit.carry() == [])
}
