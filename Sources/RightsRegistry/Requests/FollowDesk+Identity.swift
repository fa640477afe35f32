import CivilTime
import SQLDatabase
import StrictJSON
public import Vault

extension FollowDesk {
    /// What came of answering the question of identity by signing in.
    public enum IdentityAnswer: Sendable, Hashable {
        /// The request is about the very person: its identity is verified.
        case verified
        /// The person files for somebody else, and is who they said. Whether they may, an operator tells.
        case provided
        /// The request was filed about, or by, somebody else: nothing was recorded.
        case another
    }

    /// Answers the question of identity with what a provider has said of whoever has the request open.
    ///
    /// Throws `RightsError.notFound` as `follow` does, `.transition` where identity is not awaited, `.outdated` where
    /// something else happened at the same time. Of the traits nothing is kept.
    public func proveIdentity(
        _ traits: ProvenTraits, for reference: String, secret: TrackingSecret
    ) async throws -> IdentityAnswer {
        let (moment, policy) = (now(), policy)
        let stored = try await database.read { try authenticated(reference, secret, on: $0) }
        guard stored.timeline.state == .awaitingIdentity else {
            throw RightsError.transition(.notIn(stored.timeline.state, .identityProvided))
        }
        let answer = try Self.answer(traits, to: try openedFiling(stored, secret))
        guard answer != .another else { return answer }
        try await database.write { connection in
            let current = try authenticated(reference, secret, on: connection)
            // Compared with what was filed then: an identity that was corrected meanwhile is another.
            guard current.timeline == stored.timeline else { throw RightsError.outdated }
            try RequestStore.append(
                .identityProvided, to: current, actor: .citizen, data: Timeline.bySignIn, at: moment, policy: policy,
                on: connection)
            guard answer == .verified else { return }
            try RequestStore.append(
                .identityVerified, to: try authenticated(reference, secret, on: connection), actor: .system,
                data: Timeline.bySignIn, at: moment, policy: policy, on: connection)
        }
        return answer
    }

    static func answer(_ traits: ProvenTraits, to filing: JSON) throws -> IdentityAnswer {
        guard let capacity = filing["capacity"]?.string.flatMap(Capacity.init(rawValue:)) else {
            throw RightsError.sealed
        }
        guard capacity.actsForAnother else {
            return traits.agree(with: try Subject(json: filing["subject"] ?? .null)) ? .verified : .another
        }
        return traits.agree(withName: try Requester(json: filing["requester"] ?? .null).name) ? .provided : .another
    }

    func openedFiling(_ stored: StoredRequest, _ secret: TrackingSecret) throws -> JSON {
        guard let sealed = stored.sealedFiling else { throw RightsError.sealed }
        let opened = try openedByCitizen(stored, secret).open(sealed, at: CaseLocation.filing(stored.reference))
        return try JSON(parsing: opened)
    }
}
