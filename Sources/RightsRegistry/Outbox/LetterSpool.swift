public import CivilTime
import Foundation
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// Prints the letters that carry a code into a folder that a printer empties: no operator sees them on a screen.
///
/// It runs where cases can be opened. A letter stands in the folder whole or not at all, as `ID.pdf`, readable by its owner
/// alone. Once it does, what was sealed is destroyed; after a crash in between, the same file is written again.
public struct LetterSpool: Sendable {
    private static let batch = 20

    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let folder: String
    /// Renders a letter as PDF.
    let print: @Sendable (LetterContent) async throws -> [UInt8]
    let holder: String
    let now: TimeSource
    let random: RandomSource
    /// As in ``NoticeWorker``.
    private let indexing: PersonIndexing?

    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, folder: String,
        print: @escaping @Sendable (LetterContent) async throws -> [UInt8], holder: String, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.folder = folder
        self.print = print
        self.holder = holder
        self.now = now
        self.random = random
        indexing = PersonIndexing(database: database, keys: keys, policy: policy, now: now, random: random)
    }

    /// Prints what waits until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(5), failing: "letters could not be spooled", logger: logger) {
            while try await runOnce() > 0, !Task.isCancelled {}
        }
    }

    /// Prints what waits, some of it; returns how many. Nothing where another process is at it.
    public func runOnce() async throws -> Int {
        try await database.underLease("secret-letters", for: holder, seconds: 60, now: now) { _ in
            try await printWaiting()
        } ?? 0
    }

    private func printWaiting() async throws -> Int {
        let moment = now()
        let day = moment.date(in: policy.zone)
        let waiting = try await database.read { connection in
            try LetterStore.secretsToPrint(limit: Self.batch, on: connection).compactMap { id, sealed in
                try LetterContent.load(id, on: connection).map { (sealed, $0) }
            }
        }
        var printed = 0
        for (sealed, (item, numbers, stored)) in waiting {
            guard
                let content = LetterContent(
                    item, sealed: sealed, telling: numbers, of: stored, keys, policy, today: day)
            else {
                if item.failure == nil {
                    try await database.write { try LetterStore.recordFailure(item.id, "noAddress", on: $0) }
                }
                continue
            }
            let file: [UInt8]
            do {
                file = try await print(content)
            } catch {
                // One letter that can't be printed holds up no other.
                if item.failure == nil {
                    try await database.write { try LetterStore.recordFailure(item.id, "print", on: $0) }
                }
                continue
            }
            // A death may have been recorded while it was drawn, or before the request arrived.
            try await indexing?.index(item.reference)
            guard try await database.read({ try LetterStore.load(item.id, on: $0)?.isWithheld }) == false else {
                continue
            }
            try write(file, named: "\(item.id).pdf")
            let audit = AuditEvent(
                at: moment, actor: "system", role: "system", act: "letter.spooled", subject: item.reference,
                detail: ["letter": .string(item.id)], random: random)
            try await database.write { connection in
                guard try LetterStore.recordPrinted(item.id, at: moment, on: connection) else { return }
                try audit.record(on: connection)
            }
            printed += 1
        }
        return printed
    }

    /// Writes the file aside, for its owner alone, and gives it its name once it is on disk.
    private func write(_ bytes: [UInt8], named name: String) throws {
        let (path, part) = ("\(folder)/\(name)", "\(folder)/.\(name).part")
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SpoolError(step: "open", code: errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(bytes))
        try file.synchronize()
        try file.close()
        guard rename(part, path) == 0 else { throw SpoolError(step: "rename", code: errno) }
        // Its name, too, is to survive a power cut: what was sealed is destroyed next.
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw SpoolError(step: "open", code: errno) }
        defer { close(parent) }
        guard fsync(parent) == 0 else { throw SpoolError(step: "sync", code: errno) }
    }

    /// The folder does not take a file.
    struct SpoolError: Error, CustomStringConvertible {
        let step: String
        let code: Int32

        var description: String { "the folder of letters: \(step): \(String(cString: strerror(code)))" }
    }
}
