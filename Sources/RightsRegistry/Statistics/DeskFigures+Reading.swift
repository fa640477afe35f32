import CivilTime
import SQLDatabase

extension OperatorDesk {
    /// What the desk's work comes to now. Names of operators are there for those alone who may see them; others find their own
    /// lines, and everybody else's together.
    ///
    /// Throws `RightsError.forbidden`.
    public func statistics(for signedIn: Operator) async throws -> DeskFigures {
        try await demand(.readStatistics, of: signedIn, asking: "statistics")
        let (moment, policy) = (now(), policy)
        let figures = try await database.read { try DeskFigures.read(at: moment, policy, on: $0) }
        return policy.roles.allows(signedIn.role, .readOperatorStatistics)
            ? figures : figures.without(namesBut: signedIn.name)
    }
}

extension DeskFigures {
    /// Every number is counted by the engine, out of partial indexes: no timeline is read.
    static func read(at now: Instant, _ policy: RightsPolicy, on connection: any SQLConnection) throws -> DeskFigures {
        let today = now.date(in: policy.zone)
        let present = today.adding(days: 1 - today.day)
        let months = (0..<monthCount).reversed().map { present.adding(months: -$0) }
        let monday = today.adding(days: 1 - today.weekday)
        let mondays = (0..<weekCount).reversed().map { monday.adding(days: -7 * $0) }
        let counter = Counter(
            connection: connection, today: today, zoneStart: { $0.start(in: policy.zone).milliseconds },
            months: months, mondays: mondays)
        let (open, ages) = try counter.open()
        let days = try counter.days()
        return DeskFigures(
            countedAt: now, open: open, openByAge: ages, oldest: try counter.oldest(policy), months: months,
            answered: try counter.answered(), weeks: try counter.weeks(),
            times: days.compactMapValues(Time.init),
            time: Time(days.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }))
    }

    /// The statements. What stands in them beside words of ours are numbers of ours.
    private struct Counter {
        let connection: any SQLConnection
        let today: CalendarDate
        /// The first moment of a day where the body is, in milliseconds.
        let zoneStart: (CalendarDate) -> Int64
        let months: [CalendarDate]
        let mondays: [CalendarDate]

        private static let answers = RequestFigures.answers.map { "'\($0.rawValue)'" }.joined(separator: ", ")

        /// The place of the last of `starts` that lies at or before the moment in `column`.
        private func place(of column: String, in starts: [Int64]) -> String {
            let cases = starts.enumerated().reversed().map { "WHEN \(column) >= \($1) THEN \($0)" }
            return "CAST(CASE \(cases.joined(separator: " ")) ELSE -1 END AS BIGINT)"
        }

        func open() throws -> (cells: [Open], byAge: [Int]) {
            // By days of the calendar: the younger an age, the later its first moment.
            let youngest = DeskFigures.ages.map { zoneStart(today.adding(days: -$0.from + 1)) }
            let cases = youngest.enumerated().reversed().map { "WHEN received_at < \($1) THEN \($0)" }
            var cells: [Open] = []
            var byAge = DeskFigures.ages.map { _ in 0 }
            var known: [String: Int] = [:]
            for row in try connection.query(
                """
                SELECT state, right_kind, assignee, CAST(CASE \(cases.joined(separator: " ")) ELSE 0 END AS BIGINT) AS age,
                    count(*) AS n, CAST(sum(CASE WHEN alert_on < $1 THEN 1 ELSE 0 END) AS BIGINT) AS late
                FROM rights_request WHERE outcome IS NULL AND state <> 'closed' GROUP BY 1, 2, 3, 4
                """, today)
            {
                guard let state = RequestState(rawValue: try row["state"]) else {
                    throw SQLError.decoding("rights_request.state")
                }
                let (right, assignee): (Right, String?) = (try Self.right(row), try row["assignee"])
                let (count, late): (Int, Int) = (try row["n"], try row["late"])
                byAge[try row["age"]] += count
                let key = "\(state.rawValue) \(right.rawValue) \(assignee ?? "")"
                if let place = known[key] {
                    let cell = cells[place]
                    cells[place] = Open(
                        state: state, right: right, assignee: assignee, count: cell.count + count,
                        late: cell.late + late)
                } else {
                    known[key] = cells.count
                    cells.append(Open(state: state, right: right, assignee: assignee, count: count, late: late))
                }
            }
            return (cells, byAge)
        }

        func oldest(_ policy: RightsPolicy) throws -> Oldest? {
            try connection.first(
                """
                SELECT reference, received_at FROM rights_request WHERE outcome IS NULL AND state <> 'closed'
                ORDER BY received_at, reference LIMIT 1
                """
            ).map { row in
                let receivedAt: Instant = try row["received_at"]
                return Oldest(
                    reference: try row["reference"], receivedAt: receivedAt,
                    days: max(0, today.daysSinceEpoch - receivedAt.date(in: policy.zone).daysSinceEpoch))
            }
        }

        func answered() throws -> [Answered] {
            let starts = months.map(zoneStart)
            return try connection.query(
                """
                SELECT \(place(of: "decided_at", in: starts)) AS month, right_kind, decided_for AS who,
                    CAST(sum(CASE WHEN decided_in_time = 1 THEN 1 ELSE 0 END) AS BIGINT) AS in_time,
                    CAST(sum(CASE WHEN decided_in_time = 0 THEN 1 ELSE 0 END) AS BIGINT) AS late
                FROM rights_request
                WHERE is_desks = 1 AND decided_at IS NOT NULL AND decided_at >= \(starts[0])
                    AND decided_as IN (\(Self.answers))
                GROUP BY 1, 2, 3
                """
            ).map { row in
                Answered(
                    month: try row["month"], right: try Self.right(row), by: try row["who"],
                    inTime: try row["in_time"], late: try row["late"])
            }
        }

        func weeks() throws -> [Week] {
            let starts = mondays.map(zoneStart)
            var weeks = mondays.map { Week(monday: $0) }
            for row in try connection.query(
                """
                SELECT \(place(of: "received_at", in: starts)) AS week, count(*) AS n FROM rights_request
                WHERE is_desks = 1 AND received_at >= \(starts[0]) GROUP BY 1
                """)
            {
                weeks[try row["week"]].received = try row["n"]
            }
            for row in try connection.query(
                """
                SELECT \(place(of: "decided_at", in: starts)) AS week,
                    CAST(sum(CASE WHEN decided_as IN (\(Self.answers)) THEN 1 ELSE 0 END) AS BIGINT) AS answered,
                    count(*) AS n
                FROM rights_request
                WHERE is_desks = 1 AND decided_at IS NOT NULL AND decided_at >= \(starts[0]) GROUP BY 1
                """)
            {
                let (place, answered, all): (Int, Int, Int) = (try row["week"], try row["answered"], try row["n"])
                weeks[place].answered = answered
                weeks[place].otherwise = all - answered
            }
            return weeks
        }

        /// By right: how many answers took so many whole days.
        func days() throws -> [Right: [Int: Int]] {
            var days: [Right: [Int: Int]] = [:]
            for row in try connection.query(
                """
                SELECT right_kind, CAST((decided_at - received_at) / 86400000 AS BIGINT) AS days, count(*) AS n
                FROM rights_request
                WHERE is_desks = 1 AND decided_at IS NOT NULL AND decided_at >= \(zoneStart(months[0]))
                    AND decided_as IN (\(Self.answers))
                GROUP BY 1, 2
                """)
            {
                days[try Self.right(row), default: [:]][max(0, try row["days"])] = try row["n"]
            }
            return days
        }

        private static func right(_ row: Row) throws -> Right {
            guard let right = Right(rawValue: try row["right_kind"]) else {
                throw SQLError.decoding("rights_request.right_kind")
            }
            return right
        }
    }
}
