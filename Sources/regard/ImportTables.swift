import PublicRegistry
import StrictJSON

/// `regard import tables --dataset REF FILE…`: Frictionless Table Schemas into the record of one dataset.
struct ImportTables {
    let dataset: String
    let language: SchemaLanguage
    let isDryRun: Bool
    let writesJSON: Bool

    func run(_ files: [String], in installation: Installation, io: CommandIO) async throws {
        var read: [TableImport.File] = []
        for file in files {
            var bytes: [UInt8] = []
            for try await chunk in try io.contents(of: file) {
                bytes += chunk
                // One byte more than is taken is enough to refuse it.
                if bytes.count > TableImport.longest { break }
            }
            read.append(TableImport.File(name: file, bytes: bytes))
        }
        let tables = TableImport(database: installation.database, now: installation.now)
        let report: TableImportReport
        do {
            report = try await tables.run(read, into: dataset, language: language, isDryRun: isDryRun)
        } catch TableImportError.unknownDataset {
            throw CommandFailure.failed("--dataset \(dataset): there is no dataset of that reference")
        }
        io.output(writesJSON ? report.json.canonical + "\n" : Self.words(report))
        if !report.refused.isEmpty { throw CommandStatus.failed }
    }

    private static func words(_ report: TableImportReport) -> String {
        var text = ""
        if report.refused.isEmpty {
            text += "\(report.dataset)\(report.isDryRun ? " (dry run: nothing was written)" : ""): "
            text += "\(report.added) tables added, \(report.changed) changed, \(report.skipped) the same, "
            text += "\(report.variables) variables\n"
        } else {
            text += "\(report.dataset): nothing was taken\n"
        }
        for (what, problems) in [("refused", report.refused), ("taken, but", report.warnings)] {
            for problem in problems {
                text += "  \(what): \(problem.file) \(problem.problem.pointer): \(problem.problem.importReason)\n"
            }
        }
        return text
    }
}
