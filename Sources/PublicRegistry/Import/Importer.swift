public import CivilTime
public import SQLDatabase

/// Takes a register file in JSON Lines into the register: one line, one version of one record.
///
/// It reads in one pass with bounded memory and commits in batches, so an import that was interrupted is simply run
/// again: a line that is known already is skipped. Nothing is lost in silence; see `ImportReport`.
public struct Importer: Sendable {
    let database: SQLDatabase
    let kind: RecordKind
    let isDryRun: Bool
    let now: TimeSource
    let randomness: any RandomNumberGenerator & Sendable

    /// - Parameters:
    ///   - isDryRun: report what the import would do and write nothing. It then remembers a hash for each version that
    ///     it would have written.
    ///   - randomness: names the import within the ids of its versions.
    public init(
        database: SQLDatabase, kind: RecordKind, isDryRun: Bool = false, now: @escaping TimeSource,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.database = database
        self.kind = kind
        self.isDryRun = isDryRun
        self.now = now
        self.randomness = randomness
    }

    /// Imports a whole file, given as chunks of bytes of any size. `progress` is told the report so far after each batch.
    ///
    /// Throws what `chunks` throws, and `SQLError` where the database fails: batches that were committed stay.
    public func run<Chunks: AsyncSequence>(
        _ chunks: Chunks, progress: @Sendable (ImportReport) -> Void = { _ in }
    ) async throws -> ImportReport where Chunks.Element: Collection<UInt8> {
        switch kind {
        case .project: try await run(Project.self, chunks, progress)
        case .dataset: try await run(Dataset.self, chunks, progress)
        case .release: try await run(Release.self, chunks, progress)
        }
    }

    private func run<Record: RegisterRecord, Chunks: AsyncSequence>(
        _ type: Record.Type, _ chunks: Chunks, _ progress: @Sendable (ImportReport) -> Void
    ) async throws -> ImportReport where Chunks.Element: Collection<UInt8> {
        var generator = randomness
        var pass = ImportPass<Record>(
            database: database, isDryRun: isDryRun, now: now, name: String(generator.next(), radix: 36))
        var splitter = LineSplitter()
        for try await chunk in chunks {
            for line in splitter.split(Array(chunk)) where pass.take(line) {
                try await pass.flush()
                progress(pass.report)
            }
        }
        if let line = splitter.finish() { _ = pass.take(line) }
        try await pass.finish()
        progress(pass.report)
        return pass.report
    }
}
