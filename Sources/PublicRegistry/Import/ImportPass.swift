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
    private var batch: [ImportLine<Record>] = []
    private var batchBytes = 0
    private var recordedAt = Instant(milliseconds: 0)
    /// How many versions this pass has written.
    private var written = 0
    /// What the histories would be by now; a dry run alone keeps it.
    private var imagined: [String: RecordHistory] = [:]

    init(database: SQLDatabase, isDryRun: Bool, now: @escaping TimeSource, name: String) {
        self.database = database
        self.now = now
        self.name = name
        report = ImportReport(isDryRun: isDryRun)
    }

    // MARK: Reading

    /// Reads a line into the batch; true where the batch should be flushed.
    mutating func take(_ line: LineSplitter.Line) -> Bool {
        report.read += 1
        switch line {
        case .tooLong(let number):
            let longest = String(LineSplitter.longest)
            refuse(number, nil, [FieldError(pointer: "", code: "lineTooLong", arguments: [longest])])
        case .text(let number, let bytes):
            do {
                take(try JSON(parsing: bytes), line: number)
            } catch {
                refuse(number, nil, [FieldError(pointer: "", code: "json", arguments: [error.description])])
            }
        }
        return batch.count >= Self.linesAtOnce || batchBytes >= Self.bytesAtOnce
    }

    private mutating func take(_ json: JSON, line number: Int) {
        let (record, findings) = Record.read(json)
        guard let record else {
            let reference = json[Record.referenceField]?.string.flatMap { RecordReference($0)?.text }
            return refuse(number, reference, findings.errors)
        }
        if !findings.ignored.isEmpty {
            report.warnings.append(LineReport(line: number, reference: record.reference, problems: findings.ignored))
        }
        let missing = record.missing
        report.notShown[record.reference] = missing.isEmpty ? nil : missing
        let line = ImportLine(number: number, record: record)
        batchBytes += line.content.utf8.count
        batch.append(line)
    }

    private mutating func refuse(_ number: Int, _ reference: String?, _ problems: [FieldError]) {
        report.refused.append(LineReport(line: number, reference: reference, problems: problems))
    }

    // MARK: Writing

    /// Decides on the batch and commits it.
    mutating func flush() async throws {
        guard !batch.isEmpty else { return }
        let lines = batch
        let rule = rule
        let decision: BatchDecision<Record>
        if report.isDryRun {
            try await imagineHistories(of: Set(lines.map(\.record.reference)))
            decision = BatchDecision(lines, rule: rule, histories: &imagined)
        } else {
            let place = nextPlace()
            decision = try await database.write { connection in
                var histories = try RecordStore.histories(
                    of: Set(lines.map(\.record.reference)), kind: Record.kind, on: connection)
                let decision = BatchDecision(lines, rule: rule, histories: &histories)
                try Self.store(decision.versions, at: place, on: connection)
                return decision
            }
            written += decision.versions.count
        }
        self.rule = decision.rule
        report.added += decision.added
        report.changed += decision.changed
        report.skipped += decision.skipped
        for line in decision.withheld {
            refuse(line.number, line.record.reference, [FieldError(pointer: "", code: "withheld")])
        }
        batch.removeAll(keepingCapacity: true)
        batchBytes = 0
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
        guard !report.isDryRun else { return reversions.count }
        let place = nextPlace()
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
            try Self.store(versions, at: place, on: connection)
            return versions.count
        }
        written += settled
        return settled
    }

    private static func store(
        _ versions: [(line: ImportLine<Record>, n: Int)], at place: Place, on connection: any SQLConnection
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

/// A line that was read well.
struct ImportLine<Record: RegisterRecord>: Sendable {
    let number: Int
    let record: Record
    /// Canonical JSON of what was read, and its SHA-256 in hexadecimal.
    let content: String
    let hash: String

    init(number: Int, record: Record) {
        self.number = number
        self.record = record
        let bytes = record.json.canonicalBytes
        content = String(decoding: bytes, as: UTF8.self)
        hash = SHA256.hash(data: bytes).hexadecimal
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
