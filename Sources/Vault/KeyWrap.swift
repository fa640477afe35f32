import Crypto
import Foundation

/// A 256-bit key wrapped so that one holder can have it back: for a public key by HPKE (RFC 9180, base mode, X25519,
/// HKDF-SHA-256, ChaCha20-Poly1305), many of them from one encapsulation where need be; or for who knows a shared secret by
/// HKDF-SHA-256 (RFC 5869) and AES-256-GCM.
///
/// Each wrap is bound to its purpose and to the reference of what the key opens: a wrap moved elsewhere does not open.
enum KeyWrap {
    enum Purpose: String {
        case caseKey = "regard case key v1"
        case caseKeyBySecret = "regard case key by tracking secret v1"
        case segmentKey = "regard segment key v1"

        /// Of an encapsulation for many keys.
        var forMany: Data { Data(LengthPrefixed.bytes([rawValue, "many"])) }
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
        guard let format = wrap.first, wrap.count > 1 + encapsulatedLength else { throw .unknownFormat }
        let encapsulated = Data(wrap[1...encapsulatedLength])
        if format == exportFormat {
            guard wrap.count == 1 + encapsulatedLength + exportedLength else { throw .unknownFormat }
            let info = info(purpose, reference)
            guard
                let recipient = try? HPKE.Recipient(
                    privateKey: privateKey, ciphersuite: suite, info: purpose.forMany, encapsulatedKey: encapsulated),
                let wrapping = try? recipient.exportSecret(context: info, outputByteCount: 32)
            else { throw .doesNotOpen }
            let box = Array(wrap[(1 + encapsulatedLength)...])
            return SymmetricKey(data: try SealedBox.open(box, under: wrapping, authenticating: info))
        }
        guard wrap.count == 1 + encapsulatedLength + 48, format == hpkeFormat else { throw .unknownFormat }
        let info = Data(info(purpose, reference))
        guard
            var recipient = try? HPKE.Recipient(
                privateKey: privateKey, ciphersuite: suite, info: info, encapsulatedKey: encapsulated),
            let key = try? recipient.open(wrap[(1 + encapsulatedLength)...])
        else { throw .doesNotOpen }
        return SymmetricKey(data: key)
    }

    // MARK: Many keys from one encapsulation

    static func sender(
        to publicKey: Curve25519.KeyAgreement.PublicKey, purpose: Purpose
    ) throws(SealError) -> HPKE.Sender {
        guard let sender = try? HPKE.Sender(recipientKey: publicKey, ciphersuite: suite, info: purpose.forMany) else {
            throw .cannotSeal
        }
        return sender
    }

    /// One byte of format version, the encapsulated key (32 bytes), the key sealed under the secret that is exported for its
    /// reference (``SealedBox``).
    static func wrap(
        _ key: SymmetricKey, from sender: HPKE.Sender, purpose: Purpose, reference: String, random: RandomSource
    ) throws(SealError) -> [UInt8] {
        let info = info(purpose, reference)
        guard let wrapping = try? sender.exportSecret(context: info, outputByteCount: 32) else { throw .cannotSeal }
        return [exportFormat] + Array(sender.encapsulatedKey)
            + (try SealedBox.seal(bytes(of: key), under: wrapping, authenticating: info, random: random))
    }

    // MARK: For who knows a secret

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
    private static let exportFormat: UInt8 = 2
    private static let encapsulatedLength = 32
    private static let exportedLength = 1 + 12 + 32 + 16
}
