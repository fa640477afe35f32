import Crypto
import Foundation

/// A 256-bit key wrapped so that one holder can have it back: for a public key by HPKE (RFC 9180, base mode, X25519,
/// HKDF-SHA-256, ChaCha20-Poly1305), or for who knows a shared secret by HKDF-SHA-256 (RFC 5869) and AES-256-GCM.
///
/// Each wrap is bound to its purpose and to the reference of what the key opens: a wrap moved elsewhere does not open.
enum KeyWrap {
    enum Purpose: String {
        case caseKey = "regard case key v1"
        case caseKeyBySecret = "regard case key by tracking secret v1"
        case segmentKey = "regard segment key v1"
    }

    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly

    /// One byte of format version, the encapsulated key (32 bytes), the wrapped key with its tag (48 bytes).
    static func wrap(
        _ key: SymmetricKey, to publicKey: Curve25519.KeyAgreement.PublicKey, purpose: Purpose, reference: String
    ) throws(SealError) -> [UInt8] {
        let info = info(purpose, reference)
        guard var sender = try? HPKE.Sender(recipientKey: publicKey, ciphersuite: suite, info: Data(info)),
            let sealed = try? sender.seal(bytes(of: key))
        else { throw .cannotSeal }
        return [hpkeFormat] + Array(sender.encapsulatedKey) + Array(sealed)
    }

    static func unwrap(
        _ wrap: [UInt8], with privateKey: Curve25519.KeyAgreement.PrivateKey, purpose: Purpose, reference: String
    ) throws(SealError) -> SymmetricKey {
        guard wrap.count == 1 + encapsulatedLength + 48, wrap[0] == hpkeFormat else { throw .unknownFormat }
        let encapsulated = Data(wrap[1...encapsulatedLength])
        let info = Data(info(purpose, reference))
        guard
            var recipient = try? HPKE.Recipient(
                privateKey: privateKey, ciphersuite: suite, info: info, encapsulatedKey: encapsulated),
            let key = try? recipient.open(wrap[(1 + encapsulatedLength)...])
        else { throw .doesNotOpen }
        return SymmetricKey(data: key)
    }

    static func wrap(
        _ key: SymmetricKey, underSecret secret: [UInt8], salt: SymmetricKey, purpose: Purpose, reference: String,
        random: RandomSource
    ) throws(SealError) -> [UInt8] {
        let info = info(purpose, reference)
        let wrapping = derivedKey(from: secret, salt: salt, info: info)
        return try SealedBox.seal(bytes(of: key), under: wrapping, authenticating: info, random: random)
    }

    static func unwrap(
        _ wrap: [UInt8], withSecret secret: [UInt8], salt: SymmetricKey, purpose: Purpose, reference: String
    ) throws(SealError) -> SymmetricKey {
        let info = info(purpose, reference)
        let wrapping = derivedKey(from: secret, salt: salt, info: info)
        return SymmetricKey(data: try SealedBox.open(wrap, under: wrapping, authenticating: info))
    }

    static func derivedKey(from secret: [UInt8], salt: SymmetricKey, info: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), salt: bytes(of: salt), info: info, outputByteCount: 32)
    }

    static func bytes(of key: SymmetricKey) -> [UInt8] { key.withUnsafeBytes { Array($0) } }

    private static func info(_ purpose: Purpose, _ reference: String) -> [UInt8] {
        LengthPrefixed.bytes([purpose.rawValue, reference])
    }

    private static let hpkeFormat: UInt8 = 1
    private static let encapsulatedLength = 32
}
