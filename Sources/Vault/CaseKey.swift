public import Crypto

/// The random 256-bit key of one case: it seals identity, words and contact at the door.
///
/// It is kept as two wraps: one to the cases' public key, which the operators' process alone opens, one to the
/// citizen's tracking secret and the epoch's pepper. Destroying both erases the case.
public struct CaseKey: Sendable, Redacted {
    let key: SymmetricKey

    /// A new key.
    public init(random: RandomSource = systemRandom) {
        key = SymmetricKey(data: random(32))
    }

    /// `plaintext` sealed for one place (``SealedBox``).
    public func seal(
        _ plaintext: [UInt8], at location: BoxLocation, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try SealedBox.seal(plaintext, under: key, at: location, random: random)
    }

    /// Opens what this key sealed for the same place.
    public func open(_ box: [UInt8], at location: BoxLocation) throws(SealError) -> [UInt8] {
        try SealedBox.open(box, under: key, at: location)
    }

    // MARK: Wrapped to the cases' key pair

    /// This key for the holder of the cases' private key (HPKE), bound to the request's reference.
    public func wrapped(
        to publicKey: Curve25519.KeyAgreement.PublicKey, reference: String
    ) throws(SealError) -> [UInt8] {
        try KeyWrap.wrap(key, to: publicKey, purpose: .caseKey, reference: reference)
    }

    /// Takes the key out of what ``wrapped(to:reference:)`` or ``CaseKeyring`` made.
    public init(
        unwrapping wrap: [UInt8], with privateKey: Curve25519.KeyAgreement.PrivateKey, reference: String
    ) throws(SealError) {
        key = try KeyWrap.unwrap(wrap, with: privateKey, purpose: .caseKey, reference: reference)
    }

    // MARK: Wrapped to the citizen's secret

    /// This key for the citizen: under HKDF-SHA-256 of the tracking secret, salted with the epoch's pepper, and bound to
    /// the request's reference. Neither the secret nor the pepper alone opens it.
    public func wrapped(
        toSecret secret: TrackingSecret, pepper: SymmetricKey, reference: String, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try KeyWrap.wrap(
            key, underSecret: secret.keyMaterial, salt: pepper, purpose: .caseKeyBySecret, reference: reference,
            random: random)
    }

    /// Takes the key out of what ``wrapped(toSecret:pepper:reference:random:)`` made.
    public init(
        unwrapping wrap: [UInt8], withSecret secret: TrackingSecret, pepper: SymmetricKey, reference: String
    ) throws(SealError) {
        key = try KeyWrap.unwrap(
            wrap, withSecret: secret.keyMaterial, salt: pepper, purpose: .caseKeyBySecret, reference: reference)
    }
}
