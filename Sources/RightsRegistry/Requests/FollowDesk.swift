public import CivilTime
import Crypto
public import SQLDatabase
public import StrictJSON
public import Vault

/// A request as its citizen or an operator sees it.
public struct RequestView: Sendable {
    /// An event, with its words where the reader may read them.
    public struct Event: Sendable {
        public let event: RequestEvent
        /// What was sealed with it: the reasons of a refusal, for instance.
        public let words: JSON?
    }

    public let reference: String
    public let right: Right
    public let language: FilingLanguage
    public let receivedAt: Instant
    public let state: RequestState
    public let outcome: RequestOutcome?
    public let decidedAt: Instant?
    public let closedAt: Instant?
    public let isIdentityVerified: Bool
    public let assignee: String?
    public let clock: ClockReading
    public let events: [Event]
    public let propagation: [PropagationStatus]

    /// Whether the objection is in force: registered and not ended.
    public let isInForce: Bool

    init(
        _ stored: StoredRequest, propagation: [PropagationStatus], isInForce: Bool, policy: RightsPolicy,
        words: (Int, [UInt8]) -> JSON?, includesInternal: Bool
    ) {
        reference = stored.reference
        right = stored.right
        language = stored.language
        receivedAt = stored.receivedAt
        state = stored.timeline.state
        outcome = stored.timeline.outcome
        decidedAt = stored.timeline.decidedAt
        closedAt = stored.timeline.closedAt
        isIdentityVerified = stored.timeline.isIdentityVerified
        assignee = stored.assignee
        clock = policy.clock(of: stored.timeline, receivedAt: stored.receivedAt)
        events = stored.timeline.events.filter { includesInternal || $0.type.isPublic }.map { event in
            Event(event: event, words: stored.sealedWords[event.n].flatMap { words(event.n, $0) })
        }
        self.propagation = propagation
        self.isInForce = isInForce
    }
}

/// What a citizen does with a reference and a secret: follow a request, and end an objection.
public struct FollowDesk: Sendable {
    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let now: TimeSource
    let random: RandomSource

    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// The request of `reference`. Throws `RightsError.notFound` for an unknown reference and for a wrong secret alike.
    public func follow(_ reference: String, secret: TrackingSecret) async throws -> RequestView {
        let policy = policy
        let (stored, propagation, isInForce) = try await database.read { connection in
            let stored = try authenticated(reference, secret, on: connection)
            return (
                stored, try Self.propagation(of: stored, policy, on: connection),
                try Self.isInForce(stored, on: connection)
            )
        }
        let caseKey = try? openedByCitizen(stored, secret)
        return RequestView(
            stored, propagation: propagation, isInForce: isInForce, policy: policy,
            words: { n, sealed in
                (try? caseKey?.open(sealed, at: CaseLocation.event(reference, n))).flatMap { try? JSON(parsing: $0) }
            }, includesInternal: false)
    }

    /// Ends the objection of `reference`, at any time, even when the request is closed. A second time changes nothing.
    public func withdraw(_ reference: String, secret: TrackingSecret) async throws {
        let moment = now()
        let entryID = Hex.encode(random(16))
        let policy = policy
        try await database.write { connection in
            let stored = try authenticated(reference, secret, on: connection)
            guard stored.timeline.outcome != .withdrawn else { return }
            try RequestStore.append(
                .withdrawn, to: stored, actor: .citizen, at: moment, policy: policy, on: connection)
            if let objection = stored.objection {
                try LedgerStore.withdraw(objection, entryID: entryID, at: moment, on: connection)
            }
        }
    }

    /// Compares in constant time, and does the same work for a reference that does not exist.
    func authenticated(
        _ reference: String, _ secret: TrackingSecret, on connection: any SQLConnection
    ) throws -> StoredRequest {
        let presented = secret.index(under: keys.secretsIndex)
        let row = try connection.first("SELECT secret_index FROM rights_request WHERE reference = $1", reference)
        let kept: [UInt8] = try row?["secret_index"] ?? [UInt8](repeating: 0, count: 32)
        guard ConstantTime.areEqual(presented, kept), row != nil,
            let stored = try RequestStore.load(reference, on: connection)
        else { throw RightsError.notFound }
        return stored
    }

    func openedByCitizen(_ stored: StoredRequest, _ secret: TrackingSecret) throws -> CaseKey {
        guard let wrap = stored.citizenWrap, let pepper = keys.peppers[stored.epoch] else { throw RightsError.sealed }
        return try CaseKey(unwrapping: wrap, withSecret: secret, pepper: pepper, reference: stored.reference)
    }

    static func propagation(
        of stored: StoredRequest, _ policy: RightsPolicy, on connection: any SQLConnection
    ) throws -> [PropagationStatus] {
        guard let objection = stored.objection else { return [] }
        return try PropagationView.statuses(
            of: objection.description, zone: { $0.date(in: policy.zone) }, on: connection)
    }

    static func isInForce(_ stored: StoredRequest, on connection: any SQLConnection) throws -> Bool {
        guard let objection = stored.objection else { return false }
        let effect: String? = try connection.first(
            "SELECT effect FROM ledger_entry WHERE objection = $1 ORDER BY ordinal DESC LIMIT 1",
            objection.description)?["effect"]
        return effect == LedgerEffect.register.rawValue
    }
}
