public import CivilTime
public import Foundation

/// What the institution sets for its requests, in `site/`.
public struct RightsPolicy: Sendable {
    /// When an objection enters the ledger.
    public enum Registration: String, Sendable, CaseIterable, Codable {
        /// At once: it protects from filing on, and a refusal ends it.
        case onFiling
        /// Once it is granted.
        case onGrant
    }

    /// Which objections are granted without an operator.
    public enum Confirmation: String, Sendable, CaseIterable, Codable {
        /// Those that give no reasonable doubt on who files: operators see the others alone.
        case withoutDoubt
        /// Of those, the ones of people who have proven who they are by signing in.
        case whenProven
        /// None.
        case byOperator
    }

    /// How a request is refused, in whole or in part.
    public enum Refusals: String, Sendable, CaseIterable, Codable {
        /// By one person, at once: a team of one needs no other.
        case direct
        /// One person proposes, and another one confirms.
        case confirmed
    }

    public let zone: TimeZone
    public let clock: ClockRules
    public let holidays: HolidayCalendar
    public let register: Registration
    public let confirm: Confirmation
    /// The age from which a minor acts alone, and a parent no longer.
    public let parentActsUnderAge: Int
    public let adultAge: Int
    /// Days before each of two reminders while an answer on identity is awaited, and before the request is set aside.
    public let identityReminderDays: Int
    public let identityAbandonDays: Int
    public let files: FileLimits
    /// For how many days what came by post or telephone may be entered: an older date is taken for a slip.
    public let entryDays: Int
    /// Within how many days a database's answer to what it is asked is awaited.
    public let taskAnswerDays: Int
    /// How many days before its time is over whoever has taken a request is told.
    public let alertDays: Int
    /// For how many days the answer to a request of access can be opened, from when it is ready.
    public let packageDays: Int
    public let roles: RoleMatrix
    public var refusals: Refusals
    /// Who confirms refusals beside the roles that may, by name.
    public var deputies: Set<String>
    /// For how many seconds what is said to a citizen on the console's pages can be recalled; 0 for not at all.
    public var recallSeconds: Int
    /// Within how many hours linked databases are to confirm.
    public let targets: PublishedTargets
    /// For how long closed cases are kept.
    public let retention: Retention

    public init(
        zone: TimeZone, clock: ClockRules, holidays: HolidayCalendar, register: Registration,
        confirm: Confirmation = .withoutDoubt, parentActsUnderAge: Int = 15, adultAge: Int = 18,
        identityReminderDays: Int = 15, identityAbandonDays: Int = 60, files: FileLimits = FileLimits(),
        entryDays: Int = 180, taskAnswerDays: Int = 14, alertDays: Int = 7, packageDays: Int = 30, roles: RoleMatrix,
        refusals: Refusals = .direct, deputies: Set<String> = [], recallSeconds: Int = 0,
        targets: PublishedTargets = PublishedTargets(), retention: Retention = Retention()
    ) {
        self.zone = zone
        self.clock = clock
        self.holidays = holidays
        self.register = register
        self.confirm = confirm
        self.parentActsUnderAge = parentActsUnderAge
        self.adultAge = adultAge
        self.identityReminderDays = identityReminderDays
        self.identityAbandonDays = identityAbandonDays
        self.files = files
        self.entryDays = entryDays
        self.taskAnswerDays = taskAnswerDays
        self.alertDays = alertDays
        self.packageDays = packageDays
        self.roles = roles
        self.refusals = refusals
        self.deputies = deputies
        self.recallSeconds = recallSeconds
        self.targets = targets
        self.retention = retention
    }

    /// Whether a filing is granted in the filing itself.
    func confirms(_ filing: Filing, isProven: Bool) -> Bool {
        switch confirm {
        case .withoutDoubt: filing.isBeyondDoubt(isProven: isProven)
        case .whenProven: isProven && filing.isBeyondDoubt(isProven: true)
        case .byOperator: false
        }
    }

    /// Whether notice of an extension still counts: within the first month, and once (GDPR, article 12(3)).
    func mayExtend(_ stored: StoredRequest, at moment: Instant) -> Bool {
        clock(of: stored.timeline, receivedAt: stored.receivedAt).mayExtend(on: moment.date(in: zone))
    }

    /// The legal clock of a request, from its events. Reopening starts a new one.
    ///
    /// - Parameter answer: the day on which an open question of identity is taken to be answered; nil to leave it open.
    public func clock(
        of timeline: Timeline, receivedAt: Instant, ifAnsweredOn answer: CalendarDate? = nil
    ) -> ClockReading {
        var receivedAt = receivedAt
        var suspensions: [ClockSuspension] = []
        var asked: CalendarDate?
        var extendedOn: CalendarDate?
        for event in timeline.events {
            let day = event.at.date(in: zone)
            switch event.type {
            case .identityRequested: asked = asked ?? day
            case .identityProvided, .identityVerified:
                let answered = timeline.answeredAt(event).date(in: zone)
                if let question = asked { suspensions.append(ClockSuspension(asked: question, answered: answered)) }
                asked = nil
            case .extended: extendedOn = day
            case .reopened: (receivedAt, suspensions, asked, extendedOn) = (event.at, [], nil, nil)
            default: break
            }
        }
        if let asked { suspensions.append(ClockSuspension(asked: asked, answered: answer)) }
        return LegalClock.evaluate(
            receivedAt: receivedAt, zone: zone, suspensions: suspensions, extendedOn: extendedOn, rules: clock,
            holidays: holidays)
    }
}
