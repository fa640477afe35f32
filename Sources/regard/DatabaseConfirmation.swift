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
                Whoever makes the database's pseudonyms is given its key and the identities that “regard database add” shows, \
                and answers with a pseudonym for each, in their order. Nobody has those identities.
                """)

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String
        @Argument(help: "The pseudonyms, 64 hexadecimal digits each.") var pseudonyms: [String] = []
        @Option(help: "Why it is linked without them; kept in the audit trail.") var withoutControl: String?

        static func explanation(of id: String, matching: Matching) -> String {
            let rows = ControlIdentity.rows(for: matching)
            return """
                Give whoever makes its pseudonyms the key database-\(id).key, and these three people, who exist nowhere\
                \(matching == .both ? ", by either of what it knows people" : ""):
                \(rows.map { "    " + $0 }.joined(separator: "\n"))
                Then: regard database confirm \(id)\(String(repeating: " PSEUDONYM", count: rows.count))

                """
        }

        func validate() throws {
            guard withoutControl == nil ? !pseudonyms.isEmpty : pseudonyms.isEmpty, withoutControl != "" else {
                throw ValidationError("Give the pseudonyms, or --without-control and a reason.")
            }
        }

        func run(in installation: Installation, io: CommandIO) async throws {
            let moment = installation.now()
            if withoutControl == nil {
                let matching = try await installation.database.read { [id] in
                    try LinkedDatabaseStore.find(id, on: $0)?.matching
                }
                guard let matching else { throw CommandFailure.failed("No database \(id) waits for its custodian.") }
                try ControlPseudonyms(pseudonyms).compare(
                    of: id, matching, with: installation.keyStore(), .database(id))
            }
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
    }
}

/// What a custodian has made of the control identities.
struct ControlPseudonyms {
    private let theirs: [String]

    init(_ pseudonyms: [String]) { theirs = pseudonyms.map { $0.lowercased() } }

    /// Throws `CommandFailure` that names those which differ from what the key makes.
    func compare(of id: String, _ matching: Matching, with keys: KeyStore, _ name: SymmetricKeyName) throws {
        let ours: [String]
        do {
            ours = ControlIdentity.pseudonyms(under: PseudonymKey(try keys.symmetricKey(name)), for: matching)
        } catch {
            throw CommandFailure.failed("\(error)")
        }
        guard theirs.count == ours.count else {
            throw CommandFailure.usage("\(id) has \(ours.count) control identities: give the pseudonym of each.")
        }
        let wrong = ours.indices.filter { ours[$0] != theirs[$0] }
        guard wrong.isEmpty else {
            throw CommandFailure.refused(
                "Not linked: the pseudonym of control identity \(wrong.map { "\($0 + 1)" }.joined(separator: ", ")) "
                    + "is another than ours. The custodian's key, or the form in which identities are put together "
                    + "(docs/propagation.md), is not this database's.")
        }
    }
}
