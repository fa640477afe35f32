import CivilTime
import Foundation
import Glibc
import Testing

@testable import Vault

@Suite("A backup of keys")
struct KeyBackupTests {
    /// The smallest Argon2id there is: these tests are about the file, not about its cost.
    private static let cost = Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1)
    private static let moment = Instant("2026-03-05T09:00:00Z")!
    private static let passphrase = "une phrase que personne n’essaie"

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "regard-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    /// A folder of keys in its second epoch, with a database's key and a journal.
    private func keys(at folder: String) throws -> KeyStore {
        let store = try KeyStore.create(at: folder)
        try store.initialise()
        try store.createEpoch(2)
        // The ledger's keys were changed twice: of the first pair the public half is left.
        try store.createLedgerEpoch(2)
        try store.createLedgerEpoch(3)
        try store.destroyLedgerPrivateKey(of: 1)
        try store.createSymmetricKey(.database("clinique"))
        let journal = "regard-erasures-v1 0011\nintent R-2026-AB12CD 1 kept\ndone R-2026-AB12CD 1 kept\n"
        #expect(
            FileManager.default.createFile(
                atPath: "\(folder)/erasures.log", contents: Data(journal.utf8), attributes: [.posixPermissions: 0o600]))
        return store
    }

    private func contents(_ folder: String) throws -> [String: Data] {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) { found, name in
            found[name] = FileManager.default.contents(atPath: "\(folder)/\(name)")
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("brings every file back as it was, into a folder that is new or empty")
    func wholeWay() throws {
        try inFolder { place in
            let store = try keys(at: "\(place)/keys")
            let backup = try KeyBackup(of: store, at: Self.moment)
            #expect(backup.epoch == 2 && backup.ledgerEpoch == 3 && backup.erasures == 1)
            let sealed = try backup.seal(under: Self.passphrase, cost: Self.cost, random: systemRandom)
            try KeyBackup.write(sealed, to: "\(place)/backup")
            #expect(try mode("\(place)/backup") == 0o600)
            #expect(throws: KeyBackupError.store(.exists(path: "\(place)/backup"))) {
                try KeyBackup.write(sealed, to: "\(place)/backup")
            }
            for content in try contents("\(place)/keys").values {
                let line = String(decoding: content, as: UTF8.self).split(separator: " ").last ?? ""
                #expect(!String(decoding: sealed, as: UTF8.self).contains(line.trimmingCharacters(in: .newlines)))
            }
            let opened = try KeyBackup(opening: try KeyBackup.read("\(place)/backup"), with: Self.passphrase)
            #expect(opened.names == backup.names && opened.madeAt == Self.moment)
            try FileManager.default.createDirectory(atPath: "\(place)/empty", withIntermediateDirectories: true)
            for folder in ["\(place)/new", "\(place)/empty"] {
                try opened.restore(to: folder)
                #expect(try contents(folder) == contents("\(place)/keys"))
                #expect(try mode(folder) == 0o700)
                for name in opened.names { #expect(try mode("\(folder)/\(name)") == 0o600) }
                let restored = try KeyStore.open(at: folder)
                _ = try restored.casesPrivateKey(of: 2)
                #expect(try restored.ledgerPrivateKeys().keys.sorted() == [2, 3])
                #expect(restored.ledgerEpochs == [1, 2, 3])
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: place).sorted() == [
                    "backup", "empty", "keys", "new",
                ])
        }
    }

    @Test("overwrites no key, and writes nothing where anything is wrong")
    func refusals() throws {
        try inFolder { place in
            let store = try keys(at: "\(place)/keys")
            let before = try contents("\(place)/keys")
            let backup = try KeyBackup(of: store, at: Self.moment)
            #expect(throws: KeyBackupError.livingKeys(folder: "\(place)/keys", file: "cases.2.key")) {
                try backup.restore(to: "\(place)/keys")
            }
            #expect(try contents("\(place)/keys") == before)
            let sealed = try backup.seal(under: Self.passphrase, cost: Self.cost, random: systemRandom)
            #expect(throws: KeyBackupError.doesNotOpen) {
                try KeyBackup(opening: sealed, with: Self.passphrase + " ")
            }
            // The same characters, typed on another keyboard.
            _ = try KeyBackup(
                opening: sealed, with: Self.passphrase.decomposedStringWithCanonicalMapping)
            var altered = sealed
            altered[sealed.count - 40] ^= 1
            #expect(throws: KeyBackupError.self) { try KeyBackup(opening: altered, with: Self.passphrase) }
            let text = String(decoding: sealed, as: UTF8.self)
            for other in [
                "", "regard-keys-backup-v2" + text.dropFirst(21), text.replacing("m=8 ", with: "m=4294967295 "),
                text.replacing("t=1 ", with: "t=2 "), String(text.dropLast(9)),
            ] {
                #expect(throws: KeyBackupError.self) {
                    try KeyBackup(opening: Array(other.utf8), with: Self.passphrase)
                }
            }
            let swapped = KeyBackup(
                madeAt: Self.moment, epoch: 1,
                files: backup.files.map { file in
                    file.name == "ledger.pub"
                        ? KeyBackup.File(
                            name: file.name, content: Array(before["cases.pub"]!)) : file
                })
            #expect(throws: KeyBackupError.damaged("ledger.pub")) {
                try KeyBackup(
                    opening: try swapped.seal(under: Self.passphrase, cost: Self.cost, random: systemRandom),
                    with: Self.passphrase)
            }
            #expect(chmod("\(place)/keys/totp.key", 0o644) == 0)
            #expect(throws: KeyBackupError.store(.exposed(path: "\(place)/keys/totp.key", mode: 0o644))) {
                try KeyBackup(of: store, at: Self.moment)
            }
        }
    }
}
