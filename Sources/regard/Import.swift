import ArgumentParser
import PublicRegistry
import RightsRegistry
import StrictJSON

/// `regard import`: register files in JSON Lines, objections that were received before, in CSV, and the release gate's
/// certificates.
struct Import: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import a register file in JSON Lines, earlier objections in CSV, or certificates.",
        discussion: """
            Lines that are known already are skipped, so that a file can be imported again at any time. Exit status: 0 \
            where every line was taken or known, 1 where lines were refused, each named with its reason; the others stay.

            objections: CSV (RFC 4180) in UTF-8, delimited by commas or semicolons, with a header line. Columns: \
            \(ObjectionColumn.allCases.map(\.rawValue).joined(separator: ", ")). Dates are YYYY-MM-DD; givenNames are \
            separated by spaces, or by |; scope is all, databases:ID|ID or projects:REFERENCE|REFERENCE. Each line is \
            an objection in force from now on, with its true date of receipt.

            certificates: the auditor's documents that “regard filter” has written, one a line.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case projects, datasets, releases, objections, certificates

        /// Nil for what is no record of the register.
        var recordKind: RecordKind? {
            switch self {
            case .objections, .certificates: nil
            case .projects: .project
            case .datasets: .dataset
            case .releases: .release
            }
        }
    }

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "What the files hold: projects, datasets, releases, objections or certificates.")
    var kind: Kind

    @Argument(help: "The files, or - for standard input.")
    var files: [String]

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(help: "Write the report as JSON.")
    var json = false

    func run(in installation: Installation, io: CommandIO) async throws {
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
        for line in report.refused.first { text += "  refused: \(line)\n" }
        for line in report.warnings.first { text += "  taken, but: \(line)\n" }
        for (reference, missing) in report.notShown.sorted(by: { $0.key < $1.key }) {
            text += "  not shown: \(reference) lacks \(missing.joined(separator: ", "))\n"
        }
        return text
    }
}
