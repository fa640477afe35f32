import Crypto
import Testing
import Vault

@Suite("A sealed box")
struct SealedBoxTests {
    static let key = SymmetricKey(data: [UInt8](0..<32))
    static let location = BoxLocation(table: "rights_request", row: "R-2026-7KQ2MX", column: "identity", version: 1)

    @Test("has the format that another implementation of AES-256-GCM computed")
    func format() throws {
        let nonce: RandomSource = { count in (0..<count).map { UInt8(0xA0 + $0) } }
        let box = try SealedBox.seal(Array("Zoé".utf8), under: Self.key, at: Self.location, random: nonce)
        #expect(Hex.encode(box) == "01a0a1a2a3a4a5a6a7a8a9aaabbc77bf84d7116741c54a60756728126bb970153f")
        #expect(try SealedBox.open(box, under: Self.key, at: Self.location) == Array("Zoé".utf8))
    }

    @Test("never seals twice under one nonce")
    func nonces() throws {
        let boxes = try (0..<100).map { _ in try SealedBox.seal([], under: Self.key, at: Self.location)[1..<13] }
        #expect(Set(boxes).count == 100)
    }

    @Test(
        "does not open at another place",
        arguments: [
            BoxLocation(table: "rights_request2", row: "R-2026-7KQ2MX", column: "identity", version: 1),
            BoxLocation(table: "rights_request", row: "R-2026-7KQ2MY", column: "identity", version: 1),
            BoxLocation(table: "rights_request", row: "R-2026-7KQ2MX", column: "contact", version: 1),
            BoxLocation(table: "rights_request", row: "R-2026-7KQ2MX", column: "identity", version: 2),
            BoxLocation(table: "rights_request|R-2026-7KQ2MX", row: "identity", column: "1", version: 1),
        ])
    func moved(elsewhere: BoxLocation) throws {
        let box = try SealedBox.seal([1, 2, 3], under: Self.key, at: Self.location)
        #expect(throws: SealError.doesNotOpen) { try SealedBox.open(box, under: Self.key, at: elsewhere) }
    }

    @Test("keeps apart two places whose parts join to the same text")
    func ambiguous() throws {
        let box = try SealedBox.seal(
            [1], under: Self.key, at: BoxLocation(table: "a|b", row: "c", column: "d", version: 1))
        #expect(throws: SealError.doesNotOpen) {
            try SealedBox.open(box, under: Self.key, at: BoxLocation(table: "a", row: "b|c", column: "d", version: 1))
        }
    }

    @Test("does not open after any one byte changed, nor under another key")
    func altered() throws {
        let box = try SealedBox.seal([1, 2, 3], under: Self.key, at: Self.location)
        for index in box.indices {
            var altered = box
            altered[index] ^= 0x10
            let expected: SealError = index == 0 ? .unknownFormat : .doesNotOpen
            #expect(throws: expected) { try SealedBox.open(altered, under: Self.key, at: Self.location) }
        }
        #expect(throws: SealError.doesNotOpen) {
            try SealedBox.open(box, under: SymmetricKey(size: .bits256), at: Self.location)
        }
    }

    @Test("is refused when it is cut short", arguments: 0..<29)
    func short(length: Int) throws {
        let box = try SealedBox.seal([], under: Self.key, at: Self.location)
        #expect(throws: SealError.unknownFormat) {
            try SealedBox.open(Array(box.prefix(length)), under: Self.key, at: Self.location)
        }
    }

    @Test("is not made with a key that is not of 256 bits")
    func shortKey() {
        #expect(throws: SealError.cannotSeal) {
            try SealedBox.seal([1], under: SymmetricKey(size: .bits128), at: Self.location)
        }
    }
}
