import Crypto
public import Vault

/// The keys that a process of the private half holds. Which of them it has follows from its role.
public struct RightsKeys: Sendable {
    /// Case keys are wrapped to it.
    let cases: Curve25519.KeyAgreement.PublicKey
    /// Opens any case: the operators' process alone.
    let casesPrivate: Curve25519.KeyAgreement.PrivateKey?
    /// Finds the filings of a person: the operators' process alone.
    let personIndex: PersonIndexKey?
    /// Segment keys are wrapped to it.
    let ledger: Curve25519.KeyAgreement.PublicKey
    /// Finds tracking secrets and idempotency keys.
    let secretsIndex: SymmetricKey
    let peppers: [Int: SymmetricKey]
    /// The epoch whose pepper new filings use.
    let epoch: Int

    /// Reads what intake needs, and the cases' private key and the blind index's where the process serves operators. Throws `KeyStoreError`.
    public init(from store: KeyStore, servesOperators: Bool) throws {
        cases = try store.publicKey(.cases)
        casesPrivate = servesOperators ? try store.privateKey(.cases) : nil
        personIndex = servesOperators ? PersonIndexKey(try store.symmetricKey(.personIndex)) : nil
        ledger = try store.publicKey(.ledger)
        secretsIndex = try store.symmetricKey(.secretsIndex)
        var peppers: [Int: SymmetricKey] = [1: try store.symmetricKey(.pepper(1))]
        var epoch = 1
        while store.exists(.pepper(epoch + 1)) {
            epoch += 1
            peppers[epoch] = try store.symmetricKey(.pepper(epoch))
        }
        self.peppers = peppers
        self.epoch = epoch
    }
}
