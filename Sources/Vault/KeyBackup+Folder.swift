public import CivilTime
import Foundation
import Glibc

/// Reading a folder of keys into a backup, and making a folder of one. These touch the disk: on a thread that may wait.
extension KeyBackup {
    /// Every key of `store` and its journal, as they stand while nobody makes a key. Throws what is wrong with any of them: half a backup
    /// is none.
    public init(of store: KeyStore, at moment: Instant) throws(KeyBackupError) {
        let folder = store.folder
        do throws(KeyStoreError) {
            // Whoever makes a key holds the folder's lock; so does this, so that no pair is met with one half.
            let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw .system(path: folder, operation: "open", code: errno) }
            defer { close(directory) }
            guard flock(directory, LOCK_SH) == 0 else { throw .system(path: folder, operation: "flock", code: errno) }
            var files: [File] = []
            for name in try Self.names(in: folder) {
                files.append(
                    File(name: name, content: try Self.content(of: "\(folder)/\(name)", isLocked: name == Self.journal))
                )
            }
            self.init(
                madeAt: moment,
                epoch: store.epochs.last { store.existsCasesPrivateKey(of: $0) } ?? store.epochs.last ?? 0,
                files: files)
        } catch {
            throw .store(error)
        }
        try requireWhole()
    }

    /// Makes the folder of keys anew, whole or not at all: it is written aside, made durable, and only then gets its name. Throws
    /// `.livingKeys` where there is a key at `folder`; an empty folder is taken.
    public func restore(to folder: String, random: RandomSource = systemRandom) throws(KeyBackupError) {
        do throws(KeyStoreError) {
            if let found = try Self.anything(in: folder) { throw KeyStoreError.exists(path: "\(folder)/\(found)") }
            let aside = "\(folder).\(Hex.encode(random(4))).restoring"
            guard mkdir(aside, 0o700) == 0, chmod(aside, 0o700) == 0 else {
                throw KeyStoreError.system(path: aside, operation: "mkdir", code: errno)
            }
            do throws(KeyStoreError) {
                for file in files { try KeyFile.writeDurably(file.content, at: "\(aside)/\(file.name)") }
                try KeyFile.synchronise(aside)
                // Takes the place of an empty folder, and of no other.
                guard rename(aside, folder) == 0 else {
                    throw KeyStoreError.system(path: folder, operation: "rename", code: errno)
                }
            } catch {
                for file in files { unlink("\(aside)/\(file.name)") }
                rmdir(aside)
                throw error
            }
            try KeyFile.synchronise("\(folder)/..")
        } catch {
            if case .exists(let path) = error {
                throw .livingKeys(folder: folder, file: String(path.dropFirst(folder.count + 1)))
            }
            throw .store(error)
        }
    }

    /// Writes a sealed text to a file that is not there yet, for its owner alone, whole or not at all. Throws `.store`.
    public static func write(
        _ sealed: [UInt8], to path: String, random: RandomSource = systemRandom
    ) throws(KeyBackupError) {
        do throws(KeyStoreError) {
            let aside = "\(path).\(Hex.encode(random(4))).partial"
            defer { unlink(aside) }
            try KeyFile.writeDurably(sealed, at: aside)
            // Unlike a rename, a link never takes the place of what is there.
            guard link(aside, path) == 0 else {
                if errno == EEXIST { throw KeyStoreError.exists(path: path) }
                throw KeyStoreError.system(path: path, operation: "link", code: errno)
            }
            let folder = (path as NSString).deletingLastPathComponent
            try KeyFile.synchronise(folder.isEmpty ? "." : folder)
        } catch {
            throw .store(error)
        }
    }

    /// The text of a backup's file. Throws `.store`, and `.notABackup` for what is far too large to be one.
    public static func read(_ path: String) throws(KeyBackupError) -> [UInt8] {
        do throws(KeyStoreError) {
            return try content(of: path, isLocked: false, isOurs: false)
        } catch {
            throw .store(error)
        }
    }

    // MARK: The folder

    /// The files that a backup takes.
    private static func names(in folder: String) throws(KeyStoreError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw .system(path: folder, operation: "read", code: errno)
        }
        return names.filter(isName).sorted()
    }

    /// What stands in a folder that is to be made; nil where it is not there, or empty.
    private static func anything(in folder: String) throws(KeyStoreError) -> String? {
        var status = stat()
        guard lstat(folder, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .system(path: folder, operation: "lstat", code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .wrongKind(path: folder) }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw .system(path: folder, operation: "read", code: errno)
        }
        return names.sorted().first
    }

    /// All of a file. One of a folder of keys has to be ours and nobody else's.
    private static func content(
        of path: String, isLocked: Bool, isOurs: Bool = true
    ) throws(KeyStoreError) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .missing(path: path, neededBy: "a restore") }
            throw .system(path: path, operation: "open", code: errno)
        }
        defer { close(descriptor) }
        if isOurs { try KeyFile.checkOwnerAndMode(of: descriptor, at: path, type: S_IFREG) }
        if isLocked, flock(descriptor, LOCK_SH) != 0 { throw .system(path: path, operation: "flock", code: errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        guard let data = try? file.readToEnd() else { throw .system(path: path, operation: "read", code: errno) }
        return Array(data)
    }
}
