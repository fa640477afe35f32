import ArgumentParser
import PublicRegistry
import RightsRegistry
import StrictJSON

/// `regard import`: register files in JSON Lines or as tables, objections that were received before, in CSV, and the release gate's
/// certificates.
struct Import: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import a register file (JSON Lines or CSV), tables' schemas, earlier objections, or certificates.",
        discussion: """
            Lines that are known already are skipped, so that a file can be imported again at any time. Exit status: 0 \
            where every line was taken or known, 1 where lines were refused, each named with its reason; the others stay.

            projects, datasets, releases: JSON Lines, a record a line; or CSV in UTF-8 whose first line has the names that \
            our own exports have, of which the reference alone is needed. A table says something of the fields that it \
            has columns for; the others stay. HDR UK's data-use template is known by its header, for projects. See \
            docs/editing.md.

            objections: CSV (RFC 4180) in UTF-8, delimited by commas or semicolons, with a header line. Columns: \
            \(ObjectionColumn.allCases.map(\.rawValue).joined(separator: ", ")). Dates are YYYY-MM-DD; givenNames are \
            separated by spaces, or by |; scope is all, databases:ID|ID or projects:REFERENCE|REFERENCE. Each line is \
            an objection in force from now on, with its true date of receipt.

            tables: Frictionless Table Schemas, or data packages, into the dataset that --dataset names. A table of a name \
            that it has takes its place, the others stay. Where one file is wrong, nothing is written.

            certificates: the auditor's documents that “regard filter” has written, one a line.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case projects, datasets, releases, tables, objections, certificates

        /// Nil for what is no record of the register.
        var recordKind: RecordKind? {
            switch self {
            case .tables, .objections, .certificates: nil
            case .projects: .project
            case .datasets: .dataset
            case .releases: .release
            }
        }
    }

    /// The language of texts that do not say it.
    enum TextLanguage: String, ExpressibleByArgument, CaseIterable {
        case fr, en

        var schema: SchemaLanguage { self == .fr ? .fr : .en }
    }

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "What the files hold: projects, datasets, releases, tables, objections or certificates.")
    var kind: Kind

    @Argument(help: "The files, or - for standard input.")
    var files: [String]

    @Option(help: "Of tables: the reference of the dataset that they are of.")
    var dataset: String?

    @Option(help: "Of tables: the language of their texts, fr or en.")
    var language = TextLanguage.fr

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(help: "Write the report as JSON.")
    var json = false

    func validate() throws {
        if kind == .tables, dataset == nil { throw ValidationError("import tables needs --dataset REF") }
        if kind != .tables, dataset != nil { throw ValidationError("--dataset is of import tables alone") }
    }

    func run(in installation: Installation, io: CommandIO) async throws {
        if kind == .tables, let dataset {
            let tables = ImportTables(dataset: dataset, language: language.schema, isDryRun: dryRun, writesJSON: json)
            return try await tables.run(files, in: installation, io: io)
        }
        if kind == .certificates {
            return try await CertificateImport(isDryRun: dryRun, writesJSON: json).run(files, in: installation, io: io)
        }
        var wasRefused = false
        for file in files {
            guard let recordKind = kind.recordKind else {
                if try await importObjections(file, in: installation, io: io) { wasRefused = true }
                continue
            }
            let importer = Importer(
                database: installation.database, kind: recordKind, isDryRun: dryRun, now: installation.now)
            let report = try await importer.run(try io.contents(of: file)) { report in
                if io.showsProgress { io.diagnostic("\r\(file): \(report.read) lines read ") }
            }
            if io.showsProgress { io.diagnostic("\n") }
            if report.refused.count > 0 { wasRefused = true }
            io.output(json ? report.json.canonical + "\n" : Self.words(report, file: file))
        }
        if wasRefused { throw CommandStatus.failed }
    }

    private static func words(_ report: ImportReport, file: String) -> String {
        var text = """
            \(file)\(report.isDryRun ? " (dry run: nothing was written)" : "")
              \(report.read) lines read: \(report.added) added, \(report.changed) changed, \(report.skipped) skipped, \
            \(report.refused.count) refused

            """
        for change in report.changes.first {
            text += change.isNew ? "  added: \(change.reference)\n" : "  changed: \(change.reference)"
            if !change.isNew {
                text += ": \(change.fields.isEmpty ? "typography alone" : change.fields.joined(separator: ", "))\n"
            }
        }
        if report.changes.count > report.changes.first.count {
            text += "  … and \(report.changes.count - report.changes.first.count) more\n"
        }
        for line in report.refused.first { text += "  refused: \(line)\n" }
        for line in report.warnings.first { text += "  taken, but: \(line)\n" }
        for (reference, missing) in report.notShown.sorted(by: { $0.key < $1.key }) {
            text += "  not shown: \(reference) lacks \(missing.joined(separator: ", "))\n"
        }
        return text
    }
}
