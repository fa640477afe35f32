import ArgumentParser
import Foundation
import Logging
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// `regard init`: keys, database, the first administrator; with `--demo`, everything to look around with.
struct Initialise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make keys, database and the first administrator.",
        discussion: "Nothing that exists is changed, so that it can be run again.")

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Add demonstration data, three linked databases and three operators.")
    var demo = false

    @Option(help: "The first administrator's name.")
    var administrator = "administrateur"

    func run() async throws {
        let settings = try await Settings.read(settings)
        try Self.makeKeys(at: settings.keys)
        let installation = try await Installation.open(settings, creates: true, logger: Logs.logger(.warning))
        let result: Result<Void, any Error>
        do {
            if installation.database.engine == .postgresql {
                try await installation.database.requireSchema(Installation.migrations)
            }
            result = .success(try await fill(installation, io: .terminal))
        } catch {
            result = .failure(error)
        }
        await installation.database.close()
        try result.get()
    }

    private static func makeKeys(at folder: String) throws {
        do {
            let isNew = !FileManager.default.fileExists(atPath: folder)
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: folder).deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            let store = isNew ? try KeyStore.create(at: folder) : try KeyStore.open(at: folder)
            try store.initialise()
        } catch {
            throw CommandFailure.refused("\(error)")
        }
    }

    private func fill(_ installation: Installation, io: CommandIO) async throws {
        let incarnation = Hex.encode(systemRandom(16))
        let moment = installation.now()
        try await installation.database.write {
            try LedgerStore.found(on: $0, incarnation: incarnation, at: moment)
        }
        if demo { try await Demonstration(installation: installation, io: io).load() }
        if try await installation.operatorAccounts().list().isEmpty {
            let people: [(String, Role)] =
                demo
                ? [
                    ("agent.demo", .agent), ("superviseur.demo", .supervisor), ("editeur.demo", .editor),
                    ("administrateur.demo", .administrator),
                ]
                : [(administrator, .administrator)]
            var words = ""
            for (name, role) in people {
                words += try await NewOperator.make(name: name, role: role, in: installation).words
            }
            io.output("Operators, with what they need to sign in. It is shown once:\n\(words)")
        }
        try await installation.sequencer.drain()
    }
}

/// What `init --demo` adds: the seeds, and three linked databases that are files of their own.
struct Demonstration {
    let installation: Installation
    let io: CommandIO

    private static let linkedDatabases = [
        ("hospitalisations", "Séjours hospitaliers (démonstration)", "Hospital stays (demonstration)"),
        ("soins-de-ville", "Soins de ville (démonstration)", "Community care (demonstration)"),
        ("cohortes", "Cohortes et suivis (démonstration)", "Cohorts and follow-ups (demonstration)"),
    ]

    func load() async throws {
        let seeds = installation.settings.resources.appending(path: "seeds")
        for (kind, name) in [(RecordKind.dataset, "datasets"), (.project, "projects"), (.release, "releases")] {
            let file = seeds.appending(path: "\(name).jsonl").path
            let importer = Importer(database: installation.database, kind: kind, now: installation.now)
            let report = try await importer.run(try io.contents(of: file))
            guard report.refused.count == 0 else {
                throw CommandFailure.failed("\(file): \(report.refused.first.map { "\($0)" }.joined(separator: "; "))")
            }
            io.diagnostic("\(name): \(report.added) added, \(report.changed) changed, \(report.skipped) known\n")
        }
        try await addTemplates(from: seeds.appending(path: "answer-templates.jsonl").path)
        let known = try await installation.database.read { try LinkedDatabaseStore.all(on: $0).map(\.id) }
        guard let folder = installation.settings.targetsFolder else { return }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for (id, french, english) in Self.linkedDatabases where !known.contains(id) {
            try await NewLinkedDatabase(
                id: id, name: LocalizedText(fr: french, en: english), connector: "sqlite:\(folder)/\(id).sqlite",
                datasets: try await datasets(linkedTo: id)
            ).add(to: installation, state: .active)
            io.diagnostic("linked database \(id) added\n")
        }
    }

    /// The templates of answers that operators begin with: a body of `POST /operator/templates` a line.
    private func addTemplates(from file: String) async throws {
        let templates: [NewTemplate]
        do {
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            templates = try lines.map { try NewTemplate(try JSON(parsing: $0.utf8)) }
        } catch {
            throw CommandFailure.failed("\(file): \(error)")
        }
        let added = try await TemplateDesk.seed(templates, in: installation.database, at: installation.now())
        io.diagnostic("templates of answers: \(added) added\n")
    }

    /// The catalogue's datasets that say they are in this linked database.
    private func datasets(linkedTo id: String) async throws -> [String] {
        try await installation.database.read { connection in
            try connection.query(
                "SELECT reference FROM dataset WHERE linked_database = $1 ORDER BY reference", id
            ).map { try $0["reference"] }
        }
    }
}

extension Settings {
    /// Where the demonstration's linked databases are made: beside an embedded database.
    fileprivate var targetsFolder: String? {
        guard case .sqlite(let path, _) = database else { return nil }
        let folder = ((path as NSString).deletingLastPathComponent as NSString).appendingPathComponent("linked")
        return URL(fileURLWithPath: folder).standardizedFileURL.path
    }
}
