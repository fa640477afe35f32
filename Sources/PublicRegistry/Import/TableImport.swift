public import CivilTime
import Crypto
public import SQLDatabase
public import StrictJSON

/// Takes tables, described by Frictionless Table Schemas, into the record of a dataset: one new version for all files of a run.
///
/// A table of a name that the dataset has takes its place; the others stay as they are.
public struct TableImport: Sendable {
    /// A file by its name and its bytes.
    public struct File: Sendable {
        public let name: String
        public let bytes: [UInt8]

        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// What is taken of one file at most.
    public static let longest = 8 * 1_048_576

    let database: SQLDatabase
    let now: TimeSource
    let randomness: any RandomNumberGenerator & Sendable

    public init(
        database: SQLDatabase, now: @escaping TimeSource,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.database = database
        self.now = now
        self.randomness = randomness
    }

    /// Reads all files; where one is wrong, nothing is written. Throws `TableImportError` for a dataset that is not known.
    public func run(
        _ files: [File], into reference: String, language: SchemaLanguage = .fr, isDryRun: Bool = false
    ) async throws -> TableImportReport {
        var report = TableImportReport(dataset: reference, isDryRun: isDryRun)
        var tables: [DatasetTable] = []
        for file in files {
            let read = Self.read(file, language)
            report.add(file.name, read.findings)
            for table in read.tables {
                if let twice = tables.firstIndex(where: { $0.name == table.name }) {
                    report.refuse(
                        file.name, FieldError(pointer: "/name", code: "twice", arguments: [tables[twice].name]))
                }
                tables.append(table)
            }
        }
        guard report.refused.isEmpty else { return report }
        var generator = randomness
        let id = "\(String(generator.next(), radix: 36))-000000000001"
        let (before, recordedAt) = (report, now())
        return try await database.write { [tables] connection in
            var report = before
            guard let newest = try RecordStore.version(of: reference, kind: .dataset, on: connection) else {
                throw TableImportError.unknownDataset
            }
            var members = try JSON(parsing: newest.content).object ?? [:]
            let dataset = try Dataset(stored: .object(members))
            var whole = dataset.tables
            for table in tables {
                report.variables += table.variables.count
                if let place = whole.firstIndex(where: { $0.name == table.name }) {
                    if whole[place] == table { report.skipped += 1 } else { report.changed += 1 }
                    whole[place] = table
                } else {
                    report.added += 1
                    whole.append(table)
                }
            }
            members["tables"] = whole.json
            let record = try Dataset(stored: .object(members))
            let bytes = record.json.canonicalBytes
            let hash = SHA256.hash(data: bytes).hexadecimal
            guard !isDryRun, hash != newest.contentHash else { return report }
            let moment = max(recordedAt, newest.recordedAt)
            let version = NewVersion(
                id: id, reference: reference, n: newest.n + 1, sourceVersion: record.sourceVersion,
                content: String(decoding: bytes, as: UTF8.self), hash: hash, recordedAt: moment)
            try RecordStore.insert([version], kind: .dataset, on: connection)
            try Dataset.publish(
                [NewestVersion(record: record, n: version.n, recordedAt: moment)], on: connection)
            return report
        }
    }

    private static func read(_ file: File, _ language: SchemaLanguage) -> (tables: [DatasetTable], findings: Findings) {
        var findings = Findings()
        guard file.bytes.count <= longest else {
            findings.fail("", "lineTooLong", String(longest))
            return ([], findings)
        }
        do {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let bytes = file.bytes.starts(with: mark) ? Array(file.bytes.dropFirst(mark.count)) : file.bytes
            let read = TableSchemaFile(
                try JSON(parsing: bytes), name: Self.name(of: file.name), language: language)
            return (read.tables, read.findings)
        } catch {
            findings.fail("", "json", "\(error)")
            return ([], findings)
        }
    }

    /// `dcir/ER_PRS_F.json` is `ER_PRS_F`.
    private static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last.hasSuffix(".json") ? String(last.dropLast(5)) : last
    }
}

/// Why nothing can be taken at all.
public enum TableImportError: Error, Sendable {
    case unknownDataset
}

/// What an import of tables did, file by file where something was wrong.
public struct TableImportReport: Sendable {
    /// Something in a file.
    public struct Problem: Sendable, Hashable {
        public let file: String
        public let problem: FieldError

        var json: JSON {
            [
                "file": .string(file), "pointer": .string(problem.pointer), "code": .string(problem.code),
                "reason": .string(problem.importReason),
            ]
        }
    }

    public let dataset: String
    public let isDryRun: Bool
    public internal(set) var added = 0
    public internal(set) var changed = 0
    public internal(set) var skipped = 0
    public internal(set) var variables = 0
    /// Why nothing was taken.
    public private(set) var refused: [Problem] = []
    /// What was left out, the places in a list told as one: `/fields/*/length`.
    public private(set) var warnings: [Problem] = []

    init(dataset: String, isDryRun: Bool) {
        self.dataset = dataset
        self.isDryRun = isDryRun
    }

    mutating func refuse(_ file: String, _ error: FieldError) { refused.append(Problem(file: file, problem: error)) }

    mutating func add(_ file: String, _ findings: Findings) {
        for error in findings.errors { refuse(file, error) }
        var seen: Set<Problem> = []
        for ignored in findings.ignored {
            let pointer = ignored.pointer.split(separator: "/", omittingEmptySubsequences: false)
                .map { !$0.isEmpty && $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: "/")
            let problem = Problem(
                file: file, problem: FieldError(pointer: pointer, code: ignored.code, arguments: ignored.arguments))
            if seen.insert(problem).inserted { warnings.append(problem) }
        }
    }

    public var json: JSON {
        [
            "dataset": .string(dataset), "added": .integer(Int64(added)), "changed": .integer(Int64(changed)),
            "skipped": .integer(Int64(skipped)), "variables": .integer(Int64(variables)),
            "refused": .array(refused.map(\.json)), "warnings": .array(warnings.map(\.json)),
            "dryRun": .bool(isDryRun),
        ]
    }
}
