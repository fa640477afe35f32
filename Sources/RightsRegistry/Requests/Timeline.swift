public import CivilTime
public import StrictJSON

/// One thing that happened to a request, numbered from 1 within it.
public struct RequestEvent: Sendable, Hashable {
    public let n: Int
    public let type: EventType
    public let at: Instant
    public let actor: ActingRole
    /// What anybody who may see the event may read of it, without words of the case.
    public let data: JSON

    /// Whether it tells of an identity that was proven by signing in.
    public var isBySignIn: Bool { data == Timeline.bySignIn }

    /// Whether it is a filing with a message in it.
    public var hasFiledMessage: Bool { type == .filed && data["message"]?.bool == true }

    public init(n: Int, type: EventType, at: Instant, actor: ActingRole, data: JSON = .object([:])) {
        self.n = n
        self.type = type
        self.at = at
        self.actor = actor
        self.data = data
    }
}

/// Why an event cannot happen now.
public enum TransitionError: Error, Sendable, Hashable {
    /// The state does not allow it.
    case notIn(RequestState, EventType)
    /// A decision stands already, and only `reopened` or the citizen's withdrawal can change it.
    case alreadyDecided(RequestOutcome)
    /// The citizen's identity has not been verified, and this event needs it.
    case identityNotVerified
    /// Nothing has been decided yet.
    case notDecided
}

/// State, outcome and what led to them: a pure function of a request's events.
public struct Timeline: Sendable, Hashable {
    public private(set) var events: [RequestEvent] = []
    public private(set) var state: RequestState = .received
    public private(set) var outcome: RequestOutcome?
    public private(set) var decidedAt: Instant?
    public private(set) var closedAt: Instant?
    public private(set) var isIdentityVerified = false
    /// False where the filing itself left no reasonable doubt on who files.
    public private(set) var isIdentityNeeded = true

    /// Since when the person's death is recorded; nil where none is, or where that was a mistake.
    public private(set) var deathRecordedAt: Instant?
    /// Whether that was recorded by itself, since the request was filed after the death was recorded elsewhere, and no operator has
    /// said yet which of the two is wrong.
    public private(set) var isDeathDoubted = false

    /// Whether the citizen has written since the body last answered.
    public private(set) var awaitsReply = false

    /// What the event `filed` says: whether identity needs a check, by which way the filing came where nobody sent it
    /// here themself, and that there is a message in it, which stays sealed with the rest.
    static func filedData(needsIdentity: Bool, channel: FilingChannel?, hasMessage: Bool = false) -> JSON {
        .object(ofPresent: [
            "identity": needsIdentity ? nil : "notNeeded", "channel": channel.map { .string($0.rawValue) },
            "message": hasMessage ? true : nil,
        ])
    }

    /// What the events of identity say where it was proven by signing in with a provider of identities.
    static let bySignIn: JSON = ["by": "signIn"]

    /// The timeline of `events`, in order of `n`. Events are history: they are replayed, not judged again.
    public init(_ events: [RequestEvent]) {
        for event in events { record(event) }
    }

    /// The number of the next event.
    public var nextNumber: Int { events.count + 1 }

    /// What the citizen has written since the question of identity that waits; nothing where none waits.
    public var messagesSinceQuestion: [RequestEvent] {
        guard state == .awaitingIdentity, let asked = events.lastIndex(where: { $0.type == .identityRequested }) else {
            return []
        }
        return events[asked...].filter { $0.type == .message && $0.actor == .citizen }
    }

    /// When the answer came that `event` records: with the message that an operator found it in, else with the event.
    func answeredAt(_ event: RequestEvent) -> Instant {
        guard event.type == .identityProvided, let n = event.data["message"]?.int else { return event.at }
        return events.first { $0.n == n }?.at ?? event.at
    }

    /// Throws `TransitionError` unless `event` may happen now.
    public func require(_ event: EventType) throws(TransitionError) {
        // Nobody is asked who they are once the decision stands: the request would wait instead of closing. Nor is the
        // time for a decision extended that has been taken.
        if let outcome, event.outcome != nil || event == .identityRequested || event == .extended,
            !Self.mayReplace(outcome, event)
        {
            throw .alreadyDecided(outcome)
        }
        guard Self.next(state, event) != nil else { throw .notIn(state, event) }
        // What the citizen took back, nobody takes up again for them.
        if event == .reopened, outcome == .withdrawn { throw .alreadyDecided(.withdrawn) }
        // Nor can anybody answer what nobody can read.
        if event == .reopened, outcome == .unreadable { throw .alreadyDecided(.unreadable) }
        // One may refuse because the person could not be identified; nobody may grant to a stranger.
        if event == .granted || event == .partiallyGranted, isIdentityNeeded, !isIdentityVerified {
            throw .identityNotVerified
        }
        // What was voided by mistake is taken up again at once, not when every database has let go of it.
        if event == .reopened, state != .closed, outcome != .voided { throw .notIn(state, event) }
        if event == .closed, outcome == nil { throw .notDecided }
        // Nobody dies twice, and only a death that is recorded can have been a mistake. One that is doubted can be confirmed.
        if event == .deathRecorded, deathRecordedAt != nil, !isDeathDoubted { throw .notIn(state, event) }
        if event == .deathUnrecorded, deathRecordedAt == nil { throw .notIn(state, event) }
    }

