public import CivilTime
public import SQLDatabase
import StrictJSON
public import Vault

/// Takes filings: seals them at the door and makes them durable before it answers.
public struct FilingDesk: Sendable {
    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let sealer: LedgerSealer
    let caseKeys: CaseKeyring
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
        caseKeys = CaseKeyring(publicKey: keys.cases, random: random)
        sealer = LedgerSealer(for: keys.ledgerKey, random: random)
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
        let arrival = Arrival(receivedAt: now(), channel: nil, isProven: filing.isProven(by: traits))
        return try await file(filing, arrival, idempotencyKey: idempotencyKey, body: body)
    }

    /// Files a request that came by some way.
    ///
    /// - Parameter along: prepares what is written in the same transaction; a repetition writes nothing.
    func file(
        _ filing: Filing, _ arrival: Arrival, idempotencyKey: String?, body: [UInt8],
        along: @Sendable (FilingReceipt) throws -> (@Sendable (any SQLConnection) throws -> Void) = { _ in { _ in } }
    ) async throws -> FilingReceipt {
        let attempt = try idempotencyKey.map { try IdempotentAttempt(key: $0, body: body, keys: keys) }
        if let attempt, let receipt = try await attempt.earlierAnswer(in: database) { return receipt }
        let unreached = try await unreached(filing)
        // A reference is six characters that people can read out; now and then one is taken already.
        for _ in 0..<7 {
            do {
                return try await insert(filing, arrival, attempt, unreached: unreached, along: along)
            } catch SQLError.constraint {}
        }
        return try await insert(filing, arrival, attempt, unreached: unreached, along: along)
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
        _ filing: Filing, _ arrival: Arrival, _ attempt: IdempotentAttempt?, unreached: [String],
        along: @Sendable (FilingReceipt) throws -> (@Sendable (any SQLConnection) throws -> Void)
    ) async throws -> FilingReceipt {
        let moment = now()
        let prepared = try prepare(
            filing, arrival, unreached: unreached, reference: reference(for: arrival), at: moment)
        // The secret is the citizen's: it goes to them by post, and into no answer to whoever enters a filing for them.
        let answer = arrival.channel == nil ? prepared.receipt : prepared.receipt.withoutSecret
        let sealedAnswer = try attempt?.seal(answer, random)
        let companion = try along(prepared.receipt)

        let isFiled = try await database.write { connection in
            if let attempt, let sealedAnswer {
                guard try attempt.record(sealedAnswer, at: moment, on: connection) else { return false }
            }
            try prepared.insert(on: connection)
            try companion(connection)
            return true
        }
        if isFiled { return answer }
        // A twin of this request was faster; its answer is durable by now.
        guard let receipt = try await attempt?.earlierAnswer(in: database) else { throw RightsError.outdated }
        return receipt
    }

    /// A reference that nobody has, but for a rare accident.
    func reference(for arrival: Arrival) -> String {
        RequestReference.random(year: arrival.receivedAt.date(in: policy.zone).year, from: random).description
    }

    /// Draws and seals everything that a filing needs.
    func prepare(
        _ filing: Filing, _ arrival: Arrival, unreached: [String], reference: String, at moment: Instant
    ) throws -> PreparedFiling {
        let secret = TrackingSecret(random: random)
        guard let pepper = keys.peppers[keys.epoch] else { throw RightsError.sealed }
        let caseKey = CaseKey(random: random)
        let objection = filing.right == .objection ? ObjectionID(random: random) : nil
        let isConfirmed = arrival.isConfirmed(filing, policy)
        let timeline = Timeline(
            arrival.firstEvents(isConfirmed: isConfirmed, hasMessage: filing.message != nil, at: moment))
        let isRegistered = policy.register == .onFiling || isConfirmed
        return PreparedFiling(
            filing: filing, objection: objection, timeline: timeline, epoch: keys.epoch,
            alertOn: policy.alertOn(of: timeline, receivedAt: arrival.receivedAt),
            receipt: FilingReceipt(
                reference: reference, secret: secret.formatted, receivedAt: arrival.receivedAt,
                dueOn: policy.clock(of: timeline, receivedAt: arrival.receivedAt).due, isConfirmed: isConfirmed,
                unreached: unreached),
            secretIndex: secret.index(under: keys.secretsIndex),
            operatorWrap: try caseKeys.wrap(caseKey, reference: reference, at: moment),
            citizenWrap: try caseKey.wrapped(toSecret: secret, pepper: pepper, reference: reference, random: random),
            sealedFiling: try caseKey.seal(
                filing.sealedMembers.canonicalBytes, at: CaseLocation.filing(reference), random: random),
            letter: arrival.hasLetter(filing)
                ? try SecretLetter(
                    of: reference, .filedOnPaper, secret: secret, under: caseKey, at: moment, random: random) : nil,
            registration: isRegistered
                ? try objection.map {
                    try sealer.registration(
                        of: $0, about: filing.subject, scope: filing.scope, unreached: unreached, at: moment)
                } : nil)
    }
}
