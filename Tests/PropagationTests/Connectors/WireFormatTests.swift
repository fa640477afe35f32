import CivilTime
import Crypto
import Foundation
import Outbound
import StrictJSON
import Testing
import Vault

@testable import Propagation

/// The vectors of docs/propagation.md, and who may be asked at all.
@Suite struct WireFormatTests {
    private let key = try! Curve25519.Signing.PrivateKey(rawRepresentation: (0..<32).map { UInt8($0) })

    private var document: BatchDocument {
        let key = PseudonymKey(SymmetricKey(data: (0..<32).map { UInt8($0) }))
        let token = key.token(objection: [UInt8](repeating: 0, count: 16), identifier: 0)
        return BatchDocument(
            database: "hospital",
            batch: TargetBatch(
                list: key.listName, incarnation: "00112233445566778899aabbccddeeff", from: 0, to: 2,
                changes: [
                    .register(
                        pseudonym: key.pseudonym(of: "1850578006084|19850515|1"), token: token, scope: "*",
                        isAgain: false, position: 1),
                    .withdraw(token: token, scope: "P-2", position: 2),
                ]), place: (1, 1))
    }

    /// Whether the guide has this text, line by line, as a block of its own.
    private func expectDocumented(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let guide = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/propagation.md"),
            encoding: .utf8)
        let block = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        #expect(guide.contains(block), "docs/propagation.md lacks\n\(block)", sourceLocation: sourceLocation)
    }

    @Test func aManifestIsAsDocumented() throws {
        let manifest = DirectoryManifest(document)
        try expectDocumented(String(decoding: manifest.changes, as: UTF8.self))
        try expectDocumented(String(decoding: try manifest.signed(by: key), as: UTF8.self))
    }

    @Test func aSignedRequestIsAsDocumented() throws {
        let batch = BatchDocument(database: "hospital", batch: document.batch, place: nil)
        let signed = try MessageSigner(key).sign(
            "POST", WebAddress("https://receiver.example/optouts")!,
            [
                ("content-digest", MessageSigner.digest(of: batch.bytes)), ("content-type", "application/x-ndjson"),
                ("idempotency-key", "00112233445566778899aabbccddeeff-0-2"),
            ], at: Instant("2026-03-05T09:00:00Z")!)
        try expectDocumented(String(decoding: batch.bytes, as: UTF8.self))
        try expectDocumented(signed.map { "\($0.name): \($0.value)\n" }.joined())
    }

    @Test func addressesWithoutAPathAreSignedWithOne() {
        #expect(WebAddress("https://receiver.example")?.target == "https://receiver.example/")
        #expect(WebAddress("https://receiver.example:8443/a?b")?.target == "https://receiver.example:8443/a?b")
    }

    @Test(arguments: [
        "10.1.2.3", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.168.0.1", "100.64.0.1", "0.0.0.0",
        "[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:10.0.0.1]", "[2002:a00:1::]", "[64:ff9b::a00:1]",
    ])
    func aPrivateAddressIsNotReachedUnlessItIsAllowed(host: String) async throws {
        let address = try #require(WebAddress("https://\(host):9/"))
        let threads = OutboundThreads(count: 1)
        let client = WebClient(threads: threads, rules: WebRules(hosts: [address.host], seconds: 2))
        await #expect {
            try await client.get(address, headers: [])
        } throws: { error in
            guard case OutboundError.refused(let reason) = error else { return false }
            return reason.contains("private address")
        }
        // Another host is not even looked up.
        let other = WebClient(threads: threads, rules: WebRules(hosts: ["receiver.example"], seconds: 2))
        await #expect(throws: OutboundError.refused("\(address.host) is not among the hosts that may be asked")) {
            try await other.get(address, headers: [])
        }
        try await threads.shutdown()
    }
}