    /// Whether something has happened since the event `n` that bears on an answer. Whoever read, took the case or left a
    /// note has changed nothing of it.
    func hasMoved(since n: Int) -> Bool {
        events.dropFirst(n).contains { event in
            switch event.type {
            case .noted, .identityOpened, .assigned, .packageDownloaded, .secretReissued: false
            default: true
            }
        }
    }

    /// The citizen may take back whatever was decided; that a filing was forged may come out after it was granted, by
    /// itself perhaps; and what was granted may have become unreadable before it was carried out.
    private static func mayReplace(_ outcome: RequestOutcome, _ event: EventType) -> Bool {
        switch event {
        case .withdrawn: outcome != .withdrawn
        case .voided, .unreadable: outcome == .granted || outcome == .partiallyGranted
        default: false
        }
    }

    /// Adds what has happened. Call `require` first for what is only about to.
    public mutating func record(_ event: RequestEvent) {
        events.append(event)
        state = Self.next(state, event.type) ?? state
        if let decided = event.type.outcome {
            outcome = decided
            decidedAt = event.at
        }
        if event.actor == .citizen {
            if event.type == .message || event.hasFiledMessage { awaitsReply = true }
        } else if event.type == .message || event.type == .identityRequested || event.type.outcome != nil {
            awaitsReply = false
        } else if event.type == .identityProvided, let answer = event.data["message"]?.int {
            // It was read, and what it says noted.
            awaitsReply = events.contains { $0.type == .message && $0.actor == .citizen && $0.n > answer }
        }
        switch event.type {
        case .filed where event.data["identity"] == "notNeeded":
            isIdentityNeeded = false
            state = .underReview
        case .identityVerified: isIdentityVerified = true
        case .closed, .abandoned: closedAt = event.at
        case .unreadable:
            closedAt = event.at
            isDeathDoubted = false
        case .voided:
            closedAt = nil
            isDeathDoubted = false
        case .refused: isDeathDoubted = false
        case .reopened:
            outcome = nil
            decidedAt = nil
            closedAt = nil
        case .deathRecorded:
            deathRecordedAt = event.at
            isDeathDoubted = event.actor == .system && event.data["filedAfter"]?.bool == true
        case .deathUnrecorded:
            deathRecordedAt = nil
            isDeathDoubted = false
        default: break
        }
    }

    /// The table state × event: the state that follows, or nil where the event is not allowed. docs/requests.md shows
    /// it to jurists; the tests hold the two together.
    public static func next(_ state: RequestState, _ event: EventType) -> RequestState? {
        switch (state, event) {
        case (.received, .filed): .received

        case (.received, .identityRequested), (.underReview, .identityRequested): .awaitingIdentity
        case (.awaitingIdentity, .identityProvided): .underReview
        // Whoever acts for another may prove it without being asked.
        case (.received, .identityProvided), (.underReview, .identityProvided): state
        case (.closed, .identityVerified): nil
        case (_, .identityVerified): .underReview
        case (.closed, .identityCorrected): nil
        case (_, .identityCorrected): state

        case (.received, .assigned): .underReview
        case (.closed, .assigned): nil
        case (_, .assigned): state
        case (.closed, .extended): nil
        case (_, .extended): state

        case (.underReview, .granted), (.underReview, .partiallyGranted), (.underReview, .refused),
            (.underReview, .transferred):
            .underReview
        case (_, .voided): .underReview
        case (.closed, .unreadable): nil
        case (_, .unreadable): .closed
        case (.awaitingIdentity, .reminded): .awaitingIdentity
        case (.awaitingIdentity, .abandoned): .closed
        case (.closed, .withdrawn): .closed
        case (_, .withdrawn): .underReview

        case (.underReview, .closed): .closed
        case (.closed, .reopened), (.underReview, .reopened): .underReview

        // A part of the objection ends, and the rest stands; and whoever no connector reaches is told of both, even
        // when the request is closed.
        case (_, .narrowed), (_, .taskSent), (_, .taskCompleted): state
        // A database that joins later may be unable to, when the request is closed.
        case (_, .impossible): state

        // What answers an access is put together once the decision stands, and again where more comes after it is closed.
        case (.underReview, .packageReady), (.closed, .packageReady): state

        case (_, .message), (_, .noted), (_, .secretReissued), (_, .identityOpened), (_, .packageDownloaded): state

        // It decides nothing: an objection stays in force, and what is asked is answered.
        case (_, .deathRecorded), (_, .deathUnrecorded): state

        case (_, .filed), (_, .identityRequested), (_, .identityProvided), (_, .granted), (_, .partiallyGranted),
            (_, .refused), (_, .transferred), (_, .reminded), (_, .abandoned), (_, .closed), (_, .reopened),
            (_, .packageReady):
            nil
        }
    }
}
