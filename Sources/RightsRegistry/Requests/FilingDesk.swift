public import CivilTime
import Crypto
public import SQLDatabase
import StrictJSON
public import Vault

/// Takes filings: seals them at the door and makes them durable before it answers.
public struct FilingDesk: Sendable {
    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let sealer: LedgerSealer
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
        sealer = LedgerSealer(keyring: SegmentKeyring(publicKey: keys.ledger, random: random), random: random)
    }

    /// Files a request; once this returns, it survives a power cut.
    ///
    /// - Parameters:
    ///   - idempotencyKey: at least 128 random bits in at least 22 characters. The same key with the same `body` gets
    ///     the first answer again; with another body it throws `RightsError.idempotencyKeyReused`.
    ///   - body: the bytes that were sent, to tell a repetition from another filing.
    ///   - traits: what a provider of identities has said of whoever files. Where they are the subject's, the identity is
    ///     verified in the filing; nothing else of them is kept.
    ///
    /// Throws `RightsError.invalid` with `scope.unknown` at each id of the scope that names nothing.
    public func file(
        _ filing: Filing, idempotencyKey: String?, body: [UInt8], provenBy traits: ProvenTraits? = nil
    ) async throws -> FilingReceipt {
        let isProven = filing.isProven(by: traits)
        let attempt = try idempotencyKey.map { try IdempotentAttempt(key: $0, body: body, keys: keys) }
        if let attempt, let receipt = try await attempt.earlierAnswer(in: database) { return receipt }
        let unreached = try await unreached(filing)
        // A reference is six characters that people can read out; now and then one is taken already.
        for _ in 0..<7 {
            do {
                return try await insert(filing, isProven: isProven, attempt, unreached: unreached)
            } catch SQLError.constraint {}
        }
        return try await insert(filing, isProven: isProven, attempt, unreached: unreached)
    }

    /// The projects whose controllers an objection has to be told to. Throws where the scope names what is not there.
    private func unreached(_ filing: Filing) async throws -> [String] {
        let scope = filing.scope
        guard scope != .all else { return [] }
        let found = try await database.read { try ScopeLookup.look(up: scope, on: $0) }
        try filing.sentScope.refuse(found.unknown, "scope.unknown")
        return filing.right == .objection ? found.unreached : []
    }

    private func insert(
        _ filing: Filing, isProven: Bool, _ attempt: IdempotentAttempt?, unreached: [String]
    ) async throws -> FilingReceipt {
        let moment = now()
        let secret = TrackingSecret(random: random)
        let reference = RequestReference.random(year: moment.date(in: policy.zone).year, from: random).description
        let prepared = try prepare(
            filing, isProven: isProven, unreached: unreached, reference: reference, secret: secret, at: moment)
        let sealedAnswer = try attempt?.seal(prepared.receipt, random)

        let isFiled = try await database.write { connection in
            if let attempt, let sealedAnswer {
                guard try attempt.record(sealedAnswer, at: moment, on: connection) else { return false }
            }
            try prepared.insert(on: connection)
            return true
        }
        if isFiled { return prepared.receipt }
        // A twin of this request was faster; its answer is durable by now.
        guard let receipt = try await attempt?.earlierAnswer(in: database) else { throw RightsError.outdated }
        return receipt
    }

    private func prepare(
        _ filing: Filing, isProven: Bool, unreached: [String], reference: String, secret: TrackingSecret,
        at moment: Instant
    ) throws -> PreparedFiling {
        guard let pepper = keys.peppers[keys.epoch] else { throw RightsError.sealed }
        let caseKey = CaseKey(random: random)
        let objection = filing.right == .objection ? ObjectionID(random: random) : nil
        let isConfirmed = policy.confirms(filing, isProven: isProven)
        let timeline = Timeline(Self.firstEvents(isConfirmed: isConfirmed, isProven: isProven, at: moment))
        let isRegistered = policy.register == .onFiling || isConfirmed
        return PreparedFiling(
            filing: filing, objection: objection, timeline: timeline, epoch: keys.epoch,
            receipt: FilingReceipt(
                reference: reference, secret: secret.formatted, receivedAt: moment,
                dueOn: policy.clock(of: timeline, receivedAt: moment).due, isConfirmed: isConfirmed,
                unreached: unreached),
            secretIndex: secret.index(under: keys.secretsIndex),
            operatorWrap: try caseKey.wrapped(to: keys.cases, reference: reference),
            citizenWrap: try caseKey.wrapped(toSecret: secret, pepper: pepper, reference: reference, random: random),
            sealedFiling: try caseKey.seal(
                filing.sealedMembers.canonicalBytes, at: CaseLocation.filing(reference), random: random),
            registration: isRegistered
                ? try objection.map {
                    try sealer.registration(
                        of: $0, identifiers: filing.subject.identifiers.map(\.canonical), scope: filing.scope,
                        unreached: unreached, at: moment)
                } : nil)
    }

    /// What has happened once a filing is in. Where there is no reasonable doubt it is granted at once: nobody is asked
    /// who they are without a reason (GDPR, article 12(6)), and operators see the doubtful ones alone.
    private static func firstEvents(isConfirmed: Bool, isProven: Bool, at moment: Instant) -> [RequestEvent] {
        var timeline = Timeline([])
        func add(_ type: EventType, _ actor: ActingRole, _ data: JSON = [:]) {
            timeline.record(RequestEvent(n: timeline.nextNumber, type: type, at: moment, actor: actor, data: data))
        }
        add(.filed, .citizen, isConfirmed && !isProven ? Timeline.identityNotNeeded : [:])
        if isProven { add(.identityVerified, .system, Timeline.bySignIn) }
        if isConfirmed { add(.granted, .system) }
        return timeline.events
    }
}

