import ArgumentParser
import Foundation

/// `regard`: a command a file. Exit status: 0 done, 1 failed, 2 usage, 3 refused.
@main
struct Regard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regard",
        abstract: "The portal of a national health-data body.",
        discussion: """
            Configuration comes from flags, then from REGARD_* variables, then from regard.yaml. Exit status: 0 done, \
            1 failed, 2 usage, 3 refused.
            """,
        subcommands: [
            Serve.self, HubCommand.self, Initialise.self, Migrate.self, Doctor.self, Import.self, Export.self,
            Remove.self,
            OperatorCommand.self,
            DatabaseCommand.self, Backup.self, Restore.self, KeysCommand.self, Filter.self, Pseudonymize.self,
            Verify.self,
        ])

    /// Where a command was refused or failed, its words go to standard error and its status to the shell.
    static func main() async {
        Logs.start()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let status as CommandStatus {
            Foundation.exit(status.rawValue)
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("regard: \(failure.message)\n".utf8))
            Foundation.exit(failure.status.rawValue)
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success {
                FileHandle.standardOutput.write(Data("\(message)\n".utf8))
            } else {
                FileHandle.standardError.write(Data("\(message)\n".utf8))
            }
            // ArgumentParser's own status for wrong usage is 64; ours is 2.
            Foundation.exit(code == .validationFailure ? CommandStatus.usage.rawValue : code.rawValue)
        }
    }
}

/// How a command ended, for the shell. Thrown where the words have been said already.
enum CommandStatus: Int32, Error {
    case done = 0
    case failed = 1
    case usage = 2
    case refused = 3
}

/// Why a command did not do what it should, in words for whoever typed it.
struct CommandFailure: Error {
    let status: CommandStatus
    let message: String

    static func failed(_ message: String) -> CommandFailure { CommandFailure(status: .failed, message: message) }
    static func usage(_ message: String) -> CommandFailure { CommandFailure(status: .usage, message: message) }
    static func refused(_ message: String) -> CommandFailure { CommandFailure(status: .refused, message: message) }
}
