import CivilTime
import Crypto
import SQLDatabase
import StrictJSON

/// One pass over one file: its state between batches.
struct ImportPass<Record: RegisterRecord> {
    private static var linesAtOnce: Int { 200 }
    private static var bytesAtOnce: Int { 4_000_000 }

    let database: SQLDatabase
    let now: TimeSource
    /// Begins the ids of the versions that this pass makes.
    let name: String

    private(set) var report: ImportReport
    private var rule = VersionRule()
    private var batch: [ImportEntry<Record>] = []
    private var batchBytes = 0
    private var recordedAt = Instant(milliseconds: 0)
    /// How many versions this pass has written.
    private var written = 0
    /// What the histories would be by now; a dry run alone keeps it.
    private var imagined: [String: RecordHistory] = [:]
    /// What a table's records would be by now; again in a dry run alone.
    private var imaginedBases: [String: JSON] = [:]
    /// Why, in an editor's words.
    private let reason: VersionReasons.Given?

    init(
        database: SQLDatabase, isDryRun: Bool, because reason: VersionReasons.Given?, now: @escaping TimeSource,
        name: String
    ) {
        self.database = database
        self.reason = reason
        self.now = now
        self.name = name
        report = ImportReport(isDryRun: isDryRun)
    }

    // MARK: Reading

    /// Reads an item into the batch; true where the batch should be flushed.
    mutating func take(_ item: ImportItem) -> Bool {
        switch item {
        case .remarks(let number, let remarks):
            report.warnings.append(LineReport(line: number, reference: nil, problems: remarks))
            return false
        case .refused(let number, let reference, let error): refuse(number, reference, [error])
        case .record(let number, let json): take(json, line: number)
        case .patch(let patch):
            batchBytes += 2000
            batch.append(.patch(patch))
        }
        report.read += 1
        return batch.count >= Self.linesAtOnce || batchBytes >= Self.bytesAtOnce
    }

    private mutating func take(_ json: JSON, line number: Int) {
        switch ImportLine<Record>.read(json, line: number) {
        case .failure(let refusal): batch.append(.refused(refusal.report))
        case .success(let read):
            batchBytes += read.line.content.utf8.count
            batch.append(.record(read))
        }
    }

    private mutating func refuse(_ number: Int, _ reference: String?, _ problems: [FieldError]) {
        batch.append(.refused(LineReport(line: number, reference: reference, problems: problems)))
    }

    // MARK: Writing

    /// Decides on the batch and commits it.
    mutating func flush() async throws {
        guard !batch.isEmpty else { return }
        let (entries, rule, reason) = (batch, rule, reason)
        let outcome: BatchOutcome<Record>
        if report.isDryRun {
            try await imagineHistories(of: Set(entries.compactMap(\.reference)))
            let bases = try await database.read { try Self.bases(of: entries, isDryRun: true, on: $0) }
            let read = ReadBatch(entries, bases: bases.merging(imaginedBases) { $1 })
            let decision = BatchDecision(read.lines, rule: rule, histories: &imagined)
            outcome = BatchOutcome(read: read, decision: decision)
            for (reference, content) in read.patched { imaginedBases[reference] = content }
            for (line, n) in decision.versions {
                let before = bases[line.record.reference]
                report.changes.append(
                    ImportedChange(
                        line: line.number, reference: line.record.reference, isNew: n == 1,
                        fields: try before.map { VersionChanges(from: $0, to: try JSON(parsing: line.content)).fields }
                            ?? []))
            }
        } else {
            let place = nextPlace()
            outcome = try await database.write { connection in
                let read = ReadBatch(entries, bases: try Self.bases(of: entries, isDryRun: false, on: connection))
                var histories = try RecordStore.histories(
                    of: Set(read.lines.map(\.record.reference)), kind: Record.kind, on: connection)
                let decision = BatchDecision(read.lines, rule: rule, histories: &histories)
                try Self.store(decision.versions, at: place, because: reason, on: connection)
                return BatchOutcome(read: read, decision: decision)
            }
            written += outcome.decision.versions.count
        }
        take(outcome)
        batch.removeAll(keepingCapacity: true)
        batchBytes = 0
    }

    private mutating func take(_ outcome: BatchOutcome<Record>) {
        rule = outcome.decision.rule
        report.added += outcome.decision.added
        report.changed += outcome.decision.changed
        report.skipped += outcome.decision.skipped
        for refused in outcome.read.refused { report.refused.append(refused) }
        for line in outcome.decision.withheld {
            report.refused.append(
                LineReport(
                    line: line.number, reference: line.record.reference,
                    problems: [FieldError(pointer: "", code: "withheld")]))
        }
        for warning in outcome.read.warnings { report.warnings.append(warning) }
        for line in outcome.read.lines {
            let missing = line.record.missing
            report.notShown[line.record.reference] = missing.isEmpty ? nil : missing
        }
    }

    /// What the records are as they stand: those that lines of a table are put upon, and in a dry run all.
    private static func bases(
        of entries: [ImportEntry<Record>], isDryRun: Bool, on connection: any SQLConnection
    ) throws -> [String: JSON] {
        let references = Set(entries.compactMap { isDryRun || $0.isPatch ? $0.reference : nil })
        return try RecordStore.newestContents(of: references, kind: Record.kind, on: connection)
    }