/// A filing with everything drawn and sealed: only to be inserted, as often as the engine asks.
private struct PreparedFiling: Sendable {
    let filing: Filing
    let objection: ObjectionID?
    let timeline: Timeline
    let epoch: Int
    let receipt: FilingReceipt
    let secretIndex: [UInt8]
    let operatorWrap: [UInt8]
    let citizenWrap: [UInt8]
    let sealedFiling: [UInt8]
    let registration: SealedRegistration?

    func insert(on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO rights_request
                (reference, right_kind, scope, language, objection, received_at, secret_index, epoch, operator_wrap,
                 citizen_wrap, sealed_filing, state, outcome, due_on, event_count)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            receipt.reference, filing.right.rawValue, filing.scope.json.canonical, filing.language.rawValue,
            objection?.description, receipt.receivedAt, secretIndex, epoch, operatorWrap, citizenWrap, sealedFiling,
            timeline.state.rawValue, timeline.outcome?.rawValue, receipt.dueOn, timeline.events.count)
        for event in timeline.events { try RequestStore.insert(event, of: receipt.reference, on: connection) }
        try RequestStore.insert(filing.scope, of: receipt.reference, on: connection)
        if let registration { try LedgerStore.register(registration, on: connection) }
    }
}

/// A filing sent with an idempotency key, so that a repetition gets the same answer, secret included.
///
/// The key itself is not kept: its HMAC finds the answer, and the answer is sealed under a key derived from it.
private struct IdempotentAttempt: Sendable {
    let index: [UInt8]
    let bodyDigest: [UInt8]
    let answerKey: SymmetricKey

    init(key: String, body: [UInt8], keys: RightsKeys) throws {
        let bytes = Array(key.utf8)
        let index = SecretIndex.idempotencyKey.index(of: bytes, under: keys.secretsIndex)
        let material = SymmetricKey(data: SHA256.hash(data: bytes))
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: material, salt: index, info: Array(purpose.utf8), outputByteCount: 32)
        }
        self.index = index
        answerKey = derived("regard filing answer")
        // Keyed, since a body has few enough unknown digits to be guessed from a bare hash.
        bodyDigest = Array(HMAC<SHA256>.authenticationCode(for: body, using: derived("regard filing body")))
    }

    func seal(_ receipt: FilingReceipt, _ random: RandomSource) throws -> [UInt8] {
        try SealedBox.seal(
            receipt.json.canonicalBytes, under: answerKey, at: CaseLocation.answer(index), random: random)
    }

    /// Claims the key for this filing; false where another has it.
    func record(_ sealedAnswer: [UInt8], at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO filing_answer (key_index, body_digest, sealed_answer, filed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """, index, bodyDigest, sealedAnswer, now) == 1
    }

    /// The answer that this key got before; nil where it is new. Throws where it belongs to another body.
    func earlierAnswer(in database: SQLDatabase) async throws -> FilingReceipt? {
        let found: (digest: [UInt8], sealed: [UInt8])? = try await database.read { connection in
            try connection.first("SELECT body_digest, sealed_answer FROM filing_answer WHERE key_index = $1", index).map
            {
                (try $0["body_digest"], try $0["sealed_answer"])
            }
        }
        guard let found else { return nil }
        guard ConstantTime.areEqual(found.digest, bodyDigest) else { throw RightsError.idempotencyKeyReused }
        let opened = try SealedBox.open(found.sealed, under: answerKey, at: CaseLocation.answer(index))
        return FilingReceipt(json: try JSON(parsing: opened))
    }
}
