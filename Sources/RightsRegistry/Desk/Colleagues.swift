public import CivilTime
import SQLDatabase
import StrictJSON

/// When an operator is away, and who takes over meanwhile.
public struct Absence: Sendable, Hashable {
    public let from: CalendarDate
    /// The last day.
    public let until: CalendarDate
    /// Sees the cases of whoever is away among their own; nil where nobody does.
    public let deputy: String?

    public init(from: CalendarDate, until: CalendarDate, deputy: String?) {
        self.from = from
        self.until = until
        self.deputy = deputy
    }
}

/// Somebody to whom cases can be given.
public struct Colleague: Sendable {
    public let name: String
    public let role: Role
    /// That of today or one to come.
    public let absence: Absence?
    /// How many cases they have that are not closed.
    public let openCases: Int

    public func isAway(on day: CalendarDate) -> Bool { absence.map { ($0.from...$0.until).contains(day) } ?? false }
}

extension OperatorDesk {
    /// Everybody to whom cases can be given, by name.
    public func colleagues(for signedIn: Operator) async throws -> [Colleague] {
        try await demand(.readRequests, of: signedIn, asking: "colleagues")
        let (roles, today) = (policy.roles, now().date(in: policy.zone))
        return try await database.read { try ColleagueStore.all(roles, today: today, on: $0) }
    }

    /// The colleagues who are away today and whose cases `signedIn` sees among their own.
    public func deputised(by signedIn: Operator) async throws -> [String] {
        let today = now().date(in: policy.zone)
        return try await database.read { connection in
            try connection.query(
                """
                SELECT operator FROM operator_absence WHERE deputy = $1 AND from_on <= $2 AND until_on >= $2
                ORDER BY operator
                """, signedIn.name, today
            ).map { try $0["operator"] }
        }
    }

    /// Notes when somebody is away; nil where they are back. One's own absence is one's own to note, another's takes
    /// `requests.reassign`.
    ///
    /// Throws `RightsError.forbidden`, and `.invalid` for dates that run backwards or are over, and for a deputy who is
    /// nobody, or is who is away.
    public func setAbsence(_ absence: Absence?, of name: String, by signedIn: Operator) async throws {
        try await demand(name == signedIn.name ? .assign : .reassign, of: signedIn, asking: "absence \(name)")
        let (moment, roles, zone) = (now(), policy.roles, policy.zone)
        if let absence {
            if absence.until < absence.from { throw Self.wrong("/until", "date.backwards") }
            if absence.until < moment.date(in: zone) { throw Self.wrong("/until", "date.past") }
            if absence.deputy == name { throw Self.wrong("/deputy", "operator.self") }
        }
        let audit = event(
            "operator.absence", on: name, by: signedIn,
            .object(ofPresent: [
                "from": absence.map { .string($0.from.description) },
                "until": absence.map { .string($0.until.description) },
                "deputy": absence?.deputy.map(JSON.string),
            ]), moment)
        try await database.write { connection in
            let known = try ColleagueStore.names(roles, on: connection)
            guard known.contains(name) else { throw Self.wrong("/operator", "operator.unknown") }
            if let deputy = absence?.deputy, !known.contains(deputy) {
                throw Self.wrong("/deputy", "operator.unknown")
            }
            try connection.execute("DELETE FROM operator_absence WHERE operator = $1", name)
            if let absence {
                try connection.execute(
                    "INSERT INTO operator_absence (operator, from_on, until_on, deputy) VALUES ($1, $2, $3, $4)",
                    name, absence.from, absence.until, absence.deputy)
            }
            try audit.record(on: connection)
        }
    }

    /// Gives every case of `giver` that is not closed to `taker`, with a note in each where there is one: up to
    /// ``bulkLimit`` at a time, those due first first. One's own cases are one's own to give, another's take
    /// `requests.reassign`.
    ///
    /// Throws as ``perform(_:onEach:by:)`` does.
    public func handOver(
        from giver: String, to taker: String, note: String?, by signedIn: Operator
    ) async throws -> [BulkResult] {
        try await requireGivable(from: giver, to: taker, note: note, by: signedIn)
        let references: [String] = try await database.read { connection in
            try connection.query(
                """
                SELECT reference FROM rights_request WHERE assignee = $1 AND state <> 'closed'
                ORDER BY due_on, received_at, reference LIMIT \(Self.bulkLimit)
                """, giver
            ).map { try $0["reference"] }
        }
        guard !references.isEmpty else { return [] }
        let today = now().date(in: policy.zone)
        let assignment = try OperatorAct(["type": "assigned", "assignee": .string(taker)], today: today)
        if let note {
            // First, so that whoever gets a case finds it there. A case that then can't be given keeps a note that is true.
            _ = try await perform(
                OperatorAct(["type": "noted", "note": .string(note)], today: today),
                onEach: references.map { SeenCase($0) }, by: signedIn)
        }
        return try await perform(assignment, onEach: references.map { SeenCase($0) }, by: signedIn)
    }

    /// Throws what would keep ``handOver(from:to:note:by:)`` from happening, for whoever is asked before it does.
    public func requireGivable(
        from giver: String, to taker: String, note: String?, by signedIn: Operator
    ) async throws {
        try await demand(giver == signedIn.name ? .assign : .reassign, of: signedIn, asking: "handover \(giver)")
        if giver == taker { throw Self.wrong("/to", "operator.self") }
        let roles = policy.roles
        let isKnown = try await database.read { try ColleagueStore.names(roles, on: $0).contains(taker) }
        guard isKnown else { throw Self.wrong("/to", "operator.unknown") }
        if let note {
            _ = try OperatorAct(["type": "noted", "note": .string(note)], today: now().date(in: policy.zone))
        }
    }

    static func wrong(_ pointer: String, _ code: String, _ arguments: [String] = []) -> RightsError {
        .invalid(FieldErrors([FieldError(pointer: pointer, code: code, arguments: arguments)]))
    }
}

/// The SQL of colleagues.
enum ColleagueStore {
    /// Those who may sign in and be given cases.
    static func names(_ roles: RoleMatrix, on connection: any SQLConnection) throws -> Set<String> {
        Set(
            try connection.query("SELECT name, role FROM operator_account WHERE is_disabled = 0").compactMap { row in
                let role = Role(rawValue: try row["role"])
                return role.map { roles.allows($0, .assign) } == true ? try row["name"] as String : nil
            })
    }

    static func all(
        _ roles: RoleMatrix, today: CalendarDate, on connection: any SQLConnection
    ) throws -> [Colleague] {
        try connection.query(
            """
            SELECT o.name, o.role, a.from_on, a.until_on, a.deputy,
                (SELECT count(*) FROM rights_request r WHERE r.assignee = o.name AND r.state <> 'closed') AS open_cases
            FROM operator_account o
            LEFT JOIN operator_absence a ON a.operator = o.name AND a.until_on >= $1
            WHERE o.is_disabled = 0 ORDER BY o.name
            """, today
        ).compactMap { row in
            guard let role = Role(rawValue: try row["role"]), roles.allows(role, .assign) else { return nil }
            let from: CalendarDate? = try row["from_on"]
            let until: CalendarDate? = try row["until_on"]
            let deputy: String? = try row["deputy"]
            return Colleague(
                name: try row["name"], role: role,
                absence: from.flatMap { from in until.map { Absence(from: from, until: $0, deputy: deputy) } },
                openCases: try row["open_cases"])
        }
    }
}
