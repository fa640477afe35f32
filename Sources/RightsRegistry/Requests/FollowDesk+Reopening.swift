import CivilTime
import SQLDatabase
import StrictJSON
public import Vault

extension FollowDesk {
    /// Takes up again a request that was set aside, with the secret that it had: a new clock starts, and the question of
    /// identity is asked anew. A second time changes nothing.
    ///
    /// Its objection is registered again, as at filing; but only once: after a second time without an answer it waits for
    /// the decision, or a stranger could keep it in force for ever.
    ///
    /// Throws `RightsError.notFound` as `follow` does, and `.transition` where the request was not set aside.
    public func reopen(_ reference: String, secret: TrackingSecret) async throws {
        let (moment, policy) = (now(), policy)
        let (stored, unreached) = try await database.read { connection in
            let stored = try authenticated(reference, secret, on: connection)
            return (stored, try ScopeLookup.look(up: stored.scope, on: connection).unreached)
        }
        guard stored.timeline.outcome == .abandoned else {
            if stored.timeline.isTakenUpByCitizen { return }
            throw RightsError.transition(.notIn(stored.timeline.state, .reopened))
        }
        let caseKey = try openedByCitizen(stored, secret)
        let number = stored.timeline.nextNumber
        let question = try sealedQuestion(of: stored, caseKey, for: number + 1)
        let registration = try registration(of: stored, caseKey, unreached, at: moment)
        try await database.write { connection in
            let current = try authenticated(reference, secret, on: connection)
            guard current.timeline.nextNumber == number else { throw RightsError.outdated }
            try RequestStore.append(
                .reopened, to: current, actor: .citizen, at: moment, policy: policy, on: connection)
            guard let reopened = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            try RequestStore.append(
                .identityRequested, to: reopened, actor: .system, sealed: question, at: moment, policy: policy,
                on: connection)
            if let registration { try LedgerStore.registerUnlessInForce(registration, on: connection) }
        }
    }

    /// The words in which identity was asked for, for another event: the same question.
    private func sealedQuestion(
        of stored: StoredRequest, _ caseKey: CaseKey, for number: Int
    ) throws -> [UInt8]? {
        guard let asked = stored.timeline.events.last(where: { $0.type == .identityRequested }),
            let sealed = stored.sealedWords[asked.n]
        else { return nil }
        let words = try caseKey.open(sealed, at: CaseLocation.event(stored.reference, asked.n))
        return try caseKey.seal(words, at: CaseLocation.event(stored.reference, number), random: random)
    }

    private func registration(
        of stored: StoredRequest, _ caseKey: CaseKey, _ unreached: [String], at moment: Instant
    ) throws -> SealedRegistration? {
        guard policy.register == .onFiling, stored.right == .objection, let objection = stored.objection,
            let sealed = stored.sealedFiling,
            stored.timeline.events.count(where: { $0.type == .abandoned }) == 1
        else { return nil }
        let filing = try JSON(parsing: try caseKey.open(sealed, at: CaseLocation.filing(stored.reference)))
        let subject = try Subject(json: filing["subject"] ?? .null)
        return try sealer.registration(
            of: objection, about: subject, scope: stored.scope, unreached: unreached, at: moment)
    }
}

extension Timeline {
    /// Whether the citizen took the request up again and the question of identity stands: what `reopen` leaves.
    fileprivate var isTakenUpByCitizen: Bool {
        state == .awaitingIdentity && events.contains { $0.type == .reopened && $0.actor == .citizen }
    }
}
