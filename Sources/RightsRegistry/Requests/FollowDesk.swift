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
    /// What it covers, as it was filed.
    public let scope: Scope
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
    /// The projects of its scope on data that no connector reaches, and what their controllers were told.
    public let controllerTasks: [ControllerTask]
    /// What each linked database was asked for another right than an objection, and what has come back.
    public let tasks: TaskStanding
    /// What answers a granted request of access, put together; nil where there is nothing to be put together.
    public let package: PackageStanding?
    /// What both sides have sent, proofs that were destroyed among them.
    public let files: [CaseFile]
    /// Why the citizen may send a proof now; nil where none is asked for, and for operators.
    public let proof: ProofReason?

    /// Whether the objection is in force: registered and not ended as a whole.
    public let isInForce: Bool
    /// What has been taken back of an objection that is in force: some databases, some projects.
    public let exceptions: [Scope]
    /// What became of the notices of its events.
    public let notices: [NoticeStatus]
    /// The day on which it is set aside unless the citizen answers a question of identity; nil where none is open.
    public let answerBy: CalendarDate?

    /// Whether the citizen has written something that nobody has answered yet.
    public let awaitsReply: Bool
    /// What the citizen wrote in the filing itself, read under their own key; nil for everybody else.
    public let filed: FiledWords?
    /// While an answer on identity is awaited and the clock stands still for it: the last day to answer if the citizen
    /// answered today.
    public let dueIfAnsweredToday: CalendarDate?

    /// What keys of the case were destroyed though it was not erased; nil where none was.
    public let lost: LostKeys?
    /// Whether nobody reads the case any more, though it was not erased.
    public var isLostForOperators: Bool { lost?.isForOperators == true }

    /// When the case was erased, at the end of its retention: its words, its files and who it was about are gone, and nothing can
    /// be added. Its objection may still be in force.
    public let erasedAt: Instant?

    /// Since when the person's death is recorded, and nothing is written to them; nil where none is.
    public let deathRecordedAt: Instant?
    /// Whether an operator has still to say if that is a mistake: it was filed after the death was recorded elsewhere.
    public let isDeathDoubted: Bool

    /// What stands beside the case for an operator; nil for its citizen.
    public internal(set) var desk: DeskFacts?

    /// Whether it is an objection that databases can't apply before somebody has completed the number.
    public var lacksNumber: Bool {
        right == .objection && filed?.hasNumber == false && (isInForce || outcome == nil)
            && (propagation.isEmpty || propagation.contains { $0.listing == .noIdentifier && $0.matching.usesNIR })
    }

    /// Whether it was set aside, and its citizen may take it up again.
    public var canReopen: Bool { outcome == .abandoned && state == .closed && erasedAt == nil && lost == nil }

    init(
        _ stored: StoredRequest, _ standing: ObjectionStanding, _ files: StoredFiles = .none,
        tasks: TaskStanding = .none, package: PackageStanding? = nil, policy: RightsPolicy,
        notices: [NoticeStatus] = [], key: CaseKey? = nil,
        proof: ProofReason? = nil, filed: FiledWords? = nil,
        today: CalendarDate? = nil, includesInternal: Bool
    ) {
        reference = stored.reference
        right = stored.right
        scope = stored.scope
        language = stored.language
        receivedAt = stored.receivedAt
        // What was erased again after a restore may have stood open in the backup: nothing happens to it any more.
        state = stored.erasedAt == nil ? stored.timeline.state : .closed
        outcome = stored.timeline.outcome
        decidedAt = stored.timeline.decidedAt
        closedAt = stored.timeline.closedAt
        isIdentityVerified = stored.timeline.isIdentityVerified
        assignee = stored.assignee
        clock = policy.clock(of: stored.timeline, receivedAt: stored.receivedAt)
        events = stored.timeline.events.filter { includesInternal || $0.type.isPublic }.map { event in
            Event(
                event: event,
                words: stored.sealedWords[event.n].flatMap { sealed in
                    (try? key?.open(sealed, at: CaseLocation.event(stored.reference, event.n))).flatMap {
                        try? JSON(parsing: $0)
                    }
                })
        }
        self.files = stored.erasedAt == nil ? files.opened(under: key, opensProofs: !includesInternal) : []
        self.proof = proof
        let told = events
        propagation = standing.propagation.map { $0.withReasons(from: told) }
        controllerTasks = standing.controllerTasks
        self.tasks = tasks.withReasons(from: told)
        self.package = package
        isInForce = standing.isInForce
        exceptions = standing.exceptions
        self.notices = notices
        answerBy = stored.erasedAt == nil && stored.lost == nil ? policy.identityAbandonedOn(stored.timeline) : nil
        awaitsReply = stored.timeline.awaitsReply && stored.erasedAt == nil
        erasedAt = stored.erasedAt
        lost = stored.lost
        deathRecordedAt = stored.timeline.deathRecordedAt
        isDeathDoubted = stored.timeline.isDeathDoubted && stored.erasedAt == nil
        self.filed = filed
        dueIfAnsweredToday =
            clock.isPaused
            ? today.map { policy.clock(of: stored.timeline, receivedAt: stored.receivedAt, ifAnsweredOn: $0).due } : nil
    }
}

