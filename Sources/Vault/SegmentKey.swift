public import Crypto

/// The key of one segment of the ledger: it seals a few hundred entries, and is wrapped once to the ledger's public
/// key, so that the process that writes entries can't read those of yesterday.
public struct SegmentKey: Sendable, Redacted {
    /// 16 random bytes as 32 hexadecimal digits.
    public let id: String
    private let key: SymmetricKey

    /// A new key with a new id.
    public init(random: RandomSource = systemRandom) {
        id = Hex.encode(random(16))
        key = SymmetricKey(data: random(32))
    }

    /// `entry` sealed for one place (``SealedBox``).
    public func seal(
        _ entry: [UInt8], at location: BoxLocation, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try SealedBox.seal(entry, under: key, at: location, random: random)
    }

    /// Opens what this key sealed for the same place.
    public func open(_ box: [UInt8], at location: BoxLocation) throws(SealError) -> [UInt8] {
        try SealedBox.open(box, under: key, at: location)
    }

    /// This key for the holder of the ledger's private key, the hub (HPKE), bound to the segment's id.
    public func wrapped(to publicKey: Curve25519.KeyAgreement.PublicKey) throws(SealError) -> [UInt8] {
        try KeyWrap.wrap(key, to: publicKey, purpose: .segmentKey, reference: id)
    }

    /// Takes the key of segment `id` out of what ``wrapped(to:)`` made.
    public init(
        unwrapping wrap: [UInt8], id: String, with privateKey: Curve25519.KeyAgreement.PrivateKey
    ) throws(SealError) {
        self.id = id
        key = try KeyWrap.unwrap(wrap, with: privateKey, purpose: .segmentKey, reference: id)
    }
}
