public import CivilTime
import SQLDatabase

/// The three alerts of a legal clock, in order.
public enum ClockStep: String, Sendable, CaseIterable {
    /// Some days before, to whoever has taken the case.
    case before
    /// To the supervisors.
    case onTheDay
    /// To the data protection officer.
    case after

    /// How many alerts are behind a case that waits for this one.
    var number: Int {
        switch self {
        case .before: 0
        case .onTheDay: 1
        case .after: 2
        }
    }

    /// The last date to warn of for which this alert is due on `day`.
    func reaches(on day: CalendarDate, alertDays: Int) -> CalendarDate {
        switch self {
        case .before: day.adding(days: alertDays)
        case .onTheDay: day
        case .after: day.adding(days: -1)
        }
    }
}

extension RightsPolicy {
    /// The day to warn operators of: the earlier of the two due dates. Nil while the clock stands, and where there is nothing
    /// left to decide.
    func alertOn(of timeline: Timeline, receivedAt: Instant) -> CalendarDate? {
        guard timeline.outcome == nil, timeline.state != .closed else { return nil }
        let reading = clock(of: timeline, receivedAt: receivedAt)
        return reading.isPaused ? nil : reading.alertOn
    }
}

/// What one mail about clocks lists: the alerts of a day for one person. References and dates, and nothing else of a case.
public struct ClockDigest: Sendable, Hashable {
    /// Why cases are in the list.
    public enum Reason: Sendable, Hashable, CaseIterable {
        /// The reader has taken them or stands in for who has, and their date comes near.
        case own
        /// Their date comes near, and nobody has taken them who could be written to.
        case nobodys
        /// Their date is there.
        case onTheDay
        /// Their date is over.
        case over
    }

    public struct Case: Sendable, Hashable {
        public let reference: String
        public let dueOn: CalendarDate
    }

    public struct Part: Sendable, Hashable {
        public let reason: Reason
        /// Those due first first; at most ``ClockDigest/longest``.
        public let cases: [Case]
        /// How many there are in all.
        public let total: Int
    }

    /// How many cases of a part are listed one by one.
    public static let longest = 100

    /// Those that have something to list.
    public let parts: [Part]

    /// Whether it lists nothing but what the reader has taken.
    public var isOwn: Bool { parts.allSatisfy { $0.reason == .own } }

    /// How many cases it is about.
    public var total: Int { parts.reduce(0) { $0 + $1.total } }
}

/// The SQL of alerts.
enum ClockAlertStore {
    /// A case for which an alert is due.
    struct Due: Sendable {
        let reference: String
        let dueOn: CalendarDate
        /// Who has taken it or stands in for them, where they can sign in and be written to.
        let assignee: String?
    }

    /// False where it was made before, as before a pause.
    static func note(
        _ step: ClockStep, of due: Due, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        let (audience, recipient): (String, String?) =
            switch step {
            case .before: due.assignee == nil ? ("supervisors", nil) : ("assignee", due.assignee)
            case .onTheDay: ("supervisors", nil)
            case .after: ("officer", nil)
            }
        try connection.execute(
            "UPDATE rights_request SET alert_step = $1 WHERE reference = $2", step.number + 1, due.reference)
        return try connection.execute(
            """
            INSERT INTO clock_alert (reference, due_on, step, audience, recipient, noted_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """, due.reference, due.dueOn, step.rawValue, audience, recipient, now) == 1
    }

    /// Who is written to about a case that comes near its date, as `name`; NULL where nobody. `r` is the request, `$1` the day:
    /// whoever has taken it, or who stands in for them while they are away, where they can sign in and be written to.
    private static let holder = """
        LEFT JOIN operator_account a ON a.name = r.assignee AND a.is_disabled = 0 AND a.email IS NOT NULL
        LEFT JOIN operator_absence v ON v.operator = r.assignee AND v.from_on <= $1 AND v.until_on >= $1
        LEFT JOIN operator_account d ON d.name = v.deputy AND d.is_disabled = 0 AND d.email IS NOT NULL
        """

    /// The cases that wait for `step` on `day` and whose date is `latest` or before, those due first first.
    static func due(
        _ step: ClockStep, on day: CalendarDate, by latest: CalendarDate, limit: Int,
        on connection: any SQLConnection
    ) throws -> [Due] {
        try connection.query(
            """
            SELECT r.reference, r.alert_on, coalesce(d.name, a.name) AS name FROM rights_request r \(holder)
            WHERE r.alert_step = \(step.number) AND r.alert_step < 3 AND r.alert_on IS NOT NULL AND r.alert_on <= $2
            ORDER BY r.alert_on, r.reference LIMIT \(limit)
            """, day, latest
        ).map { Due(reference: try $0["reference"], dueOn: try $0["alert_on"], assignee: try $0["name"]) }
    }

