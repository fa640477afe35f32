public import CivilTime
public import Foundation
public import Logging
import RightsRegistry
public import SQLDatabase
public import Vault

/// Compares every linked database's list with the ledger each night, and whenever somebody asks: in the hub's process.
public struct ReconciliationJobs: Sendable {
    let database: SQLDatabase
    let keys: KeyStore
    let holder: String
    let zone: TimeZone
    let hour: Int?
    let now: TimeSource
    let logger: Logger

    /// - Parameters:
    ///   - zone: where the night is.
    ///   - hour: at which lists are compared; nil where only those are that somebody asks for.
    public init(
        database: SQLDatabase, keys: KeyStore, holder: String, zone: TimeZone, hour: Int?, now: @escaping TimeSource,
        logger: Logger
    ) {
        self.database = database
        self.keys = keys
        self.holder = holder
        self.zone = zone
        self.hour = hour
        self.now = now
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run(every interval: Duration = .seconds(1)) async {
        await recurring(every: interval, failing: "reconciliation could not go on", logger: logger) {
            try await askNightly()
            while try await runNext() {}
        }
    }

    /// Asks for every database that was not compared since the last night began.
    func askNightly() async throws {
        guard let hour else { return }
        let moment = now()
        guard moment.clockTime(in: zone).hour == hour else { return }
        let due = try await database.read { connection in
            try LinkedDatabaseStore.linked(on: connection).filter { linked in
                guard linked.state == .active, linked.stoppedAt == nil else { return false }
                // A custodian that tells nothing of its list is not asked each night.
                let isComparable =
                    try ListRepair.readable(linked) != nil
                    || ReconciliationStore.told(of: linked.id, on: connection) != nil
                let last = try ReconciliationStore.lastNightly(of: linked.id, on: connection)
                return isComparable && (last.map { moment.seconds(since: $0) > 2 * 3600 } ?? true)
            }.map(\.id)
        }
        for id in due {
            let run = ReconciliationRun(
                of: id, by: ReconciliationRun.nightly, role: "system", repairs: false, at: moment)
            try await database.write { try ReconciliationStore.ask(run, on: $0) }
        }
    }

    /// Runs what was asked for first; false where nothing waits.
    func runNext() async throws -> Bool {
        let moment = now()
        guard try await database.read({ try ReconciliationStore.isWaiting(at: moment, on: $0) }),
            let run = try await database.write({ try ReconciliationStore.begin(at: moment, on: $0) })
        else { return false }
        do {
            let repair = try await ListRepair(
                of: run.database, in: database, keys: keys, holder: holder, now: now, logger: logger)
            let report = try await repair.reconcile(run)
            logger.notice(
                "list compared",
                metadata: [
                    "database": "\(run.database)", "position": "\(report.position)", "missing": "\(report.missing)",
                    "stale": "\(report.stale)", "surplus": "\(report.surplus)",
                ])
        } catch {
            guard !Task.isCancelled else { throw error }
            let ended = now()
            try await database.write {
                try ReconciliationStore.end(run, .failed, nil, failure: "\(error)", at: ended, on: $0)
            }
            logger.warning("list not compared", metadata: ["database": "\(run.database)", "error": "\(error)"])
        }
        return true
    }
}
