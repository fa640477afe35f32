public import CivilTime
public import SQLDatabase
public import StrictJSON
public import Vault

/// A lost code that waits for an operator.
public struct LostCodeItem: Sendable, Hashable {
    public let id: String
    public let receivedAt: Instant
}

/// A lost code, opened: what was written, and the requests that it may be about.
public struct LostCodeCase: Sendable {
    /// A request of somebody of that name and birth date, or the one whose reference was given.
    public struct Candidate: Sendable, Hashable {
        public let reference: String
        public let right: Right
        public let receivedAt: Instant
    }

    public let item: LostCodeItem
    public let asked: LostCodeRequest
    public let candidates: [Candidate]
}

/// Where a letter with a new code goes.
public enum LetterAddress: String, Sendable, CaseIterable {
    /// To the address in the filing.
    case onFile
    /// To the one that was given now, once the operator has verified that it is the person's. It then stands in the filing.
    case verified
}

/// New codes by letter: what citizens ask for, and what operators do about it. A code is shown to no operator.
public struct LostCodeDesk: Sendable {
    private static let mostWaiting = 100

    let database: SQLDatabase
    let keys: RightsKeys
    let casesPrivate: CaseOpener
    let index: PersonIndexKey
    let operators: OperatorDesk
    let policy: RightsPolicy
    /// Whether letters with a code are printed: without a folder for them, none is made.
    public let printsLetters: Bool
    let now: TimeSource
    let random: RandomSource

    /// Nil without the keys of the operators' process.
    public init?(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, printsLetters: Bool, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        guard let index = keys.personIndex, let casesPrivate = keys.casesPrivate else { return nil }
        self.database = database
        self.keys = keys
        self.casesPrivate = casesPrivate
        self.index = index
        operators = OperatorDesk(database: database, keys: keys, policy: policy, now: now, random: random)
        self.policy = policy
        self.printsLetters = printsLetters
        self.now = now
        self.random = random
    }

    /// Takes what a citizen wrote. Whether it fits any request is looked at by an operator alone, so that nothing here can
    /// tell who has filed.
    public func receive(_ asked: LostCodeRequest) async throws {
        let (id, moment, key) = (Hex.encode(random(16)), now(), CaseKey(random: random))
        let wrap = try key.wrapped(to: keys.cases, reference: id)
        let sealed = try key.seal(asked.json.canonicalBytes, at: Self.location(id), random: random)
        let epoch = keys.epoch
        try await database.write { connection in
            try KeyEpochs.require(epoch, on: connection)
            _ = try connection.execute(
                """
                INSERT INTO lost_code (id, received_at, wrap, sealed, state, epoch)
                VALUES ($1, $2, $3, $4, 'waiting', $5)
                """, id, moment, wrap, sealed, epoch)
        }
    }

    /// What waits, the oldest first, at most 100. Throws `RightsError.forbidden`.
    public func waiting(for signedIn: Operator) async throws -> [LostCodeItem] {
        try await operators.demand(.readRequests, of: signedIn, asking: "lost codes")
        return try await database.read { connection in
            try connection.query(
                """
                SELECT id, received_at FROM lost_code WHERE state = 'waiting'
                ORDER BY received_at, id LIMIT \(Self.mostWaiting)
                """
            ).map { LostCodeItem(id: try $0["id"], receivedAt: try $0["received_at"]) }
        }
    }

    /// Opens one, with an audit event. Throws `RightsError.forbidden`, and `.notFound` for what no longer waits.
    public func open(_ id: String, for signedIn: Operator) async throws -> LostCodeCase {
        try await operators.demand(.openIdentity, of: signedIn, asking: "lost code \(id)")
        let audit = audit("lostCode.opened", on: id, by: signedIn)
        let (item, wrap, sealed) = try await database.write { connection in
            guard
                let row = try connection.first(
                    "SELECT received_at, wrap, sealed FROM lost_code WHERE id = $1 AND state = 'waiting'", id),
                let wrap = try row["wrap"] as [UInt8]?, let sealed = try row["sealed"] as [UInt8]?
            else { throw RightsError.notFound }
            try audit.record(on: connection)
            return (LostCodeItem(id: id, receivedAt: try row["received_at"]), wrap, sealed)
        }
        let key = try CaseKey(unwrapping: wrap, with: casesPrivate, reference: id)
        let asked = try LostCodeRequest(json: JSON(parsing: try key.open(sealed, at: Self.location(id))))
        let likely = index.entries(likely: asked)
        let candidates = try await database.read { connection in
            let named = asked.reference.map { [$0] } ?? []
            let found = try PersonIndexKey.references(under: likely, on: connection)
            return try (named + found.filter { !named.contains($0) }).compactMap { reference in
                try RequestStore.load(reference, on: connection).map {
                    LostCodeCase.Candidate(reference: reference, right: $0.right, receivedAt: $0.receivedAt)
                }
            }
        }
        return LostCodeCase(item: item, asked: asked, candidates: candidates)
    }

    /// Opens who `reference` is about, to be compared with what was written: the citizen sees it in the timeline. Throws as
    /// `OperatorDesk.openIdentity` does.
    public func identity(of reference: String, for signedIn: Operator) async throws -> JSON {
        try await operators.demand(.verifyIdentity, of: signedIn, asking: "identity \(reference)")
        return try await operators.openIdentity(reference, motive: .identityCheck, for: signedIn)
    }

