import CivilTime
import Crypto
import Foundation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import Propagation

@Suite("A signed list")
struct SignedListTests {
    @Test("says who is left out of a project: several objections of one pseudonym add up")
    func reducing() throws {
        try withGate { gate in
            let projects = ["P-1", "P-2", "P-3"]
            try gate.writeList(
                [
                    .init(pseudonym: pseudonym(1)),
                    .init(pseudonym: pseudonym(2), effect: .everything(except: ["P-1", "P-2"]), objection: 2),
                    .init(pseudonym: pseudonym(3), effect: .projects(["P-1", "P-9"]), objection: 3),
                    // Twins under one number: what one has taken back, the other has not.
                    .init(pseudonym: pseudonym(4), effect: .everything(except: ["P-1", "P-2"]), objection: 4),
                    .init(pseudonym: pseudonym(4), effect: .everything(except: ["P-2", "P-3"]), objection: 5),
                    .init(pseudonym: pseudonym(5), effect: .everything(except: ["P-1", "P-2"]), objection: 6),
                    .init(pseudonym: pseudonym(5), effect: .projects(["P-2"]), objection: 7),
                    .init(pseudonym: pseudonym(6), effect: .projects(["P-9"]), objection: 8),
                ], projects: projects)
            func out(_ project: String?) throws -> [Int] {
                let list = try gate.openList(project: project)
                return (0...7).filter { number in
                    pseudonym(number).withUnsafeBytes { list.optOuts.contains($0.baseAddress!) }
                }
            }
            #expect(try out("P-1") == [1, 3, 4])
            #expect(try out("P-2") == [1, 5])
            #expect(try out("P-3") == [1, 2, 4, 5])
            #expect(try out(nil) == [1, 2, 3, 4, 5])
            #expect(try gate.openList().header.pseudonyms == 5)
            #expect(throws: GateRefusal.self, "nothing is known of it, not even that nobody objected") {
                try out("P-9")
            }
        }
    }

    @Test("finds every one of many pseudonyms, evenly spread or not, and no other")
    func manyOfThem() throws {
        func check(_ numbers: Range<Int>, _ make: (Int) -> [UInt8]) {
            let set = OptOutSet(capacity: numbers.count)
            let sorted = numbers.filter { !$0.isMultiple(of: 2) }.map(make).sorted { $0.lexicographicallyPrecedes($1) }
            for one in sorted { one.withUnsafeBytes { set.append($0) } }
            set.finish()
            for number in numbers {
                let isFound = make(number).withUnsafeBytes { set.contains($0.baseAddress!) }
                #expect(isFound == !number.isMultiple(of: 2))
            }
            #expect(set.removed == sorted.count)
        }
        for count in [0, 1, 2, 3, 17, 5000] { check(0..<count, pseudonym) }
        check(0..<3000) { number in
            [UInt8](repeating: 7, count: 28) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        }
        check(0..<2) { [UInt8](repeating: $0 == 0 ? 0 : 0xFF, count: 32) }
    }

    // MARK: What it says of itself

    @Test("is used within its age and no longer, and never from the future")
    func freshness() throws {
        try withGate { gate in
            try gate.writeList([], maximumAge: 3600)
            for seconds in [0, 3600, -59] { _ = try gate.openList(at: gate.now.adding(seconds: seconds)) }
            for seconds in [3601, 86_400, -120] {
                #expect {
                    try gate.openList(at: gate.now.adding(seconds: seconds))
                } throws: { error in
                    guard case .stale? = error as? GateRefusal else { return false }
                    return true
                }
            }
        }
    }

    @Test("of another database, under another key, altered or cut anywhere is refused")
    func refusals() throws {
        try withGate { gate in
            try gate.writeList(
                (0..<20).map { .init(pseudonym: pseudonym($0), objection: Int64($0 + 1)) }, projects: ["P-1"])
            #expect(throws: GateRefusal.self) { try gate.openList(database: "registry") }
            #expect(throws: GateRefusal.self) {
                try gate.openList(by: Curve25519.Signing.PrivateKey().publicKey)
            }
            let whole = try Data(contentsOf: URL(fileURLWithPath: gate.path("list")))
            #expect(whole.count == 4096 + 4 + 20 * 36)
            for place in [0, 20, 60, 300, 420, 4095, 4096, 4100, 4140, whole.count - 1] {
                var altered = whole
                altered[place] ^= 1
                try altered.write(to: URL(fileURLWithPath: gate.path("altered")))
                #expect(throws: GateRefusal.self, "byte \(place)") { try gate.openList("altered") }
            }
            for count in [0, 10, 4095, 4096, 4099, whole.count - 36, whole.count - 1] {
                try whole.prefix(count).write(to: URL(fileURLWithPath: gate.path("cut")))
                #expect(throws: GateRefusal.self, "\(count) bytes") { try gate.openList("cut") }
            }
            try (whole + [0]).write(to: URL(fileURLWithPath: gate.path("longer")))
            #expect(throws: GateRefusal.self) { try gate.openList("longer") }
        }
    }

    @Test("has the bytes that docs/propagation.md prints")
    func vector() throws {
        let seed = [UInt8](0..<32)
        let gate = try withGate { gate -> (Data, String) in
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
            let pseudonyms = PseudonymKey(SymmetricKey(data: seed))
            let writer = try SignedListWriter(path: gate.path("vector"))
            let numbers: [String: UInt32] = ["P-1": 1, "P-2": 2]
            try writer.add(
                pseudonyms.pseudonym(of: "1850578006084|19850515|1"), objection: 1, .everything(except: ["P-2"]),
                projects: numbers)
            try writer.add(
                pseudonyms.pseudonym(of: "2690549588157|19690501|2"), objection: 2, .projects(["P-1"]),
                projects: numbers)
            let file = try AsideFile(path: gate.path("vector"))
            let header = try writer.write(to: file, projects: ["P-1", "P-2"], signedBy: key) {
                SignedListHeader(
                    database: "hospital", incarnation: "00112233445566778899aabbccddeeff", position: 2,
                    completeAsOf: Instant("2026-03-05T09:00:00Z")!, maximumAge: 86_400, pseudonyms: $0, records: $1,
                    projects: 2, projectBytes: $2, digest: $3)
            }
            try file.commit()
            return (try Data(contentsOf: URL(fileURLWithPath: gate.path("vector"))), header.digest)
        }
        let document = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
                path: "../../docs/propagation.md"),
            encoding: .utf8)
        let lines = gate.0.prefix(4096).split(separator: UInt8(ascii: "\n")).prefix(3).map {
            String(decoding: $0, as: UTF8.self)
        }
        for line in lines + [gate.1, Hex.encode(Array(SHA256.hash(data: gate.0)))] {
            #expect(document.contains(line), "\(line)")
        }
        for start in stride(from: 4096 + 8, to: gate.0.count, by: 36) {
            let record = Hex.encode(gate.0[start..<start + 36])
            #expect(document.contains(record), "\(record)")
        }
    }

    // MARK: From the ledger

    private static func projects(_ ids: String...) -> JSON {
        ["kind": "projects", "ids": .array(ids.map(JSON.string))]
    }
    private static func databases(_ ids: String...) -> JSON {
        ["kind": "databases", "ids": .array(ids.map(JSON.string))]
    }

    private static func export(_ circuit: Circuit, of target: Target, to path: String) async throws -> SignedListHeader
    {
        let export = try await ListExport(
            of: target.id, in: circuit.database, keys: circuit.store, maximumAge: 3600, now: circuit.moment)
        return try await export.write(to: path, sequence: { try await circuit.sequencer.drain() })
    }

    @Test(
        "leaves out of each project whom the databases' own tables leave out, whatever was filed and taken back",
        arguments: EngineUnderTest.allCases)
    func sameAsTheTargets(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql, datasets: ["a", "c"])
            for (project, datasets) in [("P-1", ["a"]), ("P-2", ["a", "c"]), ("P-3", ["c"])] {
                try await circuit.publish(project, datasets: datasets)
            }
            var generator = SystemRandomNumberGenerator()
            let scopes: [JSON] = [
                ["kind": "all"], ["kind": "all"], Self.databases("cohorte"), Self.databases("cohorte", "entrepot"),
                Self.projects("P-1"), Self.projects("P-2", "P-3"), Self.projects("P-1", "P-2", "P-3"),
            ]
            let parts: [JSON] = [
                ["kind": "all"], Self.databases("cohorte"), Self.databases("entrepot"), Self.projects("P-1"),
                Self.projects("P-2"), Self.projects("P-2", "P-3"),
            ]
            var receipts: [FilingReceipt] = []
            // Persons file again, so that pseudonyms have several objections.
            for number in 0..<40 {
                receipts.append(
                    try await circuit.file(Person(number % 25), scopes.randomElement(using: &generator)!))
                if number % 3 == 0, let receipt = receipts.randomElement(using: &generator) {
                    try? await circuit.withdraw(receipt, parts.randomElement(using: &generator)!)
                }
            }
            // As though the hub had heard of the projects only now: what the list knows of them must not depend on it.
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("regard-\(UUID().uuidString)")
                .path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let key = try circuit.store.verifyingKey(.lists)
            for target in [sqlite, postgresql] {
                let header = try await Self.export(circuit, of: target, to: "\(folder)/\(target.id)")
                #expect(header.completeAsOf == circuit.moment() && header.incarnation == "first")
                #expect(try await header.position == circuit.database.read { try LedgerStore.head(on: $0) })
            }
            try await circuit.carry()
            let people = (0..<26).map { Person($0) }
            for target in [sqlite, postgresql] {
                func out(_ project: String?) throws -> Set<[UInt8]> {
                    let list = try SignedList(
                        path: "\(folder)/\(target.id)", verifiedBy: key, database: target.id, project: project,
                        now: circuit.moment())
                    return Set(
                        try people.map { try circuit.pseudonym(of: $0, in: target) }.filter { pseudonym in
                            pseudonym.withUnsafeBytes { list.optOuts.contains($0.baseAddress!) }
                        })
                }
                for project in target.id == "cohorte" ? ["P-1", "P-2"] : ["P-1", "P-2", "P-3"] {
                    #expect(try await out(project) == target.optedOut(of: project), "\(target.id) \(project)")
                }
                #expect(try await out(nil) == target.optedOut())
            }
            #expect(throws: GateRefusal.self, "a project that does not use the database") {
                try SignedList(
                    path: "\(folder)/cohorte", verifiedBy: key, database: "cohorte", project: "P-3",
                    now: circuit.moment())
            }
        }
    }

    @Test(
        "is complete as of a moment only when all that was committed by then has its position",
        arguments: EngineUnderTest.allCases)
    func completeAsOf(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("regard-\(UUID().uuidString)")
                .path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            _ = try await circuit.file(Person(0))
            try await circuit.sequencer.drain()
            _ = try await circuit.file(Person(1))
            // Committed and not numbered: the list waits for the sequencer, and does not wait for what is filed later.
            let export = try await ListExport(
                of: sqlite.id, in: circuit.database, keys: circuit.store, maximumAge: 3600, now: circuit.moment)
            let began = circuit.moment()
            let header = try await export.write(
                to: "\(folder)/list",
                sequence: {
                    try await circuit.sequencer.drain()
                    circuit.advance(60)
                    _ = try await circuit.file(Person(2))
                })
            #expect(header.completeAsOf == began && header.position == 2 && header.pseudonyms == 2)
        }
    }
}
