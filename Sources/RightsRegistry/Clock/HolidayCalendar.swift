public import CivilTime

/// The public holidays of a country, as the institution lists them in `site/`.
public struct HolidayCalendar: Sendable, Hashable {
    /// When a holiday falls.
    public enum Rule: Sendable, Hashable {
        /// On the same day of each year.
        case fixed(month: Int, day: Int)
        /// So many days after Easter Sunday, or before it where negative: 39 for Ascension.
        case afterEaster(days: Int)
    }

    /// One holiday, with its name by language code (`fr`, `en`).
    public struct Holiday: Sendable, Hashable {
        public let rule: Rule
        public let names: [String: String]

        public init(rule: Rule, names: [String: String]) {
            self.rule = rule
            self.names = names
        }

    }

    public let holidays: [Holiday]

    public init(_ holidays: [Holiday]) { self.holidays = holidays }

    /// Why nothing falls due on that day (Regulation 1182/71, articles 2 and 3(4)); nil for a working day.
    public func closure(on date: CalendarDate) -> Closure? {
        date.weekday >= 6 ? .weekend : holiday(on: date).map(Closure.holiday)
    }

    /// The holiday of a day, be it a weekend or not.
    func holiday(on date: CalendarDate) -> Holiday? {
        // Once for all holidays: a queue asks for the due dates of a million requests.
        let daysAfterEaster = date.daysSinceEpoch - Self.easter(of: date.year)
        return holidays.indices.first { index in
            switch holidays[index].rule {
            case .fixed(let month, let day): date.month == month && date.day == day
            case .afterEaster(let days): daysAfterEaster == days
            }
        }.map { holidays[$0] }
    }

    /// Easter Sunday in days since 1970-01-01.
    private static func easter(of year: Int) -> Int {
        easters.indices.contains(year - firstEaster)
            ? easters[year - firstEaster] : CalendarDate.easterSunday(of: year).daysSinceEpoch
    }

    private static let firstEaster = 1970
    private static let easters = (0..<130).map { CalendarDate.easterSunday(of: firstEaster + $0).daysSinceEpoch }

    /// What makes a day not a working day. A holiday on a Saturday or a Sunday counts as the weekend.
    public enum Closure: Sendable, Hashable {
        case weekend
        case holiday(Holiday)
    }
}
