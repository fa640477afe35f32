import ArgumentParser
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

extension DatabaseCommand {
    /// `regard database rekey`: gives a database another key, without a moment in which a list is not whole under the key that
    /// its custodian matches with.
    struct Rekey: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Change a database's key: its list has the rows of both until its custodian has confirmed the new one.",
            discussion: """
                Without --confirm it begins: the new key is made, and whatever is told is told under both. Once all of the list \
                is there, and its custodian makes the pseudonyms of the control identities under the new key, --confirm ends \
                it: the rows under the old key are ended there, then that key is destroyed. Before that, --call-off takes it \
                back: the old key stays, the rows under the new one are ended there, then the new key is destroyed.
                """)

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String
        @Argument(help: "With --confirm: the control identities' pseudonyms under the new key.")
        var pseudonyms: [String] = []
        @Flag(help: "The custodian matches with the new key from now on.") var confirm = false
        @Flag(help: "The change is called off: the custodian goes on matching with the old key.") var callOff = false
        @Option(help: "With --confirm, why it is done without the pseudonyms; kept in the audit trail.")
        var withoutControl: String?

        func validate() throws {
            guard !(confirm && callOff) else { throw ValidationError("Either --confirm or --call-off.") }
            guard confirm else {
                guard pseudonyms.isEmpty, withoutControl == nil else {
                    throw ValidationError("Pseudonyms are given with --confirm.")
                }
                return
            }
            guard withoutControl == nil ? !pseudonyms.isEmpty : pseudonyms.isEmpty, withoutControl != "" else {
                throw ValidationError("Give the pseudonyms, or --without-control and a reason.")
            }
        }

        func run(in installation: Installation, io: CommandIO) async throws {
            let linked = try await installation.requireLinked(id)
            guard linked.state != .pending else {
                throw CommandFailure.failed("\(id) waits for its custodian: it has no list yet.")
            }
            if callOff { return try await takeBack(in: installation, io) }
            try await confirm ? end(linked, in: installation, io) : begin(linked, in: installation, io)
        }

        private func takeBack(in installation: Installation, _ io: CommandIO) async throws {
            let moment = installation.now()
            let audit = AuditEvent(
                at: moment, actor: "command", role: "command", act: "database.rekeyCalledOff", subject: id, detail: [:])
            do {
                try await installation.database.write { [id] connection in
                    try DatabaseKeyStore.callOff(id, at: moment, on: connection)
                    try audit.record(on: connection)
                }
            } catch let refusal as KeyChangeRefusal {
                throw CommandFailure.refused("\(id): not called off. \(refusal)")
            }
            io.output(
                "\(id): the change of its key is called off. What it has got under the new key is ended there, then that key "
                    + "is destroyed; its custodian goes on with the old one, and copies of the new one are for you to destroy.\n"
            )
        }

        private func begin(_ linked: LinkedDatabase, in installation: Installation, _ io: CommandIO) async throws {
            let keys = try installation.keyStore()
            let known = try await installation.database.read { [id] in try DatabaseKeyStore.all(of: id, on: $0) }
            guard known.allSatisfy({ $0.state == .active || $0.state == .retired }) else {
                throw CommandFailure.failed("\(id): \(KeyChangeRefusal.underWay)")
            }
            // A number that a restore has made us forget is not used again: that key may have made rows.
            var generation = (known.last?.number ?? 1) + 1
            while keys.exists(.key(of: id, generation: generation)) { generation += 1 }
            let list: String
            do {
                list = try ListName.of(id, generation: known[0].number, in: keys, orKnown: linked.list)
                // The key comes first: a list can't be made under one that is not there.
                try keys.createSymmetricKey(.key(of: id, generation: generation))
            } catch {
                throw CommandFailure.failed("\(error)")
            }
            let moment = installation.now()
            let audit = AuditEvent(
                at: moment, actor: "command", role: "command", act: "database.rekeyed", subject: id,
                detail: ["generation": .integer(Int64(generation))])
            do {
                try await installation.database.write { [id, generation] connection in
                    try DatabaseKeyStore.begin(generation, of: id, list: list, at: moment, on: connection)
                    try audit.record(on: connection)
                }
            } catch let refusal as KeyChangeRefusal {
                try? keys.destroy(.key(of: id, generation: generation))
                throw CommandFailure.failed("\(id): \(refusal)")
            }
            io.output("\(id) is told everything under its new key too, generation \(generation).\n")
            let rows = ControlIdentity.rows(for: linked.matching)
            io.diagnostic(
                """
                Give whoever makes its pseudonyms the new key database-\(id).\(generation).key, and these people, who exist nowhere:
                \(rows.map { "    " + $0 }.joined(separator: "\n"))
                Once “regard database list” says that it is confirmed, and the custodian matches with the new key:
                regard database rekey \(id) --confirm\(String(repeating: " PSEUDONYM", count: rows.count))

                """)
        }

        private func end(_ linked: LinkedDatabase, in installation: Installation, _ io: CommandIO) async throws {
            let current = try await installation.database.read { [id] in
                try DatabaseKeyStore.current(of: id, on: $0)
            }
            guard let incoming = current.first(where: { $0.state == .incoming }) else {
                throw CommandFailure.failed("\(id): \(KeyChangeRefusal.notBegun)")
            }
            if withoutControl == nil {
                try ControlPseudonyms(pseudonyms).compare(
                    of: id, linked.matching, with: installation.keyStore(), .key(of: id, generation: incoming.number))
            }
            let moment = installation.now()
            var detail: [String: JSON] = ["generation": .integer(Int64(incoming.number))]
            if let withoutControl { detail["withoutControl"] = .string(withoutControl) }
            let audit = AuditEvent(
                at: moment, actor: "command", role: "command", act: "database.rekeyConfirmed", subject: id,
                detail: .object(detail))
            do {
                try await installation.database.write { [id] connection in
                    try DatabaseKeyStore.confirm(id, at: moment, on: connection)
                    try audit.record(on: connection)
                }
            } catch let refusal as KeyChangeRefusal {
                throw CommandFailure.refused("\(id): not changed. \(refusal)")
            }
            io.output(
                "\(id) is matched with generation \(incoming.number). What it has under the old key is ended there, then that "
                    + "key is destroyed; backups of it are for you to destroy.\n")
        }
    }
}

extension KeyGeneration {
    /// For an operator: how far a change of keys has come; nil where there is none.
    static func words(_ generations: [KeyGeneration]) -> String? {
        if let incoming = generations.first(where: { $0.state == .incoming }) {
            if incoming.isStopping {
                return
                    "key \(incoming.number) is called off: \(incoming.confirmed) of \(incoming.handed) confirmed first"
            }
            return "key \(incoming.number) comes: "
                + (incoming.isGoneThrough
                    ? "confirmed" : "\(incoming.confirmed) of \(incoming.bound) confirmed")
        }
        return generations.first { $0.state == .outgoing }.map { outgoing in
            "key \(outgoing.number) goes: \(outgoing.confirmed) of \(outgoing.bound) ended"
        }
    }
}
