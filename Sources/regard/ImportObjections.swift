import RightsRegistry
import StrictJSON
import TransparencyAPI
import Vault

extension Import {
    /// Imports a file of earlier objections; true where lines were refused. Throws `CommandFailure`.
    func importObjections(_ file: String, in installation: Installation, io: CommandIO) async throws -> Bool {
        let keys = try await installation.rightsKeys(servesOperators: false)
        let desk = FilingDesk(
            database: installation.database, keys: keys, policy: installation.site.rightsPolicy, now: installation.now)
        let importer = ObjectionImporter(desk: desk, isDryRun: dryRun)
        let report: ObjectionImportReport
        do {
            report = try await importer.run(try io.contents(of: file)) { report in
                if io.showsProgress {
                    io.diagnostic("\r\(file): \(report.read) lines read, \(report.imported) imported ")
                }
            }
        } catch let error as ObjectionFileError {
            throw CommandFailure.failed("\(file): \(error)")
        }
        if io.showsProgress { io.diagnostic("\n") }
        io.output(json ? report.json.canonical + "\n" : Self.words(report, file: file))
        return report.refusedCount > 0
    }

    private static func words(_ report: ObjectionImportReport, file: String) -> String {
        let verb = report.isDryRun ? "would be imported" : "imported"
        var text = """
            \(file)\(report.isDryRun ? " (dry run: nothing was written)" : "")
              \(report.read) lines read: \(report.imported) \(verb), \(report.alreadyThere) already there, \
            \(report.refusedCount) refused

            """
        for refusal in report.refusals { text += "  refused: \(refusal)\n" }
        if report.refusedCount > report.refusals.count {
            text += "  … and more: put these right and import the file again.\n"
        }
        return text
    }
}
