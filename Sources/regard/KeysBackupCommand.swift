import ArgumentParser
import CivilTime
import Foundation
import NIOPosix
import Vault

/// `regard keys backup`: every key of the folder in one file, sealed under a passphrase.
struct BackUpKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write every key into one file, sealed under a passphrase.",
        discussion: """
            With it go the journal of erasures and the number of the epoch. It may run beside a server, and needs no \
            database. Whoever has this file, its passphrase and a backup of the database can read every case in it: keep the \
            three apart. Make one after each “regard keys rotate”, and destroy those from before.
            """)

    @OptionGroup var settings: SettingsOptions
    @Argument(help: ArgumentHelp("The file, which is not there yet.", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("A file with the passphrase (mode 0600), or - for standard input.", valueName: "path"))
    var passphraseFile: String?

    func run() async throws {
        let folder = try await Settings.read(settings).keys
        // Nobody is asked for a passphrase that could not be used.
        guard !FileManager.default.fileExists(atPath: file) else {
            throw CommandFailure.refused("\(file) is there already.")
        }
        let passphrase = try await Passphrase.read(from: passphraseFile, isNew: true)
        let (file, moment) = (file, Instant.systemClock())
        let backup = try await KeysOutcome.of {
            let backup = try KeyBackup(of: try KeyStore.open(at: folder), at: moment)
            let sealed = try backup.sealed(under: passphrase)
            // What can't be opened again is no backup.
            _ = try KeyBackup(opening: sealed, with: passphrase)
            try KeyBackup.write(sealed, to: file)
            return backup
        }
        CommandIO.terminal.output("\(file): \(KeysOutcome.words(backup)).\nWithout its passphrase it opens nowhere.\n")
    }
}

/// `regard keys restore`: a folder of keys, made anew from such a file.
struct RestoreKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make the folder of keys from a file of “regard keys backup”.",
        discussion: """
            The folder must not be there, or be empty: no key is ever overwritten. All of the file is checked before \
            anything is written, and the folder stands whole or not at all. Then the database: “regard restore”.
            """)

    @OptionGroup var settings: SettingsOptions
    @Argument(help: ArgumentHelp("The file.", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("A file with the passphrase (mode 0600), or - for standard input.", valueName: "path"))
    var passphraseFile: String?

    func run() async throws {
        var folder = try await Settings.read(settings).keys
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let (file, place) = (file, folder)
        let sealed = try await KeysOutcome.of { try KeyBackup.read(file) }
        let passphrase = try await Passphrase.read(from: passphraseFile, isNew: false)
        let backup = try await KeysOutcome.of {
            let backup = try KeyBackup(opening: sealed, with: passphrase)
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: place).standardizedFileURL.deletingLastPathComponent(),
                withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try backup.restore(to: place)
            return backup
        }
        CommandIO.terminal.output(
            """
            \(place): \(KeysOutcome.words(backup)).
            Erasures since then are not in its journal: take the newest backup of keys that there is. Next: the database, by
            “regard restore” or, after PostgreSQL’s own tools, “regard restore --declare”.

            """)
    }
}

/// What the two have in common.
private enum KeysOutcome {
    /// Does `work` on a thread that may wait. Throws `CommandFailure`.
    static func of<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        do {
            return try await NIOThreadPool.singleton.runIfActive(work)
        } catch let failure as CommandFailure {
            throw failure
        } catch let error as KeyBackupError {
            throw CommandFailure.refused("\(error)")
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        } catch {
            throw CommandFailure.failed("\(error)")
        }
    }

    /// What is in it, without a key: “15 key files, …”.
    static func words(_ backup: KeyBackup) -> String {
        var databases: Set<Substring> = []
        for name in backup.names where name.hasPrefix("database-") {
            databases.insert(name.dropFirst("database-".count).prefix { $0 != "." })
        }
        let keys = backup.names.count { $0.hasSuffix(".key") || $0.hasSuffix(".pub") }
        let journal = backup.erasures.map { "a journal of \($0) erasures" } ?? "no journal of erasures"
        let linked = databases.isEmpty ? "" : "linked databases among them: \(databases.count), "
        return
            "\(keys) key files of epoch \(backup.epoch), the ledger’s of epoch \(backup.ledgerEpoch), \(linked)\(journal), as they were "
            + "at \(backup.madeAt)"
    }
}
