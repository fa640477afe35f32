public import CivilTime
public import SQLDatabase

/// Takes a register file into the register, in JSON Lines or as a table: one line, one version of one record.
///
/// A line of a table says something of the fields that it has columns for; the record's others stay as they are.
/// It reads in one pass with bounded memory and commits in batches, so an import that was interrupted is simply run
/// again: a line that is known already is skipped. Nothing is lost in silence; see `ImportReport`.
public struct Importer: Sendable {
    let database: SQLDatabase
    let kind: RecordKind
    let isDryRun: Bool
    let reason: VersionReasons.Given?
    let now: TimeSource
    let randomness: any RandomNumberGenerator & Sendable

    /// - Parameters:
    ///   - isDryRun: report what the import would do and write nothing. It then remembers a hash for each version that
    ///     it would have written, and what a table's records would be.
    ///   - reason: why, in an editor's words, kept with each version.
    ///   - editor: whose words they are.
    ///   - randomness: names the import within the ids of its versions.
    public init(
        database: SQLDatabase, kind: RecordKind, isDryRun: Bool = false, because reason: String? = nil,
        by editor: String? = nil, now: @escaping TimeSource,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.database = database
        self.kind = kind
        self.isDryRun = isDryRun
        self.reason = reason.map { VersionReasons.Given(reason: EditReason($0), editor: editor) }
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
            database: database, isDryRun: isDryRun, because: reason, now: now,
            name: String(generator.next(), radix: 36))
        var source = ImportSource<Record>(catalogue: try await database.read { try KnownDatasets(on: $0) })
        for try await chunk in chunks {
            for item in source.read(chunk) where pass.take(item) {
                try await pass.flush()
                progress(pass.report)
            }
        }
        for item in source.finish() where pass.take(item) { try await pass.flush() }
        try await pass.finish()
        progress(pass.report)
        return pass.report
    }
}
