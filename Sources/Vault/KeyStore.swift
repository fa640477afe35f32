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
        for name in KeyPairName.allCases {
            if exists(privateKey: name) {
                if !exists(publicKey: name) { try createPublicHalf(of: name) }
            } else if !exists(publicKey: name) {
                try createKeyPair(name)
            }
        }
        for name in [.secretsIndex, .pepper(1), .cookies, .totp, .personIndex] as [SymmetricKeyName] where !exists(name)
        {
            try createSymmetricKey(name)
        }
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

    /// Whether the file is there, whatever its state; false for a name that is not allowed.
    public func exists(_ name: SymmetricKeyName) -> Bool {
        (try? file(name))?.exists ?? false
    }

    // MARK: Key pairs

    /// Makes a key pair, the private half first. Throws ``KeyStoreError/exists(path:)`` where either half is there.
    public func createKeyPair(_ name: KeyPairName) throws(KeyStoreError) {
        let publicFile = file(name, .x25519Public)
        guard !publicFile.exists else { throw .exists(path: publicFile.path) }
        try file(name, .x25519Private).create(random(32))
        try createPublicHalf(of: name)
    }

    /// Reads the public half. Throws as ``symmetricKey(_:)`` does.
    public func publicKey(_ name: KeyPairName) throws(KeyStoreError) -> Curve25519.KeyAgreement.PublicKey {
        let file = file(name, .x25519Public)
        let bytes = try file.read(neededBy: name.publicNeededBy)
        guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes) else {
            throw .malformed(path: file.path)
        }
        return key
    }

    /// Reads the private half. Throws as ``symmetricKey(_:)`` does.
    public func privateKey(_ name: KeyPairName) throws(KeyStoreError) -> Curve25519.KeyAgreement.PrivateKey {
        let file = file(name, .x25519Private)
        let bytes = try file.read(neededBy: name.privateNeededBy)
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) else {
            throw .malformed(path: file.path)
        }
        return key
    }

    /// Whether the public half's file is there, whatever its state.
    public func exists(publicKey name: KeyPairName) -> Bool { file(name, .x25519Public).exists }

    /// Whether the private half's file is there, whatever its state.
    public func exists(privateKey name: KeyPairName) -> Bool { file(name, .x25519Private).exists }

    private func createPublicHalf(of name: KeyPairName) throws(KeyStoreError) {
        let bytes = try Array(privateKey(name).publicKey.rawRepresentation)
        try file(name, .x25519Public).create(bytes)
    }

    // MARK: Files

    private func file(_ name: SymmetricKeyName) throws(KeyStoreError) -> KeyFile {
        guard let stem = name.stem else { throw .invalidName }
        return KeyFile(folder: folder, stem: stem, kind: .symmetric)
    }

    private func file(_ name: KeyPairName, _ kind: KeyFile.Kind) -> KeyFile {
        KeyFile(folder: folder, stem: name.rawValue, kind: kind)
    }
}
