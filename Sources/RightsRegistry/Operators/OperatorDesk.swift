public import CivilTime
import Crypto
public import SQLDatabase
public import StrictJSON
public import Vault

/// What operators do with requests. Each act checks the role, and is written with its audit event or not at all.
public struct OperatorDesk: Sendable {
    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    /// Takes what operators enter for others.
    let filing: FilingDesk
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
        filing = FilingDesk(database: database, keys: keys, policy: policy, now: now, random: random)
        sealer = filing.sealer
    }

    /// Throws `RightsError.forbidden` unless the operator's role includes `permission`, and leaves an audit event of it.
    public func demand(_ permission: Permission, of signedIn: Operator, asking place: String) async throws {
        guard !policy.roles.allows(signedIn.role, permission) else { return }
        try await recordRefusal(of: signedIn, asking: place)
        throw RightsError.forbidden(permission)
    }

    /// Writes down that somebody asked for what their role does not include.
    public func recordRefusal(of signedIn: Operator, asking place: String) async throws {
        let audit = event("operator.refused", on: String(place.prefix(100)), by: signedIn, [:], now())
        try await database.write { try audit.record(on: $0) }
    }

    /// One request as an operator sees it, internal notes included; who it is about stays sealed.
    ///
    /// Words of the case, and names of its files, are opened for those alone who may open an identity, since either may tell
    /// it. The audit says who read a case's words, once a day.
    public func request(_ reference: String, for signedIn: Operator) async throws -> RequestView {
        try await demand(.readRequests, of: signedIn, asking: reference)
        let policy = policy
        let moment = now()
        let (stored, standing, files, notices, taskWords, facts) = try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            return (
                stored, try ObjectionStanding.load(of: stored, policy, on: connection),
                try CaseFileStore.files(of: stored, on: connection),
                try NoticeStore.statuses(of: reference, on: connection),
                try TaskStore.hasWords(of: reference, on: connection),
                try deskFacts(of: reference, for: signedIn, at: moment, on: connection)
            )
        }
        let hasWords =
            !stored.sealedWords.isEmpty || taskWords || files.rows.contains { !$0.file.isProof && $0.sealedName != nil }
        let key = hasWords && mayReadWords(signedIn) ? try? opened(stored) : nil
        if key != nil { try await noteReading(of: reference, by: signedIn) }
        let cases = key == nil ? nil : keys.casesPrivate
        let (tasks, package) = try await database.read { connection in
            (
                try TaskStore.standing(of: stored, key: key, cases: cases, isConsole: true, on: connection),
                try PackageStore.standing(of: stored, key: key, at: moment, on: connection)
            )
        }
        var view = RequestView(
            stored, standing, files, tasks: tasks, package: package, policy: policy, notices: notices, key: key,
            includesInternal: true)
        view.desk = facts
        return view
    }

    /// Opens who a request is about: subject, capacity, contact, message, as filed.
    ///
    /// Needs a motive, once a day; the citizen sees that event, and the audit keeps motive and name each time. Throws
    /// `RightsError`.
    ///
    /// - Parameter motive: nil where one was given today for the same case; else `.invalid`.
    public func openIdentity(
        _ reference: String, motive given: OpeningMotive?, for signedIn: Operator
    ) async throws -> JSON {
        try await demand(.openIdentity, of: signedIn, asking: "identity \(reference)")
        guard keys.casesPrivate != nil else { throw RightsError.sealed }
        let (moment, policy) = (now(), policy)
        let since = moment.date(in: policy.zone).start(in: policy.zone)
        let again = event("case.identityOpenedAgain", on: reference, by: signedIn, [:], moment)
        let stored = try await database.write { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            if stored.erasedAt != nil { throw RightsError.erased }
            // Nobody is told that something was opened which nobody can open.
            if stored.lost?.isForOperators == true { throw RightsError.lost }
            if try Self.openedToday(reference, by: signedIn, since: since, on: connection) != nil {
                try again.record(on: connection)
                return stored
            }
            guard let motive = given else {
                throw RightsError.invalid(FieldErrors([FieldError(pointer: "/motive", code: "required")]))
            }
            let audit = event(
                "requestEvent.identityOpened", on: reference, by: signedIn, ["motive": .string(motive.rawValue)], moment
            )
            try RequestStore.append(
                .identityOpened, to: stored, actor: signedIn.actor, operatorName: signedIn.name,
                data: ["motive": .string(motive.rawValue)], at: moment, policy: policy, on: connection)
            try audit.record(on: connection)
            return stored
        }
        guard let sealed = stored.sealedFiling else { throw RightsError.sealed }
        return try JSON(parsing: try opened(stored).open(sealed, at: CaseLocation.filing(reference)))
    }

    /// Throws `RightsError.erased` for a case that was erased, and `.keysOutdated` for one that is under keys which came after
    /// those of this process, `.lost` where its own are gone.
    func opened(_ stored: StoredRequest) throws -> CaseKey {
        if stored.erasedAt != nil { throw RightsError.erased }
        guard let wrap = stored.operatorWrap, let privateKey = keys.casesPrivate else { throw RightsError.sealed }
        if stored.lost?.isForOperators == true { throw RightsError.lost }
        if let newest = privateKey.epochs.max(), stored.epoch > newest { throw RightsError.keysOutdated }
        return try CaseKey(unwrapping: wrap, with: privateKey, reference: stored.reference)
    }

    /// The key of a case; nil where nothing opens it any more. Throws `RightsError.keysOutdated` where another process may:
    /// what is sealed under it is not to be thrown away here.
    func openedIfAnything(_ stored: StoredRequest, on connection: any SQLConnection) throws -> CaseKey? {
        if stored.operatorWrap != nil, keys.casesPrivate?.epochs.contains(stored.epoch) == false,
            try !KeyEpochs.standing(on: connection).hasEnded(stored.epoch)
        {
            throw RightsError.keysOutdated
        }
        return try? opened(stored)
    }

    func event(
        _ act: String, on reference: String, by signedIn: Operator, _ detail: JSON, _ moment: Instant
    ) -> AuditEvent {
        AuditEvent(
            at: moment, actor: signedIn.name, role: signedIn.role.rawValue, act: act, subject: reference,
            detail: detail, random: random)
    }
}
