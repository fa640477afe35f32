import Foundation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import Propagation

/// A folder that both sides write to, and what may be found in it: a wrong word confirms nothing, delays no batch, and is
/// named; once it is mended everything goes on.
@Suite struct FolderFaultTests {
    private func with(
        _ engine: EngineUnderTest, _ body: (Circuit, FolderCustodian) async throws -> Void
    ) async throws {
        try await withCircuit(engine) { circuit, _, _ in
            let custodian = try FolderCustodian(id: "dossier", in: circuit)
            try await circuit.link(custodian.target, datasets: ["D"])
            try await body(circuit, custodian)
        }
    }

    /// What a custodian says of batch `number`, with members that `changes` replace.
    private func word(_ circuit: Circuit, _ number: Int64, _ changes: [String: JSON] = [:]) throws -> JSON {
        let key = PseudonymKey(try circuit.store.symmetricKey(.database("dossier")))
        let word: [String: JSON] = [
            "format": "regard-acknowledgement-v1", "database": "dossier", "list": .string(key.listName),
            "incarnation": "first", "edition": 1, "number": .integer(number), "position": .integer(number),
        ]
        return .object(word.merging(changes) { $1 })
    }

    private func lay(_ bytes: [UInt8], _ name: String, in custodian: FolderCustodian) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(custodian.folder)/acknowledgements/\(name)"))
    }

    /// A word that can't be taken, and what is said of it.
    struct Word: Sendable, CustomTestStringConvertible {
        let name: String
        let changes: [String: JSON]
        let said: String
        var testDescription: String { "\(name): \(said)" }
    }

    private static let words = [
        Word(name: "1-9.json", changes: ["number": 9, "position": 9], said: "never made"),
        Word(name: "1-1.json", changes: ["number": 2, "position": 2], said: "another batch than its name says"),
        Word(name: "1-1.json", changes: ["position": 2], said: "not those of the batch"),
        Word(name: "1-1.json", changes: ["database": "autre"], said: "another database"),
        Word(name: "1-1.json", changes: ["list": "autre"], said: "another list"),
        Word(name: "1-1.json", changes: ["incarnation": "autre"], said: "another ledger"),
        Word(name: "2-1.json", changes: ["edition": 2], said: "another edition"),
        Word(name: "1-1.json", changes: ["position": "un"], said: "/position wrongType"),
        Word(
            name: "1-1.json", changes: ["rejected": [["position": 8, "reason": "x"]]], said: "not those of the batch"),
        Word(name: "reponse.json", changes: [:], said: "named EDITION-NUMBER.json"),
    ]

    @Test(arguments: EngineUnderTest.allCases, words)
    func aWrongWordConfirmsNothingAndDelaysNoBatch(engine: EngineUnderTest, wrong: Word) async throws {
        try await with(engine) { circuit, custodian in
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [])
            try lay(try word(circuit, 1, wrong.changes).canonicalBytes, wrong.name, in: custodian)
            _ = try await circuit.file(Person(1))
            #expect(try await circuit.carry() == [custodian.target.id])
            let linked = try await circuit.linked(custodian.target)
            #expect(linked.position == 0)
            let failure = try #require(linked.failure)
            #expect(failure.contains(wrong.name) && failure.contains(wrong.said), "\(failure)")
            #expect(linked.stoppedAt == nil)
            #expect(FileManager.default.fileExists(atPath: "\(custodian.folder)/batches/1-2.manifest.json"))

            try FileManager.default.removeItem(atPath: "\(custodian.folder)/acknowledgements/\(wrong.name)")
            try await custodian.take(from: circuit)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(custodian.target).position == 2)
            #expect(try await circuit.linked(custodian.target).failure == nil)
            #expect(try await circuit.view(receipt).state == .closed)
            #expect(try await custodian.optedOut().count == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func halfAWordWaitsForItsRest(engine: EngineUnderTest) async throws {
        try await with(engine) { circuit, custodian in
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            let whole = try word(circuit, 1).canonicalBytes
            try lay(Array(whole.prefix(40)), "1-1.json", in: custodian)
            #expect(try await circuit.carry() == [custodian.target.id])
            #expect(try await circuit.linked(custodian.target).failure?.contains("no JSON document") == true)
            try lay(whole, "1-1.json", in: custodian)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(custodian.target).position == 1)
            // It stays where it is, and says nothing new.
            circuit.advance(60)
            let before = try await circuit.linked(custodian.target).confirmedAt
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.linked(custodian.target).confirmedAt == before)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatEarlierWordsRejectIsNotPassedOver(engine: EngineUnderTest) async throws {
        try await with(engine) { circuit, custodian in
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            _ = try await circuit.file(Person(1))
            try await circuit.carry()
            try lay(try word(circuit, 2).canonicalBytes, "1-2.json", in: custodian)
            let rejecting = try word(circuit, 1, ["rejected": [["position": 1, "reason": "inconnu"]]])
            try lay(rejecting.canonicalBytes, "1-1.json", in: custodian)
            #expect(try await circuit.carry() == [])
            let open = try await circuit.database.read { try DeliveryExceptionStore.open(in: "dossier", on: $0) }
            #expect(open.map(\.position) == [1])
            #expect(try await circuit.linked(custodian.target).position == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsTakenAwayIsLaidDownAgainAndNothingIsOverwritten(engine: EngineUnderTest) async throws {
        try await with(engine) { circuit, custodian in
            _ = try await circuit.file(Person(0))
            try await circuit.carry()
            let names = ["1-1.csv", "1-1.manifest.json"].map { "\(custodian.folder)/batches/\($0)" }
            let first = try names.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
            for name in names { try FileManager.default.removeItem(atPath: name) }
            #expect(try await circuit.carry() == [])
            #expect(try names.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == first)

            // A file of changes without a manifest was broken off; beside one, it is somebody else's.
            try Data("half".utf8).write(to: URL(fileURLWithPath: names[0]))
            try FileManager.default.removeItem(atPath: names[1])
            #expect(try await circuit.carry() == [])
            #expect(try names.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == first)
            try FileManager.default.removeItem(atPath: names[0])
            try Data("{}".utf8).write(to: URL(fileURLWithPath: names[1]))
            #expect(try await circuit.carry() == [custodian.target.id])
            #expect(try await circuit.linked(custodian.target).failure?.contains("take it away") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: names[1])) == Data("{}".utf8))
            try FileManager.default.removeItem(atPath: names[1])
            #expect(try await circuit.carry() == [])
            try await custodian.take(from: circuit)
            #expect(try await circuit.carry() == [])
            #expect(try await custodian.optedOut() == [try circuit.pseudonym(of: Person(0), in: custodian.target)])
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(custodian.folder)/batches")
            #expect(left.sorted() == ["1-1.csv", "1-1.manifest.json"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aFolderThatIsGoneIsSaidAndComesBack(engine: EngineUnderTest) async throws {
        try await with(engine) { circuit, custodian in
            try FileManager.default.moveItem(atPath: custodian.folder, toPath: custodian.folder + ".away")
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [custodian.target.id])
            #expect(
                try await circuit.linked(custodian.target).failure
                    == "The folder \(custodian.folder) can't be used: No such file or directory.")
            #expect(try await circuit.view(receipt).state == .underReview)
            try FileManager.default.moveItem(atPath: custodian.folder + ".away", toPath: custodian.folder)
            #expect(try await circuit.carry() == [])
            try await custodian.take(from: circuit)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }
}
