public import CivilTime

/// A time during which the body waited for an answer on who asks.
public struct ClockSuspension: Sendable, Hashable {
    public let asked: CalendarDate
    /// Nil while the answer is awaited.
    public let answered: CalendarDate?

    public init(asked: CalendarDate, answered: CalendarDate?) {
        self.asked = asked
        self.answered = answered
    }
}

/// What the legal clock shows for a request, and how it was found, step by step, for the page that explains it.
public struct ClockReading: Sendable, Hashable {
    /// A suspension and what it adds.
    public struct Pause: Sendable, Hashable {
        public let suspension: ClockSuspension
        /// Whether identity was asked without undue delay; a question that came too late stops nothing.
        public let stopsTheClock: Bool
        /// Days added to the due date; 0 while the answer is awaited. Days that two pauses share count once.
        public let days: Int
    }

    /// A day on which nothing falls due, over which the date rolled.
    public struct SkippedDay: Sendable, Hashable {
        public let date: CalendarDate
        public let closure: HolidayCalendar.Closure
    }

    /// The day of receipt, where the body is.
    public let receivedOn: CalendarDate
    /// The day of notice of an extension that counts; nil where there is none or where it came too late.
    public let extendedOn: CalendarDate?
    /// The same day number so many months after receipt, clamped to the month's end; pauses and closures come after.
    public let nominalDue: CalendarDate
    public let pauses: [Pause]
    /// Saturdays, Sundays and holidays between the nominal date with its pauses and `due`.
    public let skipped: [SkippedDay]
    /// The last day to answer. While an answer on identity is awaited: the earliest that this day can become.
    public let due: CalendarDate
    /// The last day to answer if no pause counted.
    public let dueWithoutPauses: CalendarDate
    /// The last day to give notice of an extension: the end of the period that is not extended.
    public let extendableUntil: CalendarDate

    /// Whether a notice of extension counts.
    public var isExtended: Bool { extendedOn != nil }

    /// Whether the clock stands still now, because an answer on identity is awaited.
    public var isPaused: Bool { pausedSince != nil }

    /// Since when the clock stands still; nil while it runs.
    public var pausedSince: CalendarDate? {
        pauses.first { $0.stopsTheClock && $0.suspension.answered == nil }?.suspension.asked
    }

    /// The days that all pauses add.
    public var pausedDays: Int { pauses.reduce(0) { $0 + $1.days } }

    /// The date to warn of: the earlier of the two, since it is our convention alone that adds the pauses.
    public var alertOn: CalendarDate { min(due, dueWithoutPauses) }

    /// Whether notice of an extension may be given on that day: within the first month, and once (GDPR, article 12(3)).
    public func mayExtend(on date: CalendarDate) -> Bool {
        !isExtended && date >= receivedOn && date <= extendableUntil
    }
}
