import ArgumentParser
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// `regard backup`: copies an embedded database, beside the server that serves it.
struct Backup: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy an embedded database to a new file.",
        discussion: """
            The folder of keys is not part of it: keep a copy of that one elsewhere, since who has both can read all. \
            PostgreSQL has its own tools: pg_dump, pg_basebackup.
            """)

    @OptionGroup var settings: SettingsOptions
    @Argument(help: ArgumentHelp("Where the copy goes.", valueName: "path")) var path: String

    func run(in installation: Installation, io: CommandIO) async throws {
        do {
            try await installation.database.backUp(to: io.resolved(path))
        } catch let error as SQLError {
            if case .refused = error { throw CommandFailure.refused("\(error)") }
            throw CommandFailure.failed("\(error)")
        }
        io.output("\(path): a copy of the database as it is now. Keys are not in it.\n")
    }
}

/// `regard restore`: puts a backup in the place of the database, and makes sure that no linked database mistakes the older
/// ledger for the one that it knows.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in the place of an embedded database, or say that PostgreSQL was restored.",
        discussion: """
            The ledger gets a new incarnation: every linked database stops until “regard database resync” has brought it \
            to the ledger, without losing what it had. After PostgreSQL was restored by its own tools, and before anything \
            is served again: regard restore --declare. Cases that were erased since the backup was made are erased again, \
            from the journal beside the keys.
            """)

    @OptionGroup var settings: SettingsOptions
    @Argument(help: ArgumentHelp("The backup.", valueName: "path")) var path: String?
    @Flag(help: "The database was restored already, by other tools.") var declare = false
    @Flag(help: "Restore it although its cases are under keys that were destroyed: none of them opens any more.")
    var withoutCases = false

    func run() async throws {
        guard (path != nil) != declare else { throw CommandFailure.usage("Either a backup’s path or --declare.") }
        let settings = try await Settings.read(settings)
        guard let path else {
            let outcome = try await Self.declare(
                try await Installation.open(settings, logger: Logs.logger(.warning)), from: "declared",
                withoutCases: withoutCases)
            return CommandIO.terminal.output(outcome.words)
        }
        guard case .sqlite(let place, _) = settings.database else {
            throw CommandFailure.usage("PostgreSQL is restored by its own tools; then run “regard restore --declare”.")
        }
        guard !SQLDatabase.isHeldByAnotherProcess(path: place) else {
            throw CommandFailure.refused("A server has \(place) open: stop it first.")
        }
        let outcome = try await Self.restore(path, to: place, settings, withoutCases: withoutCases)
        CommandIO.terminal.output(outcome.words)
    }

    /// What a restore came to.
    private struct Outcome: Sendable {
        /// How many cases were erased again; nil where that is left to a process that opens cases.
        let erasedAgain: Int?
        /// Those that opened with keys which are gone; nil where it took no keys away.
        let lost: LostCases?

        var words: String {
            let erased =
                switch erasedAgain {
                case nil: "Cases that were erased since the backup was made are erased again when the server starts.\n"
                case 0: "No case had been erased since the backup was made.\n"
                case 1: "1 case that had been erased since the backup was made is erased again.\n"
                case let count?: "\(count) cases that had been erased since the backup was made are erased again.\n"
                }
            return erased + """
                The ledger has a new incarnation: every linked database stops, and keeps what it has in force.
                Look at each, then bring it to the ledger: regard database list, regard database resync ID

                """ + (lost.map(Self.words) ?? "")
        }

        private static func words(_ lost: LostCases) -> String {
            guard lost.count > 0 else { return "No case is lost by it.\n" }
            let lead = lost.count == 1 ? "1 case is lost by it" : "\(lost.count) cases are lost by it"
            return """
                \(lead): nobody can read them any more, and \(lost.open) of them \(lost.open == 1 ? "is" : "are") open.
                Their citizens read so where they follow them, and what is in force stays so. Operators close the open ones:
                they find them in the queue, under “Illisibles”.

                """
        }
    }

    /// The copy is made ready aside, so that an older ledger never stands in its place under the name of the newer one.
    /// Returns what `declare` does.
    private static func restore(
        _ backup: String, to place: String, _ settings: Settings, withoutCases: Bool
    ) async throws -> Outcome {
        let mark = Hex.encode(systemRandom(4))
        let aside = "\(place).\(mark).restoring"
        do {
            defer {
                for ending in ["", "-wal", "-shm"] { unlink(aside + ending) }
                unlink((aside as NSString).deletingPathExtension + ".lock")
            }
            guard FileManager.default.createFile(atPath: aside, contents: nil, attributes: [.posixPermissions: 0o600]),
                let to = FileHandle(forWritingAtPath: aside), let from = FileHandle(forReadingAtPath: backup)
            else { throw CommandFailure.failed("\(backup): can't be copied to \(aside)") }
            while let part = try from.read(upToCount: 1024 * 1024), !part.isEmpty { try to.write(contentsOf: part) }
            try to.synchronize()
            try to.close()
            let copy = try await Installation.open(
                settings.at(.sqlite(path: aside)), logger: Logs.logger(.warning))
            let outcome = try await declare(
                copy, from: (backup as NSString).lastPathComponent, withoutCases: withoutCases)
            let kept = "\(place).\(mark).replaced"
            try SQLDatabase.replace(embeddedAt: place, by: aside, keepingAs: kept)
            CommandIO.terminal.output("\(place) is restored from \(backup). What it held is kept at \(kept).\n")
            return outcome
        } catch let error as SQLError {
            if case .refused = error { throw CommandFailure.refused("\(error)") }
            throw CommandFailure.failed("\(error)")
        }
    }

    /// Begins a new incarnation, erases again what had been erased, and closes.
    private static func declare(
        _ installation: Installation, from origin: String, withoutCases: Bool
    ) async throws -> Outcome {
        let result: Result<Outcome, any Error>
        do {
            try await installation.requireLedgerKeys()
            let ended = try await installation.takeUpKeys(withoutCases: withoutCases)
            let moment = installation.now()
            let incarnation = Hex.encode(systemRandom(16))
            let audit = AuditEvent(
                at: moment, actor: "command", role: "command", act: "ledger.restored", subject: incarnation,
                detail: ["from": .string(origin)])
            try await installation.database.write { connection in
                try LedgerStore.beginIncarnation(incarnation, at: moment, on: connection)
                try audit.record(on: connection)
                // Nothing is served now: whoever had them in the older state does nothing any more.
                try Lease.freeAll(on: connection)
            }
            let erased = try await installation.eraseAgain()
            // What is erased again was lost to nobody.
            let lost =
                withoutCases
                ? try await installation.database.read { try LostCases.load(under: ended, on: $0) } : nil
            result = .success(Outcome(erasedAgain: erased, lost: lost))
        } catch {
            result = .failure(error)
        }
        await installation.database.close()
        return try result.get()
    }
}

