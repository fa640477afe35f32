import CArgon2
public import CivilTime
import Crypto
import Foundation

/// A folder of keys as one sealed text: every key file, the journal of erasures, and which epoch was the newest.
///
///     regard-keys-backup-v1
///     argon2id v=19 m=65536 t=3 p=4 SALT
///     SEALED
///
/// The third line is the box of AES-256-GCM in base64 (``SealedBox``), under a key that Argon2id makes of the passphrase; the first two
/// lines are authenticated with it. Inside are lines again: `made MILLISECONDS`, `epoch N`, `file NAME BASE64` for each file, `end COUNT`.
public struct KeyBackup: Sendable, Redacted {
    /// A file of the folder.
    struct File: Sendable, Hashable {
        let name: String
        let content: [UInt8]
    }

    public let madeAt: Instant
    /// The newest epoch of the cases' keys in it; 0 where it has none.
    public let epoch: Int
    let files: [File]

    /// The names of the files, in order.
    public var names: [String] { files.map(\.name) }

    /// The newest epoch of the ledger's key in it; 0 where it has none.
    public var ledgerEpoch: Int { names.compactMap(KeyStore.ledgerEpoch(ofFile:)).max() ?? 0 }

    /// How many cases the journal tells the erasure of; nil where there is no journal in it.
    public var erasures: Int? {
        files.first { $0.name == Self.journal }.map { file in
            let lines = String(decoding: file.content, as: UTF8.self).split(separator: "\n")
            return Set(lines.filter { $0.hasPrefix("done ") }.compactMap { $0.split(separator: " ").dropFirst().first })
                .count
        }
    }

    static let format = "regard-keys-backup-v1"
    /// The journal of erasures (`ErasureJournal`), which has to go with the keys.
    static let journal = "erasures.log"
    /// Whoever has the file can try passphrases for as long as they like: RFC 9106's second choice, 64 MiB.
    static let cost = Argon2Parameters(memoryKiB: 65536, passes: 3, lanes: 4)
    /// What a file may ask of the machine that opens it.
    private static let highest = Argon2Parameters(memoryKiB: 1024 * 1024, passes: 16, lanes: 16)

    // MARK: Sealing

    /// The sealed text. It takes 64 MiB and some tenths of a second on the calling thread.
    public func sealed(
        under passphrase: String, random: RandomSource = systemRandom
    ) throws(KeyBackupError) -> [UInt8] {
        try seal(under: passphrase, cost: Self.cost, random: random)
    }

    func seal(
        under passphrase: String, cost: Argon2Parameters, random: RandomSource
    ) throws(KeyBackupError) -> [UInt8] {
        let salt = random(16)
        let head =
            "\(Self.format)\nargon2id v=19 m=\(cost.memoryKiB) t=\(cost.passes) p=\(cost.lanes) "
            + "\(Data(salt).base64EncodedString())\n"
        let key = try Self.key(of: passphrase, salt: salt, cost)
        guard let box = try? SealedBox.seal(plain, under: key, authenticating: Array(head.utf8), random: random) else {
            throw .cannotSeal
        }
        return Array((head + Data(box).base64EncodedString() + "\n").utf8)
    }

    /// Opens a sealed text, and checks every file in it.
    public init(opening sealed: [UInt8], with passphrase: String) throws(KeyBackupError) {
        let lines = sealed.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty, lines[0].elementsEqual(Self.format.utf8),
            let (salt, cost) = Self.cost(in: String(decoding: lines[1], as: UTF8.self)),
            let box = Data(base64Encoded: Data(lines[2]))
        else { throw .notABackup }
        let head = Array(lines[0]) + [10] + Array(lines[1]) + [10]
        let key = try Self.key(of: passphrase, salt: salt, cost)
        guard let plain = try? SealedBox.open(Array(box), under: key, authenticating: head) else { throw .doesNotOpen }
        try self.init(plain: plain)
        try requireWhole()
    }

