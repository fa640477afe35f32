import CivilTime
import PublicRegistry
import SQLDatabase
import StrictJSON
import Vault

/// Takes over objections that were received before this portal, from a CSV file: each is in force at once, with its true
/// date of receipt.
///
/// It reads in one pass with bounded memory and commits in batches, so an import that was interrupted is simply run
/// again: what is there already is skipped. A line that is refused never costs another.
public struct ObjectionImporter: Sendable {
    let desk: FilingDesk
    let isDryRun: Bool

    /// - Parameter isDryRun: report what the import would do and write nothing. It then remembers 32 bytes a line.
    public init(desk: FilingDesk, isDryRun: Bool = false) {
        self.desk = desk
        self.isDryRun = isDryRun
    }

    /// Imports a whole file, given as chunks of bytes of any size. `progress` is told the report so far after each batch.
    ///
    /// Throws `ObjectionFileError` where the header is wrong, what `chunks` throws, and `SQLError` where the database
    /// fails: batches that were committed stay.
    public func run<Chunks: AsyncSequence>(
        _ chunks: Chunks, progress: @Sendable (ObjectionImportReport) -> Void = { _ in }
    ) async throws -> ObjectionImportReport where Chunks.Element: Collection<UInt8> {
        var pass = ObjectionImportPass(desk: desk, isDryRun: isDryRun)
        var reader = CSVReader()
        for try await chunk in chunks {
            for record in reader.read(chunk) where try pass.take(record) {
                try await pass.flush()
                progress(pass.report)
            }
        }
        for record in reader.finish() where try pass.take(record) { try await pass.flush() }
        try await pass.finish()
        progress(pass.report)
        return pass.report
    }
}

/// One pass over one file: its state between batches.
private struct ObjectionImportPass {
    /// A line that was read well.
    struct Line: Sendable {
        let number: Int
        /// An HMAC of what the file calls it.
        let index: [UInt8]
        /// An HMAC of all that it says, to tell a repetition from another person under the same name.
        let digest: [UInt8]
        let read: ObjectionLine
    }

    private static let linesAtOnce = 200

    let desk: FilingDesk
    private let policy: RightsPolicy
    private let today: CalendarDate
    private(set) var report: ObjectionImportReport
    private var header: ObjectionHeader?
    private var batch: [Line] = []
    /// What would have been written by now; a dry run alone keeps it.
    private var imagined: [[UInt8]: [UInt8]] = [:]

    init(desk: FilingDesk, isDryRun: Bool) {
        self.desk = desk
        policy = desk.policy
        today = desk.now().date(in: desk.policy.zone)
        report = ObjectionImportReport(isDryRun: isDryRun)
    }

    /// Reads a record into the batch; true where the batch should be flushed.
    mutating func take(_ record: CSVReader.Record) throws -> Bool {
        guard let header else {
            header = try ObjectionHeader(record)
            return false
        }
        report.read += 1
        switch record.fields {
        case .failure(let flaw): report.refuse(record.line, flaw)
        case .success(let fields):
            guard let values = header.values(fields) else {
                let counts = [fields.count, header.count].map(String.init)
                report.refuse(record.line, [FieldError(pointer: "", code: "fields", arguments: counts)])
                break
            }
            do throws(FieldErrors) {
                let line = try ObjectionLine(values, today: today, policy: policy)
                let whole = whole(values)
                batch.append(
                    Line(
                        number: record.line, index: index(of: values) ?? whole, digest: whole, read: line))
            } catch {
                report.refuse(record.line, error.errors)
            }
        }
        return batch.count >= Self.linesAtOnce
    }

    mutating func finish() async throws {
        guard header != nil else { throw ObjectionFileError(description: "There is no header line.") }
        try await flush()
        report.sortRefusals()
    }

    /// What the file calls the line; nil where it calls it nothing.
    private func index(of values: [ObjectionColumn: String]) -> [UInt8]? {
        values[.externalReference].map { keyed(["externalReference": .string($0)]) }
    }

    private func whole(_ values: [ObjectionColumn: String]) -> [UInt8] {
        keyed(.object(values.reduce(into: [:]) { $0[$1.key.rawValue] = .string($1.value) }))
    }

    private func keyed(_ json: JSON) -> [UInt8] {
        SecretIndex.importedObjection.index(of: json.canonicalBytes, under: desk.keys.secretsIndex)
    }

    // MARK: Writing

