import ArgumentParser
import Foundation
import Glibc
import NIOPosix
import Propagation
import Vault

/// `regard pseudonymize`: what a database's custodian runs, where identities and that database's key lawfully meet.
struct Pseudonymize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Turn identities into a database's pseudonyms: regard pseudonymize --key FILE < identities > pseudonyms",
        discussion: """
            Each row is an identity NIR|YYYYMMDD|sex; or the first row names columns, among them nir, birthDate and sex. \
            A pseudonym a line is written, in the same order. Gzip is read as it is.
            """)

    @Option(help: ArgumentHelp("The database's key file.", valueName: "file")) var key: String
    @Option(help: "What stands between columns: comma, semicolon or tab; the first row tells otherwise.")
    var separator: String?
    @Flag(help: "Pack what is written with gzip.") var gzip = false

    func run() async throws {
        guard isatty(STDIN_FILENO) == 0 else { throw CommandFailure.usage("Give the identities on standard input.") }
        let separator = try CohortShape.Separator(flag: separator)
        do {
            let rows = try await GateFailure.told {
                let key = PseudonymKey(try KeyStore.databaseKey(inFile: key).key)
                return try await NIOThreadPool.singleton.runIfActive { [gzip] in
                    let bar = ProgressBar("pseudonymize")
                    defer { bar.end() }
                    return try CohortRun.pseudonymize(
                        from: STDIN_FILENO, to: STDOUT_FILENO, packs: gzip, separator: separator, key: key,
                        progress: bar.show)
                }
            }
            CommandIO.terminal.diagnostic("\(rows) pseudonyms\n")
        } catch let failure as CommandFailure {
            throw CommandFailure(
                status: failure.status, message: "\(failure.message) What was written so far is void.")
        }
    }
}

extension CohortShape.Separator {
    /// As a flag says it. Throws `CommandFailure` for another word.
    init?(flag text: String?) throws {
        guard let text else { return nil }
        guard let separator = Self(rawValue: text) else {
            throw CommandFailure.usage("--separator is comma, semicolon or tab, and not “\(text)”.")
        }
        self = separator
    }
}

/// How far a run over standard input is, where a person is watching.
final class ProgressBar {
    private let name: String
    private let isShown = CommandIO.terminal.showsProgress
    private let size: Int?
    private var shownAt = ContinuousClock.now
    private var wasShown = false

    init(_ name: String) {
        self.name = name
        // Only a file has an end to go to; what is read begins where it stood.
        let start = lseek(STDIN_FILENO, 0, SEEK_CUR)
        size = start < 0 ? nil : Int(lseek(STDIN_FILENO, 0, SEEK_END))
        if start >= 0 { lseek(STDIN_FILENO, start, SEEK_SET) }
    }

    func show(bytes: Int, rows: Int) {
        guard isShown, ContinuousClock.now - shownAt > .milliseconds(100) else { return }
        (shownAt, wasShown) = (.now, true)
        let share = size.map { "[" + bar(bytes, of: $0) + "] \(bytes * 100 / max(1, $0)) %, " } ?? ""
        CommandIO.terminal.diagnostic("\r\(name): \(share)\(rows) rows ")
    }

    private func bar(_ bytes: Int, of size: Int) -> String {
        let done = min(30, bytes * 30 / max(1, size))
        return String(repeating: "#", count: done) + String(repeating: "-", count: 30 - done)
    }

    func end() { if wasShown { CommandIO.terminal.diagnostic("\n") } }
}
