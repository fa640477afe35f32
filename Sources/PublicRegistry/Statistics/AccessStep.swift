import CivilTime

/// A step on a project's way to its data, with the time that it usually takes.
public enum AccessStep: String, Sendable, Hashable, CaseIterable {
    /// From filing until the file is complete.
    case completeness
    /// Until the ethical and scientific committee (CESREES) has given its opinion.
    case opinion
    /// From that until the CNIL has authorised.
    case authorisation
    /// From the last decision until the first delivery of data.
    case delivery
    /// From filing until the first delivery.
    case whole

    /// Days as they are told: working days for the first step, days of the calendar for the others.
    public var countsWorkingDays: Bool { self == .completeness }

    /// What it usually takes at most, in the same days: 7 working days, a month, two months renewable once, about two months.
    /// The whole has no usual time of its own.
    public var usualDays: Int? {
        switch self {
        case .completeness: 7
        case .opinion: 30
        case .authorisation, .delivery: 60
        case .whole: nil
        }
    }

    /// With its one renewal, where it may be renewed.
    public var renewedDays: Int? { self == .authorisation ? 120 : nil }
}

extension AccessStep {
    /// How long the steps took that a project has gone through, both ends of which bear a date. A step that ends before it began
    /// is a slip of whoever wrote it down, and counts for nothing.
    ///
    /// - Parameter isWorkingDay: where the institution is.
    static func durations(of project: Project, isWorkingDay: (CalendarDate) -> Bool) -> [AccessStep: Int] {
        let filed = project.date(of: "submitted")
        let complete = project.date(of: "complete")
        let opinion = project.date(of: "cesreesOpinion") ?? project.decided(by: "CESREES")
        let authorised = project.date(of: "cnilAuthorisation") ?? project.decided(by: "CNIL")
        let delivered = project.date(of: "delivery")
        var durations: [AccessStep: Int] = [:]
        func measure(_ step: AccessStep, from start: CalendarDate?, to end: CalendarDate?) {
            guard let start, let end, start <= end else { return }
            // A century of working days is nobody's delay.
            guard end.daysSinceEpoch - start.daysSinceEpoch < 36_525 else { return }
            durations[step] =
                step.countsWorkingDays
                ? ((start.daysSinceEpoch + 1)..<(end.daysSinceEpoch + 1)).count {
                    isWorkingDay(CalendarDate(daysSinceEpoch: $0))
                } : end.daysSinceEpoch - start.daysSinceEpoch
        }
        measure(.completeness, from: filed, to: complete)
        measure(.opinion, from: complete, to: opinion)
        measure(.authorisation, from: opinion, to: authorised)
        measure(.delivery, from: authorised ?? opinion ?? complete, to: delivered)
        measure(.whole, from: filed, to: delivered)
        return durations
    }
}

extension Project {
    /// The first date of a step of the timeline.
    fileprivate func date(of step: String) -> CalendarDate? {
        timeline.lazy.filter { $0.step == step }.compactMap(\.date).min()
    }

    /// The first date of what a body decided, where the timeline does not say it.
    fileprivate func decided(by body: String) -> CalendarDate? {
        authorisations.lazy.filter { $0.body.uppercased() == body }.compactMap(\.date).min()
    }

    /// The year in which the register first knows of it: filed, decided or begun.
    var firstYear: Int? {
        (timeline.compactMap(\.date) + authorisations.compactMap(\.date) + [startsOn].compactMap { $0 }).min()?.year
    }
}
