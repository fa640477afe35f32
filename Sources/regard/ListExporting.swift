import ArgumentParser
import Foundation
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TransparencyAPI
import Vault

extension DatabaseCommand {
    /// `regard database list-export`: the list of those who have opted out of a linked database, signed.
    struct ListExporting: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            commandName: "list-export",
            abstract: "Export a database's signed list, for the release gate to use elsewhere.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The database's id.") var id: String
        @Option(help: ArgumentHelp("Where the list goes.", valueName: "path")) var output: String
        @Flag(help: "Write what the list says of itself as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            let header = try await GateFailure.told {
                let export = try await ListExport(
                    of: id, in: installation.database, keys: try installation.keyStore(),
                    maximumAge: installation.site.periods.listHours * 3600, now: installation.now)
                let sequencer = installation.sequencer
                return try await export.write(to: io.resolved(output), sequence: sequencer.drain) { read, all in
                    if io.showsProgress { io.diagnostic("\r\(id): \(read * 100 / max(1, all)) % of the ledger read ") }
                }
            }
            if io.showsProgress { io.diagnostic("\n") }
            let audit = AuditEvent(
                at: installation.now(), actor: "command", role: "command", act: "database.listExported", subject: id,
                detail: ["position": .integer(header.position), "digest": .string(header.digest)])
            do {
                try await installation.database.write { try audit.record(on: $0) }
            } catch {
                // An export that is not in the audit trail did not happen.
                try? FileManager.default.removeItem(atPath: io.resolved(output))
                throw error
            }
            io.output(
                json
                    ? header.json.canonical + "\n"
                    : """
                    \(output): the list of \(id) at position \(header.position), complete as of \(header.completeAsOf)
                      \(header.pseudonyms) pseudonyms; usable for \(header.maximumAge / 3600) h
                      digest \(header.digest)

                    """)
        }
    }
}

/// The gate's errors as a command says them: what it refuses has status 3.
enum GateFailure {
    static func told<T>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch let error as GateRefusal {
            throw CommandFailure.refused("\(error)")
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        } catch let error as FileFailure {
            throw CommandFailure.failed("\(error)")
        }
    }
}
