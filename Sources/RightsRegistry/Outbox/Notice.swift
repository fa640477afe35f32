public import CivilTime

/// What became of a notice.
public enum NoticeState: String, Sendable, CaseIterable {
    /// On its way, or to be tried again.
    case waiting
    /// The citizen's mail server was handed a message.
    case mailed
    /// A letter tells it: see when it was posted.
    case lettered
    /// The case has neither an e-mail nor a postal address: the citizen reads it in their own time.
    case noContact
    /// There is no way left to tell: the mail was refused, and there is no postal address.
    case undeliverable
    /// A death is recorded: nothing is written to the person. It goes where that turns out to be a mistake.
    case withheld
}

/// What became of the notice of one event, as operators see it.
public struct NoticeStatus: Sendable, Hashable {
    /// The number of the event.
    public let n: Int
    public let type: EventType
    public let state: NoticeState
    /// When that became of it; nil while it waits.
    public let settledAt: Instant?
    /// Codes alone: `550 5.1.1`, `connect`.
    public let failure: String?
    public let failingSince: Instant?
    /// The day on which its letter was posted.
    public let postedOn: CalendarDate?
}

/// A request whose citizen could not be told something, since no key opens it.
public struct UnopenedNotice: Sendable, Hashable {
    public let reference: String
    /// When the first of it happened.
    public let since: Instant
    /// Whether it is still tried; given up else.
    public let isWaiting: Bool
}

/// How the outbox stands.
public struct OutboxOverview: Sendable, Hashable {
    public let waiting: Int
    /// Since when the oldest waits.
    public let waitingSince: Instant?
    /// Those of the waiting that have failed at least once.
    public let failing: Int
    public let failingSince: Instant?
    /// The failure of the one tried last.
    public let lastFailure: String?
    /// Letters that are not posted yet.
    public let letters: Int
    public let lettersSince: Instant?
    /// The requests whose citizens could not be told anything, the newest first; at most a hundred.
    public let undeliverable: [String]
}

extension EventType {
    /// Whether the citizen is told of it outside this site. What only moves things on inside is not: one mail an event
    /// that changes something for them, and none that merely makes them worry.
    func isTold(of actor: ActingRole) -> Bool {
        switch self {
        case .filed, .identityRequested, .identityCorrected, .extended, .granted, .partiallyGranted, .refused,
            .transferred, .withdrawn, .narrowed, .impossible, .reminded, .abandoned, .voided, .secretReissued,
            .packageReady, .closed:
            true
        // Their own message and their own reopening they know of.
        case .message, .reopened: actor != .citizen
        case .identityProvided, .identityVerified, .assigned, .taskSent, .taskCompleted, .identityOpened,
            .packageDownloaded, .noted, .deathRecorded, .deathUnrecorded:
            false
        // Their address is sealed with the rest: the page alone tells them.
        case .unreadable: false
        }
    }
}
