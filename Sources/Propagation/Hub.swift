public import CivilTime
public import Logging
public import Outbound
public import RightsRegistry
public import SQLDatabase
import Synchronization
public import Vault

/// Carries the ledger into every linked database, each under its own pseudonyms and at its own pace.
///
/// One loop looks at the ledger's head and the cursors; each database that lags gets a task of its own, so that one that
/// is slow or down delays no other. What fails is tried again after a growing pause, without an operator.
public final class Hub: Sendable {
    private struct Pace {
        var isBusy = false
        var failures = 0
        var notBefore: ContinuousClock.Instant?
        var seenAt: ContinuousClock.Instant?
    }

    private let database: SQLDatabase
    private let keys: KeyStore
    private let reader: LedgerReader
    private let closing: RequestClosing
    private let answers: TaskAnswers
    private let holder: String
    private let receivers: WebRules
    private let now: TimeSource
    private let logger: Logger
    private let reachBasis = Mutex<ProjectReach.Basis?>(nil)
    private let paces = Mutex<[String: Pace]>([:])

    /// - Parameters:
    ///   - keys: where the ledger's private key, each database's pseudonym key and the cases' public key are; throws `KeyStoreError`
    ///   - holder: names this process among those that may serve a database
    ///   - receivers: which custodians' receivers batches may be pushed to
    ///   - scan: looks at the files of answers; nil where no scanner is configured
    public init(
        database: SQLDatabase, keys: KeyStore, policy: RightsPolicy, holder: String,
        receivers: WebRules = .nowhere, scan: FileScan? = nil, now: @escaping TimeSource, logger: Logger
    ) throws {
        self.database = database
        self.keys = keys
        self.holder = holder
        self.receivers = receivers
        self.now = now
        self.logger = logger
        reader = try LedgerReader(keysIn: keys)
        answers = TaskAnswers(
            database: database, cases: try keys.casesKeys(), policy: policy, scan: scan, now: now)
        closing = RequestClosing(database: database, policy: policy, now: now)
    }

    /// Serves until the task is cancelled.
    public func run(every interval: Duration = .milliseconds(200)) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    try await refreshReach()
                    for turn in try await active() where begin(turn) {
                        group.addTask { await self.serve(turn.id) }
                    }
                    _ = try await closing.closeComplete()
                } catch {
                    guard !Task.isCancelled else { return }
                    logger.warning("the hub could not read its database", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .seconds(1))
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Serves each database once and closes what is complete; returns the ids of those that could not be served.
    public func runOnce() async throws -> [String] {
        var failed: [String] = []
        try await refreshReach()
        for id in try await active().map(\.id) {
            do {
                try await worker(id).serve()
            } catch {
                logger.warning(
                    "linked database not served", metadata: ["database": "\(id)", "error": "\(error)"])
                failed.append(id)
            }
        }
        while try await closing.closeComplete() > 0 {}
        return failed
    }

    /// Finds which projects use which database, whenever the register or a database has changed.
    private func refreshReach() async throws {
        let known = reachBasis.withLock { $0 }
        let basis = try await database.read { connection in
            try ProjectReach.basis(of: try LinkedDatabaseStore.linked(on: connection), on: connection)
        }
        guard basis != known else { return }
        try await database.write { try ProjectReach.refresh(on: $0) }
        reachBasis.withLock { $0 = basis }
    }

    /// When it is an active database's turn.
    private struct Turn {
        let id: String
        /// After the last look at it: at once where there is something to hand over, soon where a folder may hold an answer.
        /// Else once a minute: what was confirmed must still be there.
        let every: Duration
        /// How often it has failed since it was last served, by any process.
        let tries: Int
    }

    private func active() async throws -> [Turn] {
        let moment = now()
        return try await database.read { connection in
            let head = try LedgerStore.head(on: connection)
            return try LinkedDatabaseStore.linked(on: connection).filter { $0.state == .active }
                .map { database in
                    // What waits in a mailbox has been handed over; what is under way elsewhere has not.
                    let address = try? ConnectorAddress(database.connector)
                    let isMailbox = address?.isMailbox ?? false
                    let handed = isMailbox ? max(database.position, database.handing ?? 0) : database.position
                    let lags =
                        try handed < head || ProjectReach.waiting(in: database.id, on: connection) != nil
                        || !DeliveryExceptionStore.waiting(in: database.id, limit: 1, on: connection).isEmpty
                        || DatabaseKeyStore.hasWork(
                            in: database.id, at: handed, answersAtOnce: !isMailbox, on: connection)
                        || isMailbox && WholeListStore.asked(for: database.id, on: connection) != nil
                        || TaskStore.isDue(in: database.id, at: moment, on: connection)
                    func turn(_ every: Duration) -> Turn {
                        Turn(id: database.id, every: every, tries: database.tries)
                    }
                    if lags { return turn(.zero) }
                    guard case .directory = address else { return turn(.seconds(60)) }
                    let last = try MailboxStore.last(of: database.id, edition: database.edition, on: connection)
                    return turn(.seconds((last?.number ?? 0) > database.acknowledged ? 2 : 60))
                }
        }
    }

    private func worker(_ id: String) -> DatabaseWorker {
        DatabaseWorker(
            id: id, database: database, keys: keys, reader: reader, holder: holder, receivers: receivers, now: now,
            logger: logger, answers: answers)
    }

    private func serve(_ id: String) async {
        do {
            try await worker(id).serve()
            finish(id)
        } catch is CancellationError {
            finish(id)
        } catch {
            let pause = fail(id)
            logger.warning(
                "linked database not served",
                metadata: ["database": "\(id)", "error": "\(error)", "seconds": "\(Int(pause))"])
            let next = now().adding(seconds: Int(pause.rounded(.up)))
            try? await database.write { try LinkedDatabaseStore.recordNextTry(of: id, at: next, on: $0) }
        }
    }

    // MARK: Pace

    /// Claims a database for one task; false while one serves it, before its turn, or while the pause after a failure runs.
    private func begin(_ turn: Turn) -> Bool {
        paces.withLock { paces in
            var pace = paces[turn.id, default: Pace(failures: turn.tries)]
            if pace.isBusy { return false }
            if turn.tries == 0 {
                // Another process has served it, or an operator has resumed it: no reason to wait is left.
                pace.failures = 0
                pace.notBefore = nil
            }
            if let seen = pace.seenAt, ContinuousClock.now < seen + turn.every { return false }
            if let notBefore = pace.notBefore, ContinuousClock.now < notBefore { return false }
            pace.isBusy = true
            pace.seenAt = .now
            paces[turn.id] = pace
            return true
        }
    }

    private func finish(_ id: String) {
        paces.withLock { $0[id] = Pace(seenAt: $0[id]?.seenAt) }
    }

    /// Returns the seconds until the next try.
    private func fail(_ id: String) -> Double {
        paces.withLock { paces in
            var pace = paces[id, default: Pace()]
            pace.isBusy = false
            pace.failures += 1
            // With jitter, so that databases that failed together come back apart.
            let longest = RetryPause.seconds(after: pace.failures)
            let seconds = Double.random(in: longest / 2...longest)
            pace.notBefore = .now + .seconds(seconds)
            paces[id] = pace
            return seconds
        }
    }
}
