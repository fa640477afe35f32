public import Crypto

/// The random 256-bit key of one case: it seals identity, words and contact at the door.
///
/// It is kept as two wraps: one to the cases' public key, which the operators' process alone opens, one to the
/// citizen's tracking secret and the epoch's pepper (CitizenWrap.swift). Destroying both erases the case; destroying an epoch's
/// private key and pepper erases in old backups what was not wrapped anew.
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

    /// Takes the key out of what was wrapped to the cases' key of any epoch that `opener` holds.
    public init(unwrapping wrap: [UInt8], with opener: CaseOpener, reference: String) throws(SealError) {
        self = try opener.key(unwrapping: wrap, reference: reference)
    }

    init(_ key: SymmetricKey) { self.key = key }
}

/// Opens what was wrapped to the cases' keys that a process holds: one, and while it is changed two.
public struct CaseOpener: Sendable, Redacted {
    /// Those of which the private key is held.
    public let epochs: Set<Int>
    /// The newest first: what is wrapped to an older one is on its way to the newest.
    private let keys: [Curve25519.KeyAgreement.PrivateKey]

    /// - Parameter keys: by epoch.
    public init(_ keys: [Int: Curve25519.KeyAgreement.PrivateKey]) {
        epochs = Set(keys.keys)
        self.keys = keys.sorted { $0.key > $1.key }.map(\.value)
    }

    func key(unwrapping wrap: [UInt8], reference: String) throws(SealError) -> CaseKey {
        var failure = SealError.doesNotOpen
        for key in keys {
            do {
                return try CaseKey(unwrapping: wrap, with: key, reference: reference)
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
