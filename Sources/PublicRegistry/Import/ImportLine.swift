import Crypto
import StrictJSON

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

extension ImportLine {
    /// A line that was read, with what was left out of it.
    struct Reading: Sendable {
        let line: ImportLine
        let ignored: [FieldError]
    }

    /// Why a line is not taken.
    struct Refusal: Error {
        let report: LineReport
    }

    static func read(_ json: JSON, line number: Int) -> Result<Reading, Refusal> {
        let (record, findings) = Record.read(json)
        guard let record else {
            let reference = json[Record.referenceField]?.string.flatMap { RecordReference($0)?.text }
            return .failure(Refusal(report: LineReport(line: number, reference: reference, problems: findings.errors)))
        }
        return .success(Reading(line: ImportLine(number: number, record: record), ignored: findings.ignored))
    }
}

/// A line that waits for its batch: a whole record, or what a table says of one.
enum ImportEntry<Record: RegisterRecord>: Sendable {
    case record(ImportLine<Record>.Reading)
    case patch(RecordPatch)
    /// Not taken already; it waits with the others so that a report keeps the order of the file.
    case refused(LineReport)

    var isPatch: Bool {
        switch self {
        case .record, .refused: false
        case .patch: true
        }
    }

    /// Nil where there is nothing to look up.
    var reference: String? {
        switch self {
        case .record(let reading): reading.line.record.reference
        case .patch(let patch): patch.reference
        case .refused: nil
        }
    }
}

/// A batch whose lines of tables were put upon the records as they stand.
struct ReadBatch<Record: RegisterRecord>: Sendable {
    private(set) var lines: [ImportLine<Record>] = []
    private(set) var refused: [LineReport] = []
    private(set) var warnings: [LineReport] = []
    /// What the tables' records are by now.
    private(set) var patched: [String: JSON] = [:]

    init(_ entries: [ImportEntry<Record>], bases: [String: JSON]) {
        for entry in entries {
            switch entry {
            case .refused(let report): refused.append(report)
            case .record(let reading): take(reading, told: reading.ignored)
            case .patch(let patch):
                let base = patched[patch.reference] ?? bases[patch.reference]
                switch ImportLine<Record>.read(
                    patch.applied(to: base, referenceField: Record.referenceField), line: patch.line)
                {
                case .success(let reading):
                    take(
                        reading,
                        told: patch.remarks + patch.inColumns(reading.ignored, referenceField: Record.referenceField))
                    patched[patch.reference] = reading.line.record.json
                case .failure(let refusal):
                    refused.append(
                        LineReport(
                            line: patch.line, reference: refusal.report.reference,
                            problems: patch.inColumns(
                                refusal.report.problems, referenceField: Record.referenceField)))
                }
            }
        }
    }

    private mutating func take(_ reading: ImportLine<Record>.Reading, told: [FieldError]) {
        lines.append(reading.line)
        guard !told.isEmpty else { return }
        warnings.append(
            LineReport(line: reading.line.number, reference: reading.line.record.reference, problems: told))
    }
}

/// What came of a batch.
struct BatchOutcome<Record: RegisterRecord>: Sendable {
    let read: ReadBatch<Record>
    let decision: BatchDecision<Record>
}