    /// Gives to whoever has a case now what was noted for somebody else, of that which a mail of `day` to `recipient` would list;
    /// all that no mail lists yet where nil. What comes to somebody whose mail of the day has gone is in that of the next
    /// morning; what has nobody any more, in the supervisors'.
    static func passOn(
        from recipient: String?, of day: CalendarDate, on connection: any SQLConnection
    ) throws {
        var parameters: [any SQLConvertible] = [day]
        if let recipient { parameters.append(recipient) }
        let moved = try connection.query(
            """
            SELECT c.reference, c.due_on, coalesce(d.name, a.name) AS name
            FROM clock_alert c JOIN rights_request r ON r.reference = c.reference AND r.alert_on = c.due_on \(holder)
            WHERE c.step = 'before' AND coalesce(d.name, a.name, '') <> coalesce(c.recipient, '')
                AND \(recipient == nil ? "c.day IS NULL" : "c.day = $1 AND c.recipient = $2")
            """, parameters: parameters)
        for row in moved {
            let (reference, dueOn): (String, CalendarDate) = (try row["reference"], try row["due_on"])
            let name: String? = try row["name"]
            try connection.execute(
                "UPDATE clock_alert SET audience = $1, recipient = $2 WHERE reference = $3 AND due_on = $4 AND step = 'before'",
                name == nil ? "supervisors" : "assignee", name, reference, dueOn)
            guard recipient != nil, try !awaitsMail(name, of: day, on: connection) else { continue }
            try connection.execute(
                "UPDATE clock_alert SET day = NULL WHERE reference = $1 AND due_on = $2 AND step = 'before'", reference,
                dueOn)
        }
    }

    /// Whether a mail of `day` to an operator has still to go. What is for the supervisors waits for the morning: some of their mails
    /// may have gone.
    private static func awaitsMail(
        _ name: String?, of day: CalendarDate, on connection: any SQLConnection
    ) throws -> Bool {
        guard let name else { return false }
        return try connection.first(
            "SELECT 1 AS one FROM service_mail WHERE day = $1 AND recipient = $2 AND state = 'waiting'", day, name)
            != nil
    }

    static func isNoted(_ day: CalendarDate, on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 AS one FROM clock_alert_day WHERE day = $1", day) != nil
    }

    /// Gives what no mail lists yet to the mails of `day`. Nil where another process has done so; else whom to write to, nil
    /// among them being the data protection officer.
    ///
    /// What is for supervisors goes to the officer where no supervisor can be written to: somebody is told.
    static func list(
        on day: CalendarDate, at now: Instant, on connection: any SQLConnection
    ) throws -> [String?]? {
        guard
            try connection.execute(
                "INSERT INTO clock_alert_day (day, noted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", day, now) == 1
        else { return nil }
        let supervisors: [String] = try connection.query(
            """
            SELECT name FROM operator_account
            WHERE role = '\(Role.supervisor.rawValue)' AND is_disabled = 0 AND email IS NOT NULL ORDER BY name
            """
        ).map { try $0["name"] }
        try passOn(from: nil, of: day, on: connection)
        if supervisors.isEmpty {
            try connection.execute(
                "UPDATE clock_alert SET audience = 'officer' WHERE day IS NULL AND audience = 'supervisors'")
        }
        var names: Set<String> = []
        var isForOfficer = false
        for row in try connection.query("SELECT DISTINCT audience, recipient FROM clock_alert WHERE day IS NULL") {
            switch try row["audience"] as String {
            case "assignee": if let name: String = try row["recipient"] { names.insert(name) }
            case "supervisors": names.formUnion(supervisors)
            default: isForOfficer = true
            }
        }
        try connection.execute("UPDATE clock_alert SET day = $1 WHERE day IS NULL", day)
        return names.sorted() + (isForOfficer ? [nil] : [])
    }

    /// What a mail of `day` lists for an operator, or the officer where nil: those alone that still wait under the same clock.
    static func digest(
        of day: CalendarDate, for recipient: String?, on connection: any SQLConnection
    ) throws -> ClockDigest {
        let isSupervisor =
            try recipient.map {
                try connection.first(
                    "SELECT 1 AS one FROM operator_account WHERE name = $1 AND role = '\(Role.supervisor.rawValue)'", $0
                ) != nil
            } ?? false
        func part(_ reason: ClockDigest.Reason) throws -> ClockDigest.Part? {
            let (step, audience): (ClockStep, String) =
                switch reason {
                case .own: (.before, "assignee")
                case .nobodys: (.before, recipient == nil ? "officer" : "supervisors")
                case .onTheDay: (.onTheDay, recipient == nil ? "officer" : "supervisors")
                case .over: (.after, "officer")
                }
            switch (reason, recipient) {
            case (.own, nil), (.over, _?): return nil
            case (.nobodys, _?), (.onTheDay, _?): if !isSupervisor { return nil }
            case (.own, _?), (.nobodys, nil), (.onTheDay, nil), (.over, nil): break
            }
            var parameters: [any SQLConvertible] = [day, audience, step.rawValue]
            if reason == .own { parameters.append(recipient) }
            let from = """
                FROM clock_alert c JOIN rights_request r ON r.reference = c.reference AND r.alert_on = c.due_on
                WHERE c.day = $1 AND c.audience = $2 AND c.step = $3 \(reason == .own ? "AND c.recipient = $4" : "")
                """
            let total: Int =
                try connection.query("SELECT count(*) AS n \(from)", parameters: parameters).first?["n"] ?? 0
            guard total > 0 else { return nil }
            let cases = try connection.query(
                "SELECT c.reference, c.due_on \(from) ORDER BY c.due_on, c.reference LIMIT \(ClockDigest.longest)",
                parameters: parameters
            ).map { ClockDigest.Case(reference: try $0["reference"], dueOn: try $0["due_on"]) }
            return ClockDigest.Part(reason: reason, cases: cases, total: total)
        }
        return ClockDigest(parts: try ClockDigest.Reason.allCases.compactMap(part))
    }

    /// References of requests whose date is to be read from their events, as those filed before there were alerts.
    static func unread(limit: Int, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT reference FROM rights_request
            WHERE alert_step = -1 AND alert_step < 3 AND alert_on IS NOT NULL LIMIT \(limit)
            """
        ).map { try $0["reference"] }
    }
}
