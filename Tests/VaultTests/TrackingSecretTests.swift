import Crypto
import Testing
import Vault

@Suite("A tracking secret")
struct TrackingSecretTests {
    static let fixed = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSJR"
    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    @Test("is printed as seven groups of four and read back")
    func roundTrip() throws {
        for _ in 0..<200 {
            let secret = TrackingSecret()
            let groups = secret.formatted.split(separator: "-", omittingEmptySubsequences: false)
            #expect(groups.count == 7 && groups.allSatisfy { $0.count == 4 })
            #expect(try TrackingSecret(entered: secret.formatted) == secret)
        }
        #expect(TrackingSecret() != TrackingSecret())
    }

    @Test("has the check digits and the indexes that another implementation computed")
    func knownAnswer() throws {
        let secret = TrackingSecret { count in (0..<count).map { UInt8($0) } }
        #expect(secret.formatted == Self.fixed)
        let key = SymmetricKey(data: [UInt8](0..<32))
        #expect(
            Hex.encode(secret.index(under: key)) == "e70b86c7e3bf6b058ad50ef329348973d615aebb4999cdbf1842fdde090df047")
        #expect(
            Hex.encode(SecretIndex.idempotencyKey.index(of: Array("0123456789ABCDEFGHJKMNPQRS".utf8), under: key))
                == "8d5d4acc7fab1ea92ed0a8b84fa98d98472062ea6153a934341996816597f9ac")
    }

    @Test(
        "is accepted as people type it",
        arguments: [
            "0123456789abcdefghjkmnpqrsjr", "o123-4567-89ab-cdef-ghjk-mnpq-rsjr", "OI23 4567 89AB CDEF GHJK MNPQ RSJR",
            " 0l23–4567–89AB–CDEF–GHJK–MNPQ–RSJR\n", "0L23\u{2011}4567-89ABCDEF\u{A0}GHJKMNPQ_RSJR",
        ])
    func forgiving(entered: String) throws {
        #expect(try TrackingSecret(entered: entered).formatted == Self.fixed)
    }

    @Test("is told to be mistyped after any one character changed")
    func oneChange() {
        for secret in (0..<10).map({ _ in TrackingSecret() }) {
            let characters = Array(secret.formatted.filter { $0 != "-" })
            for index in characters.indices {
                for other in Self.alphabet where other != characters[index] {
                    var altered = characters
                    altered[index] = other
                    expectMistyped(altered)
                }
            }
        }
    }

    @Test("is told to be mistyped after any two neighbours swapped, the check's included")
    func neighbours() {
        for secret in (0..<200).map({ _ in TrackingSecret() }) {
            let characters = Array(secret.formatted.filter { $0 != "-" })
            for index in 1..<characters.count where characters[index] != characters[index - 1] {
                var altered = characters
                altered.swapAt(index, index - 1)
                expectMistyped(altered)
            }
        }
    }

    @Test("says whether its length or its characters are wrong")
    func refused() {
        #expect(throws: TrackingSecret.EntryError.length) { try TrackingSecret(entered: "") }
        #expect(throws: TrackingSecret.EntryError.length) { try TrackingSecret(entered: Self.fixed.dropLast()) }
        #expect(throws: TrackingSecret.EntryError.length) { try TrackingSecret(entered: Self.fixed + "0") }
        #expect(throws: TrackingSecret.EntryError.length) {
            try TrackingSecret(entered: String(repeating: "0", count: 100_000))
        }
        for bad in ["U", "u", "é", "!", "０", "\0"] {
            #expect(throws: TrackingSecret.EntryError.characters) {
                try TrackingSecret(entered: bad + Self.fixed.dropFirst())
            }
        }
    }

    private func expectMistyped(_ characters: [Character]) {
        #expect(throws: TrackingSecret.EntryError.mistyped) { try TrackingSecret(entered: String(characters)) }
    }
}
