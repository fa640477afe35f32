public import CivilTime
import Crypto
public import SQLDatabase
public import StrictJSON
public import Vault

/// What somebody does who has proven who they are: find every request of theirs, end or narrow an objection, and get a
/// new secret. It needs the blind index and the cases' private key, so it is in the operators' process.
public struct ChoicesDesk: Sendable {
    /// More than anybody has filed.
    static let mostRequests = 100
    /// What events say of who acted: not whoever has the secret, but whoever signed in.
    static let bySignIn: [String: JSON] = ["by": "signIn"]

    let database: SQLDatabase
    let keys: RightsKeys
    let index: PersonIndexKey
    let policy: RightsPolicy
    let now: TimeSource
    let random: RandomSource

    /// Nil without the keys of the operators' process.
    public init?(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        guard let index = keys.personIndex, keys.casesPrivate != nil else { return nil }
        self.database = database
        self.keys = keys
        self.index = index
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// What keeps `claimant` from being shown anything; nil where nothing does.
    public func obstacle(_ claimant: Claimant) -> Claimant.Obstacle? {
        claimant.obstacle(on: now().date(in: policy.zone), parentActsUnderAge: policy.parentActsUnderAge)
    }

    /// Every request that is certainly about `claimant`, the newest first. Words of the case stay sealed.
    public func requests(of claimant: Claimant) async throws -> [RequestView] {
        guard obstacle(claimant) == nil else { return [] }
        let (policy, entries) = (policy, index.entries(of: claimant))
        return try await database.read { connection in
            try Self.references(sharing: entries, on: connection).compactMap { reference in
                try RequestStore.load(reference, on: connection).map { stored in
                    RequestView(
                        stored, try ObjectionStanding.load(of: stored, policy, on: connection), policy: policy,
                        includesInternal: false)
                }
            }.sorted { ($0.receivedAt, $0.reference) > ($1.receivedAt, $1.reference) }
        }
    }

    /// Ends the objection of `reference`, or where `body` names a `scope`, that part of it: as `FollowDesk.withdraw`,
    /// for whoever is signed in. Throws `RightsError.notFound` for what is not certainly theirs.
    public func withdraw(_ body: JSON, of reference: String, by claimant: Claimant) async throws {
        let sent = try SentScope.ended(by: body)
        let (moment, policy, entryID) = (now(), policy, Hex.encode(random(16)))
        let stored = try await request(reference, of: claimant)
        try await database.read { try RequestStore.requireCovered(sent, by: stored, on: $0) }
        try await database.write { connection in
            guard let current = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            try RequestStore.end(
                current, sent.scope, entryID: entryID, data: Self.bySignIn, at: moment, policy: policy, on: connection)
        }
    }

    /// Gives `claimant` a new secret for a request of theirs; the old one is dead once this returns. Throws
    /// `RightsError.notFound` for what is not certainly theirs.
    public func reissue(_ reference: String, to claimant: Claimant) async throws -> TrackingSecret {
        let stored = try await request(reference, of: claimant)
        let renewal = try SecretRenewal(of: stored, keys: keys, random: random)
        let (moment, policy) = (now(), policy)
        try await database.write { connection in
            try renewal.apply(
                actor: .citizen, data: .object(Self.bySignIn), at: moment, policy: policy, on: connection)
        }
        return renewal.secret
    }

    private func request(_ reference: String, of claimant: Claimant) async throws -> StoredRequest {
        guard obstacle(claimant) == nil else { throw RightsError.notFound }
        let entries = index.entries(of: claimant)
        return try await database.read { connection in
            guard try Self.references(sharing: entries, on: connection).contains(reference),
                let stored = try RequestStore.load(reference, on: connection)
            else { throw RightsError.notFound }
            return stored
        }
    }

    /// The requests that share enough with `entries` to be about the same person.
    static func references(
        sharing entries: Set<PersonIndexEntry>, on connection: any SQLConnection
    ) throws -> [String] {
        try PersonIndexKey.kinds(of: entries, on: connection).filter { PersonMatch.isCertain($0.value) }
            .keys.sorted(by: >).prefix(mostRequests).map { $0 }
    }
}
