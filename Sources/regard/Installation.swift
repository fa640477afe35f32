import CivilTime
import Foundation
import Logging
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import TransparencyAPI
import Vault

/// An installation opened for use: its database at the right schema, its keys, its site.
struct Installation: Sendable {
    let settings: Settings
    let database: SQLDatabase
    let site: Site
    let now: TimeSource
    let logger: Logger

    static let migrations =
        Sequencer.migrations + PublicRegistry.migrations + RightsSchema.migrations + PropagationSchema.migrations
    static let sequenced = [PublicRegistry.sequenced] + RightsSchema.sequenced

    /// What the site sets for requests, with what this process's settings say instead.
    var policy: RightsPolicy {
        var policy = site.rightsPolicy
        if let seconds = settings.recallSeconds { policy.recallSeconds = seconds }
        return policy
    }

    /// Opens the database and reads the site. An embedded database is brought to this program's schema; PostgreSQL
    /// must be there already. Throws `CommandFailure`.
    ///
    /// - Parameter creates: whether the database may be made now: a mistyped name must not become an empty portal.
    static func open(_ settings: Settings, creates: Bool = false, logger: Logger) async throws -> Installation {
        do {
            if case .sqlite(let path, _) = settings.database, !creates, !FileManager.default.fileExists(atPath: path) {
                throw CommandFailure.refused("There is no database at \(path): “regard init” makes one.")
            }
            let site = try Site(directory: settings.resources.appending(path: "site"))
            let database = try await SQLDatabase.open(settings.database, logger: logger)
            do {
                if database.engine == .sqlite {
                    _ = try await database.migrate(migrations)
                    // The lock says that nobody else lives: leases of a process that was killed are free.
                    try await database.write {
                        try Lease.freeAll(on: $0)
                        try NoticeStore.freeAll(on: $0)
                    }
                } else if !creates {
                    try await database.requireSchema(migrations)
                }
                if !creates { _ = try await database.read { try LedgerStore.incarnation(on: $0) } }
            } catch {
                await database.close()
                throw error
            }
            return Installation(
                settings: settings, database: database, site: site, now: Instant.systemClock, logger: logger)
        } catch let error as SQLError {
            switch error {
            case .refused: throw CommandFailure.refused("\(error)")
            default: throw CommandFailure.failed("\(error)")
            }
        } catch let error as SiteError {
            throw CommandFailure.failed("\(error)")
        }
    }

    /// The keys. Throws `CommandFailure` where there are none yet, or others could read them.
    func keyStore() throws -> KeyStore {
        do {
            return try KeyStore.open(at: settings.keys)
        } catch {
            throw CommandFailure.refused("\(error)")
        }
    }

    /// The keys of a process of the private half, of the epoch that counts for this database; what has ended of older ones is
    /// destroyed first. Throws `CommandFailure` where they are missing, or another database's.
    func rightsKeys(servesOperators: Bool) async throws -> RightsKeys {
        do {
            let store = try keyStore()
            try await KeyRotation(database: database, store: store, now: now).settle()
            try await LedgerRotation(database: database, store: store, now: now).settle()
            let (standing, ledger) = try await database.read {
                (try KeyEpochs.standing(on: $0), try LedgerEpochs.standing(on: $0))
            }
            let keys = try RightsKeys(
                from: store, servesOperators: servesOperators, epoch: standing.current, ledgerEpoch: ledger.current)
            if let print = standing.epochs.last?.fingerprint, print != KeyEpochs.fingerprint(of: keys.casesKey) {
                throw CommandFailure.refused(
                    "The keys of epoch \(standing.current) in \(settings.keys) are not those that this database’s cases are "
                        + "under. Copy those from where they are kept.")
            }
            if let print = ledger.epochs.last?.fingerprint, print != LedgerEpochs.fingerprint(of: keys.ledgerKey) {
                throw CommandFailure.refused(
                    "The ledger’s key of epoch \(ledger.current) in \(settings.keys) is not this database’s. Copy that one from "
                        + "where it is kept.")
            }
            return keys
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        }
    }

    /// What erases cases at the end of their retention, and again what an older database lacks. Throws `CommandFailure`.
    func caseErasure() async throws -> CaseErasure {
        let keys = try await rightsKeys(servesOperators: true)
        do {
            let journal = try await ErasureJournal.open(in: settings.keys)
            return CaseErasure(
                database: database, keys: keys, policy: policy, journal: journal, holder: Self.holder,
                now: now)
        } catch {
            throw CommandFailure.refused("\(error)")
        }
    }

    /// Operators' accounts, with the keys that they need.
    func operatorAccounts() throws -> OperatorAccounts {
        do {
            return OperatorAccounts(
                database: database, otpKey: try keyStore().symmetricKey(.totp), gate: PasswordGate(), now: now)
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        }
    }

    /// A sequencer for this process.
    var sequencer: Sequencer {
        Sequencer(database: database, tables: Self.sequenced, holder: Self.holder, now: now)
    }

    /// Names this process among those that share a database.
    static let holder =
        "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier):\(Hex.encode(systemRandom(4)))"
}
