import Crypto
import Foundation
import Glibc
import Testing
import Vault

@Suite("The key store")
struct KeyStoreTests {
    @Test("makes every standard key, each in its own file that its owner alone can read")
    func initialise() throws {
        try withFolder { folder in
            try KeyStore.create(at: folder).initialise()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                names == [
                    "cases.key", "cases.pub", "connector.key", "connector.pub", "cookies.key", "gate.key", "gate.pub",
                    "ledger.key", "ledger.pub", "lists.key", "lists.pub", "pepper-1.key", "person-index.key",
                    "secrets-index.key", "totp.key",
                ])
            #expect(try mode(folder) == 0o700)
            for name in names { #expect(try mode("\(folder)/\(name)") == 0o600) }
        }
    }

    @Test("gives back what it made, in another process too")
    func reading() throws {
        try withFolder { folder in
            let bytes: RandomSource = { count in (0..<count).map { UInt8($0) } }
            try KeyStore.create(at: folder, random: bytes).createSymmetricKey(.database("oscour"))
            let content = try String(contentsOfFile: "\(folder)/database-oscour.key", encoding: .utf8)
            #expect(
                content == "regard-key-v1 database-oscour symmetric AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
            let store = try KeyStore.open(at: folder)
            #expect(try store.symmetricKey(.database("oscour")) == SymmetricKey(data: [UInt8](0..<32)))
            #expect(store.exists(.database("oscour")) && !store.exists(.database("hydro")))
            try store.createKeyPair(.ledger)
            #expect(
                try store.privateKey(.ledger).publicKey.rawRepresentation
                    == store.publicKey(.ledger).rawRepresentation)
        }
    }

    @Test("never changes a key that exists, whoever asks and however many at once")
    func neverOverwrites() async throws {
        let folder = try newFolder()
        defer { remove(folder) }
        let store = try KeyStore.create(at: folder)
        try store.initialise()
        let before = try contents(of: folder)
        try store.initialise()
        _ = try KeyStore.create(at: folder)
        #expect(throws: KeyStoreError.exists(path: "\(folder)/totp.key")) { try store.createSymmetricKey(.totp) }
        #expect(throws: KeyStoreError.exists(path: "\(folder)/cases.pub")) { try store.createKeyPair(.cases) }
        #expect(try contents(of: folder) == before)

        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { (try? store.createSymmetricKey(.pepper(2))) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        #expect(try store.symmetricKey(.pepper(2)).bitCount == 256)
    }

    @Test("makes a public half that is missing, and never a new private half beside a public one")
    func halves() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.initialise()
            let before = try contents(of: folder)
            remove("\(folder)/ledger.pub")
            try store.initialise()
            #expect(try contents(of: folder) == before)
            remove("\(folder)/cases.key")
            try store.initialise()
            #expect(!store.exists(privateKey: .cases) && store.exists(publicKey: .cases))
            #expect(throws: KeyStoreError.exists(path: "\(folder)/cases.pub")) { try store.createKeyPair(.cases) }
        }
    }

    @Test("signs with one half and verifies with the other, which may be anybody's file")
    func signing() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.initialise()
            let message = Array("a list".utf8)
            let signature = try store.signingKey(.lists).signature(for: message)
            #expect(try store.verifyingKey(.lists).isValidSignature(signature, for: message))
            #expect(try !store.verifyingKey(.gate).isValidSignature(signature, for: message))
            let copy = "\(folder)/received"
            try FileManager.default.copyItem(atPath: "\(folder)/lists.pub", toPath: copy)
            #expect(chmod(copy, 0o644) == 0)
            #expect(try KeyStore.verifyingKey(.lists, inFile: copy).isValidSignature(signature, for: message))
            #expect(throws: KeyStoreError.malformed(path: copy)) { try KeyStore.verifyingKey(.gate, inFile: copy) }
            let secret = "\(folder)/lists.key"
            #expect(throws: KeyStoreError.malformed(path: secret)) { try KeyStore.verifyingKey(.lists, inFile: secret) }
        }
    }

    @Test("reads a custodian's key under any name, and says whose it is; never one that others can read")
    func custodiansKey() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.createSymmetricKey(.database("oscour"))
            try store.createSymmetricKey(.totp)
            let copy = "\(folder)/ours"
            try FileManager.default.copyItem(atPath: "\(folder)/database-oscour.key", toPath: copy)
            let read = try KeyStore.databaseKey(inFile: copy)
            let key = try store.symmetricKey(.database("oscour"))
            #expect(read.database == "oscour" && read.key == key)
            #expect(chmod(copy, 0o640) == 0)
            #expect(throws: KeyStoreError.exposed(path: copy, mode: 0o640)) { try KeyStore.databaseKey(inFile: copy) }
            let other = "\(folder)/totp.key"
            #expect(throws: KeyStoreError.malformed(path: other)) { try KeyStore.databaseKey(inFile: other) }
        }
    }

    @Test("has epochs of the cases' keys, and brings none back that was destroyed")
    func epochs() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.initialise()
            #expect(store.epochs == [1])
            try store.createEpoch(2)
            let second = try store.casesKey(of: 2)
            try store.createEpoch(2)
            #expect(
                try store.casesPrivateKey(of: 2).publicKey.rawRepresentation == second.publicKey.rawRepresentation)
            #expect(try store.casesKey(of: 1).publicKey.rawRepresentation != second.publicKey.rawRepresentation)
            try store.destroyCasesPrivateKey(of: 1)
            try store.destroy(.pepper(1))
            try store.destroyCasesPrivateKey(of: 1)
            try store.initialise()
            #expect(!store.existsCasesPrivateKey(of: 1) && !store.exists(.pepper(1)))
            #expect(store.epochs == [1, 2])
            #expect(try store.casesKeys().keys.sorted() == [1, 2])
        }
    }

    @Test("names the missing file and the role that needs it")
    func missing() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            #expect(throws: KeyStoreError.missing(path: "\(folder)/ledger.key", neededBy: "hub")) {
                try store.privateKey(.ledger)
            }
            #expect(throws: KeyStoreError.missing(path: "\(folder)/cases.pub", neededBy: "intake")) {
                try store.publicKey(.cases)
            }
            let error = #expect(throws: KeyStoreError.self) { try store.symmetricKey(.database("oscour")) }
            #expect(error?.description.contains("\(folder)/database-oscour.key") == true)
            #expect(error?.description.contains("hub") == true)
        }
        #expect(throws: KeyStoreError.missingFolder(path: "/nowhere/keys")) { try KeyStore.open(at: "/nowhere/keys") }
    }

    @Test("refuses a file that the group or others can reach, and names it", arguments: [0o640, 0o604, 0o620, 0o601])
    func exposedFile(mode: mode_t) throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.initialise()
            chmod("\(folder)/cookies.key", mode)
            #expect(throws: KeyStoreError.exposed(path: "\(folder)/cookies.key", mode: mode)) {
                try store.symmetricKey(.cookies)
            }
        }
    }

    @Test("refuses a folder that the group or others can reach", arguments: [0o750, 0o701, 0o722])
    func exposedFolder(mode: mode_t) throws {
        try withFolder { folder in
            _ = try KeyStore.create(at: folder)
            chmod(folder, mode)
            #expect(throws: KeyStoreError.exposed(path: folder, mode: mode)) { try KeyStore.open(at: folder) }
            #expect(throws: KeyStoreError.exposed(path: folder, mode: mode)) { try KeyStore.create(at: folder) }
        }
    }

    @Test("refuses what another user owns", .enabled(if: geteuid() == 0, "only root can give a file away"))
    func foreign() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.initialise()
            chown("\(folder)/totp.key", 65_534, 65_534)
            #expect(throws: KeyStoreError.ownedByAnother(path: "\(folder)/totp.key", owner: 65_534)) {
                try store.symmetricKey(.totp)
            }
            chown(folder, 65_534, 65_534)
            #expect(throws: KeyStoreError.ownedByAnother(path: folder, owner: 65_534)) { try KeyStore.open(at: folder) }
        }
    }

    @Test("refuses a link, a folder or a pipe in place of a key, and a file in place of its folder")
    func wrongKind() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.createSymmetricKey(.totp)
            symlink("\(folder)/totp.key", "\(folder)/cookies.key")
            mkdir("\(folder)/secrets-index.key", 0o700)
            mkfifo("\(folder)/pepper-1.key", 0o600)
            for (name, file) in [(.cookies, "cookies"), (.secretsIndex, "secrets-index"), (.pepper(1), "pepper-1")]
                as [(SymmetricKeyName, String)]
            {
                #expect(throws: KeyStoreError.wrongKind(path: "\(folder)/\(file).key")) { try store.symmetricKey(name) }
            }
            #expect(throws: KeyStoreError.wrongKind(path: "\(folder)/totp.key")) {
                try KeyStore.open(at: "\(folder)/totp.key")
            }
        }
    }

    @Test("refuses a renamed file, another kind, and a damaged line")
    func malformed() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try store.initialise()
            let path = "\(folder)/totp.key"
            let line = try String(contentsOfFile: path, encoding: .utf8)
            let key = line.split(separator: " ")[3]
            for content in [
                try String(contentsOfFile: "\(folder)/cookies.key", encoding: .utf8), "", "\n", String(line.dropLast()),
                line + line, line.replacing("v1", with: "v2"), line.replacing("symmetric", with: "x25519-private"),
                "regard-key-v1 totp symmetric \(key.prefix(40))\n", "regard-key-v1 totp symmetric  \(key)",
            ] {
                try Data(content.utf8).write(to: URL(fileURLWithPath: path))
                chmod(path, 0o600)
                #expect(throws: KeyStoreError.malformed(path: path)) { try store.symmetricKey(.totp) }
            }
        }
    }

    @Test(
        "takes only ids that can name a file",
        arguments: ["", "../cases", "a/b", "OSCOUR", "été", "a b", "a.b", String(repeating: "a", count: 41)])
    func names(id: String) throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            #expect(throws: KeyStoreError.invalidName) { try store.createSymmetricKey(.database(id)) }
            #expect(throws: KeyStoreError.invalidName) { try store.symmetricKey(.database(id)) }
            #expect(!store.exists(.database(id)))
            #expect(throws: KeyStoreError.invalidName) { try store.createSymmetricKey(.pepper(0)) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("makes a key where an earlier attempt died half-way")
    func interrupted() throws {
        try withFolder { folder in
            let store = try KeyStore.create(at: folder)
            try Data("regard-key-v1 to".utf8).write(to: URL(fileURLWithPath: "\(folder)/.totp.key.new"))
            try store.createSymmetricKey(.totp)
            #expect(try store.symmetricKey(.totp).bitCount == 256)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["totp.key"])
        }
    }

    // MARK: Folders of a test

    private func newFolder() throws -> String {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("regard-keys-\(UUID().uuidString)")
        return base.path
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try newFolder()
        defer { remove(folder) }
        try body(folder)
    }

    private func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    private func mode(_ path: String) throws -> mode_t {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status.st_mode & 0o7777
    }

    private func contents(of folder: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) })
    }
}
