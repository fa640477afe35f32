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

    public let zone: TimeZone
    public let clock: ClockRules
    public let holidays: HolidayCalendar
    public let register: Registration
    public let roles: RoleMatrix

    public init(
        zone: TimeZone, clock: ClockRules, holidays: HolidayCalendar, register: Registration, roles: RoleMatrix
    ) {
        self.zone = zone
        self.clock = clock
        self.holidays = holidays
        self.register = register
        self.roles = roles
    }

    /// The legal clock of a request, from its events.
    public func clock(of timeline: Timeline, receivedAt: Instant) -> ClockReading {
        var suspensions: [ClockSuspension] = []
        var asked: CalendarDate?
        var extendedOn: CalendarDate?
        for event in timeline.events {
            let day = event.at.date(in: zone)
            switch event.type {
            case .identityRequested: asked = asked ?? day
            case .identityProvided, .identityVerified:
                if let question = asked { suspensions.append(ClockSuspension(asked: question, answered: day)) }
                asked = nil
            case .extended: extendedOn = day
            default: break
            }
        }
        if let asked { suspensions.append(ClockSuspension(asked: asked, answered: nil)) }
        return LegalClock.evaluate(
            receivedAt: receivedAt, zone: zone, suspensions: suspensions, extendedOn: extendedOn, rules: clock,
            holidays: holidays)
    }
}
