public import Crypto
import Glibc

/// The keys of an installation: a folder (0700) with one file a key (0600), all owned by the user that runs Regard.
///
/// A process holds only the files that its role needs. Reading and making keys touch the disk: at start or on a thread
/// of one's own, never on an event loop.
public struct KeyStore: Sendable {
    /// The folder's path.
    public let folder: String
    private let random: RandomSource

    /// Opens the folder, making it (0700) where it is missing; its parent must exist.
    public static func create(
        at folder: String, random: @escaping RandomSource = systemRandom
    ) throws(KeyStoreError) -> KeyStore {
        if mkdir(folder, 0o700) == 0 {
            try KeyFile.synchronise("\(folder)/..")
        } else if errno != EEXIST {
            throw .system(path: folder, operation: "mkdir", code: errno)
        }
        return try open(at: folder, random: random)
    }

    /// Opens an existing folder. Refuses one that the group or others can enter, or that another user owns.
    public static func open(
        at folder: String, random: @escaping RandomSource = systemRandom
    ) throws(KeyStoreError) -> KeyStore {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw .missingFolder(path: folder)
            case ENOTDIR: throw .wrongKind(path: folder)
            default: throw .system(path: folder, operation: "open", code: errno)
            }
        }
        defer { close(descriptor) }
        try KeyFile.checkOwnerAndMode(of: descriptor, at: folder, type: S_IFDIR)
        return KeyStore(folder: folder, random: random)
    }

    /// Makes every standard key that is missing, and a public half whose private half is there: what `regard init`
    /// calls. It changes nothing that exists, so it may run again.
    ///
    /// A public half without its private half stays alone: this folder is then one of a process that must not have it.
    public func initialise() throws(KeyStoreError) {
        // The cases' keys of the first epoch are not to come back once a later one has taken their place.
        if !hasLaterEpoch { try createEpoch(1) }
        if !hasLaterLedgerEpoch { try createLedgerEpoch(1) }
        try initialiseSigningKeys()
        for name in [.secretsIndex, .cookies, .totp, .personIndex] as [SymmetricKeyName] where !exists(name) {
            try createSymmetricKey(name)
        }
    }

    /// Makes the pairs that sign where they are missing, as ``initialise()`` does: for an installation from before them.
    public func initialiseSigningKeys() throws(KeyStoreError) {
        for name in SigningKeyName.allCases { try makeMissing(pair(name)) }
    }

    // MARK: Symmetric keys

    /// Makes a random key of 256 bits. Throws ``KeyStoreError/exists(path:)`` where there is one already.
    public func createSymmetricKey(_ name: SymmetricKeyName) throws(KeyStoreError) {
        try file(name).create(random(32))
    }

    /// Reads a key. Throws ``KeyStoreError/missing(path:neededBy:)``, or what is wrong with its file.
    public func symmetricKey(_ name: SymmetricKeyName) throws(KeyStoreError) -> SymmetricKey {
        SymmetricKey(data: try file(name).read(neededBy: name.neededBy))
    }

    /// Destroys a key: its file is overwritten and removed. Nothing where it is not there.
    public func destroy(_ name: SymmetricKeyName) throws(KeyStoreError) { try file(name).destroy() }

    /// Puts the key `source` in the place of `destination`, whose own is destroyed. After a crash in between, the same again
    /// ends it.
    public func move(_ source: SymmetricKeyName, to destination: SymmetricKeyName) throws(KeyStoreError) {
        let (from, to) = (try file(source), try file(destination))
        let bytes = try from.read(neededBy: source.neededBy)
        if (try? to.read(neededBy: destination.neededBy)) != bytes {
            try to.destroy()
            try to.create(bytes)
        }
        try from.destroy()
    }

    /// Whether the file is there, whatever its state; false for a name that is not allowed.
    public func exists(_ name: SymmetricKeyName) -> Bool {
        (try? file(name))?.exists ?? false
    }

    // MARK: Key pairs

    /// Makes a key pair, the private half first. Throws ``KeyStoreError/exists(path:)`` where either half is there.
    public func createKeyPair(_ name: KeyPairName) throws(KeyStoreError) { try create(pair(name)) }

    /// Reads the public half. Throws as ``symmetricKey(_:)`` does.
    public func publicKey(_ name: KeyPairName) throws(KeyStoreError) -> Curve25519.KeyAgreement.PublicKey {
        try key(in: pair(name).publicHalf, neededBy: name.publicNeededBy) {
            try Curve25519.KeyAgreement.PublicKey(rawRepresentation: $0)
        }
    }

    /// Reads the private half. Throws as ``symmetricKey(_:)`` does.
    public func privateKey(_ name: KeyPairName) throws(KeyStoreError) -> Curve25519.KeyAgreement.PrivateKey {
        try key(in: pair(name).privateHalf, neededBy: name.privateNeededBy) {
            try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0)
        }
    }

    /// Whether the public half's file is there, whatever its state.
    public func exists(publicKey name: KeyPairName) -> Bool { pair(name).publicHalf.exists }

    /// Whether the private half's file is there, whatever its state.
    public func exists(privateKey name: KeyPairName) -> Bool { pair(name).privateHalf.exists }

    // MARK: Pairs that sign

    /// Reads the half that signs. Throws as ``symmetricKey(_:)`` does.
    public func signingKey(_ name: SigningKeyName) throws(KeyStoreError) -> Curve25519.Signing.PrivateKey {
        try key(in: pair(name).privateHalf, neededBy: name.privateNeededBy) {
            try Curve25519.Signing.PrivateKey(rawRepresentation: $0)
        }
    }

    /// Reads the half that verifies. Throws as ``symmetricKey(_:)`` does.
    public func verifyingKey(_ name: SigningKeyName) throws(KeyStoreError) -> Curve25519.Signing.PublicKey {
        try key(in: pair(name).publicHalf, neededBy: name.publicNeededBy) {
            try Curve25519.Signing.PublicKey(rawRepresentation: $0)
        }
    }

    /// Whether the half that signs is there, whatever its state.
    public func exists(signingKey name: SigningKeyName) -> Bool { pair(name).privateHalf.exists }

    // MARK: Keys outside a store

    /// A linked database's pseudonym key, from the file that its custodian was given, and whose it is.
    ///
    /// The file may have any name; others must not be able to read it.
    public static func databaseKey(inFile path: String) throws(KeyStoreError) -> (database: String, key: SymmetricKey) {
        let content = try KeyFile.content(at: path, neededBy: "the database's custodian")
        let prefix = "database-"
        // A later key of the database has its generation behind a point.
        let parts = content.stem.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        let database = String(parts[0])
        let generation = parts.count == 1 ? 1 : parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        guard content.kind == .symmetric,
            SymmetricKeyName.key(of: database, generation: generation).stem == content.stem
        else { throw .malformed(path: path) }
        return (database, SymmetricKey(data: content.key))
    }

    /// The half that verifies, from a file of anybody's.
    public static func verifyingKey(
        _ name: SigningKeyName, inFile path: String
    ) throws(KeyStoreError) -> Curve25519.Signing.PublicKey {
        let content = try KeyFile.content(at: path, neededBy: name.publicNeededBy, isSecret: false)
        guard content.kind == .ed25519Public, content.stem == name.rawValue,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: content.key)
        else { throw .malformed(path: path) }
        return key
    }

    // MARK: Making pairs

    /// The files of a pair, and how its public half follows from the private one.
    struct Pair {
        let privateHalf: KeyFile
        let publicHalf: KeyFile
        let role: String
        let publicBytes: (_ privateBytes: [UInt8]) -> [UInt8]?
    }

    private func pair(_ name: KeyPairName) -> Pair { pair(named: name.rawValue, role: name.privateNeededBy) }

    func pair(named stem: String, role: String) -> Pair {
        Pair(
            privateHalf: KeyFile(folder: folder, stem: stem, kind: .x25519Private),
            publicHalf: KeyFile(folder: folder, stem: stem, kind: .x25519Public), role: role
        ) { bytes in
            (try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)).map {
                Array($0.publicKey.rawRepresentation)
            }
        }
    }

    private func pair(_ name: SigningKeyName) -> Pair {
        Pair(
            privateHalf: KeyFile(folder: folder, stem: name.rawValue, kind: .ed25519Private),
            publicHalf: KeyFile(folder: folder, stem: name.rawValue, kind: .ed25519Public), role: name.privateNeededBy
        ) { bytes in
            (try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)).map {
                Array($0.publicKey.rawRepresentation)
            }
        }
    }

    func makeMissing(_ pair: Pair) throws(KeyStoreError) {
        if pair.privateHalf.exists {
            if !pair.publicHalf.exists { try createPublicHalf(of: pair) }
        } else if !pair.publicHalf.exists {
            try create(pair)
        }
    }

    private func create(_ pair: Pair) throws(KeyStoreError) {
        guard !pair.publicHalf.exists else { throw .exists(path: pair.publicHalf.path) }
        try pair.privateHalf.create(random(32))
        try createPublicHalf(of: pair)
    }

    private func createPublicHalf(of pair: Pair) throws(KeyStoreError) {
        guard let bytes = pair.publicBytes(try pair.privateHalf.read(neededBy: pair.role)) else {
            throw .malformed(path: pair.privateHalf.path)
        }
        try pair.publicHalf.create(bytes)
    }

    // MARK: Files

    /// The key that `file` holds.
    func key<Key>(
        in file: KeyFile, neededBy role: String, _ make: (_ bytes: [UInt8]) throws -> Key
    ) throws(KeyStoreError) -> Key {
        let bytes = try file.read(neededBy: role)
        guard let key = try? make(bytes) else { throw .malformed(path: file.path) }
        return key
    }

    private func file(_ name: SymmetricKeyName) throws(KeyStoreError) -> KeyFile {
        guard let stem = name.stem else { throw .invalidName }
        return KeyFile(folder: folder, stem: stem, kind: .symmetric)
    }
}
