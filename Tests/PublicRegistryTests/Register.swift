import CivilTime
import SQLDatabase
import TestSupport

@testable import PublicRegistry

/// A register in a fresh database, filled by the importer as in real life.
struct Register {
    static let noon = Instant(milliseconds: 1_767_268_800_000)

    let database: SQLDatabase

    var projects: ProjectRegistry { ProjectRegistry(database: database) }
    var datasets: DatasetRegistry { DatasetRegistry(database: database) }

    /// The clock stands still, so every version of a test has the same time.
    @discardableResult
    func add(_ kind: RecordKind, _ lines: String..., isDryRun: Bool = false) async throws -> ImportReport {
        try await add(kind, bytes: Array(lines.joined(separator: "\n").utf8), isDryRun: isDryRun)
    }

    @discardableResult
    func add(
        _ kind: RecordKind, bytes: [UInt8], chunk: Int = 65_536, isDryRun: Bool = false
    ) async throws -> ImportReport {
        let importer = Importer(database: database, kind: kind, isDryRun: isDryRun, now: { Self.noon })
        return try await importer.run(Chunks(bytes: bytes, size: chunk))
    }

    /// The source versions of a record in the order of its history.
    func history(_ kind: RecordKind, _ reference: String) async throws -> [String?] {
        try await database.read { connection in
            try RecordStore.versions(of: reference, kind: kind, on: connection).map(\.sourceVersion)
        }
    }
}

/// A file as it arrives: in chunks that know nothing of lines.
struct Chunks: AsyncSequence, AsyncIteratorProtocol {
    let bytes: [UInt8]
    let size: Int
    private var position = 0

    init(bytes: [UInt8], size: Int) {
        self.bytes = bytes
        self.size = size
    }

    mutating func next() async -> ArraySlice<UInt8>? {
        guard position < bytes.count else { return nil }
        defer { position += size }
        return bytes[position..<Swift.min(position + size, bytes.count)]
    }

    func makeAsyncIterator() -> Chunks { self }
}

func withRegister<T>(_ engine: EngineUnderTest, _ body: (Register) async throws -> T) async throws -> T {
    try await withDatabase(engine, migrations: PublicRegistry.migrations + Sequencer.migrations) { database in
        try await body(Register(database: database))
    }
}

/// A project that is shown, in one line of a file.
func project(
    _ reference: String, title: String = "Étude", version: String = "1", status: String = "active",
    datasets: [String] = [], more: String = ""
) -> String {
    let datasets = datasets.map { "\"\($0)\"" }.joined(separator: ",")
    return """
        {"reference":"\(reference)","sourceVersion":"\(version)","title":{"fr":"\(title)"},\
        "summary":{"fr":"Résumé"},"status":"\(status)","controllers":[{"name":"CHU"}],"datasets":[\(datasets)]\(more)}
        """
}

extension ImportReport {
    /// Read, added, changed, skipped, refused.
    var counts: [Int] { [read, added, changed, skipped, refused.count] }
}
