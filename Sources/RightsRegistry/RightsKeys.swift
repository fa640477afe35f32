import Crypto
public import Vault

/// The keys that a process of the private half holds. Which of them it has follows from its role.
public struct RightsKeys: Sendable {
    /// Case keys are wrapped to it, and the epoch that it is of.
    public let casesKey: CasesKey
    /// Opens any case: the operators' process alone.
    let casesPrivate: CaseOpener?
    /// Finds the filings of a person: the operators' process alone.
    let personIndex: PersonIndexKey?
    /// Segment keys are wrapped to it, and the epoch that it is of.
    public let ledgerKey: LedgerKey
    /// Finds tracking secrets and idempotency keys.
    let secretsIndex: SymmetricKey
    /// By epoch: the present one's, and those that citizens' wraps still need.
    let peppers: [Int: SymmetricKey]

    var cases: Curve25519.KeyAgreement.PublicKey { casesKey.publicKey }
    /// The epoch whose keys are used from now on.
    var epoch: Int { casesKey.epoch }

    /// Reads what intake needs, and the cases' private keys and the blind index's where the process serves operators. Throws
    /// `KeyStoreError`.
    ///
    /// - Parameters:
    ///   - epoch: the database's (``KeyEpochs/Standing/current``); nil for the newest of which there is a file.
    ///   - ledgerEpoch: the same of the ledger's key (``LedgerEpochs/Standing/current``).
    public init(from store: KeyStore, servesOperators: Bool, epoch: Int? = nil, ledgerEpoch: Int? = nil) throws {
        let known = store.epochs
        let current = epoch ?? known.last ?? 1
        casesKey = try store.casesKey(of: current)
        let held = Set(known).union([current])
        // The present one's must be there; of older ones what is left, as long as it is needed.
        if servesOperators {
            casesPrivate = CaseOpener(
                try Dictionary(
                    uniqueKeysWithValues: held.filter { $0 == current || store.existsCasesPrivateKey(of: $0) }.map {
                        ($0, try store.casesPrivateKey(of: $0))
                    }))
            personIndex = PersonIndexKey(try store.symmetricKey(.personIndex))
        } else {
            casesPrivate = nil
            personIndex = nil
        }
        ledgerKey = try store.ledgerKey(of: ledgerEpoch ?? store.ledgerEpochs.last ?? 1)
        secretsIndex = try store.symmetricKey(.secretsIndex)
        peppers = try Dictionary(
            uniqueKeysWithValues: held.filter { $0 == current || store.exists(.pepper($0)) }.map {
                ($0, try store.symmetricKey(.pepper($0)))
            })
    }
}
