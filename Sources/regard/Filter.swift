import ArgumentParser
import CivilTime
import Crypto
import Foundation
import NIOPosix
import Propagation
import StrictJSON
import Vault

/// `regard filter`: the release gate. It drops the rows of those who have opted out, and certifies what it did.
struct Filter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Drop from a cohort whoever has opted out: regard filter --database ID < cohort > kept",
        discussion: """
            Rows are a pseudonym each, or CSV or TSV with --column. They are kept in order and byte for byte. Nothing goes \
            through without a fresh list, nor where a row can't be read: the status is then 3, and what was written to \
            standard output is void. So it is without its certificate.
            """)

    @Option(help: "The linked database's id.") var database: String
    @Option(
        help: ArgumentHelp(
            "The project that the cohort is for; without it, whoever has opted out of any is dropped.",
            valueName: "reference"))
    var project: String?
    @Option(
        help: ArgumentHelp("The column with the identifier; a row is nothing else otherwise.", valueName: "name|number")
    )
    var column: String?
    @Flag(help: "The first row has names, though the column is given by its number.") var header = false
    @Option(help: "What stands between columns: comma, semicolon or tab; the first row tells otherwise.")
    var separator: String?
    @Option(
        help: ArgumentHelp("The database's key file, where rows have identities (NIR|YYYYMMDD|sex).", valueName: "file")
    )
    var key: String?
    @Option(help: ArgumentHelp("A signed list; one is taken from this installation otherwise.", valueName: "file"))
    var list: String?
    @Option(help: ArgumentHelp("Where kept rows go; standard output otherwise.", valueName: "path")) var output: String?
    @Option(
        help: ArgumentHelp(
            "Where the certificate goes: beside the output otherwise, or in this folder.", valueName: "path"))
    var certificate: String?
    @Flag(help: "Pack what is written with gzip; so does an output that ends with .gz.") var gzip = false
    @Option(help: ArgumentHelp("The folder of keys (REGARD_KEYS).", valueName: "folder")) var keys: String?
    @Option(
        help: ArgumentHelp("The folder with templates/, public/ and site/ (REGARD_RESOURCES).", valueName: "folder"))
    var resources: String?

    func run() async throws {
        guard isatty(STDIN_FILENO) == 0 else { throw CommandFailure.usage("Give the cohort on standard input.") }
        do {
            try await GateFailure.told(pass)
        } catch  where output == nil {
            CommandIO.terminal.diagnostic("There is no certificate: what is on standard output is void.\n")
            throw error
        }
    }

    private func pass() async throws {
        let settings = try await Settings.read(try SettingsOptions.parse(settingsArguments))
        let store = try KeyStore.open(at: settings.keys)
        let signingKey = try store.signingKey(.gate)
        let work = try WorkFolder(beside: settings.socket)
        defer { work.remove() }
        if list == nil { try await takeList(to: work.path("list")) }
        let listed = try SignedList(
            path: list ?? work.path("list"), verifiedBy: try store.verifyingKey(.lists), database: database,
            project: project, now: Instant.systemClock())
        let file = try output.map { try AsideFile(path: $0) }
        let outcome = try await filter(by: listed, to: file?.descriptor ?? STDOUT_FILENO)

        let certified = Certificate(
            outcome, list: listed.header, project: project, issuedAt: Instant.systemClock())
        let documents = try certified.signed(by: signingKey)
        let places = CertificatePlaces(certificate ?? output ?? "certificate-\(certified.id)")
        if list == nil { try await register(documents.auditor, in: work) }
        try Self.write(documents.auditor, to: places.auditor, mode: 0o600)
        try Self.write(documents.public, to: places.public, mode: 0o644)
        try file?.commit()
        CommandIO.terminal.diagnostic(
            """
            \(outcome.rowsIn) rows in, \(outcome.rowsOut) kept; list of \(listed.header.completeAsOf)
            certificate \(certified.id): \(places.public) (for auditors: \(places.auditor))
            \(list == nil
                ? "It is registered." : "To be registered: regard import certificates \(places.auditor)")

            """)
    }

    private func filter(by list: SignedList, to descriptor: Int32) async throws -> CohortOutcome {
        let shape = CohortShape(
            column: column.map { name in Int(name).map { .numbered($0) } ?? .named(name) } ?? .line, hasHeader: header,
            separator: try CohortShape.Separator(flag: separator), identifiers: key == nil ? .pseudonyms : .identities)
        let pseudonyms = try key.map { path in
            let (owner, key) = try KeyStore.databaseKey(inFile: path)
            guard owner == database else {
                throw CommandFailure.refused("\(path) is the key of \(owner), and not of \(database).")
            }
            return PseudonymKey(key)
        }
        let packs = gzip || output?.hasSuffix(".gz") == true
        return try await NIOThreadPool.singleton.runIfActive {
            let bar = ProgressBar("filter")
            defer { bar.end() }
            return try CohortRun.filter(
                from: STDIN_FILENO, to: descriptor, packs: packs, shape: shape, list: list, key: pseudonyms,
                progress: bar.show)
        }
    }

    // MARK: What the installation does

    private var settingsArguments: [String] {
        (keys.map { ["--keys", $0] } ?? []) + (resources.map { ["--resources", $0] } ?? [])
    }

    private var quiet: CommandIO {
        let terminal = CommandIO.terminal
        return CommandIO(
            directory: terminal.directory, showsProgress: terminal.showsProgress, output: { _ in },
            diagnostic: terminal.diagnostic, standardInput: terminal.standardInput)
    }

    private func takeList(to path: String) async throws {
        let arguments = [database, "--output", path] + settingsArguments
        try await DatabaseCommand.ListExporting.parse(arguments)
            .perform(["database", "list-export"] + arguments, io: quiet)
    }

    private func register(_ document: JSON, in work: WorkFolder) async throws {
        try Self.write(document, to: work.path("certificate"), mode: 0o600)
        let arguments = ["certificates", work.path("certificate")] + settingsArguments
        try await Import.parse(arguments).perform(["import"] + arguments, io: quiet)
    }

    private static func write(_ document: JSON, to path: String, mode: UInt32) throws {
        let file = try AsideFile(path: path, mode: mode)
        let line = document.canonicalBytes + [UInt8(ascii: "\n")]
        try FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false).write(contentsOf: line)
        try file.commit()
    }
}

/// Where a certificate's two documents go.
private struct CertificatePlaces {
    let `public`: String
    let auditor: String

    init(_ base: String) {
        `public` = "\(base).certificate.json"
        auditor = "\(base).auditor.json"
    }
}

/// A folder of this run's own: beside the socket of the server where there may be one, which has to reach it too.
private struct WorkFolder {
    private let folder: String

    init(beside socket: String?) throws {
        let parent =
            socket.map { ($0 as NSString).deletingLastPathComponent }.map { $0.isEmpty ? "." : $0 }
            ?? FileManager.default.temporaryDirectory.path
        let isThere = FileManager.default.isWritableFile(atPath: parent)
        folder =
            URL(fileURLWithPath: isThere ? parent : FileManager.default.temporaryDirectory.path)
            .appendingPathComponent("gate-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
