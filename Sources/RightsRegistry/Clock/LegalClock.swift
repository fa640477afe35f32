public import CivilTime
public import Foundation

/// When a request must be answered: GDPR, article 12(3), counted as Regulation 1182/71 and EDPB guidelines 01/2022 say.
public enum LegalClock {
    /// Reads the clock of a request.
    ///
    /// Received on day D in `zone`, it is due on the same day number after the months of `rules`, clamped to that month's
    /// end; the days between the body's questions on identity and their answers are added; and a date that falls on a
    /// Saturday, a Sunday or a holiday rolls to the next working day. An extension of which notice was given too late
    /// changes nothing.
    public static func evaluate(
        receivedAt: Instant, zone: TimeZone, suspensions: [ClockSuspension] = [], extendedOn: CalendarDate? = nil,
        rules: ClockRules, holidays: HolidayCalendar
    ) -> ClockReading {
        let receivedOn = receivedAt.date(in: zone)
        let pauses = pauses(of: suspensions, receivedOn: receivedOn, rules: rules)
        let pausedDays = pauses.reduce(0) { $0 + $1.days }

        let firstNominal = receivedOn.adding(months: rules.months)
        let first = rolled(firstNominal, after: pausedDays, over: holidays)
        let extendedOn = extendedOn.flatMap { (receivedOn...first.due).contains($0) ? $0 : nil }
        let nominal = extendedOn == nil ? firstNominal : receivedOn.adding(months: rules.extendedMonths)
        let last = extendedOn == nil ? first : rolled(nominal, after: pausedDays, over: holidays)

        return ClockReading(
            receivedOn: receivedOn, extendedOn: extendedOn, nominalDue: nominal, pauses: pauses, skipped: last.skipped,
            due: last.due,
            dueWithoutPauses: pausedDays == 0 ? last.due : rolled(nominal, after: 0, over: holidays).due,
            extendableUntil: first.due)
    }

    private static func pauses(
        of suspensions: [ClockSuspension], receivedOn: CalendarDate, rules: ClockRules
    ) -> [ClockReading.Pause] {
        guard !suspensions.isEmpty else { return [] }
        let lastPromptDay = receivedOn.adding(days: rules.promptQuestionDays)
        var countedUntil = receivedOn
        return suspensions.sorted { $0.asked < $1.asked }.map { suspension in
            let isPrompt = suspension.asked <= lastPromptDay
            guard isPrompt, let answered = suspension.answered else {
                return ClockReading.Pause(suspension: suspension, stopsTheClock: isPrompt, days: 0)
            }
            let days = answered.daysSinceEpoch - max(suspension.asked, countedUntil).daysSinceEpoch
            countedUntil = max(countedUntil, answered)
            return ClockReading.Pause(suspension: suspension, stopsTheClock: true, days: max(0, days))
        }
    }

    /// The first working day, `days` after `date` or later. In days since an epoch, since calendar dates are dear.
    private static func rolled(
        _ date: CalendarDate, after days: Int, over holidays: HolidayCalendar
    ) -> (due: CalendarDate, skipped: [ClockReading.SkippedDay]) {
        var day = date.daysSinceEpoch + days
        var skipped: [ClockReading.SkippedDay] = []
        while true {
            let due = CalendarDate(daysSinceEpoch: day)
            if CalendarDate.weekday(ofDaysSinceEpoch: day) >= 6 {
                skipped.append(ClockReading.SkippedDay(date: due, closure: .weekend))
            } else if let holiday = holidays.holiday(on: due) {
                skipped.append(ClockReading.SkippedDay(date: due, closure: .holiday(holiday)))
            } else {
                return (due, skipped)
            }
            day += 1
        }
    }
}