    /// Flushes what is left, then settles which lines at the file's end bring an older version back.
    mutating func finish() async throws {
        try await flush()
        let reversions = rule.reversions
        for start in stride(from: 0, to: reversions.count, by: Self.linesAtOnce) {
            let settled = try await settle(Array(reversions[start..<min(start + Self.linesAtOnce, reversions.count)]))
            report.changed += settled
            report.skipped -= settled
        }
    }

    /// Returns how many were still reversions: another import may have gone on meanwhile.
    private mutating func settle(_ reversions: [VersionRule.Reversion]) async throws -> Int {
        guard !report.isDryRun else {
            try await tell(reversions)
            return reversions.count
        }
        let (place, reason) = (nextPlace(), reason)
        let settled = try await database.write { connection in
            let histories = try RecordStore.histories(
                of: Set(reversions.map(\.reference)), kind: Record.kind, on: connection)
            var versions: [(line: ImportLine<Record>, n: Int)] = []
            for reversion in reversions {
                guard let history = histories[reversion.reference], !history.isWithheld,
                    history.newest != reversion.hash,
                    let older = try RecordStore.version(
                        of: reversion.reference, kind: Record.kind, hash: reversion.hash, on: connection)
                else { continue }
                let record = try Record(stored: JSON(parsing: older.content))
                versions.append((ImportLine(number: reversion.line, record: record), history.count + 1))
            }
            try Self.store(versions, at: place, because: reason, on: connection)
            return versions.count
        }
        written += settled
        return settled
    }

    /// What a dry run says of lines that bring an older version back.
    private mutating func tell(_ reversions: [VersionRule.Reversion]) async throws {
        report.changes.append(
            contentsOf: try await database.read { connection in
                let newest = try RecordStore.newestContents(
                    of: Set(reversions.map(\.reference)), kind: Record.kind, on: connection)
                return try reversions.compactMap { reversion -> ImportedChange? in
                    let older = try RecordStore.version(
                        of: reversion.reference, kind: Record.kind, hash: reversion.hash, on: connection)
                    guard let older, let before = newest[reversion.reference] else { return nil }
                    return ImportedChange(
                        line: reversion.line, reference: reversion.reference, isNew: false,
                        fields: VersionChanges(from: before, to: try JSON(parsing: older.content)).fields)
                }
            })
    }

    private static func store(
        _ versions: [(line: ImportLine<Record>, n: Int)], at place: Place, because reason: VersionReasons.Given?,
        on connection: any SQLConnection
    ) throws {
        guard !versions.isEmpty else { return }
        let recordedAt = place.recordedAt
        let new = versions.enumerated().map { index, version in
            NewVersion(
                id: place.id(index), reference: version.line.record.reference, n: version.n,
                sourceVersion: version.line.record.sourceVersion, content: version.line.content,
                hash: version.line.hash, recordedAt: recordedAt)
        }
        try RecordStore.insert(new, kind: Record.kind, on: connection)
        if let reason {
            try VersionReasons.record(reason, for: new.map { ($0.reference, $0.n) }, Record.kind, on: connection)
        }
        var newest: [String: NewestVersion<Record>] = [:]
        for (line, n) in versions {
            newest[line.record.reference] = NewestVersion(record: line.record, n: n, recordedAt: recordedAt)
        }
        try Record.publish(newest.values.sorted { $0.record.reference < $1.record.reference }, on: connection)
    }

    /// Where the next batch goes. Its time is never before the one before, whatever the clock does.
    private mutating func nextPlace() -> Place {
        recordedAt = max(recordedAt, now())
        return Place(pass: name, written: written, recordedAt: recordedAt)
    }

    /// The time of a batch and the ids of its versions, by which the sequencer sorts.
    private struct Place {
        let pass: String
        let written: Int
        let recordedAt: Instant

        /// Grows with the order of writing: the numbers have one width.
        func id(_ index: Int) -> String {
            let digits = String(written + index + 1)
            return "\(pass)-\(String(repeating: "0", count: max(0, 12 - digits.count)))\(digits)"
        }
    }

    private mutating func imagineHistories(of references: Set<String>) async throws {
        let unknown = references.filter { imagined[$0] == nil }
        let stored = try await database.read { connection in
            try RecordStore.histories(of: unknown, kind: Record.kind, on: connection)
        }
        imagined.merge(stored) { known, _ in known }
    }
}

/// What the rule says of one batch.
struct BatchDecision<Record: RegisterRecord>: Sendable {
    private(set) var rule: VersionRule
    private(set) var versions: [(line: ImportLine<Record>, n: Int)] = []
    private(set) var added = 0
    private(set) var changed = 0
    private(set) var skipped = 0
    /// Lines of records that must not be shown.
    private(set) var withheld: [ImportLine<Record>] = []

    init(_ lines: [ImportLine<Record>], rule: VersionRule, histories: inout [String: RecordHistory]) {
        self.rule = rule
        for line in lines {
            let reference = line.record.reference
            let verdict = self.rule.judge(
                reference, line.hash, line: line.number, history: &histories[reference, default: RecordHistory()])
            switch verdict {
            case .added: added += 1
            case .changed: changed += 1
            case .skipped: skipped += 1
            case .withheld: withheld.append(line)
            }
            if verdict == .added || verdict == .changed, let n = histories[reference]?.count {
                versions.append((line, n))
            }
        }
    }
}

extension SHA256.Digest {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
