import CivilTime
import Crypto
import Testing
import Vault

@Suite("A segment's key")
struct SegmentKeyTests {
    let ledger = Curve25519.KeyAgreement.PrivateKey()
    let start = Instant(milliseconds: 1_790_000_000_000)

    @Test("comes back from its wrap for the hub, under its own id alone")
    func wrap() throws {
        let key = SegmentKey()
        #expect(key.id.utf8.count == 32 && Hex.decode(key.id) != nil)
        let location = BoxLocation(table: "ledger_entry", row: "e1", column: "identifiers", version: 1)
        let box = try key.seal([9, 9], at: location)
        let wrap = try key.wrapped(to: ledger.publicKey)
        #expect(try SegmentKey(unwrapping: wrap, id: key.id, with: ledger).open(box, at: location) == [9, 9])
        #expect(throws: SealError.doesNotOpen) {
            try SegmentKey(unwrapping: wrap, id: SegmentKey().id, with: ledger)
        }
        #expect(throws: SealError.doesNotOpen) {
            try SegmentKey(unwrapping: wrap, id: key.id, with: Curve25519.KeyAgreement.PrivateKey())
        }
    }

    @Test("is not a case's key: a wrap of one purpose does not open for the other")
    func purpose() throws {
        let key = SegmentKey()
        let wrap = try key.wrapped(to: ledger.publicKey)
        #expect(throws: SealError.doesNotOpen) { try CaseKey(unwrapping: wrap, with: ledger, reference: key.id) }
    }

    @Test("is replaced after 256 entries, and its wrap is beside it each time")
    func entries() throws {
        let keyring = SegmentKeyring(publicKey: ledger.publicKey)
        let first = try keyring.current(at: start)
        #expect(first.isNew)
        for _ in 2...256 {
            let next = try keyring.current(at: start)
            #expect(next.key.id == first.key.id && next.wrap == first.wrap && !next.isNew)
        }
        let second = try keyring.current(at: start)
        #expect(second.isNew && second.key.id != first.key.id && second.wrap != first.wrap)
        #expect(throws: Never.self) { try SegmentKey(unwrapping: second.wrap, id: second.key.id, with: ledger) }
    }

    @Test("is replaced after 60 seconds, and when the clock goes back")
    func seconds() throws {
        let keyring = SegmentKeyring(publicKey: ledger.publicKey)
        let first = try keyring.current(at: start)
        #expect(try !keyring.current(at: start.adding(seconds: 59)).isNew)
        let second = try keyring.current(at: start.adding(seconds: 60))
        #expect(second.isNew && second.key.id != first.key.id)
        #expect(try keyring.current(at: start).isNew)
    }

    @Test("is handed out as new to one writer alone, however many ask at once")
    func concurrent() async throws {
        let (keyring, start) = (SegmentKeyring(publicKey: ledger.publicKey), start)
        let news = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<512 { group.addTask { try keyring.current(at: start).isNew } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(news == 2)
    }
}