    /// Commits what is new of the batch, with one audit event.
    mutating func flush() async throws {
        try Task.checkCancellation()
        let lines = batch
        batch.removeAll(keepingCapacity: true)
        guard !lines.isEmpty else { return }
        let (known, lookups) = try await look(up: lines)
        var seen = known.merging(imagined) { known, _ in known }
        var fresh: [(line: Line, unreached: [String])] = []
        for line in lines {
            if let digest = seen[line.index] {
                // Two bodies may both number from 1: nobody's objection is taken for another's and left out.
                if digest == line.digest {
                    report.alreadyThere += 1
                } else {
                    report.refuse(
                        line.number, [FieldError(pointer: "/externalReference", code: "externalReference.differs")])
                }
                continue
            }
            seen[line.index] = line.digest
            let filing = line.read.filing
            let found = lookups[filing.scope]
            let unknown = found?.unknown ?? []
            if unknown.isEmpty {
                fresh.append((line, found?.unreached ?? []))
            } else {
                report.refuse(line.number, [FieldError(pointer: "/scope", code: "scope.unknown")])
            }
        }
        guard !fresh.isEmpty else { return }
        guard !report.isDryRun else {
            for (line, _) in fresh { imagined[line.index] = line.digest }
            report.imported += fresh.count
            return
        }
        let imported = try await write(fresh)
        report.imported += imported
        report.alreadyThere += fresh.count - imported
    }

    /// Which lines are there already, and what the scopes of the batch name.
    private func look(up lines: [Line]) async throws -> ([[UInt8]: [UInt8]], [Scope: ScopeLookup]) {
        try await desk.database.read { connection in
            let places = lines.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            var known: [[UInt8]: [UInt8]] = [:]
            for row in try connection.query(
                "SELECT line_index, line_digest FROM imported_objection WHERE line_index IN (\(places))",
                parameters: lines.map(\.index))
            {
                known[try row["line_index"]] = try row["line_digest"]
            }
            var lookups: [Scope: ScopeLookup] = [:]
            for scope in Set(lines.map(\.read.filing.scope)) {
                lookups[scope] = try ScopeLookup.look(up: scope, on: connection)
            }
            return (known, lookups)
        }
    }

    /// Returns how many were new after all: another import may have gone on meanwhile.
    private func write(_ fresh: [(line: Line, unreached: [String])]) async throws -> Int {
        // References collide now and then, among a million often enough: the whole batch is drawn again then.
        for _ in 0..<7 {
            do {
                return try await draw(fresh)
            } catch SQLError.constraint {}
        }
        return try await draw(fresh)
    }

    private func draw(_ fresh: [(line: Line, unreached: [String])]) async throws -> Int {
        let moment = desk.now()
        let arrivals = fresh.map { line, _ in
            Arrival(receivedAt: line.read.receivedOn.start(in: policy.zone), channel: .imported)
        }
        let references = try await freeReferences(for: arrivals)
        let prepared = try zip(zip(fresh, arrivals), references).map { item, reference in
            try desk.prepare(
                item.0.line.read.filing, item.1, unreached: item.0.unreached, reference: reference, at: moment)
        }
        let auditID = desk.random(16)
        let lines = fresh.map(\.line)
        return try await desk.database.write { connection in
            var imported = 0
            for (line, filing) in zip(lines, prepared) {
                let isNew = try connection.execute(
                    """
                    INSERT INTO imported_objection (line_index, line_digest, reference, imported_at)
                    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
                    """, line.index, line.digest, filing.receipt.reference, moment)
                guard isNew == 1 else { continue }
                try filing.insert(on: connection)
                imported += 1
            }
            if imported > 0 {
                try AuditEvent(
                    at: moment, actor: "command", role: "command", act: "objections.imported", subject: "objections",
                    detail: ["count": .integer(Int64(imported))], random: { _ in auditID }
                ).record(on: connection)
            }
            return imported
        }
    }

    /// References that nobody has.
    private func freeReferences(for arrivals: [Arrival]) async throws -> [String] {
        var references = arrivals.map(desk.reference(for:))
        for _ in 0..<7 {
            let asked = references
            let taken = try await desk.database.read { connection -> Set<String> in
                let places = asked.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
                return Set(
                    try connection.query(
                        "SELECT reference FROM rights_request WHERE reference IN (\(places))", parameters: asked
                    ).map { try $0["reference"] as String })
            }
            guard !taken.isEmpty else { break }
            for (index, reference) in references.enumerated() where taken.contains(reference) {
                references[index] = desk.reference(for: arrivals[index])
            }
        }
        return references
    }
}
