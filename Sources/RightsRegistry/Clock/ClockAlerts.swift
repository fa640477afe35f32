public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// Tells who has taken a case some days before its time is over, the supervisors on the day, and the data protection officer
/// after: once a case and step, in one mail a day and a person. It runs where operators are served, in any number of processes.
public struct ClockAlerts: Sendable {
    /// Cases of one transaction.
    private static let batch = 200

    private let database: SQLDatabase
    private let policy: RightsPolicy
    private let hour: Int
    private let now: TimeSource
    private let random: RandomSource

    /// - Parameter hour: from which hour of the day on, where the body is.
    public init(
        database: SQLDatabase, policy: RightsPolicy, hour: Int, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.policy = policy
        self.hour = hour
        self.now = now
        self.random = random
    }

    /// Does what is due today, unless it was done; returns how many alerts were made.
    ///
    /// Alerts are noted batch by batch, and then given to the mails of the day in one transaction: what was noted when a process
    /// ended is in these mails all the same.
    @discardableResult
    public func runOnce() async throws -> Int {
        let moment = now()
        guard moment.clockTime(in: policy.zone).hour >= hour else { return 0 }
        let day = moment.date(in: policy.zone)
        if try await database.read({ try ClockAlertStore.isNoted(day, on: $0) }) { return 0 }
        while try await readOldCases() {}
        var made = 0
        for step in ClockStep.allCases {
            while let count = try await note(step, on: day, at: moment) { made += count }
        }
        try await noteMails(of: day, at: moment)
        return made
    }

    /// Looks every ten minutes until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(600), failing: "legal clocks could not be looked at", logger: logger) {
            let made = try await runOnce()
            if made > 0 { logger.info("legal clocks were told of", metadata: ["alerts": "\(made)"]) }
        }
    }

    /// Notes a step for some of the cases for which it is due; nil where there are none left.
    private func note(_ step: ClockStep, on day: CalendarDate, at moment: Instant) async throws -> Int? {
        let latest = step.reaches(on: day, alertDays: policy.alertDays)
        let due = try await database.read {
            try ClockAlertStore.due(step, on: day, by: latest, limit: Self.batch, on: $0)
        }
        guard !due.isEmpty else { return nil }
        let ids = (0..<Self.batch).map { _ in random(16) }
        return try await database.write { connection in
            // Judged again: an act, or another process, may have been faster.
            let due = try ClockAlertStore.due(step, on: day, by: latest, limit: Self.batch, on: connection)
            var made = 0
            for (due, id) in zip(due, ids) where try ClockAlertStore.note(step, of: due, at: moment, on: connection) {
                made += 1
                guard step == .after else { continue }
                try AuditEvent(
                    at: moment, actor: "system", role: "system", act: "request.escalated", subject: due.reference,
                    detail: ["dueOn": .string(due.dueOn.description)], random: { _ in id }
                ).record(on: connection)
            }
            return made
        }
    }

    private func noteMails(of day: CalendarDate, at moment: Instant) async throws {
        let name = Hex.encode(random(16))
        try await database.write { connection in
            guard let recipients = try ClockAlertStore.list(on: day, at: moment, on: connection) else { return }
            for (number, recipient) in recipients.enumerated() {
                try ServiceMailStore.note(
                    ServiceMail(id: "\(name)-\(number)", clocksOf: day, recipient: recipient), at: moment,
                    on: connection)
            }
        }
    }

    /// Reads from their events what columns do not hold yet of requests from before there were such columns; false where there
    /// are none left.
    private func readOldCases() async throws -> Bool {
        let policy = policy
        return try await database.write { connection in
            let references = try ClockAlertStore.unread(limit: Self.batch, on: connection)
            for reference in references {
                guard let stored = try RequestStore.load(reference, on: connection) else { continue }
                try connection.execute(
                    "UPDATE rights_request SET alert_on = $1, alert_step = 0 WHERE reference = $2",
                    policy.alertOn(of: stored.timeline, receivedAt: stored.receivedAt), reference)
            }
            let hasMore = try DecisionColumns.readSome(Self.batch, policy, on: connection)
            return hasMore || !references.isEmpty
        }
    }
}
