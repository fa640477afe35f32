import CArgon2
import CivilTime
import Crypto
import Foundation
import Testing

@testable import Vault

/// What the RFCs publish, through our own choices of suite, key schedule and truncation.
@Suite("Known answers of the RFCs")
struct KnownAnswerTests {
    @Test("RFC 9180 A.2.1: our suite opens the published ciphertext")
    func hpke() throws {
        let privateKey = try Curve25519.KeyAgreement.PrivateKey(
            rawRepresentation: bytes("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"))
        #expect(
            Hex.encode(privateKey.publicKey.rawRepresentation)
                == "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
        var recipient = try HPKE.Recipient(
            privateKey: privateKey, ciphersuite: KeyWrap.suite, info: Data("Ode on a Grecian Urn".utf8),
            encapsulatedKey: Data(bytes("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")))
        let plaintext = try recipient.open(
            bytes("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"),
            authenticating: Array("Count-0".utf8))
        #expect(plaintext == Data("Beauty is truth, truth beauty".utf8))
    }

    @Test("RFC 5869 A.1: the key derived from a secret is the first 32 bytes of the published output")
    func hkdf() {
        let key = KeyWrap.derivedKey(
            from: [UInt8](repeating: 0x0B, count: 22), salt: SymmetricKey(data: [UInt8](0...12)),
            info: Array(0xF0...0xF9))
        #expect(
            Hex.encode(KeyWrap.bytes(of: key)) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")
    }

    @Test(
        "RFC 4231: a pseudonym is HMAC-SHA-256",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                Array(1...25), [UInt8](repeating: 0xCD, count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array(
                    ("This is a test using a larger than block-size key and a larger than block-size data. "
                        + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            ),
        ])
    func hmac(key: [UInt8], message: [UInt8], expected: String) {
        let code = message.withUnsafeBytes(PseudonymKey(SymmetricKey(data: key)).authenticationCode(of:))
        #expect(Hex.encode(code) == expected)
    }

    @Test("RFC 9106 §5.3: the linked libargon2 computes Argon2id")
    func argon2id() {
        var tag = [UInt8](repeating: 0, count: 32)
        var (password, salt) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 16))
        var (secret, data) = ([UInt8](repeating: 3, count: 8), [UInt8](repeating: 4, count: 12))
        let code = tag.withUnsafeMutableBufferPointer { tag in
            password.withUnsafeMutableBufferPointer { password in
                salt.withUnsafeMutableBufferPointer { salt in
                    secret.withUnsafeMutableBufferPointer { secret in
                        data.withUnsafeMutableBufferPointer { data in
                            var context = argon2_context()
                            (context.out, context.outlen) = (tag.baseAddress, 32)
                            (context.pwd, context.pwdlen) = (password.baseAddress, 32)
                            (context.salt, context.saltlen) = (salt.baseAddress, 16)
                            (context.secret, context.secretlen) = (secret.baseAddress, 8)
                            (context.ad, context.adlen) = (data.baseAddress, 12)
                            (context.t_cost, context.m_cost) = (3, 32)
                            (context.lanes, context.threads) = (4, 4)
                            context.version = ARGON2_VERSION_13.rawValue
                            return argon2id_ctx(&context)
                        }
                    }
                }
            }
        }
        #expect(code == ARGON2_OK.rawValue)
        #expect(Hex.encode(tag) == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    }

    @Test(
        "RFC 6238 appendix B: the last six digits of the published codes",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)])
    func totp(seconds: Int64, published: String) {
        let password = OneTimePassword(seed: Array("12345678901234567890".utf8))
        let step = OneTimePassword.step(at: Instant(milliseconds: seconds * 1000))
        #expect(password.code(step: step) == String(published.suffix(6)))
    }

    @Test(
        "RFC 4648 §10: base 32, without padding",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(text: String, expected: String) {
        #expect(OneTimePassword(seed: Array(text.utf8)).base32Seed == expected)
    }

    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
}
