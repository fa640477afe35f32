import ArgumentParser
import Propagation
import Vault

extension DatabaseCommand {
    /// `regard database token`: another token for the program that fetches a database's batches.
    struct Token: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the token of a database that is linked as pull:; the new one is shown once.",
            discussion: """
                The token before ends at once, unless --overlap gives its custodian time to change over. Where others may know \
                it, give none. What waits is sealed anew under the new token.
                """)

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String
        @Option(help: "For how many hours the token before is taken too: 1 to 720.") var overlap: Int?

        func validate() throws {
            guard overlap.map({ (1...720).contains($0) }) ?? true else {
                throw ValidationError("--overlap is a number of hours from 1 to 720.")
            }
        }

        func run(in installation: Installation, io: CommandIO) async throws {
            let rotation = FeedRotation(
                database: installation.database, keys: try installation.keyStore(), now: installation.now)
            do {
                let (token, until) = try await rotation.rotate(
                    id, overlap: overlap.map { $0 * 3600 }, by: "command", role: "command")
                io.output("Token of its feed, for its custodian alone: \(token)\n")
                io.diagnostic(
                    until.map { "The token before is taken until \($0).\n" } ?? "The token before is taken no more.\n")
            } catch let error as FeedRotationError {
                throw CommandFailure.failed("\(error)")
            } catch let error as KeyStoreError {
                throw CommandFailure.failed("\(error)")
            }
        }
    }
}
