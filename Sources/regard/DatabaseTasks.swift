import ArgumentParser
import RightsRegistry
import SQLDatabase

extension DatabaseCommand {
    /// `regard database tasks`: what a database is asked for single people, without telling whom.
    struct Tasks: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            commandName: "tasks",
            abstract: "List the tasks that a database has not answered, and what keeps them from getting further.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The database's id.") var id: String

        func run(in installation: Installation, io: CommandIO) async throws {
            let (linked, open, problems) = try await installation.database.read { [id] connection in
                (
                    try LinkedDatabaseStore.find(id, on: connection), try TaskStore.open(in: id, on: connection),
                    try TaskStore.problems(in: id, on: connection)
                )
            }
            guard linked != nil else { throw CommandFailure.failed("There is no linked database \(id).") }
            if open.isEmpty { io.output("Nothing waits for an answer of \(id).\n") }
            for task in open {
                io.output(
                    "\(task.id)  \(task.kind.rawValue)  asked \(task.askedOn), answer awaited by \(task.answerBy)"
                        + "\(task.isSent ? "" : ", on its way")\n")
            }
            for problem in problems {
                let place = problem.source.map { " (\($0))" } ?? ""
                io.output("since \(problem.since): \(problem.reason)\(place)\n")
            }
        }
    }
}
