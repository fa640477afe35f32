import CivilTime
import Crypto
import Foundation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import Propagation

@Suite("A certificate")
struct CertificateTests {
    private static let key = Curve25519.Signing.PrivateKey()
    private static let header = SignedListHeader(
        database: "cohorte", incarnation: "first", position: 7, completeAsOf: Instant("2026-03-05T08:00:00Z")!,
        maximumAge: 86_400, pseudonyms: 3, records: 3, projects: 1, projectBytes: 4,
        digest: String(repeating: "ab", count: 32))

    private static func certificate(_ rowsIn: Int, removed: Int, persons: Int, project: String? = "P-1") -> Certificate
    {
        Certificate(
            CohortOutcome(
                rowsIn: rowsIn, rowsOut: rowsIn - removed, personsRemoved: persons,
                inputDigest: [UInt8](repeating: 1, count: 32), outputDigest: [UInt8](repeating: 2, count: 32)),
            list: header, project: project, issuedAt: Instant("2026-03-05T09:00:00Z")!)
    }

    @Test("for the public has no count that is not a multiple of eleven, alone or against another")
    func counts() throws {
        var shown: Set<Int> = []
        for persons in 0...40 {
            let document = try Self.certificate(1000 + persons, removed: persons * 2, persons: persons).signed(
                by: Self.key
            ).public
            let members = try SignedDocument.verify(document, by: Self.key.publicKey)
            #expect(members["personsRemoved"]?.int == persons / 11 * 11)
            #expect(members["rowsIn"]?.int == (1000 + persons) / 11 * 11)
            #expect(members["rowsOut"] == nil && members["inputDigest"] == nil && members["salt"] == nil)
            for name in ["rowsIn", "personsRemoved"] { shown.insert(members[name]?.int ?? -1) }
        }
        for one in shown { for other in shown where one != other { #expect(abs(one - other) >= 11) } }
    }

    @Test("for auditors has exact counts, and is read back as it was; what was altered is not")
    func auditors() throws {
        let certificate = Self.certificate(1000, removed: 7, persons: 5)
        let (auditor, _) = try certificate.signed(by: Self.key)
        #expect(try Certificate(auditor: auditor, verifiedBy: Self.key.publicKey) == certificate)
        #expect(auditor["certificate"]?["rowsOut"]?.int == 993)
        let text = auditor.canonical
        #expect(throws: GateRefusal.self) {
            try Certificate(auditor: auditor, verifiedBy: Curve25519.Signing.PrivateKey().publicKey)
        }
        for (was, becomes) in [
            ("\"rowsOut\":993", "\"rowsOut\":994"), ("P-1", "P-2"), ("\"position\":7", "\"position\":8"),
        ] {
            #expect(text.contains(was))
            let altered = try JSON(parsing: text.replacing(was, with: becomes))
            #expect(throws: GateRefusal.self, "\(was)") {
                try Certificate(auditor: altered, verifiedBy: Self.key.publicKey)
            }
        }
        // One that the key's holder signed with a public document of another run inside.
        let other = try Self.certificate(1000, removed: 50, persons: 50).signed(by: Self.key).public
        var members = auditor["certificate"]?.object ?? [:]
        members["public"] = other
        let mixed = try SignedDocument.sign(.object(members), by: Self.key)
        #expect(throws: GateRefusal.certificate("its two documents do not say the same")) {
            try Certificate(auditor: mixed, verifiedBy: Self.key.publicKey)
        }
    }

    @Test("has the words and the signature that docs/propagation.md prints")
    func vector() throws {
        let document = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../docs/propagation.md"), encoding: .utf8)
        let lines = document.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let place = try #require(lines.firstIndex { $0.hasPrefix("{") && $0.contains("roundedDownTo") })
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](0..<32))
        let members = try JSON(parsing: lines[place])
        #expect(members.canonical == lines[place])
        let signed = try SignedDocument.sign(members, by: key)
        #expect(signed["signature"]?.string == lines[place + 1])
        #expect(try SignedDocument.verify(signed, by: key.publicKey) == members)
        let certificate = Self.certificate(30, removed: 8, persons: 8)
        #expect(members.object?.keys.sorted() == certificate.publicMembers.object?.keys.sorted())
    }

    @Test("is registered once, for databases and ledgers that are ours", arguments: EngineUnderTest.allCases)
    func registering(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            func register(
                _ certificate: Certificate, by key: Curve25519.Signing.PrivateKey = Self.key
            ) async throws
                -> CertificateStore.Registration
            {
                let document = try certificate.signed(by: key).auditor
                let now = circuit.moment()
                let audit = AuditEvent(
                    at: now, actor: "command", role: "command", act: "certificate.registered", subject: certificate.id)
                return try await circuit.database.write {
                    try CertificateStore.register(certificate, document: document, audit: audit, at: now, on: $0)
                }
            }
            let certificate = Self.certificate(100, removed: 30, persons: 30)
            #expect(try await register(certificate) == .added)
            #expect(try await register(certificate) == .known)
            await #expect(throws: GateRefusal.self) {
                try await register(certificate, by: Curve25519.Signing.PrivateKey())
            }
            #expect(try await register(Self.certificate(50, removed: 1, persons: 1, project: nil)) == .added)
            let published = try await circuit.database.read { try CertificateStore.published(ofProject: "P-1", on: $0) }
            #expect(published.map(\.id) == [certificate.id])
            #expect(published[0].personsRemoved == 22 && published[0].rowsIn == 99)
            #expect(published[0].document == (try certificate.signed(by: Self.key).public))
            #expect(try await circuit.database.read { try CertificateStore.count(on: $0) } == 2)
            let events: Int = try await circuit.database.read {
                try $0.first("SELECT count(*) AS n FROM audit_event WHERE act = 'certificate.registered'")?["n"] ?? 0
            }
            #expect(events == 2)
            try await circuit.database.write { try $0.execute("UPDATE ledger SET incarnation = 'second'") }
            await #expect(throws: GateRefusal.self, "another ledger's list") {
                try await register(Self.certificate(50, removed: 1, persons: 1))
            }
        }
    }
}
