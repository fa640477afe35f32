import CivilTime
public import RightsRegistry

extension Site {
    /// What the site sets for requests, as the rights registry takes it.
    public var rightsPolicy: RightsPolicy {
        RightsPolicy(
            zone: timeZone,
            clock: ClockRules(months: periods.answerMonths, extendedMonths: periods.extendedAnswerMonths),
            holidays: HolidayCalendar(
                calendar.holidays.compactMap { holiday in
                    holiday.rule.map { .init(rule: $0, names: ["fr": holiday.name.fr, "en": holiday.name.en]) }
                }),
            register: policy.register, confirm: policy.confirm,
            parentActsUnderAge: periods.parentActsUnderAge, adultAge: periods.adultAge,
            identityReminderDays: periods.identityReminderDays, identityAbandonDays: periods.identityAbandonDays,
            files: FileLimits(maximumBytes: files.maximumMegabytes * 1024 * 1024, perSide: files.perSide),
            entryDays: periods.entryDays, taskAnswerDays: periods.taskAnswerDays,
            alertDays: periods.alertDays, packageDays: periods.packageDays,
            roles: RoleMatrix(permissions.mapValues(Set.init)), refusals: policy.refusals,
            deputies: Set(policy.deputies), recallSeconds: periods.recallSeconds,
            targets: PublishedTargets(
                hours: targets.hours, manualHours: targets.manualHours, byDatabase: targets.byDatabase))
    }
}

extension Site.Holiday {
    /// Nil unless exactly one of the two ways to say when is given, and the day exists.
    var rule: HolidayCalendar.Rule? {
        switch (on, afterEaster) {
        case (let day?, nil):
            // 2028 has a 29 February.
            CalendarDate("2028-\(day)").map { .fixed(month: $0.month, day: $0.day) }
        case (nil, let days?): .afterEaster(days: days)
        case (nil, nil), (_?, _?): nil
        }
    }
}