extension Installation {
    /// Erases again what had been erased, where the keys are that open cases; nil where they are elsewhere.
    fileprivate func eraseAgain() async throws -> Int? {
        let current = try await database.read { try KeyEpochs.standing(on: $0).current }
        guard let store = try? keyStore(), store.existsCasesPrivateKey(of: current), store.exists(.personIndex) else {
            return nil
        }
        return try await caseErasure().replay().count
    }

    /// Throws `CommandFailure.refused` for an older database whose ledger is under a key that was destroyed: nobody's objection could
    /// be carried to a database that joins, nor compared with a list. Nothing is said where the hub's keys are elsewhere.
    fileprivate func requireLedgerKeys() async throws {
        guard let store = try? keyStore() else { return }
        let standing = try await database.read { try LedgerEpochs.standing(on: $0) }
        let gone = standing.needed.filter { !store.existsLedgerPrivateKey(of: $0) }
        guard let oldest = gone.first, store.ledgerEpochs.contains(where: store.existsLedgerPrivateKey) else { return }
        let file = KeyStore.ledgerFiles(of: oldest).privateHalf
        throw CommandFailure.refused(
            "This backup is from before “regard keys rotate --ledger”: who its objections are about is under a key that was "
                + "destroyed (\(file)), so that they could be carried into no database any more. Take a later backup. If there is "
                + "none, and \(file) was kept anywhere, put it back, restore, and rotate again.")
    }

    /// Has an older database use the newest keys where its own were destroyed since; returns the epochs of those. Throws
    /// `CommandFailure.refused` unless that is accepted, since no case in it opens then.
    fileprivate func takeUpKeys(withoutCases: Bool) async throws -> [Int] {
        guard let store = try? keyStore() else { return [] }
        let rotation = KeyRotation(database: database, store: store, now: now)
        let destroyed = try await rotation.destroyedEpochs()
        guard !destroyed.isEmpty else { return [] }
        guard withoutCases else {
            throw CommandFailure.refused(
                "This backup is from before “regard keys rotate”: its cases are under keys that were destroyed, so that none "
                    + "of them opens any more, and no answer can be given. Take a later backup. If there is none: "
                    + "--without-cases. Objections stay in force either way.")
        }
        try await rotation.takeUpNewest()
        return destroyed
    }
}
