import SQLDatabase
import StrictJSON

/// What comes out of a file, line by line.
enum ImportItem: Sendable {
    case record(line: Int, JSON)
    case patch(RecordPatch)
    case refused(line: Int, reference: String?, FieldError)
    /// Told of a line that is no record: a table's names.
    case remarks(line: Int, [FieldError])
}

/// Reads a file of either kind, which its first line tells: a table where it has names of columns that are ours or HDR
/// UK's, JSON Lines otherwise.
struct ImportSource<Record: RegisterRecord> {
    private enum Reading {
        case undecided([UInt8])
        case lines(LineSplitter)
        case table(CSVReader, (any TableReading)?)
        /// A table that can't be read; its lines are counted.
        case unreadable(CSVReader)
    }

    private let catalogue: KnownDatasets
    private var reading = Reading.undecided([])

    init(catalogue: KnownDatasets) { self.catalogue = catalogue }

    mutating func read(_ chunk: some Collection<UInt8>) -> [ImportItem] {
        switch reading {
        case .undecided(let head):
            let head = head + chunk
            guard head.contains(UInt8(ascii: "\n")) || head.count > CSVReader.longest else {
                reading = .undecided(head)
                return []
            }
            return decide(head)
        case .lines(var splitter):
            let lines = splitter.split(Array(chunk))
            reading = .lines(splitter)
            return lines.map(Self.item)
        case .table(var reader, let table):
            let records = reader.read(chunk)
            reading = .table(reader, table)
            return take(records)
        case .unreadable: return []
        }
    }

    mutating func finish() -> [ImportItem] {
        if case .undecided(let head) = reading {
            let items = decide(head)
            return items + finish()
        }
        switch reading {
        case .lines(var splitter): return [splitter.finish()].compactMap { $0 }.map(Self.item)
        case .table(var reader, _): return take(reader.finish())
        case .undecided, .unreadable: return []
        }
    }

    private mutating func decide(_ head: [UInt8]) -> [ImportItem] {
        var probe = CSVReader(longest: LineSplitter.longest)
        let first = probe.read(head).first ?? probe.finish().first
        if case .success(let names)? = first?.fields, Self.isTable(names) {
            reading = .table(CSVReader(longest: LineSplitter.longest), nil)
        } else {
            reading = .lines(LineSplitter())
        }
        return read(head)
    }

    private static func isTable(_ names: [String]) -> Bool {
        RecordTable.fits(trimmed(names), Record.fields, referenceField: Record.referenceField)
            || Record.kind == .project && DataUseTemplate.fits(names)
    }

    private static func trimmed(_ names: [String]) -> [String] { names.map { $0.trimming(while: \.isWhitespace) } }

    private mutating func take(_ records: [CSVReader.Record]) -> [ImportItem] {
        records.flatMap { record -> [ImportItem] in
            guard case .table(let reader, let table) = reading else { return [] }
            switch (record.fields, table) {
            case (.failure(let flaw), _):
                return [
                    .refused(line: record.line, reference: nil, FieldError(pointer: "", code: "csv.\(flaw.rawValue)"))
                ]
            case (.success(let names), nil):
                do throws(FieldError) {
                    let table = try self.table(names)
                    reading = .table(reader, table)
                    return table.remarks.isEmpty ? [] : [.remarks(line: record.line, table.remarks)]
                } catch {
                    reading = .unreadable(reader)
                    return [.refused(line: record.line, reference: nil, error)]
                }
            case (.success(let cells), let table?):
                switch table.patch(cells, line: record.line) {
                case .success(let patch): return [.patch(patch)]
                case .failure(let error): return [.refused(line: record.line, reference: nil, error)]
                }
            }
        }
    }

    private func table(_ names: [String]) throws(FieldError) -> any TableReading {
        if Record.kind == .project, DataUseTemplate.fits(names) { return DataUseTemplate(names, catalogue: catalogue) }
        return try RecordTable(Self.trimmed(names), Record.fields, referenceField: Record.referenceField)
    }

    private static func item(_ line: LineSplitter.Line) -> ImportItem {
        switch line {
        case .tooLong(let number):
            let error = FieldError(pointer: "", code: "lineTooLong", arguments: [String(LineSplitter.longest)])
            return .refused(line: number, reference: nil, error)
        case .text(let number, let bytes):
            do {
                return .record(line: number, try JSON(parsing: bytes))
            } catch {
                let error = FieldError(pointer: "", code: "json", arguments: [error.description])
                return .refused(line: number, reference: nil, error)
            }
        }
    }
}

extension KnownDatasets {
    /// Those of the catalogue as it is.
    init(on connection: any SQLConnection) throws {
        self.init()
        for row in try connection.query("SELECT reference, title_fr, title_en, acronym FROM dataset") {
            let names = [try row["title_fr"] as String?, try row["title_en"], try row["acronym"]].compactMap { $0 }
            add(try row["reference"], names: names)
        }
    }
}
