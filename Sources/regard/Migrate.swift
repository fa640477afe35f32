import ArgumentParser
import Logging
import SQLDatabase

/// `regard migrate`: brings a PostgreSQL database to this program's schema.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the database to this program's schema.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        let settings = try await Settings.read(settings)
        let installation = try await Installation.open(settings, creates: true, logger: Logs.logger(.warning))
        let result: Result<[String], any Error>
        do {
            result = .success(try await installation.database.migrate(Installation.migrations))
        } catch {
            result = .failure(CommandFailure.refused("\(error)"))
        }
        await installation.database.close()
        let steps = try result.get()
        CommandIO.terminal.output(
            steps.isEmpty ? "The schema is up to date.\n" : steps.map { "\($0)\n" }.joined())
    }
}
