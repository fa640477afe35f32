public import CivilTime
public import Logging
public import SQLDatabase
public import Vault

/// Since when a question of identity waits for its answer, and what was done meanwhile.
struct IdentityWait: Sendable {
    let asked: Instant
    /// When the citizen was reminded of this question.
    let reminders: [Instant]
    /// Whether the citizen has written since: an operator is to read that first.
    let hasWritten: Bool

    /// Nil unless an answer is awaited: of somebody whose death is recorded none is. Where that was a mistake, the time to
    /// answer begins anew, since nobody was reminded meanwhile.
    init?(_ timeline: Timeline) {
        guard timeline.state == .awaitingIdentity, timeline.deathRecordedAt == nil,
            let place = timeline.events.lastIndex(where: { $0.type == .identityRequested })
        else { return nil }
        let since = timeline.events[place...].dropFirst()
        let start = since.lastIndex { $0.type == .deathUnrecorded } ?? place
        asked = timeline.events[start].at
        reminders = timeline.events[start...].filter { $0.type == .reminded }.map(\.at)
        hasWritten = since.contains { $0.type == .message && $0.actor == .citizen }
    }
}

extension RightsPolicy {
    /// What happens by itself on `day` to a request that waits for an answer on identity: `reminded`, `abandoned`, or
    /// nothing.
    ///
    /// Two reminders, the second after twice the time of the first; then it is set aside. Whatever was late, there are
    /// `identityReminderDays` between two of them, so that nobody is set aside who was not reminded twice in time. Who
    /// has written since the question is not set aside by a machine.
    public func identityStep(_ timeline: Timeline, on day: CalendarDate) -> EventType? {
        guard let wait = IdentityWait(timeline), !wait.hasWritten else { return nil }
        let steps = steps(of: wait)
        return switch wait.reminders.count {
        case 0: day >= steps.first ? .reminded : nil
        case 1: day >= steps.second ? .reminded : nil
        default: day >= steps.abandoned ? .abandoned : nil
        }
    }

    /// The day on which a request is set aside unless its citizen answers; nil where no answer is awaited.
    public func identityAbandonedOn(_ timeline: Timeline) -> CalendarDate? {
        IdentityWait(timeline).map { steps(of: $0).abandoned }
    }

    private func steps(
        of wait: IdentityWait
    ) -> (first: CalendarDate, second: CalendarDate, abandoned: CalendarDate) {
        let asked = wait.asked.date(in: zone)
        let sent = wait.reminders.map { $0.date(in: zone) }
        let first = sent.first ?? asked.adding(days: identityReminderDays)
        let second =
            sent.dropFirst().first
            ?? max(asked.adding(days: 2 * identityReminderDays), first.adding(days: identityReminderDays))
        let abandoned = max(
            asked.adding(days: identityAbandonDays), second.adding(days: identityReminderDays))
        return (first, second, abandoned)
    }
}

/// Reminds of questions of identity that wait, and sets aside what was never answered.
///
/// An objection that is set aside is no longer in force: nobody has shown that it was the person's own. Its citizen can
/// take it up again with the same secret.
public struct IdentityReminders: Sendable {
    private static let batch = 200

    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let now: TimeSource
    let random: RandomSource

    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// Does what is due now; returns how many requests it was due for. In several processes at once each is done once:
    /// what is due is judged again in the transaction that does it.
    public func runOnce() async throws -> Int {
        let (moment, policy) = (now(), policy)
        let day = moment.date(in: policy.zone)
        var (last, done) = ("", 0)
        while true {
            let after = last
            let (references, due): ([String], [String]) = try await database.read { connection in
                let references: [String] = try connection.query(
                    """
                    SELECT reference FROM rights_request WHERE state = 'awaitingIdentity' AND reference > $1
                    ORDER BY reference LIMIT \(Self.batch)
                    """, after
                ).map { try $0["reference"] }
                return (
                    references,
                    try references.filter { reference in
                        try RequestStore.load(reference, on: connection).flatMap {
                            policy.identityStep($0.timeline, on: day)
                        } != nil
                    }
                )
            }
            for reference in due where try await act(on: reference, at: moment, day) { done += 1 }
            guard let end = references.last else { return done }
            last = end
        }
    }

    private func act(on reference: String, at moment: Instant, _ day: CalendarDate) async throws -> Bool {
        let (policy, keys, entryID) = (policy, keys, Hex.encode(random(16)))
        return try await database.write { connection in
            guard let stored = try RequestStore.load(reference, on: connection),
                let step = policy.identityStep(stored.timeline, on: day)
            else { return false }
            // Whoever can't answer by their code any more, since keys were lost, is not set aside for that.
            if stored.lost != nil { return false }
            // Nobody is set aside unread: what this process has no key for yet waits for one that has.
            if keys.casesPrivate?.epochs.contains(stored.epoch) == false { return false }
            // Neither the parent nor the child can answer in the case any more: an operator is to see to it.
            if OpenedCase(stored, keys, policy, on: day)?.isOfAge == true { return false }
            try RequestStore.append(step, to: stored, actor: .system, at: moment, policy: policy, on: connection)
            if step == .abandoned, stored.right == .objection, let objection = stored.objection {
                try LedgerStore.withdraw(objection, entryID: entryID, at: moment, on: connection)
            }
            return true
        }
    }

    /// Looks every ten minutes until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(600), failing: "reminders could not be noted", logger: logger) {
            let done = try await runOnce()
            if done > 0 { logger.info("identity is awaited", metadata: ["reminded or set aside": "\(done)"]) }
        }
    }
}