    /// Has a new code for `reference` printed and posted; the old one is dead once this returns.
    ///
    /// Throws `RightsError.invalid` where the letter would reach nobody, and leaves the old code alive: `address.none` without
    /// a postal address, `address.comeOfAge` where a parent filed for a child who acts alone by now, `letter.noFolder` where
    /// nothing prints letters, `death.recorded` where the person's death is. Throws `.outdated` where another operator was faster, `.erased` for a case that was erased:
    /// its code can be had by sign-in alone.
    public func send(
        _ id: String, for reference: String, to address: LetterAddress, by signedIn: Operator
    ) async throws {
        try await operators.demand(.verifyIdentity, of: signedIn, asking: "lost code \(id)")
        guard printsLetters else { throw ReaddressedFiling.refusal("letter.noFolder") }
        let opened = try await open(id, for: signedIn)
        let stored = try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            return stored
        }
        let (moment, policy) = (now(), policy)
        let filing = try ReaddressedFiling(
            stored, under: try operators.opened(stored), to: address == .verified ? opened.asked.postal : nil,
            policy: policy, on: moment.date(in: policy.zone), random: random)
        let renewal = try SecretRenewal(of: stored, keys: keys, random: random)
        let letter = try SecretLetter(
            of: reference, .secretReissued, secret: renewal.secret, under: try operators.opened(stored), at: moment,
            random: random)
        let audit = audit(
            "lostCode.sent", on: reference, by: signedIn,
            ["lostCode": .string(id), "address": .string(address.rawValue)])
        try await database.write { connection in
            try Self.finish(id, "sent", at: moment, on: connection)
            try renewal.apply(
                actor: signedIn.actor, operatorName: signedIn.name, data: ["by": "letter"], at: moment, policy: policy,
                on: connection)
            try filing.write(on: connection)
            try letter.insert(on: connection)
            try audit.record(on: connection)
        }
    }

    /// Lays one aside that fits no request: what was written is destroyed, and nobody is told.
    public func dismiss(_ id: String, by signedIn: Operator) async throws {
        try await operators.demand(.verifyIdentity, of: signedIn, asking: "lost code \(id)")
        let moment = now()
        let audit = audit("lostCode.dismissed", on: id, by: signedIn)
        try await database.write { connection in
            try Self.finish(id, "dismissed", at: moment, on: connection)
            try audit.record(on: connection)
        }
    }

    private static func finish(
        _ id: String, _ state: String, at moment: Instant, on connection: any SQLConnection
    ) throws {
        let isOurs =
            try connection.execute(
                """
                UPDATE lost_code SET state = $1, done_at = $2, wrap = NULL, sealed = NULL
                WHERE id = $3 AND state = 'waiting'
                """, state, moment, id) == 1
        guard isOurs else { throw RightsError.outdated }
    }

    private static func location(_ id: String) -> BoxLocation {
        BoxLocation(table: "lost_code", row: id, column: "sealed", version: 1)
    }

    private func audit(
        _ act: String, on subject: String, by signedIn: Operator, _ detail: JSON = [:]
    ) -> AuditEvent {
        AuditEvent(
            at: now(), actor: signedIn.name, role: signedIn.role.rawValue, act: act, subject: subject, detail: detail,
            random: random)
    }
}

/// A filing whose letters can be posted: as it is, or with another address, sealed anew.
private struct ReaddressedFiling: Sendable {
    private let reference: String
    private let former: [UInt8]
    private let sealed: [UInt8]?

    /// - Parameter postal: the address to put in; nil to keep the one that is there. Throws `RightsError.invalid` where the
    ///   envelope would be empty.
    init(
        _ stored: StoredRequest, under caseKey: CaseKey, to postal: String?, policy: RightsPolicy,
        on day: CalendarDate, random: @escaping RandomSource
    ) throws {
        guard let former = stored.sealedFiling else { throw RightsError.sealed }
        let location = CaseLocation.filing(stored.reference)
        var filing = try JSON(parsing: try caseKey.open(former, at: location)).object ?? [:]
        if let postal {
            var contact = filing["contact"]?.object ?? [:]
            contact["postal"] = .string(postal)
            filing["contact"] = .object(contact)
        }
        // The very envelope that will be printed.
        guard let opened = OpenedCase(.object(filing), under: caseKey, policy, on: day) else {
            throw RightsError.sealed
        }
        if opened.isOfAge { throw Self.refusal("address.comeOfAge") }
        if opened.envelope.isEmpty { throw Self.refusal("address.none") }
        reference = stored.reference
        self.former = former
        sealed =
            postal == nil
            ? nil : try caseKey.seal(JSON.object(filing).canonicalBytes, at: location, random: random)
    }

    /// Why no letter can go out.
    static func refusal(_ code: String) -> RightsError {
        .invalid(FieldErrors([FieldError(pointer: "/address", code: code)]))
    }

    /// Throws `RightsError.outdated` where the filing has changed since.
    func write(on connection: any SQLConnection) throws {
        guard let sealed else { return }
        let isOurs =
            try connection.execute(
                "UPDATE rights_request SET sealed_filing = $1 WHERE reference = $2 AND sealed_filing = $3", sealed,
                reference, former) == 1
        guard isOurs else { throw RightsError.outdated }
    }
}
