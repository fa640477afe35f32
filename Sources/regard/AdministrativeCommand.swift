import ArgumentParser
import Foundation
import Logging
import SQLDatabase

/// A command that works on an installation, by itself or beside a running server.
///
/// Where a server holds the embedded database, the same arguments are sent to it, and the same `run(in:io:)` answers
/// there, over the same services.
protocol AdministrativeCommand: AsyncParsableCommand {
    var settings: SettingsOptions { get }
    func run(in installation: Installation, io: CommandIO) async throws
}

extension AdministrativeCommand {
    mutating func run() async throws {
        try await perform(Array(CommandLine.arguments.dropFirst()), io: .terminal)
    }

    /// Does the command here; or has the server do it that holds the database, which is sent `arguments`: those from which
    /// this command was parsed.
    func perform(_ arguments: [String], io: CommandIO) async throws {
        let settings = try await Settings.read(settings)
        if case .sqlite(let path, _) = settings.database, SQLDatabase.isHeldByAnotherProcess(path: path),
            let socket = settings.socket
        {
            let status = try await AdministrationClient.run(arguments, at: socket, io: io)
            if status != .done { throw status }
            return
        }
        let installation = try await Installation.open(settings, logger: Logs.logger(.warning))
        do {
            try await run(in: installation, io: io)
            // What the command inserted gets its numbers before it ends, as it would beside a server.
            try await installation.sequencer.drain()
        } catch {
            await installation.database.close()
            throw error
        }
        await installation.database.close()
    }
}
