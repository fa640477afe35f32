public import Crypto

/// What is kept in place of a secret of high entropy so that it can be found: HMAC-SHA-256 under `secrets-index`,
/// apart for each kind, so that one kind's index is never another's.
public enum SecretIndex: String, Sendable, CaseIterable {
    /// Of a citizen's tracking secret; ``TrackingSecret/index(under:)`` makes it.
    case trackingSecret = "tracking-secret"
    /// Of the `Idempotency-Key` of a filing.
    case idempotencyKey = "idempotency-key"
    /// Of what a file of earlier objections calls one of its lines.
    case importedObjection = "imported-objection"
    /// Of a code sent by post; ``PackageCode/index(of:under:)`` makes it.
    case packageCode = "package-code"

    /// 32 bytes.
    public func index(of secret: [UInt8], under key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("\(rawValue)\0".utf8) + secret, using: key))
    }
}
