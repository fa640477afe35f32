public import CivilTime

/// What the desk's work comes to, exactly: for operators, who see each of these requests anyway, and for nobody else.
///
/// Objections that the filing itself granted are no work of the desk's, and in none of it but where one was taken up again.
public struct DeskFigures: Sendable, Hashable {
    /// Open requests of one state, right and operator.
    public struct Open: Sendable, Hashable {
        public let state: RequestState
        public let right: Right
        /// Who has taken them; nil for nobody.
        public let assignee: String?
        public let count: Int
        /// Those of them whose day to warn of is over.
        public let late: Int
    }

    /// Answers of one month, right and operator: granted, in part or whole, refused, transferred.
    public struct Answered: Sendable, Hashable {
        /// Its place in ``months``.
        public let month: Int
        public let right: Right
        /// Who had it when it was decided, whoever has it since; or else who decided.
        public let by: String?
        public let inTime: Int
        public let late: Int
    }

    /// What came and went in a week.
    public struct Week: Sendable, Hashable {
        /// A Monday.
        public let monday: CalendarDate
        public var received = 0
        /// Answered by an operator.
        public var answered = 0
        /// Withdrawn by the citizen or set aside before there was an answer, or voided, before or after: what was forged was answered to
        /// nobody.
        public var otherwise = 0
    }

    /// How long answers took, from receipt or from when the request was filed first where it was taken up again.
    public struct Time: Sendable, Hashable {
        public let count: Int
        /// Whole days: half of the answers took no longer.
        public let median: Int
        /// Nine in ten took no longer.
        public let percentile90: Int
    }

    /// The request that has been open for longest.
    public struct Oldest: Sendable, Hashable {
        public let reference: String
        public let receivedAt: Instant
        public let days: Int
    }

    public let countedAt: Instant
    public let open: [Open]
    /// How many are open for so many days: as many as ``ages``, in order.
    public let openByAge: [Int]
    public let oldest: Oldest?
    /// The first days of the months that answers are told of, the present one last.
    public let months: [CalendarDate]
    public let answered: [Answered]
    public let weeks: [Week]
    /// Of the answers of ``months``; rights without one are not there.
    public let times: [Right: Time]
    /// Of all of these answers; nil where there is none.
    public let time: Time?

    /// Days open, both ends included; the last has no end.
    public static let ages: [(from: Int, to: Int?)] = [
        (0, 6), (7, 13), (14, 20), (21, 30), (31, 60), (61, 90), (91, nil),
    ]
    /// The present month and the twelve before it.
    public static let monthCount = 13
    /// The present week and the twenty-five before it.
    public static let weekCount = 26

    /// How many are open.
    public var openCount: Int { open.reduce(0) { $0 + $1.count } }

    /// The same for somebody who is not to see what others do: their own lines, and all others' together under no name.
    func without(namesBut name: String) -> DeskFigures {
        DeskFigures(
            countedAt: countedAt,
            open: open.filter { $0.assignee == nil || $0.assignee == name }
                + Self.grouped(open.filter { $0.assignee != nil && $0.assignee != name }),
            openByAge: openByAge, oldest: oldest, months: months,
            answered: answered.map {
                $0.by == nil || $0.by == name
                    ? $0
                    : Answered(month: $0.month, right: $0.right, by: Self.others, inTime: $0.inTime, late: $0.late)
            }, weeks: weeks, times: times, time: time)
    }

    /// Stands for all other operators: no name can be empty.
    public static let others = ""

    private static func grouped(_ open: [Open]) -> [Open] {
        open.map { Open(state: $0.state, right: $0.right, assignee: others, count: $0.count, late: $0.late) }
    }
}

extension DeskFigures.Time {
    /// - Parameter days: how many answers took so many days.
    init?(_ days: [Int: Int]) {
        let count = days.values.reduce(0, +)
        guard count > 0 else { return nil }
        let ordered = days.sorted { $0.key < $1.key }
        /// The nearest rank.
        func percentile(_ part: Int) -> Int {
            let rank = (count * part + 99) / 100
            var passed = 0
            for (day, number) in ordered {
                passed += number
                if passed >= rank { return day }
            }
            return ordered[ordered.count - 1].key
        }
        self.init(count: count, median: percentile(50), percentile90: percentile(90))
    }
}
