import Foundation
import Glibc
import Vault

/// A folder that others write to as well: what is written there is whole under its name or not there at all.
final class SharedFolder: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens `name` in the folder at `parent`, making it where it is missing; `parent` itself must be there.
    ///
    /// Throws `TargetError.unreadable`, or `FileFailure`.
    static func open(_ name: String, in parent: String) throws -> SharedFolder {
        let outer = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard outer >= 0 else {
            let reason = String(cString: strerror(errno))
            throw TargetError.unreadable("The folder \(parent) can't be used: \(reason).")
        }
        defer { Glibc.close(outer) }
        let path = "\(parent)/\(name)"
        if mkdirat(outer, name, 0o770) == 0 {
            fsync(outer)
        } else if errno != EEXIST {
            throw FileFailure(path: path, operation: "mkdir", code: errno)
        }
        let inner = openat(outer, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard inner >= 0 else { throw FileFailure(path: path, operation: "open", code: errno) }
        return SharedFolder(path: path, descriptor: inner)
    }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    // MARK: Reading

    func has(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    func names() throws -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let code = errno
            if copy >= 0 { Glibc.close(copy) }
            throw FileFailure(path: path, operation: "open", code: code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// What an ordinary file holds; nil where it is longer than `limit`, or another kind of file.
    func read(_ name: String, limit: Int) throws -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
        if file < 0, errno == ELOOP { return nil }
        guard file >= 0 else { throw FileFailure(path: "\(path)/\(name)", operation: "open", code: errno) }
        defer { Glibc.close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = try bytes.withUnsafeMutableBytes { try Bytes.fill($0, from: file, path: "\(path)/\(name)") }
        return count <= limit ? Array(bytes[..<count]) : nil
    }

    // MARK: Writing

    /// Adds a file, unless its name is taken; false where other bytes have it.
    func add(_ name: String, _ bytes: [UInt8]) throws -> Bool {
        if try holds(name, bytes) { return true }
        if has(name) { return false }
        return try aside(name, bytes) { aside in
            if linkat(descriptor, aside, descriptor, name, 0) == 0 { return true }
            switch errno {
            case EEXIST: return try holds(name, bytes)
            case EPERM, EOPNOTSUPP, ENOSYS:
                // A share without links. Whoever else writes this name writes the same bytes.
                guard !has(name) else { return try holds(name, bytes) }
                try rename(aside, to: name)
                return true
            default: throw FileFailure(path: "\(path)/\(name)", operation: "link", code: errno)
            }
        }
    }

    /// Gives a name other bytes.
    func replace(_ name: String, _ bytes: [UInt8]) throws {
        _ = try aside(name, bytes) { aside in
            try rename(aside, to: name)
            return true
        }
    }

    /// Takes a file of ours away, where it is there.
    func remove(_ name: String) throws {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
            throw FileFailure(path: "\(path)/\(name)", operation: "unlink", code: errno)
        }
    }

    private func holds(_ name: String, _ bytes: [UInt8]) throws -> Bool {
        guard has(name) else { return false }
        return try read(name, limit: bytes.count) == bytes
    }

    private func rename(_ aside: String, to name: String) throws {
        guard renameat(descriptor, aside, descriptor, name) == 0 else {
            throw FileFailure(path: "\(path)/\(name)", operation: "rename", code: errno)
        }
    }

    /// Writes bytes under a name that nobody looks for and makes them durable; what `publish` does becomes durable as well.
    private func aside(_ name: String, _ bytes: [UInt8], _ publish: (_ aside: String) throws -> Bool) throws -> Bool {
        try sweep()
        let aside = ".\(name).\(Hex.encode(systemRandom(6))).partial"
        let full = "\(path)/\(name)"
        let file = openat(descriptor, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw FileFailure(path: full, operation: "create", code: errno) }
        defer {
            Glibc.close(file)
            unlinkat(descriptor, aside, 0)
        }
        try Bytes.write(bytes, to: file, path: full)
        guard fsync(file) == 0 else { throw FileFailure(path: full, operation: "fsync", code: errno) }
        let isPublished = try publish(aside)
        guard fsync(descriptor) == 0 else { throw FileFailure(path: path, operation: "fsync", code: errno) }
        return isPublished
    }

    /// Takes away what a process that was killed has left an hour ago or more.
    private func sweep() throws {
        for left in try names() where left.hasPrefix(".") && left.hasSuffix(".partial") {
            var status = stat()
            guard fstatat(descriptor, left, &status, AT_SYMLINK_NOFOLLOW) == 0,
                time(nil) - status.st_mtim.tv_sec > 3600
            else { continue }
            unlinkat(descriptor, left, 0)
        }
    }
}
