import ArgumentParser
import PublicRegistry
import SQLDatabase
import StrictJSON

/// `regard doctor`: looks at what is installed, and says what is wrong.
struct Doctor: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at this installation, and say what is wrong.",
        discussion: """
            It opens the database and the keys as the server does, and reads the catalogue: a dataset that lacks what \
            HealthDCAT-AP demands is left out of that profile and is named here with what it lacks. Exit status: 0 where \
            nothing is wrong, 1 otherwise.
            """)

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Write what was found as JSON.")
    var json = false

    @Flag(help: "Tell what is only recommended as well.")
    var all = false

    func run(in installation: Installation, io: CommandIO) async throws {
        let found = try await DatasetRegistry(database: installation.database).gaps()
        let told = found.compactMap { dataset -> CatalogueGaps? in
            let gaps = dataset.gaps.filter { all || $0.level != .recommended }
            return gaps.isEmpty ? nil : CatalogueGaps(reference: dataset.reference, gaps: gaps)
        }
        let engine = installation.database.engine.rawValue
        if json {
            io.output(JSON.object(["engine": .string(engine), "catalogue": .array(told.map(\.json))]).canonical + "\n")
        } else {
            io.output("database: \(engine), opened, its schema is this program's\n" + Self.words(told))
        }
        if told.contains(where: { $0.gaps.contains { $0.level != .recommended } }) { throw CommandStatus.failed }
    }

    private static func words(_ datasets: [CatalogueGaps]) -> String {
        guard !datasets.isEmpty else { return "catalogue: nothing is missing\n" }
        return datasets.reduce(into: "") { text, dataset in
            let gaps = dataset.gaps.map { "\($0.field) (\($0.property), \($0.level.rawValue))" }
            text += "catalogue: \(dataset.reference) lacks \(gaps.joined(separator: ", "))\n"
        }
    }
}
