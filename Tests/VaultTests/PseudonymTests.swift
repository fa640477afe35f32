import Crypto
import Testing
import Vault

@Suite("A pseudonym")
struct PseudonymTests {
    @Test("equals swift-crypto's HMAC for any key and identifier")
    func equality() {
        for length in 0..<300 {
            let key = SymmetricKey(data: systemRandom(1 + length % 140))
            let text = String(
                String.UnicodeScalarView((0..<length).map { _ in Unicode.Scalar(UInt8.random(in: 0...255)) }))
            let expected = Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
            let pseudonyms = PseudonymKey(key)
            #expect(pseudonyms.pseudonym(of: text) == expected)
            #expect(pseudonyms.pseudonym(of: text) == expected, "a key is not used up")
            var written = [UInt8](repeating: 0, count: 40)
            written.withUnsafeMutableBytes { output in
                Array(text.utf8).withUnsafeBytes { pseudonyms.write(pseudonymOf: $0, to: output) }
            }
            #expect(written == expected + [UInt8](repeating: 0, count: 8), "and no further than its 32 bytes")
        }
    }

    @Test("and a token are those that another implementation computed")
    func knownAnswers() {
        let key = PseudonymKey(SymmetricKey(data: [UInt8](0..<32)))
        #expect(
            Hex.encode(key.pseudonym(of: "1850578006084|19850515|1"))
                == "f220636d9cc33454e58efce640fb6d198a67f930958fb480b543b74736055bc7")
        #expect(
            Hex.encode(key.token(objection: Array(0..<16), identifier: 258))
                == "db4bee5864e649b012ab0f0e328621205671974adb69eeae286d14dd62ddd082")
    }

    @Test("differs for each database")
    func databases() {
        let keys = (0..<3).map { _ in PseudonymKey(SymmetricKey(size: .bits256)) }
        #expect(Set(keys.map { $0.pseudonym(of: "1850578006084|19850515|1") }).count == 3)
    }
}