/// Where the objection of a request stands, in the ledger and at those who apply it.
struct ObjectionStanding: Sendable {
    var propagation: [PropagationStatus] = []
    var controllerTasks: [ControllerTask] = []
    var isInForce = false
    var exceptions: [Scope] = []

    static func load(
        of stored: StoredRequest, _ policy: RightsPolicy, on connection: any SQLConnection
    ) throws -> ObjectionStanding {
        guard let objection = stored.objection else { return ObjectionStanding() }
        let history = try ObjectionHistory.load(objection, on: connection)
        return ObjectionStanding(
            propagation: try PropagationView.statuses(
                of: objection, history, within: stored.scope, in: stored.reference, zone: { $0.date(in: policy.zone) },
                on: connection),
            controllerTasks: history.scope?.part == .project
                ? try ControllerTaskStore.tasks(of: objection, on: connection) : [],
            isInForce: history.isInForce, exceptions: history.exceptions)
    }
}

/// What a citizen does with a reference and a secret: follow a request, and end an objection.
public struct FollowDesk: Sendable {
    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let sealer: LedgerSealer
    /// Whether letters with a code are printed somewhere.
    let printsLetters: Bool
    let now: TimeSource
    let random: RandomSource

    /// - Parameter printsLetters: false where this process knows that nobody prints letters with a code: none is made then.
    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, printsLetters: Bool = true,
        now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.printsLetters = printsLetters
        self.now = now
        self.random = random
        sealer = LedgerSealer(for: keys.ledgerKey, random: random)
    }

    /// The request of `reference`. Throws `RightsError.notFound` for an unknown reference and for a wrong secret alike,
    /// and `.comeOfAge` for a parent's secret once the child acts alone. What is left of a case that was erased goes on being shown
    /// while its objection is in force, and so does what is left of one whose keys are gone.
    public func follow(_ reference: String, secret: TrackingSecret) async throws -> RequestView {
        let policy = policy
        let moment = now()
        let (stored, standing, files, notices, tasks, package) = try await database.read { connection in
            let stored = try authenticated(reference, secret, on: connection)
            return (
                stored, try ObjectionStanding.load(of: stored, policy, on: connection),
                try CaseFileStore.files(of: stored, on: connection),
                try NoticeStore.statuses(of: reference, on: connection),
                try TaskStore.standing(of: stored, isConsole: false, on: connection),
                try PackageStore.standing(of: stored, at: moment, on: connection)
            )
        }
        let caseKey = try? unwrapped(stored, secret)
        if let caseKey { await renewWrap(of: stored, caseKey, secret) }
        let filed = FiledWords(of: stored, under: caseKey)
        var offered = package
        if filed?.actsForAnother == true, offered?.takesSignIn == true { offered?.letterOnly = .actsForAnother }
        return RequestView(
            stored, standing, files, tasks: tasks, package: offered, policy: policy, notices: notices, key: caseKey,
            proof: stored.lost == nil ? Self.proofReason(of: stored, under: caseKey) : nil,
            filed: filed,
            today: now().date(in: policy.zone), includesInternal: false)
    }

    /// Compares in constant time, and does the same work for a reference that does not exist: the database answers one
    /// row for either, zeros where there is nothing, which no secret's index equals. A parent's secret opens nothing
    /// once the child acts alone: that is told to nobody but whoever has it.
    func authenticated(
        _ reference: String, _ secret: TrackingSecret, on connection: any SQLConnection
    ) throws -> StoredRequest {
        let presented = secret.index(under: keys.secretsIndex)
        let row = try connection.first(
            "SELECT coalesce((SELECT secret_index FROM rights_request WHERE reference = $1), $2) AS kept",
            reference, [UInt8](repeating: 0, count: 32))
        guard let kept: [UInt8] = try row?["kept"], ConstantTime.areEqual(presented, kept),
            let stored = try RequestStore.load(reference, on: connection)
        else { throw RightsError.notFound }
        // Whether it is a parent's can't be told without the pepper, and a process without it lets nobody in. Where it is gone for
        // good, its citizen is told that.
        if stored.citizenWrap != nil, keys.peppers[stored.citizenEpoch] == nil, stored.lost?.isForCode != true {
            throw RightsError.keysOutdated
        }
        if isForParent(stored, secret) { throw RightsError.comeOfAge }
        return stored
    }

    /// Whether a parent filed it for a child who acts alone by now. Who filed for whom is sealed: it is read through the
    /// citizen's own wrap each time, and no date that tells of somebody's birth is kept.
    private func isForParent(_ stored: StoredRequest, _ secret: TrackingSecret) -> Bool {
        guard let sealed = stored.sealedFiling, let caseKey = try? unwrapped(stored, secret),
            let opened = try? caseKey.open(sealed, at: CaseLocation.filing(stored.reference)),
            let filing = try? JSON(parsing: opened),
            filing["capacity"]?.string == Capacity.parentalAuthorityHolder.rawValue,
            let birthDate = filing["subject"]?["birthDate"]?.string.flatMap({ CalendarDate($0) })
        else { return false }
        // A code that was given to whoever signed in is the child's own.
        let reissue = stored.timeline.events.last { $0.type == .secretReissued }
        if reissue?.data["by"]?.string == "signIn" { return false }
        return birthDate.age(on: now().date(in: policy.zone)) >= policy.parentActsUnderAge
    }

    /// Throws `RightsError.erased` for a case that was erased, and `.lost` for one that operators can't open any more, or this code.
    func openedByCitizen(_ stored: StoredRequest, _ secret: TrackingSecret) throws -> CaseKey {
        if stored.lost != nil { throw RightsError.lost }
        return try unwrapped(stored, secret)
    }

    private func unwrapped(_ stored: StoredRequest, _ secret: TrackingSecret) throws -> CaseKey {
        if stored.erasedAt != nil { throw RightsError.erased }
        guard let wrap = stored.citizenWrap, let pepper = keys.peppers[stored.citizenEpoch] else {
            throw RightsError.sealed
        }
        return try CaseKey(unwrapping: wrap, withSecret: secret, pepper: pepper, reference: stored.reference)
    }

    /// Gives a wrap from before there were two layers its second one, now that its citizen is here: no one else can.
    private func renewWrap(of stored: StoredRequest, _ key: CaseKey, _ secret: TrackingSecret) async {
        guard let old = stored.citizenWrap, !CitizenWrap.isLayered(old), let pepper = keys.peppers[keys.epoch],
            let new = try? key.wrapped(
                toSecret: secret, pepper: pepper, reference: stored.reference, random: random)
        else { return }
        let (epoch, reference) = (keys.epoch, stored.reference)
        // Where it fails, the citizen reads all the same, and the next time does it.
        _ = try? await database.write { connection in
            try KeyEpochs.require(epoch, on: connection)
            return try connection.execute(
                """
                UPDATE rights_request SET citizen_wrap = $1, citizen_epoch = $2
                WHERE reference = $3 AND citizen_wrap = $4
                """, new, epoch, reference, old)
        }
    }
}
