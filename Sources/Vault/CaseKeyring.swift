public import CivilTime
public import Crypto

/// Wraps the keys of cases that are filed one after the other to the cases' public key.
///
/// Public-key arithmetic is most of what a filing costs. So one encapsulation (HPKE, RFC 9180) serves 256 cases or 60 seconds,
/// whichever ends first, and each key is wrapped under a secret of its own, exported for its reference (5.3).
public final class CaseKeyring: Sendable {
    private let publicKey: Curve25519.KeyAgreement.PublicKey
    private let random: RandomSource
    private let sender = Renewing<HPKE.Sender>()

    /// - Parameter publicKey: the cases'.
    public init(publicKey: Curve25519.KeyAgreement.PublicKey, random: @escaping RandomSource = systemRandom) {
        self.publicKey = publicKey
        self.random = random
    }

    /// `key` for the holder of the cases' private key, as ``CaseKey/wrapped(to:reference:)`` makes it for one case.
    public func wrap(_ key: CaseKey, reference: String, at now: Instant) throws(SealError) -> [UInt8] {
        let sender = try sender.current(at: now) { () throws(SealError) in
            try KeyWrap.sender(to: publicKey, purpose: .caseKey)
        }.value
        return try KeyWrap.wrap(key.key, from: sender, purpose: .caseKey, reference: reference, random: random)
    }
}
