public import CivilTime
public import SQLDatabase

extension RequestFigures {
    /// Requests whose events are read at once.
    private static let pageLength = 300
    /// Whoever is answered so many days after receipt is answered in time, whatever the month: a due date is never nearer than
    /// that of 31 January, 28 days later.
    private static let promptDays: Int64 = 27

    /// Counts what was received, as of the beginning of the present month. It needs no key: what is sealed is not looked at.
    ///
    /// One pass over all requests, in the engine, settles those that were answered promptly; the timelines of the others alone
    /// are read, page by page.
    public static func read(
        from database: SQLDatabase, at now: Instant, _ policy: RightsPolicy
    ) async throws -> RequestFigures {
        let months = months(before: now.date(in: policy.zone))
        let starts = months.map { $0.start(in: policy.zone) }
        let end = months[months.count - 1].adding(months: 1).start(in: policy.zone)
        var counts: [Cell: Int] = [:]
        let window = Window(starts: starts, end: end)
        var days: [Cell: [Int: Int]] = [:]
        for row in try await database.read({ try window.prompt(on: $0) }) {
            let cell = Cell(right: row.right, month: row.month, answer: .inTime)
            counts[cell, default: 0] += row.prompt
            days[cell, default: [:]][row.days, default: 0] += row.prompt
        }
        var after = ""
        while true {
            let requests = try await database.read { [after] connection in
                try window.others(after: after, limit: pageLength, on: connection)
            }
            guard let last = requests.last else { break }
            after = last.reference
            for request in requests {
                let answer = answer(of: request.events, receivedAt: request.receivedAt, by: end, policy)
                let month = (starts.firstIndex { $0 > request.receivedAt } ?? starts.count) - 1
                let cell = Cell(right: request.right, month: month, answer: answer)
                counts[cell, default: 0] += 1
                if let taken = daysTaken(request.events, receivedAt: request.receivedAt, by: end) {
                    days[cell, default: [:]][taken, default: 0] += 1
                }
            }
            await Task.yield()
        }
        return RequestFigures(months: months, exactly: counts, days: days)
    }

    private struct Prompt: Sendable {
        let right: Right
        let month: Int
        /// Whole days from receipt to the answer.
        let days: Int
        let prompt: Int
    }

    private struct Other: Sendable {
        let reference: String
        let right: Right
        let receivedAt: Instant
        let events: [RequestEvent]
    }

    /// The months that are told of, for the engine: numbers of ours alone, so that they may stand in its statements.
    private struct Window: Sendable {
        let starts: [Instant]
        let end: Instant

        private var isInside: String {
            "r.received_at >= \(starts[0].milliseconds) AND r.received_at < \(end.milliseconds)"
        }

        /// When the request `r` was first answered, before the end.
        private var answeredAt: String {
            let types = RequestFigures.answers.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            return """
                (SELECT min(a.at) FROM request_event a
                 WHERE a.reference = r.reference AND a.type IN (\(types)) AND a.at < \(end.milliseconds))
                """
        }

        private var isPrompt: String {
            """
            coalesce(\(answeredAt), \(Int64.max)) < r.received_at + \(promptDays * 86_400_000)
            AND NOT EXISTS (SELECT 1 FROM request_event f WHERE f.reference = r.reference AND f.n = 1
                AND f.data LIKE '%"channel":"\(FilingChannel.imported.rawValue)"%')
            """
        }

        private var month: String {
            let cases = starts.enumerated().reversed().map { "WHEN r.received_at >= \($1.milliseconds) THEN \($0)" }
            return "CAST(CASE \(cases.joined(separator: " ")) END AS BIGINT)"
        }

        func prompt(on connection: any SQLConnection) throws -> [Prompt] {
            try connection.query(
                """
                SELECT right_kind, month, days, count(*) AS n FROM (
                    SELECT r.right_kind AS right_kind, \(month) AS month,
                        CAST((\(answeredAt) - r.received_at) / 86400000 AS BIGINT) AS days
                    FROM rights_request r WHERE \(isInside) AND \(isPrompt)) AS p
                GROUP BY right_kind, month, days
                """
            ).map { row in
                let month: Int64 = try row["month"]
                let days: Int = try row["days"]
                return Prompt(
                    right: try RequestFigures.right(row), month: Int(month), days: max(0, days), prompt: try row["n"])
            }
        }

        func others(after reference: String, limit: Int, on connection: any SQLConnection) throws -> [Other] {
            let rows = try connection.query(
                """
                SELECT r.reference, r.right_kind, r.received_at FROM rights_request r
                WHERE r.reference > $1 AND \(isInside) AND NOT (\(isPrompt)) ORDER BY r.reference LIMIT \(limit)
                """, reference)
            guard !rows.isEmpty else { return [] }
            let references: [String] = try rows.map { try $0["reference"] }
            var events: [String: [RequestEvent]] = [:]
            for row in try connection.query(
                """
                SELECT * FROM request_event
                WHERE reference IN (\(references.indices.map { "$\($0 + 1)" }.joined(separator: ", ")))
                ORDER BY reference, n
                """, parameters: references)
            {
                events[try row["reference"], default: []].append(try RequestStore.event(row))
            }
            return try rows.map { row in
                let reference: String = try row["reference"]
                return Other(
                    reference: reference, right: try RequestFigures.right(row), receivedAt: try row["received_at"],
                    events: events[reference] ?? [])
            }
        }
    }

    private static func right(_ row: Row) throws -> Right {
        guard let right = Right(rawValue: try row["right_kind"]) else {
            throw SQLError.decoding("rights_request.right_kind")
        }
        return right
    }
}
