import Foundation
import Glibc

/// One key in one file of one line: `regard-key-v1 NAME KIND base64`.
///
/// The name inside must be the file's own, so that a renamed or swapped file is refused and not used.
struct KeyFile {
    enum Kind: String {
        case symmetric
        case x25519Private = "x25519-private"
        case x25519Public = "x25519-public"
        case ed25519Private = "ed25519-private"
        case ed25519Public = "ed25519-public"

        var isPublic: Bool {
            switch self {
            case .symmetric, .x25519Private, .ed25519Private: false
            case .x25519Public, .ed25519Public: true
            }
        }

        var fileExtension: String { isPublic ? "pub" : "key" }
    }

    let folder: String
    let stem: String
    let kind: Kind

    var path: String { "\(folder)/\(stem).\(kind.fileExtension)" }

    /// Whether something of that name is there, whatever it is.
    var exists: Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    // MARK: Reading

    /// The 32 bytes of the key. Refuses a file that others can read or that is not ours.
    func read(neededBy role: String) throws(KeyStoreError) -> [UInt8] {
        let content = try KeyFile.content(at: path, neededBy: role)
        guard content.stem == stem, content.kind == kind else { throw .malformed(path: path) }
        return content.key
    }

    /// What a file says that it holds.
    struct Content {
        let stem: String
        let kind: Kind
        let key: [UInt8]
    }

    /// Reads a file under whatever name it was kept.
    ///
    /// - Parameter isSecret: refuse one that others can read or that is not ours.
    static func content(
        at path: String, neededBy role: String, isSecret: Bool = true
    ) throws(KeyStoreError) -> Content {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw .missing(path: path, neededBy: role)
            case ELOOP: throw .wrongKind(path: path)
            default: throw .system(path: path, operation: "open", code: errno)
            }
        }
        defer { close(descriptor) }
        // The open file is checked, not the name: what is read is what was checked.
        if isSecret { try checkOwnerAndMode(of: descriptor, at: path, type: S_IFREG) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw .system(path: path, operation: "read", code: errno) }
        guard let content = Content(buffer.prefix(count)) else { throw .malformed(path: path) }
        return content
    }

    /// Refuses what is of another type, open to the group or to others, or owned by another user.
    static func checkOwnerAndMode(of descriptor: Int32, at path: String, type: mode_t) throws(KeyStoreError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path: path, operation: "fstat", code: errno) }
        guard status.st_mode & S_IFMT == type else { throw .wrongKind(path: path) }
        guard status.st_uid == geteuid() else { throw .ownedByAnother(path: path, owner: status.st_uid) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: status.st_mode & 0o7777) }
    }

    // MARK: Writing

    /// Writes the key aside, makes it durable, then gives it its name; refuses where that name is taken.
    ///
    /// The folder is locked meanwhile: of two processes that make the same key, the second finds it there.
    func create(_ key: [UInt8]) throws(KeyStoreError) {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system(path: folder, operation: "open", code: errno) }
        defer { close(directory) }
        guard flock(directory, LOCK_EX) == 0 else { throw .system(path: folder, operation: "flock", code: errno) }
        guard !exists else { throw .exists(path: path) }
        let aside = "\(folder)/.\(stem).\(kind.fileExtension).new"
        // Left by a process that died here: it never became a key.
        unlink(aside)
        let line = "regard-key-v1 \(stem) \(kind.rawValue) \(Data(key).base64EncodedString())\n"
        try KeyFile.writeDurably(Array(line.utf8), at: aside)
        guard rename(aside, path) == 0 else { throw .system(path: path, operation: "rename", code: errno) }
        guard fsync(directory) == 0 else { throw .system(path: folder, operation: "fsync", code: errno) }
    }

    /// Overwrites the file and removes it, durably. Nothing where it is not there.
    func destroy() throws(KeyStoreError) {
        let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw .system(path: path, operation: "open", code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path: path, operation: "fstat", code: errno) }
        let zeros = [UInt8](repeating: 0, count: Int(status.st_size))
        guard zeros.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == zeros.count,
            fsync(descriptor) == 0
        else { throw .system(path: path, operation: "overwrite", code: errno) }
        guard unlink(path) == 0 else { throw .system(path: path, operation: "unlink", code: errno) }
        try KeyFile.synchronise(folder)
    }

    /// Makes the names in a folder durable.
    static func synchronise(_ folder: String) throws(KeyStoreError) {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system(path: folder, operation: "open", code: errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .system(path: folder, operation: "fsync", code: errno) }
    }

    static func writeDurably(_ bytes: [UInt8], at path: String) throws(KeyStoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path: path, operation: "create", code: errno) }
        defer { close(descriptor) }
        // The umask may have taken the owner's own rights away.
        guard fchmod(descriptor, 0o600) == 0 else { throw .system(path: path, operation: "chmod", code: errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw .system(path: path, operation: "write", code: errno) }
            rest = rest.dropFirst(written)
        }
        guard fsync(descriptor) == 0 else { throw .system(path: path, operation: "fsync", code: errno) }
    }
}

extension KeyFile.Content {
    /// Nil unless `line` is a whole key file.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.last == UInt8(ascii: "\n") else { return nil }
        let words = line.dropLast().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 4, words[0].elementsEqual("regard-key-v1".utf8),
            let kind = KeyFile.Kind(rawValue: String(decoding: words[2], as: UTF8.self)),
            let key = Data(base64Encoded: Data(words[3])), key.count == 32
        else { return nil }
        self.init(stem: String(decoding: words[1], as: UTF8.self), kind: kind, key: Array(key))
    }
}
