import Testing
import Vault

@Suite("Texts for bytes")
struct EncodingTests {
    @Test("Hexadecimal digits come back as the bytes, in either case, and nothing else does")
    func hex() {
        #expect(Hex.encode([0x00, 0x9F, 0xFF]) == "009fff")
        #expect(Hex.decode("009fFF") == [0x00, 0x9F, 0xFF])
        #expect(Hex.decode("") == [])
        for bad in ["0", "0g", "-1", " 00", "0０"] { #expect(Hex.decode(bad) == nil) }
    }

    @Test("base64url has one text for one value")
    func base64URL() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xFE, 0x01]) == "-__-AQ")
        #expect(Base64URL.decode("-__-AQ") == [0xFB, 0xFF, 0xFE, 0x01])
        for length in 0..<50 {
            let bytes = systemRandom(length)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        for bad in ["+//+AQ", "-__-AQ==", "-__-AR", "-__-A", "é", "-__- AQ"] { #expect(Base64URL.decode(bad) == nil) }
    }

    @Test("A reference names the year and six characters that can be read aloud")
    func reference() throws {
        let reference = RequestReference.random(year: 2026)
        #expect(reference.description.wholeMatch(of: /R-2026-[0-9A-HJKMNP-TV-Z]{6}/) != nil)
        #expect(RequestReference.random(year: 2026) { _ in [0, 32, 33, 63, 255, 20] }.description == "R-2026-001ZZM")
    }

    @Test(
        "A reference is read as people type it",
        arguments: ["R-2026-001ZZM", "r2026 oolzzm", " R–2026–0O1zzm", "R-2026-00IZZM"])
    func enteredReference(entered: String) {
        #expect(RequestReference(entered: entered)?.description == "R-2026-001ZZM")
    }

    @Test(
        "What can't be a reference is not read as one",
        arguments: [
            "", "R", "2026-001ZZM", "R-2026-001ZZ", "R-2026-001ZZMM", "R-2A26-001ZZM", "R-2026-00UZZM", "X-2026-001ZZM",
        ])
    func noReference(entered: String) {
        #expect(RequestReference(entered: entered) == nil)
    }

    @Test("Bytes are equal where each one is")
    func constantTime() {
        #expect(ConstantTime.areEqual([], []))
        #expect(ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.areEqual([1, 2], [3, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 2, 0]))
    }

    @Test("The system's randomness gives as many bytes as asked, never the same")
    func randomness() {
        #expect(systemRandom(0).isEmpty)
        #expect(systemRandom(32).count == 32)
        #expect(Set((0..<100).map { _ in systemRandom(16) }).count == 100)
        #expect(Set(systemRandom(10_000)).count == 256)
    }
}
