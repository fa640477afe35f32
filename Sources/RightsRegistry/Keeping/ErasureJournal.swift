public import CivilTime
import Dispatch
import Foundation
import Glibc
public import Vault

/// What was erased, outside the database: a file of lines beside the keys. A database that is restored from before an erasure is
/// brought up to it again. It holds references, and nothing about anybody.
///
/// An erasure is announced before its transaction and confirmed after it, each time on disk before going on. What is confirmed is
/// done, in whatever database stands there; what is only announced may not have been.
public struct ErasureJournal: Sendable {
    /// A line.
    public struct Entry: Sendable, Hashable {
        public let reference: String
        public let at: Instant
        /// Whether the citizen's secret goes on opening what is left, where the objection is in force.
        public let keepsSecret: Bool
        public let isDone: Bool
    }

    /// Names the file, so that a database does not take another one for it.
    public let id: String
    private let path: String
    /// Reading and writing wait for the disk: on a thread of their own, one after the other.
    private let queue = DispatchQueue(label: "regard.erasures")

    /// Opens the journal of a folder of keys, or begins it there.
    public static func open(
        in folder: String, random: @escaping RandomSource = systemRandom
    ) async throws -> ErasureJournal {
        let path = "\(folder)/erasures.log"
        let queue = DispatchQueue(label: "regard.erasures.open")
        let id = try await run(on: queue) { try Self.header(at: path, orBegin: Hex.encode(random(16))) }
        return ErasureJournal(id: id, path: path)
    }

    private init(id: String, path: String) {
        self.id = id
        self.path = path
    }

    /// Writes lines at the end; once this returns, they survive a power cut. Returns where they begin.
    func append(_ entries: [Entry]) async throws -> Int64 {
        let (path, lines) = (path, entries.map(\.line).joined())
        return try await Self.run(on: queue) { try Self.append(lines, to: path) }
    }

    /// The lines from `position` on, and where the file ends. A line that was torn by a crash is none.
    func entries(from position: Int64) async throws -> (entries: [Entry], end: Int64) {
        let path = path
        return try await Self.run(on: queue) {
            guard let file = FileHandle(forReadingAtPath: path) else { throw JournalError(step: "open", code: errno) }
            defer { try? file.close() }
            let end = try file.seekToEnd()
            // A position that ends no line is of another state of the file, as after a copy of it was put back: then all counts.
            var start = UInt64(max(0, position))
            if start > end {
                start = 0
            } else if start > 0 {
                try file.seek(toOffset: start - 1)
                if try file.read(upToCount: 1) != Data("\n".utf8) { start = 0 }
            }
            try file.seek(toOffset: start)
            let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
            return (text.split(separator: "\n").compactMap(Entry.init), Int64(end))
        }
    }

    // MARK: The file

    private static func header(at path: String, orBegin id: String) throws -> String {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalError(step: "open", code: errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX) == 0 else { throw JournalError(step: "lock", code: errno) }
        let start = String(decoding: try file.read(upToCount: 128) ?? Data(), as: UTF8.self)
        if let line = start.split(separator: "\n", maxSplits: 1).first, start.contains("\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0] == format else { throw JournalError(step: "read", code: EINVAL) }
            return String(words[1])
        }
        // Empty, or torn while it was begun.
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data("\(format) \(id)\n".utf8))
        try file.synchronize()
        try synchronise(folderOf: path)
        return id
    }

    private static func append(_ lines: String, to path: String) throws -> Int64 {
        let descriptor = Glibc.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw JournalError(step: "open", code: errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // Several processes may share the folder.
        guard flock(descriptor, LOCK_EX) == 0 else { throw JournalError(step: "lock", code: errno) }
        let end = try file.seekToEnd()
        var bytes = Data()
        if end > 0 {
            try file.seek(toOffset: end - 1)
            // What a crash tore is ended, and counts as no line.
            if try file.read(upToCount: 1) != Data("\n".utf8) { bytes += Data("\n".utf8) }
        }
        bytes += Data(lines.utf8)
        try file.write(contentsOf: bytes)
        try file.synchronize()
        return Int64(end)
    }

    private static func synchronise(folderOf path: String) throws {
        let folder = Glibc.open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw JournalError(step: "open", code: errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw JournalError(step: "sync", code: errno) }
    }

    private static func run<T: Sendable>(
        on queue: DispatchQueue, _ work: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }

    fileprivate static let format = "regard-erasures-v1"

    /// The journal can't be read or written: nothing is erased then.
    public struct JournalError: Error, CustomStringConvertible {
        let step: String
        let code: Int32

        public var description: String { "the journal of erasures: \(step): \(String(cString: strerror(code)))" }
    }
}

extension ErasureJournal.Entry {
    fileprivate var line: String {
        "\(isDone ? "done" : "intent") \(reference) \(at.milliseconds) \(keepsSecret ? "kept" : "ended")\n"
    }

    /// Nil for what is no whole line.
    fileprivate init?(_ line: Substring) {
        let words = line.split(separator: " ")
        guard words.count == 4, ["done", "intent"].contains(words[0]), ["kept", "ended"].contains(words[3]),
            let milliseconds = Int64(words[2])
        else { return nil }
        self.init(
            reference: String(words[1]), at: Instant(milliseconds: milliseconds), keepsSecret: words[3] == "kept",
            isDone: words[0] == "done")
    }
}
