import Foundation
import Glibc
import Synchronization
public import Vault

/// What the system refused, in words for whoever runs the command.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    let path: String
    let operation: String
    let code: Int32

    public var description: String { "\(path): \(operation) failed: \(String(cString: strerror(code)))." }
}

/// A file that gets its name when it is whole, and leaves nothing behind otherwise. What a process that was killed has left is
/// removed by the next that writes there.
public final class AsideFile: Sendable {
    private enum State { case open, ended }

    public let path: String
    /// Where its bytes go.
    public let descriptor: Int32
    private let aside: String
    private let state = Mutex(State.open)

    /// Begins a file beside `path`, which its owner alone can read unless `mode` says otherwise.
    ///
    /// Throws `FileFailure`, also where `path` is there and is no ordinary file: a device would be replaced by one.
    public init(path: String, mode: UInt32 = 0o600, random: RandomSource = systemRandom) throws {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw FileFailure(path: path, operation: "writing beside what is no ordinary file", code: EINVAL)
        }
        self.path = path
        Self.removeLeft(beside: path)
        (aside, descriptor) = try Self.begin(beside: path, random)
        guard fchmod(descriptor, mode) == 0 else { throw FileFailure(path: aside, operation: "chmod", code: errno) }
    }

    /// A new file, locked for as long as it is written.
    private static func begin(beside path: String, _ random: RandomSource) throws -> (aside: String, descriptor: Int32)
    {
        while true {
            let aside = "\(path).\(Hex.encode(random(6))).partial"
            let descriptor = open(aside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw FileFailure(path: aside, operation: "create", code: errno) }
            // Another process may take it for one that was left, before it is locked.
            var (kept, named) = (stat(), stat())
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &kept) == 0, stat(aside, &named) == 0,
                kept.st_ino == named.st_ino
            {
                return (aside, descriptor)
            }
            close(descriptor)
        }
    }

    /// Removes what was begun beside `path` and is nobody's any more: who writes one holds its lock.
    private static func removeLeft(beside path: String) {
        let folder = (path as NSString).deletingLastPathComponent.nilIfEmpty ?? "."
        let start = (path as NSString).lastPathComponent + "."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(start) && name.hasSuffix(".partial") {
            let middle = name.dropFirst(start.count).dropLast(".partial".count)
            guard middle.count == 12, Hex.decode(String(middle)) != nil else { continue }
            let left = open("\(folder)/\(name)", O_RDWR | O_NOFOLLOW | O_CLOEXEC)
            guard left >= 0 else { continue }
            if flock(left, LOCK_EX | LOCK_NB) == 0 { unlink("\(folder)/\(name)") }
            close(left)
        }
    }

    deinit { discard() }

    /// Makes what was written durable and gives it its name, in the place of what had it.
    public func commit() throws {
        guard fsync(descriptor) == 0 else { throw FileFailure(path: aside, operation: "fsync", code: errno) }
        guard rename(aside, path) == 0 else { throw FileFailure(path: path, operation: "rename", code: errno) }
        state.withLock { state in
            close(descriptor)
            state = .ended
        }
        let folder = open((path as NSString).deletingLastPathComponent.nilIfEmpty ?? ".", O_RDONLY | O_DIRECTORY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Removes what was written.
    public func discard() {
        state.withLock { state in
            guard state == .open else { return }
            close(descriptor)
            unlink(aside)
            state = .ended
        }
    }
}

extension String {
    fileprivate var nilIfEmpty: String? { isEmpty ? nil : self }
}

/// Writing and reading without buffers between.
enum Bytes {
    /// Writes all of `bytes`. Throws `FileFailure`.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw FileFailure(path: path, operation: "write", code: errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        try bytes.withUnsafeBytes { try write($0, to: descriptor, path: path) }
    }

    /// Reads as much as there is, up to `buffer`'s size; 0 at the end. Throws `FileFailure`.
    static func read(into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, path: String) throws -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure(path: path, operation: "read", code: errno) }
            return count
        }
    }

    /// Reads until `buffer` is full or nothing is left; how much it was. Throws `FileFailure`.
    static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, path: String) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]), from: descriptor, path: path)
            if count == 0 { break }
            filled += count
        }
        return filled
    }
}
