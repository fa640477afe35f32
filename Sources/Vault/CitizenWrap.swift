public import Crypto

/// A case's key for its citizen, in two layers.
///
/// The inner one is under a key derived from the tracking secret (HKDF-SHA-256), which nobody here has; the outer one under a key
/// derived from the epoch's pepper. So the outer one can be renewed without the citizen, and neither the secret nor the pepper
/// alone opens anything. Both are bound to the request's reference.
extension CaseKey {
    /// One byte of format version, then a ``SealedBox`` that holds another.
    public func wrapped(
        toSecret secret: TrackingSecret, pepper: SymmetricKey, reference: String, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        let info = CitizenWrap.info(reference)
        let inner = try SealedBox.seal(
            KeyWrap.bytes(of: key), under: CitizenWrap.innerKey(secret, info), authenticating: info, random: random)
        return try CitizenWrap.layered(inner, under: pepper, info, random)
    }

    /// Takes the key out of what ``wrapped(toSecret:pepper:reference:random:)`` made, or
    /// ``wrappedInOneLayer(toSecret:pepper:reference:random:)``.
    public init(
        unwrapping wrap: [UInt8], withSecret secret: TrackingSecret, pepper: SymmetricKey, reference: String
    ) throws(SealError) {
        guard CitizenWrap.isLayered(wrap) else {
            self.init(
                try KeyWrap.unwrap(
                    wrap, withSecret: secret.keyMaterial, salt: pepper, purpose: .caseKeyBySecret, reference: reference)
            )
            return
        }
        let info = CitizenWrap.info(reference)
        let inner = try CitizenWrap.inner(of: wrap, under: pepper, info)
        let opened = try SealedBox.open(inner, under: CitizenWrap.innerKey(secret, info), authenticating: info)
        self.init(SymmetricKey(data: opened))
    }

    /// As wraps were made before there were two layers: the secret and the pepper are one derivation, so that only the citizen can
    /// renew it. Some are still there, until their citizens come.
    package func wrappedInOneLayer(
        toSecret secret: TrackingSecret, pepper: SymmetricKey, reference: String, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try KeyWrap.wrap(
            key, underSecret: secret.keyMaterial, salt: pepper, purpose: .caseKeyBySecret, reference: reference,
            random: random)
    }
}

/// What can be done to a citizen's wrap without the citizen.
public enum CitizenWrap {
    /// The first byte of a wrap that has a layer of its own for the pepper.
    public static var layeredFormat: [UInt8] { [format] }

    /// Whether the wrap has a layer of its own for the pepper.
    public static func isLayered(_ wrap: [UInt8]) -> Bool { wrap.first == format }

    /// The wrap under another epoch's pepper. Throws where it does not open, or has one layer.
    public static func renewed(
        _ wrap: [UInt8], from old: SymmetricKey, to new: SymmetricKey, reference: String,
        random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        let info = info(reference)
        return try layered(try inner(of: wrap, under: old, info), under: new, info, random)
    }

    static func layered(
        _ inner: [UInt8], under pepper: SymmetricKey, _ info: [UInt8], _ random: RandomSource
    ) throws(SealError) -> [UInt8] {
        [format] + (try SealedBox.seal(inner, under: outerKey(pepper, info), authenticating: info, random: random))
    }

    static func inner(
        of wrap: [UInt8], under pepper: SymmetricKey, _ info: [UInt8]
    ) throws(SealError) -> [UInt8] {
        guard isLayered(wrap) else { throw .unknownFormat }
        return try SealedBox.open(Array(wrap.dropFirst()), under: outerKey(pepper, info), authenticating: info)
    }

    static func innerKey(_ secret: TrackingSecret, _ info: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret.keyMaterial), info: info, outputByteCount: 32)
    }

    private static func outerKey(_ pepper: SymmetricKey, _ info: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: pepper, info: info, outputByteCount: 32)
    }

    static func info(_ reference: String) -> [UInt8] {
        LengthPrefixed.bytes(["regard case key by tracking secret v2", reference])
    }

    private static let format: UInt8 = 2
}
