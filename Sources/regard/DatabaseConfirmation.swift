import ArgumentParser
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

extension DatabaseCommand {
    /// `regard database confirm`: links a database once its custodian has made the pseudonyms of three people who exist
    /// nowhere, and they are those that we make.
    struct Confirm: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Link a database, by the pseudonyms that its custodian has made of three control identities.",
            discussion: """
                Whoever makes the database's pseudonyms is given its key and the three identities that “regard database add” \
                shows, and answers with a pseudonym for each, in their order. Nobody has those identities.
                """)

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String
        @Argument(help: "The three pseudonyms, 64 hexadecimal digits each.") var pseudonyms: [String] = []
        @Option(help: "Why it is linked without them; kept in the audit trail.") var withoutControl: String?

        static func explanation(of id: String) -> String {
            """
            Give whoever makes its pseudonyms the key database-\(id).key, and these three people, who exist nowhere:
            \(ControlIdentity.all.map { "    " + $0.row }.joined(separator: "\n"))
            Then: regard database confirm \(id) PSEUDONYM PSEUDONYM PSEUDONYM

            """
        }

        func validate() throws {
            guard (withoutControl == nil) == (pseudonyms.count == ControlIdentity.all.count),
                withoutControl.map({ !$0.isEmpty }) ?? true, withoutControl == nil || pseudonyms.isEmpty
            else {
                throw ValidationError("Give the three pseudonyms, or --without-control and a reason.")
            }
        }

        func run(in installation: Installation, io: CommandIO) async throws {
            if withoutControl == nil { try compare(with: installation.keyStore()) }
            let moment = installation.now()
            let audit = AuditEvent(
                at: moment, actor: "command", role: "command", act: "database.confirmed", subject: id,
                detail: withoutControl.map { ["withoutControl": .string($0)] } ?? [:])
            let isNew = try await installation.database.write { [id] connection in
                let isNew = try LinkedDatabaseStore.confirm(id, at: moment, on: connection)
                if isNew { try audit.record(on: connection) }
                return isNew
            }
            guard isNew else { throw CommandFailure.failed("No database \(id) waits for its custodian.") }
            io.output("\(id) is linked.\n")
        }

        /// Throws `CommandFailure` that names those which differ.
        private func compare(with keys: KeyStore) throws {
            let ours: [String]
            do {
                ours = ControlIdentity.pseudonyms(under: PseudonymKey(try keys.symmetricKey(.database(id))))
            } catch {
                throw CommandFailure.failed("\(error)")
            }
            let wrong = ours.indices.filter { ours[$0] != pseudonyms[$0].lowercased() }
            guard wrong.isEmpty else {
                throw CommandFailure.refused(
                    "Not linked: the pseudonym of control identity \(wrong.map { "\($0 + 1)" }.joined(separator: ", ")) "
                        + "is another than ours. The custodian's key, or the form in which identities are put together "
                        + "(docs/propagation.md), is not this database's.")
            }
        }
    }
}