    private static func cost(in line: String) -> (salt: [UInt8], cost: Argon2Parameters)? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        func number(_ word: Substring, _ name: String) -> UInt32? {
            word.hasPrefix("\(name)=") ? UInt32(word.dropFirst(name.count + 1)) : nil
        }
        guard words.count == 6, words[0] == "argon2id", words[1] == "v=19", let memory = number(words[2], "m"),
            let passes = number(words[3], "t"), let lanes = number(words[4], "p"),
            let salt = Data(base64Encoded: String(words[5])), salt.count == 16,
            (1...highest.lanes).contains(lanes), (1...highest.passes).contains(passes),
            (8 * lanes...highest.memoryKiB).contains(memory)
        else { return nil }
        return (Array(salt), Argon2Parameters(memoryKiB: memory, passes: passes, lanes: lanes))
    }

    private static func key(
        of passphrase: String, salt: [UInt8], _ cost: Argon2Parameters
    ) throws(KeyBackupError) -> SymmetricKey {
        let passphrase = PasswordHash.normalised(passphrase)
        var key = [UInt8](repeating: 0, count: 32)
        let code = argon2id_hash_raw(
            cost.passes, cost.memoryKiB, cost.lanes, passphrase, passphrase.count, salt, salt.count, &key, key.count)
        guard code == ARGON2_OK.rawValue else { throw .argon2(code) }
        return SymmetricKey(data: key)
    }

    // MARK: What is inside

    init(madeAt: Instant, epoch: Int, files: [File]) {
        self.madeAt = madeAt
        self.epoch = epoch
        self.files = files.sorted { $0.name < $1.name }
    }

    private var plain: [UInt8] {
        var text = "made \(madeAt.milliseconds)\nepoch \(epoch)\n"
        for file in files { text += "file \(file.name) \(Data(file.content).base64EncodedString())\n" }
        return Array((text + "end \(files.count)\n").utf8)
    }

    private init(plain: [UInt8]) throws(KeyBackupError) {
        let lines = plain.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        }
        guard lines.count >= 3, lines[0].count == 2, lines[0][0] == "made", let made = Int64(lines[0][1]),
            lines[1].count == 2, lines[1][0] == "epoch", let epoch = Int(lines[1][1]),
            lines[lines.count - 1] == ["end", Substring(String(lines.count - 3))]
        else { throw .damaged("its contents") }
        var files: [File] = []
        for line in lines[2..<(lines.count - 1)] {
            guard line.count == 3, line[0] == "file", Self.isName(String(line[1])),
                let content = Data(base64Encoded: String(line[2])), !files.contains(where: { $0.name == line[1] })
            else { throw .damaged("its contents") }
            files.append(File(name: String(line[1]), content: Array(content)))
        }
        self.init(madeAt: Instant(milliseconds: made), epoch: epoch, files: files)
    }

    /// Whether a file of that name is one of a folder of keys.
    static func isName(_ name: String) -> Bool {
        if name == journal { return true }
        guard name.count <= 80, name.hasSuffix(".key") || name.hasSuffix(".pub"), !name.hasPrefix(".") else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    /// Throws unless each file is the key that its name says, each pair fits, and the journal is one.
    func requireWhole() throws(KeyBackupError) {
        var keys: [String: KeyFile.Content] = [:]
        for file in files {
            if file.name == Self.journal {
                guard file.content.starts(with: "regard-erasures-v1 ".utf8) else { throw .damaged(file.name) }
                continue
            }
            guard let key = KeyFile.Content(file.content[...]),
                file.name == "\(key.stem).\(key.kind.fileExtension)"
            else { throw .damaged(file.name) }
            keys[file.name] = key
        }
        guard !keys.isEmpty else { throw .noKeys }
        for (name, key) in keys where name.hasSuffix(".key") {
            guard let publicHalf = keys["\(key.stem).pub"] else { continue }
            let fits: [UInt8]? =
                switch key.kind {
                case .x25519Private:
                    (try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: key.key)).map {
                        Array($0.publicKey.rawRepresentation)
                    }
                case .ed25519Private:
                    (try? Curve25519.Signing.PrivateKey(rawRepresentation: key.key)).map {
                        Array($0.publicKey.rawRepresentation)
                    }
                case .symmetric, .x25519Public, .ed25519Public: nil
                }
            guard fits == publicHalf.key else { throw .damaged(name) }
        }
    }
}

/// Why keys can't be backed up, or brought back.
public enum KeyBackupError: Error, Hashable, CustomStringConvertible {
    case notABackup
    /// The passphrase is another, or the file was altered: which of them can't be told.
    case doesNotOpen
    /// A part of it is not what it says.
    case damaged(String)
    case noKeys
    /// Keys, or a journal, are there already: never overwritten.
    case livingKeys(folder: String, file: String)
    case argon2(Int32)
    case cannotSeal
    case store(KeyStoreError)

    /// In English, for who runs the command.
    public var description: String {
        switch self {
        case .notABackup: "This is no backup of keys that this version can read."
        case .doesNotOpen: "It does not open: another passphrase, or the file was altered. Nothing was written."
        case .damaged(let part): "\(part) is damaged, or is not the key that its name says."
        case .noKeys: "There are no keys in it."
        case .livingKeys(let folder, let file):
            "\(folder) holds \(file) already, and a key is never overwritten. Move that folder away first, or name another one."
        case .argon2(let code): "Argon2id failed: \(String(cString: argon2_error_message(code)))."
        case .cannotSeal: "The keys could not be sealed."
        case .store(let error): "\(error)"
        }
    }
}
