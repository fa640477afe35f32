public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// Erases cases at the end of their retention: the keys and everything that was sealed go; figures, the bare timeline and the
/// objection in the ledger stay.
///
/// It runs where cases can be opened, since who filed for whom decides whose secret goes on. Of several processes one does it at a
/// time, and what is due is judged again in the transaction that erases. A request that is open, or waits for anything anywhere, is
/// never erased.
public struct CaseErasure: Sendable {
    /// Cases erased in one transaction.
    private static let batch = 50
    private static let leaseSeconds = 600

    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let journal: ErasureJournal
    let holder: String
    let now: TimeSource
    let random: RandomSource

    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, journal: ErasureJournal, holder: String,
        now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.journal = journal
        self.holder = holder
        self.now = now
        self.random = random
    }

    /// Erases what is due; returns how many cases. Nothing where another process is at it.
    public func runOnce() async throws -> Int {
        try await database.underLease("case-erasure", for: holder, seconds: Self.leaseSeconds, now: now) { lease in
            _ = try await replay(under: lease)
            let erased = try await eraseDue(under: lease)
            try await endOutlived(at: now())
            try await forgetAnswers(at: now())
            return erased
        } ?? 0
    }

    /// Looks every hour until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(3600), failing: "cases could not be erased, trying again", logger: logger) {
            let erased = try await runOnce()
            if erased > 0 { logger.info("cases were erased", metadata: ["count": "\(erased)"]) }
        }
    }

    // MARK: What is due

    private func eraseDue(under lease: Lease) async throws -> Int {
        let moment = now()
        let policy = policy
        // Days are civil ones: a day more than the shortest retention asks for is looked at.
        let latest = moment.adding(seconds: 86_400)
        var (last, erased): ((closedAt: Instant, reference: String)?, Int) = (nil, 0)
        while true {
            let after = last
            let page = try await database.read {
                try ErasureStore.closed(by: latest, policy.retention, after: after, limit: Self.batch, on: $0)
            }
            erased += try await erase(page.map(\.reference), at: moment, under: lease)
            guard page.count == Self.batch, let end = page.last else { break }
            last = end
        }
        return erased
    }

    private func erase(_ references: [String], at moment: Instant, under lease: Lease) async throws -> Int {
        let (policy, day) = (policy, moment.date(in: policy.zone))
        let (found, epochs) = try await database.read { connection in
            (
                try references.compactMap { try RequestStore.load($0, on: connection) },
                try KeyEpochs.standing(on: connection)
            )
        }
        let due = found.filter { Self.isDue($0, policy, on: day) && mayJudge($0, epochs) }
        guard !due.isEmpty else { return 0 }
        let announced = due.map { stored in
            ErasureJournal.Entry(
                reference: stored.reference, at: moment, keepsSecret: keepsSecret(stored), isDone: false)
        }
        let audits = audits("case.erased", announced, at: moment)
        let (start, id, present) = (try await journal.append(announced), journal.id, now())
        let erased: Set<String> = try await database.write { connection in
            guard try lease.prolong(seconds: Self.leaseSeconds, at: present, on: connection) else { return [] }
            // What the journal says before these lines is in this database, and confirmed.
            try ErasureStore.setMark(start, of: id, on: connection)
            var erased: Set<String> = []
            for (entry, audit) in zip(announced, audits) {
                guard let stored = try RequestStore.load(entry.reference, on: connection), stored.erasedAt == nil,
                    Self.isDue(stored, policy, on: day),
                    try ErasureStore.isAtRest(entry.reference, on: connection)
                else { continue }
                try ErasureStore.erase(stored, keepsSecret: entry.keepsSecret, at: moment, on: connection)
                try audit.record(on: connection)
                erased.insert(entry.reference)
            }
            return erased
        }
        try await confirm(announced.filter { erased.contains($0.reference) })
        return erased.count
    }

    private static func isDue(_ stored: StoredRequest, _ policy: RightsPolicy, on day: CalendarDate) -> Bool {
        stored.erasedAt == nil && policy.erasedOn(stored.timeline, right: stored.right).map { $0 <= day } == true
    }

    /// Nothing is judged unread: what this process has no key for yet waits for one that has. What no process can read any more
    /// waits for nobody.
    private func mayJudge(_ stored: StoredRequest, _ standing: KeyEpochs.Standing) -> Bool {
        stored.operatorWrap == nil || keys.casesPrivate?.epochs.contains(stored.epoch) == true
            || standing.hasEnded(stored.epoch)
    }

    /// Whether the secret may go on opening what is left. A parent's may not: once who filed for whom is gone, nobody can tell from
    /// when on the child acts alone. The child finds the request by signing in.
    private func keepsSecret(_ stored: StoredRequest) -> Bool {
        let reissue = stored.timeline.events.last { $0.type == .secretReissued }
        if reissue?.data["by"]?.string == "signIn" { return true }
        guard let wrap = stored.operatorWrap, let opener = keys.casesPrivate, let sealed = stored.sealedFiling,
            let key = try? CaseKey(unwrapping: wrap, with: opener, reference: stored.reference),
            let opened = try? key.open(sealed, at: CaseLocation.filing(stored.reference)),
            let capacity = (try? JSON(parsing: opened))?["capacity"]?.string.flatMap(Capacity.init)
        else { return false }
        return capacity != .parentalAuthorityHolder
    }

    private func audits(_ act: String, _ entries: [ErasureJournal.Entry], at moment: Instant) -> [AuditEvent] {
        entries.map {
            AuditEvent(
                at: moment, actor: "system", role: "system", act: act, subject: $0.reference, random: random)
        }
    }

    private func confirm(_ entries: [ErasureJournal.Entry]) async throws {
        guard !entries.isEmpty else { return }
        _ = try await journal.append(
            entries.map {
                ErasureJournal.Entry(reference: $0.reference, at: $0.at, keepsSecret: $0.keepsSecret, isDone: true)
            })
    }

    // MARK: What an older database lacks

    /// Erases again whatever the journal has confirmed and this database lacks, as after a restore; returns the references.
    ///
    /// It asks for no lease: one that died with its process would keep the erased in a database that is about to be served. Two
    /// processes at once do the same twice, and the second time is none.
    public func replay() async throws -> [String] { try await replay(under: nil) }

    private func replay(under lease: Lease?) async throws -> [String] {
        let id = journal.id
        let (lines, end) = try await journal.entries(
            from: try await database.read { try ErasureStore.mark(of: id, on: $0) })
        guard !lines.isEmpty else { return [] }
        // A case is erased once in its life; after a restore perhaps again, and never less than before.
        let last = Dictionary(lines.map { ($0.reference, $0) }) { $1.isDone || !$0.isDone ? $1 : $0 }
        let wanted = last.values.sorted { $0.reference < $1.reference }
        var again: [String] = []
        for start in stride(from: 0, to: wanted.count, by: Self.batch) {
            let part = Array(wanted[start..<min(start + Self.batch, wanted.count)])
            let moment = now()
            let audits = audits("case.erasedAgain", part, at: moment)
            let (repeated, unconfirmed) = try await database.write { connection in
                var (repeated, unconfirmed): ([String], [String]) = ([], [])
                if let lease, try !lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection) {
                    throw RightsError.outdated
                }
                for (entry, audit) in zip(part, audits) {
                    guard let stored = try RequestStore.load(entry.reference, on: connection) else { continue }
                    if stored.erasedAt != nil {
                        if !entry.isDone { unconfirmed.append(entry.reference) }
                    } else if entry.isDone {
                        // Whatever it waits for here, it had come to its end: databases keep what they have in force.
                        try ErasureStore.erase(
                            stored, keepsSecret: entry.keepsSecret, at: entry.at, on: connection)
                        try audit.record(on: connection)
                        repeated.append(entry.reference)
                    }
                }
                return (repeated, unconfirmed)
            }
            try await confirm(part.filter { unconfirmed.contains($0.reference) })
            again += repeated
        }
        try await database.write { try ErasureStore.setMark(end, of: id, on: $0) }
        return again
    }

    // MARK: What outlived its case, and answers that nobody repeats

    private func endOutlived(at moment: Instant) async throws {
        let (policy, day) = (policy, moment.date(in: policy.zone))
        var last = ""
        while true {
            let after = last
            let page = try await database.read {
                try ErasureStore.outlived(after: after, limit: Self.batch, on: $0)
            }
            guard let end = page.last else { return }
            last = end
            try await database.write { connection in
                for reference in page {
                    guard let stored = try RequestStore.load(reference, on: connection),
                        policy.outlivedUntil(stored.timeline, right: stored.right).map({ $0 <= day }) == true,
                        try ErasureStore.isAtRest(reference, on: connection)
                    else { continue }
                    try ErasureStore.endOutlived(reference, on: connection)
                }
            }
        }
    }

    private func forgetAnswers(at moment: Instant) async throws {
        let before = moment.adding(seconds: -Retention.shortest * 86_400)
        while try await database.write({
            try ErasureStore.forgetAnswers(filedBefore: before, limit: 500, on: $0)
        }) == 500 {}
    }
}
