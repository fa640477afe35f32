import ArgumentParser
import Logging
import Outbound
import Propagation
import RightsRegistry
import SQLDatabase
import ServiceLifecycle
import TransparencyAPI
import UnixSignals
import Vault

/// `regard hub`: the propagation worker alone, for an installation on PostgreSQL.
struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Carry objections into the linked databases (PostgreSQL).")

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Serve each linked database once, and end.")
    var once = false

    func run() async throws {
        let settings = try await Settings.read(settings)
        if case .sqlite = settings.database {
            throw CommandFailure.usage(
                "On an embedded database the hub runs inside “regard serve”, since one process holds the database. "
                    + "A hub of its own needs PostgreSQL.")
        }
        let logger = Logs.logger(settings.log)
        let installation = try await Installation.open(settings, logger: logger)
        let scannerThreads = OutboundThreads(count: 1)
        let hub = try await installation.hub(scannerThreads: scannerThreads)
        if once {
            let failed = try await hub.runOnce()
            try await scannerThreads.shutdown()
            await installation.database.close()
            if !failed.isEmpty { throw CommandFailure.failed("Not served: \(failed.joined(separator: ", ")).") }
        } else {
            logger.notice("the hub serves the linked databases")
            let reconciliation = try installation.reconciliationJobs()
            let group = ServiceGroup(
                services: [
                    BackgroundService { await hub.run() }, BackgroundService { await reconciliation.run() },
                ], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger)
            try await group.run()
            try await scannerThreads.shutdown()
            await installation.database.close()
        }
    }
}

extension Installation {
    /// The hub of this process. Throws `CommandFailure` where it lacks a private key of the ledger's: nothing could be carried.
    /// - Parameter scannerThreads: on which files of answers are shown to the scanner, where one is set.
    func hub(scannerThreads: OutboundThreads) async throws -> Hub {
        do {
            let store = try keyStore()
            try await LedgerRotation(database: database, store: store, now: now).settle()
            let standing = try await database.read { try LedgerEpochs.standing(on: $0) }
            for epoch in standing.needed { _ = try store.ledgerPrivateKey(of: epoch) }
            return try Hub(
                database: database, keys: store, policy: site.rightsPolicy, holder: Self.holder,
                receivers: settings.receivers, scan: settings.scanner?.scan(threads: scannerThreads, logger: logger),
                now: now, logger: logger)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.refused("\(error)")
        }
    }
}

extension Installation {
    /// Compares the databases' lists with the ledger, where the hub is.
    func reconciliationJobs() throws -> ReconciliationJobs {
        ReconciliationJobs(
            database: database, keys: try keyStore(), holder: Self.holder, zone: site.rightsPolicy.zone,
            hour: settings.reconciliationHour, now: now, logger: logger)
    }
}

/// Work that goes on until the process is asked to end.
struct BackgroundService: Service {
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
    }
}
