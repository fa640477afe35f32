import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// A corrected identity with everything drawn and sealed: only to be written, as often as the engine asks.
struct IdentityCorrection: Sendable {
    fileprivate let sealedFiling: [UInt8]
    fileprivate let registration: SealedRegistration?

    /// Replaces what was filed; and where the objection is in force, ends the entry made from the wrong identity and
    /// registers the right one, both or neither.
    ///
    /// The right one is an objection of its own: a target finds its rows by the objection's id, and those of the wrong
    /// identity must go while these come.
    func apply(
        to stored: StoredRequest, entryIDs: [String], at moment: Instant, on connection: any SQLConnection
    ) throws {
        // Whoever was asked was asked about somebody else, and so were those who have answered.
        try TaskStore.cancel(of: stored.reference, answeredToo: true, at: moment, on: connection)
        try PackageStore.destroy(of: stored.reference, at: moment, on: connection)
        try connection.execute(
            "UPDATE rights_request SET sealed_filing = $1, indexing = 'waiting' WHERE reference = $2", sealedFiling,
            stored.reference)
        guard let wrong = stored.objection, let registration,
            try ObjectionHistory.load(wrong, on: connection).isInForce
        else { return }
        try LedgerStore.replace(wrong, by: registration, entryIDs: entryIDs, at: moment, on: connection)
        try connection.execute(
            "UPDATE rights_request SET objection = $1 WHERE reference = $2", registration.objection.description,
            stored.reference)
    }
}

extension OperatorDesk {
    /// Prepares a correction: the filing with another subject, sealed under the case's key, and its registration.
    func correction(
        to subject: Subject, of stored: StoredRequest, unreached: [String], at moment: Instant
    ) throws -> IdentityCorrection {
        guard let sealed = stored.sealedFiling else { throw RightsError.sealed }
        let caseKey = try opened(stored)
        let location = CaseLocation.filing(stored.reference)
        var filing = try JSON(parsing: try caseKey.open(sealed, at: location)).object ?? [:]
        filing["subject"] = subject.json
        return IdentityCorrection(
            sealedFiling: try caseKey.seal(JSON.object(filing).canonicalBytes, at: location, random: random),
            registration: stored.right == .objection
                ? try sealer.registration(
                    of: ObjectionID(random: random), about: subject, scope: stored.scope, unreached: unreached,
                    at: moment) : nil)
    }
}
