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
                hours: targets.hours, manualHours: targets.manualHours, byDatabase: targets.byDatabase),
            retention: retention.policy)
    }
}

extension Site.Retention {
    /// Names that reading the site let through are those of rights and outcomes.
    fileprivate var policy: RightsRegistry.Retention {
        RightsRegistry.Retention(
            days: days, ledgerDays: ledgerDays,
            byRight: byRight.reduce(into: [:]) { rights, member in
                guard let right = Right(rawValue: member.key) else { return }
                rights[right] = member.value.reduce(into: [:]) { outcomes, member in
                    RequestOutcome(rawValue: member.key).map { outcomes[$0] = member.value }
                }
            })
    }

    /// What decodes and still makes no sense.
    func flaw() -> String? {
        for (right, outcomes) in byRight.sorted(by: { $0.key < $1.key }) {
            if Right(rawValue: right) == nil { return "retention.byRight.\(right): no such right" }
            if let unknown = outcomes.keys.sorted().first(where: { RequestOutcome(rawValue: $0) == nil }) {
                return "retention.byRight.\(right).\(unknown): no such outcome"
            }
        }
        let named = byRight.sorted { $0.key < $1.key }.flatMap { right, outcomes in
            outcomes.sorted { $0.key < $1.key }.map { ("byRight.\(right).\($0.key)", $0.value) }
        }
        let least = RightsRegistry.Retention.shortest
        // A century: beyond that a number is a slip.
        return ([("days", days), ("ledgerDays", ledgerDays)] + named).first { !(least...36_525).contains($0.1) }.map {
            "retention.\($0.0): must be from \(least) to 36525 days"
        }
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
