public import CivilTime
public import SQLDatabase

/// How long it took from when choices took effect until they were confirmed, among so many of them.
public struct DelayFigures: Sendable, Hashable {
    /// Fewer say nothing, and might tell of somebody.
    public static let fewest = 11

    public let cases: Int
    /// In seconds: a quarter of the cases took no longer.
    public let firstQuartile: Int
    /// In seconds: half of the cases took no longer.
    public let median: Int
    /// In seconds: three quarters of the cases took no longer.
    public let thirdQuartile: Int
    /// In seconds: 95 in 100 of the cases took no longer.
    public let percentile95: Int

    /// Nil where there are fewer than ``fewest``.
    init?(_ seconds: [Int]) {
        guard seconds.count >= Self.fewest else { return nil }
        let ordered = seconds.sorted()
        /// The nearest rank.
        func percentile(_ part: Int) -> Int { ordered[(ordered.count * part + 99) / 100 - 1] }
        cases = ordered.count
        firstQuartile = percentile(25)
        median = percentile(50)
        thirdQuartile = percentile(75)
        percentile95 = percentile(95)
    }
}

/// The delays of the last days, as they are published.
public struct MeasuredDelays: Sendable, Hashable {
    public let days: Int
    /// Until the last database in the choice's scope had confirmed; nil where there are too few.
    public let everywhere: DelayFigures?
    /// By database, those that have enough.
    public let byDatabase: [String: DelayFigures]
}

/// Measures, from the ledger and from what is kept of each confirmation, how long choices take to arrive.
///
/// An entry counts from when it entered the ledger: when the objection was filed, where it protects from filing on, else when
/// it was granted; or when it was withdrawn. What a database has not confirmed counts with the time that it has waited, so
/// that nothing looks quicker for being unfinished. What came before a database was linked says nothing of its pace.
public enum PropagationDelays {
    /// How many entries are looked at, at most: where there were more, as many at even distances.
    static let sample: Int64 = 1000

    public static func measure(
        at now: Instant, days: Int = 90, on connection: any SQLConnection
    ) throws -> MeasuredDelays {
        let databases = try LinkedDatabaseStore.linked(on: connection)
        let incarnation = try LedgerStore.incarnation(on: connection)
        let head = try LedgerStore.head(on: connection)
        let before = try DatabaseHistory.heads(at: [now.adding(seconds: -days * 86_400)], on: connection)[0]
        let exceptions = try self.exceptions(on: connection)
        let impossible = try self.impossible(on: connection)
        let reach = try self.reach(on: connection)
        var everywhere: [Int] = []
        var each: [String: [Int]] = [:]
        let count = head - before
        for place in 0..<min(count, sample) {
            let position = count <= sample ? before + 1 + place : before + 1 + place * count / sample
            guard let entry = try Entry(at: position, on: connection) else { continue }
            var slowest: Int?
            for linked in databases
            where concerns(entry, linked, reach)
                && !impossible.contains(Pair(database: linked.id, other: entry.objection))
            {
                let confirmed =
                    linked.incarnation == incarnation
                    ? try confirmation(of: entry, in: linked, exceptions: exceptions, reach, on: connection) : nil
                let seconds = max(0, (confirmed ?? now).seconds(since: entry.createdAt))
                each[linked.id, default: []].append(seconds)
                slowest = max(slowest ?? 0, seconds)
            }
            if let slowest { everywhere.append(slowest) }
        }
        return MeasuredDelays(
            days: days, everywhere: DelayFigures(everywhere), byDatabase: each.compactMapValues { DelayFigures($0) })
    }

    private struct Entry {
        let position: Int64
        let createdAt: Instant
        let objection: String
        let scope: Scope

        /// Nil for an entry that yields no row anywhere.
        init?(at position: Int64, on connection: any SQLConnection) throws {
            let row = try connection.first(
                """
                SELECT created_at, objection, scope FROM ledger_entry WHERE position = $1 AND identifier_count > 0
                """, position)
            guard let row else { return nil }
            self.position = position
            createdAt = try row["created_at"]
            objection = try row["objection"]
            scope = try Scope(stored: try row["scope"])
        }
    }

    /// A pair of database and project, or of database and objection.
    private struct Pair: Hashable {
        let database: String
        let other: String
    }

    /// By database and project that uses it: whether it has been told of what was objected to before.
    private static func reach(on connection: any SQLConnection) throws -> [Pair: Bool] {
        try connection.query("SELECT linked_database, project, served_at FROM project_reach").reduce(into: [:]) {
            $0[Pair(database: try $1["linked_database"], other: try $1["project"])] =
                (try $1["served_at"] as Instant?) != nil
        }
    }

    /// When what a database could not take was taken at last; nil where it is not.
    private static func exceptions(on connection: any SQLConnection) throws -> [Pair: Instant?] {
        try connection.query(
            "SELECT linked_database, objection, resolved_at FROM delivery_exception ORDER BY opened_at"
        ).reduce(into: [:]) {
            let pair = Pair(database: try $1["linked_database"], other: try $1["objection"])
            $0.updateValue(try $1["resolved_at"], forKey: pair)
        }
    }

    /// What can't be applied waits for nothing.
    private static func impossible(on connection: any SQLConnection) throws -> Set<Pair> {
        Set(
            try connection.query("SELECT linked_database, objection FROM impossible_there").map {
                Pair(database: try $0["linked_database"], other: try $0["objection"])
            })
    }

    private static func concerns(_ entry: Entry, _ linked: LinkedDatabase, _ reach: [Pair: Bool]) -> Bool {
        guard entry.createdAt >= linked.linkedAt ?? linked.createdAt else { return false }
        return entry.scope.covers(database: linked.id, project: nil)
            || entry.scope.projects.contains { reach[Pair(database: linked.id, other: $0)] != nil }
    }

    private static func confirmation(
        of entry: Entry, in linked: LinkedDatabase, exceptions: [Pair: Instant?], _ reach: [Pair: Bool],
        on connection: any SQLConnection
    ) throws -> Instant? {
        guard linked.position >= entry.position,
            entry.scope.projects.allSatisfy({ reach[Pair(database: linked.id, other: $0)] ?? true }),
            let confirmed: Instant = try connection.first(
                """
                SELECT confirmed_at FROM delivery_batch
                WHERE linked_database = $1 AND incarnation = $2 AND to_position >= $3 ORDER BY to_position LIMIT 1
                """, linked.id, linked.incarnation, entry.position)?["confirmed_at"]
        else { return nil }
        switch exceptions[Pair(database: linked.id, other: entry.objection)] {
        case nil: return confirmed
        case .some(let taken): return taken.map { max($0, confirmed) }
        }
    }
}
