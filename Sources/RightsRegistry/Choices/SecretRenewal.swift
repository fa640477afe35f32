import CivilTime
import Crypto
import SQLDatabase
import StrictJSON
import Vault

/// A new secret in place of a lost one, with everything drawn and wrapped: only to be written.
///
/// The case's key stays the same, so what was sealed under it stays readable. There is one secret at a time: the old one
/// opens nothing from the moment of writing on.
struct SecretRenewal: Sendable {
    let secret: TrackingSecret
    private let reference: String
    private let replaced: [UInt8]
    private let index: [UInt8]
    private let epoch: Int
    /// Nil for a case that was erased: what is left of it is followed by the secret's index alone.
    private let wrap: [UInt8]?

    init(of stored: StoredRequest, keys: RightsKeys, random: @escaping RandomSource) throws {
        guard let casesPrivate = keys.casesPrivate, let pepper = keys.peppers[keys.epoch] else {
            throw RightsError.sealed
        }
        if stored.lost?.isForOperators == true { throw RightsError.lost }
        let secret = TrackingSecret(random: random)
        self.secret = secret
        reference = stored.reference
        replaced = stored.secretIndex
        index = secret.index(under: keys.secretsIndex)
        epoch = keys.epoch
        wrap = try stored.operatorWrap.map { sealed in
            try CaseKey(unwrapping: sealed, with: casesPrivate, reference: stored.reference).wrapped(
                toSecret: secret, pepper: pepper, reference: stored.reference, random: random)
        }
    }

    /// Puts the new secret in the old one's place, and tells in the timeline. Throws `RightsError.outdated` where another
    /// was faster, and `.keysOutdated` where another epoch counts by now.
    func apply(
        actor: ActingRole, operatorName: String? = nil, data: JSON, at moment: Instant, policy: RightsPolicy,
        on connection: any SQLConnection
    ) throws {
        guard let current = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
        guard current.secretIndex == replaced, (current.operatorWrap == nil) == (wrap == nil) else {
            throw RightsError.outdated
        }
        try KeyEpochs.require(epoch, on: connection)
        try connection.execute(
            "UPDATE rights_request SET secret_index = $1, citizen_wrap = $2, citizen_epoch = $3 WHERE reference = $4",
            index, wrap, epoch, reference)
        try RequestStore.append(
            .secretReissued, to: current, actor: actor, operatorName: operatorName, data: data, at: moment,
            policy: policy, on: connection)
    }
}
