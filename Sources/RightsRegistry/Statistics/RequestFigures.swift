public import CivilTime
import StrictJSON

/// Requests by right and month of receipt, and whether they were answered in time, as they are published: counted up to the
/// beginning of the present month, so that a month that is still filling is never told of.
public struct RequestFigures: Sendable, Hashable {
    /// What became of a request by then.
    public enum Answer: String, Sendable, Hashable, CaseIterable {
        case inTime
        /// Answered after its due date, or not answered and past it.
        case late
        /// Not answered yet, with time left or the clock standing; withdrawn, abandoned or void; received before this portal.
        case other
    }

    /// The smallest cell.
    public struct Cell: Sendable, Hashable {
        public let right: Right
        /// The month's place in ``months``.
        public let month: Int
        public let answer: Answer
    }

    /// The first days of the months that are told of, in order; whether anything was received in them or not.
    public let months: [CalendarDate]
    private let counts: GuardedCounts<Cell>
    private let times: [Right: AnswerTime]

    /// How long the first answer took.
    public struct AnswerTime: Sendable, Hashable {
        /// How many answers it is of.
        public let cases: ToldCount
        /// Half of them took so many whole days, or fewer.
        public let medianDays: Int
    }

    /// How many months are told of.
    public static let monthCount = 24

    /// - Parameter days: by cell, how many first answers took so many whole days.
    init(months: [CalendarDate], exactly counts: [Cell: Int], days: [Cell: [Int: Int]] = [:]) {
        self.months = months
        self.counts = GuardedCounts(exactly: counts)
        // What a cell under eleven holds changes nothing here either: it is left out, and the others are rounded one by one.
        let told = days.filter { $0.value.values.reduce(0, +) >= ToldCount.step }
        times = Dictionary(grouping: told, by: \.key.right).compactMapValues { cells in
            let all = cells.reduce(into: [:]) { $0.merge($1.value, uniquingKeysWith: +) }
            let cases = cells.reduce(ToldCount.none) { $0 + ToldCount(ofMany: $1.value.values.reduce(0, +)) }
            return DeskFigures.Time(all).map { AnswerTime(cases: cases, medianDays: $0.median) }
        }
    }

    /// How long answers took; nil where too few came in each month to say.
    public func answerTime(_ right: Right) -> AnswerTime? { times[right] }

    /// The months before that of `today`.
    static func months(before today: CalendarDate) -> [CalendarDate] {
        let present = today.adding(days: 1 - today.day)
        return (1...monthCount).reversed().map { present.adding(months: -$0) }
    }

    /// What is told of these rights, months and answers together; nil stands for all of them.
    public func count(_ right: Right? = nil, month: Int? = nil, _ answer: Answer? = nil) -> ToldCount {
        let rights = right.map { [$0] } ?? Right.allCases
        let months = month.map { $0..<($0 + 1) } ?? self.months.indices
        let answers = answer.map { [$0] } ?? Answer.allCases
        return counts.total(
            of: rights.flatMap { right in
                months.flatMap { month in answers.map { Cell(right: right, month: month, answer: $0) } }
            })
    }

    /// The share that was answered in time, of those that were or should have been answered.
    ///
    /// Cells of which nothing is told are left out of it: they may be empty, and hundreds of them would leave nothing to say. It
    /// is the share among the months that are told of.
    public func shareInTime(_ right: Right? = nil, month: Int? = nil) -> ToldShare? {
        let rights = right.map { [$0] } ?? Right.allCases
        let months = month.map { $0..<($0 + 1) } ?? self.months.indices
        var (inTime, late) = (ToldCount.none, ToldCount.none)
        for right in rights {
            for month in months {
                let own = (count(right, month: month, .inTime), count(right, month: month, .late))
                guard own.0.isTold || own.1.isTold else { continue }
                (inTime, late) = (inTime + own.0, late + own.1)
            }
        }
        return ToldShare(of: inTime, beside: late)
    }
}

extension RequestFigures {
    /// What had become of a request by the moment `end`: a pure function of its events. The first answer counts, and by the clock
    /// that ran until then.
    static func answer(
        of events: [RequestEvent], receivedAt: Instant, by end: Instant, _ policy: RightsPolicy
    ) -> Answer {
        let events = events.filter { $0.at < end }
        guard events.first?.data["channel"]?.string != FilingChannel.imported.rawValue else { return .other }
        if let place = events.firstIndex(where: { answers.contains($0.type) }) {
            let clock = policy.clock(of: Timeline(Array(events[...place])), receivedAt: receivedAt)
            return events[place].at.date(in: policy.zone) <= clock.due ? .inTime : .late
        }
        let timeline = Timeline(events)
        let clock = policy.clock(of: timeline, receivedAt: receivedAt)
        // What nobody can read was not answered by being closed.
        guard timeline.outcome == nil || timeline.outcome == .unreadable, !clock.isPaused else { return .other }
        return clock.due < end.date(in: policy.zone) ? .late : .other
    }

    /// Whole days until the first answer; nil where there was none by `end`, or where the request came before this portal.
    static func daysTaken(_ events: [RequestEvent], receivedAt: Instant, by end: Instant) -> Int? {
        guard events.first?.data["channel"]?.string != FilingChannel.imported.rawValue,
            let answer = events.first(where: { answers.contains($0.type) && $0.at < end })
        else { return nil }
        return max(0, answer.at.seconds(since: receivedAt) / 86_400)
    }

    /// By which the body answers; what the citizen takes back, or what nobody proved, is no answer.
    static let answers: [EventType] = [.granted, .partiallyGranted, .refused, .transferred]
}
