public import Crypto

/// The secret that a custodian's program and the hub share for one linked database's feed.
///
/// The token that the program presents *is* the key, in hexadecimal: the door that serves the feed holds no key, knows the
/// program by a digest, and opens what waits with what it was just shown. So no table holds a pseudonym that can be read.
public struct FeedKey: Sendable, Redacted {
    private let key: SymmetricKey

    /// - Parameter key: of 256 bits.
    public init(_ key: SymmetricKey) { self.key = key }

    /// Nil unless `token` is 64 hexadecimal digits.
    public init?(token: String) {
        guard let bytes = Hex.decode(token), bytes.count == 32 else { return nil }
        self.init(SymmetricKey(data: bytes))
    }

    /// What the custodian's program presents: 64 hexadecimal digits.
    public var token: String { key.withUnsafeBytes { Hex.encode(Array($0)) } }

    /// 32 bytes to know the token again by, from which it does not follow.
    public var index: [UInt8] { derived("regard feed index").withUnsafeBytes { Array($0) } }

    /// `batch` sealed for one place.
    public func seal(
        _ batch: [UInt8], at location: BoxLocation, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try SealedBox.seal(batch, under: derived("regard feed seal"), at: location, random: random)
    }

    /// Opens what ``seal(_:at:random:)`` made for the same place.
    public func open(_ box: [UInt8], at location: BoxLocation) throws(SealError) -> [UInt8] {
        try SealedBox.open(box, under: derived("regard feed seal"), at: location)
    }

    /// `next`, which takes this key's place, for whoever still holds this one alone: sealed for one place.
    public func seal(
        successor next: FeedKey, at location: BoxLocation, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        let bytes = next.key.withUnsafeBytes { Array($0) }
        return try SealedBox.seal(bytes, under: derived("regard feed successor"), at: location, random: random)
    }

    /// The key that ``seal(successor:at:random:)`` sealed for the same place.
    public func openSuccessor(_ box: [UInt8], at location: BoxLocation) throws(SealError) -> FeedKey {
        FeedKey(SymmetricKey(data: try SealedBox.open(box, under: derived("regard feed successor"), at: location)))
    }

    private func derived(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array(purpose.utf8), outputByteCount: 32)
    }
}
