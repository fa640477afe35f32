import ArgumentParser
import CivilTime
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import TransparencyAPI
import Vault

/// `regard keys`: the keys of an installation.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Change the keys that open cases, or the ledger; back keys up, bring them back.",
        subcommands: [RotateKeys.self, BackUpKeys.self, RestoreKeys.self])
}

/// `regard keys rotate`: a new epoch of keys, into which every live case is moved. What was erased by then opens in no backup any
/// more.
struct RotateKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Move every case to new keys, then destroy the old ones: erased cases open in no backup any more.",
        discussion: """
            It may be interrupted at any point and is simply run again. Backups from before it open no case any more, live \
            ones neither: make one right after it, of the database and of the folder of keys. On an embedded database stop \
            the server first. On PostgreSQL: run it with --prepare, copy the files that it names to every other folder of \
            keys, run it without, and start every process again; until then filings are refused, and nothing is lost.

            With --ledger it changes the ledger’s keys in place of the cases’, where the hub’s are: who an objection was \
            about that has ended, and was forgotten, opens in no backup any more. Backups from before it can’t be restored.
            """)

    @OptionGroup var settings: SettingsOptions
    @Flag(help: "Make the next keys alone, to be copied to where other processes read theirs.") var prepare = false
    @Flag(help: "Change the ledger’s keys, and not the cases’.") var ledger = false

    func run() async throws {
        let settings = try await Settings.read(settings)
        if case .sqlite(let path, _) = settings.database, SQLDatabase.isHeldByAnotherProcess(path: path) {
            throw CommandFailure.refused(
                "A server has \(path) open, with the keys of before in its memory: stop it, run this again, then start it."
            )
        }
        let installation = try await Installation.open(settings, logger: Logs.logger(.warning))
        let result: Result<Void, any Error>
        do {
            try await told(installation) {
                if ledger {
                    try await rotateLedger(in: installation, io: .terminal)
                } else {
                    try await rotate(in: installation, io: .terminal)
                }
            }
            try await installation.sequencer.drain()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await installation.database.close()
        try result.get()
    }

    /// What keeps the keys from being changed, in words.
    private func told(_ installation: Installation, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        } catch RightsError.keysOutdated {
            throw CommandFailure.refused(
                "The keys in \(installation.settings.keys) are not those that this database is under, or another rotation is "
                    + "under way. Nothing was changed.")
        } catch let error as SQLError {
            throw CommandFailure.failed("\(error) Run it again: it goes on where it was.")
        }
    }

    private func rotate(in installation: Installation, io: CommandIO) async throws {
        let folder = installation.settings.keys
        let rotation = KeyRotation(
            database: installation.database, store: try installation.keyStore(), now: installation.now)
        if prepare {
            let epoch = try await rotation.prepare()
            return io.output(
                """
                Epoch \(epoch) is prepared in \(folder), and not used yet. Copy:
                  cases.\(epoch).pub, pepper-\(epoch).key   to every process that takes filings
                  cases.\(epoch).key as well              to every process that serves operators
                  cases.\(epoch).pub                      to the hub
                Then: regard keys rotate

                """)
        }
        let outcome = try await rotation.run { show($0, of: $1, "wraps", io) }
        if io.showsProgress { io.diagnostic("\n") }
        io.output(words(outcome, oldCodes: try await rotation.oldCodes(), installation))
        if !outcome.unreadable.isEmpty { throw CommandStatus.failed }
    }

    private func rotateLedger(in installation: Installation, io: CommandIO) async throws {
        let folder = installation.settings.keys
        let rotation = LedgerRotation(
            database: installation.database, store: try installation.keyStore(), now: installation.now)
        if prepare {
            let epoch = try await rotation.prepare()
            let files = KeyStore.ledgerFiles(of: epoch)
            return io.output(
                """
                Epoch \(epoch) of the ledger’s keys is prepared in \(folder), and not used yet. Copy:
                  \(files.publicHalf)   to every process that takes filings or serves operators
                  \(files.privateHalf)   to every hub
                Then: regard keys rotate --ledger

                """)
        }
        let outcome = try await rotation.run { show($0, of: $1, "boxes", io) }
        if io.showsProgress { io.diagnostic("\n") }
        io.output(ledgerWords(outcome, installation))
        if !outcome.unreadable.isEmpty { throw CommandStatus.failed }
    }

    private func show(_ done: Int, of total: Int, _ what: String, _ io: CommandIO) {
        guard io.showsProgress else { return }
        let filled = total == 0 ? 30 : min(30, done * 30 / total)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 30 - filled)
        io.diagnostic("\rkeys: [\(bar)] \(done) of \(total) \(what) ")
    }

    private func ledgerWords(_ outcome: RotationOutcome, _ installation: Installation) -> String {
        var text =
            outcome.isResumed
            ? "The rotation of the ledger’s keys that had been begun is at its end.\n"
            : "Epoch \(outcome.epoch) of the ledger’s keys has begun.\n"
        text += "\(outcome.renewed) registrations and tasks were sealed anew.\n"
        if outcome.unreadable.isEmpty {
            text += """
                The older private key is destroyed. Who was forgotten by now opens in no backup any more, and backups from before
                now can’t be restored: make one of the database and of \(installation.settings.keys) now.

                """
        } else {
            text += """
                These can’t be opened, and could not be sealed anew; the older private key stays for them, and with it what old
                backups hold: \(outcome.unreadable.joined(separator: ", "))

                """
        }
        if installation.database.engine == .postgresql {
            text += "Start every process again now: those that run have the key of before, and take no filing.\n"
        }
        return text
    }

    private func words(
        _ outcome: RotationOutcome, oldCodes: KeyEpochs.OldCodes?, _ installation: Installation
    ) -> String {
        var text =
            outcome.isResumed
            ? "The rotation that had been begun is at its end.\n" : "Epoch \(outcome.epoch) has begun.\n"
        text += "\(outcome.renewed) wraps were moved to epoch \(outcome.epoch).\n"
        if outcome.unreadable.isEmpty {
            text += """
                The older private keys are destroyed. Backups from before now open no case any more, live ones neither: make
                a backup of the database and of \(installation.settings.keys) now (regard keys backup), and destroy the copies
                of keys from before: with one of these, an old backup of the database opens all the same.

                """
        } else {
            text += """
                These can’t be opened, and could not be moved; the older private key stays for them, and with it what old
                backups hold: \(outcome.unreadable.joined(separator: ", "))

                """
        }
        if let old = oldCodes { text += installation.words(old) }
        if installation.database.engine == .postgresql {
            text += "Start every process again now: those that run have the keys of before, and take no filing.\n"
        }
        return text
    }
}

extension Installation {
    /// What is said of codes whose older pepper stays.
    func words(_ old: KeyEpochs.OldCodes) -> String {
        """
        \(old.count) codes, the oldest of \(old.since.date(in: site.timeZone)), were given before codes could be moved without \
        their citizens. An older pepper stays until each of these has been used once: with it, in an old backup, such a code \
        still opens its own case, and nothing else does.

        """
    }
}
