import ArgumentParser
import Outbound
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TransparencyAPI
import Vault

/// `regard database`: the linked databases into which objections are carried.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database", abstract: "Linked databases.",
        subcommands: [
            Add.self, Confirm.self, Rekey.self, List.self, Pause.self, Resume.self, Remove.self, Resync.self,
            Reconcile.self, Reconciliations.self, Strays.self, ListExporting.self, Token.self, Tasks.self,
        ])

    /// As a flag says it. Throws `ValidationError` for another word.
    static func matching(_ text: String) throws -> Matching {
        guard let matching = Matching(rawValue: text) else {
            throw ValidationError("--match is nir, insTraits or both, and not “\(text)”.")
        }
        return matching
    }

    struct Add: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a database: it gets a key of its own and waits for its custodian (regard database confirm).")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "An id of a-z, 0-9 and -.") var id: String
        @Option(help: "postgres://…, sqlite:PATH, https://…, dir:PATH, pull: or manual:.") var connector: String
        @Option(help: "References of the catalogue's datasets that it holds, separated by commas.") var datasets = ""
        @Option(
            help: "By what it knows people: nir, insTraits (names, birth date, sex, place of birth) or both.",
            transform: DatabaseCommand.matching)
        var match = Matching.nir
        @Option(help: "Its name in French.") var name: String?
        @Option(help: "Its name in English.") var nameEn: String?

        func run(in installation: Installation, io: CommandIO) async throws {
            let connector = try connector(seenFrom: io, rules: installation.settings.receivers)
            let token = try await NewLinkedDatabase(
                id: id, name: LocalizedText(fr: name, en: nameEn), connector: connector,
                datasets: datasets.split(separator: ",").map(String.init), matching: match
            ).add(to: installation, state: .pending)
            io.output("\(id) waits for its custodian.\n")
            io.diagnostic(DatabaseCommand.Confirm.explanation(of: id, matching: match))
            if connector == "pull:", let token {
                io.output("Token of its feed, for its custodian alone: \(token)\n")
            }
            if connector.hasPrefix("http") || connector.hasPrefix("dir:") {
                io.output("Its custodian checks what comes with \(installation.settings.keys)/connector.pub.\n")
            }
        }

        /// A relative path means the folder of whoever types, not that of the server that answers.
        private func connector(seenFrom io: CommandIO, rules: WebRules) throws -> String {
            do {
                return switch try ConnectorAddress(connector) {
                case .sqlite(let path): "sqlite:" + io.resolved(path)
                case .directory(let path): "dir:" + io.resolved(path)
                case .https(let address) where !rules.allow(address):
                    throw CommandFailure.usage(
                        "\(address.host) is not among the hosts that batches may be pushed to: name it in "
                            + "connectors.allowedHosts.")
                case .postgresql, .https, .pull, .manual: connector
                }
            } catch let error as TargetError {
                throw CommandFailure.usage(error.description)
            }
        }
    }

    struct List: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "List linked databases, and how far each has confirmed.")

        @OptionGroup var settings: SettingsOptions
        @Flag(help: "Write the list as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            let (all, strays, kept) = try await installation.database.read { connection in
                (
                    try DatabaseStandingStore.all(on: connection), try StrayStore.waiting(on: connection),
                    try LinkedDatabaseStore.kept(on: connection)
                )
            }
            if json {
                let (targets, moment) = (installation.site.rightsPolicy.targets, installation.now())
                let items = all.map { $0.consoleJSON(targetHours: targets.hours(of: $0.linked), at: moment) }
                return io.output(JSON.array(items).canonical + "\n")
            }
            for standing in all {
                let (linked, lag) = (standing.linked, standing.lag)
                let waits = standing.mailbox.map { waiting in
                    "\t\(waiting.batches) waiting with \(waiting.changes) changes"
                        + (waiting.since.map { " since \($0)" } ?? "")
                }
                io.output(
                    "\(linked.id)\t\(linked.state.rawValue)\tposition \(linked.position)\tlag \(lag)"
                        + (waits ?? "") + (KeyGeneration.words(standing.keys).map { "\t\($0)" } ?? "")
                        + Self.failure(linked)
                        + (strays[linked.id].map { "\t\($0) in force that the ledger does not explain" } ?? "")
                        + (kept[linked.id].map { "\t\($0) kept from an edition before" } ?? "") + "\n")
            }
        }

        private static func failure(_ linked: LinkedDatabase) -> String {
            guard let failure = linked.failure else { return "" }
            return (linked.failingSince.map { "\tfailing since \($0)" } ?? "") + ", \(linked.tries) tries"
                + (linked.nextTryAt.map { ", next at \($0)" } ?? "") + "\t\(failure)"
        }
    }

    struct Pause: AdministrativeCommand {
        static let configuration = CommandConfiguration(abstract: "Hand nothing to a database for now.")
        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String

        func run(in installation: Installation, io: CommandIO) async throws {
            try await DatabaseCommand.set(.paused, of: id, "paused", in: installation, io)
        }
    }

    struct Resume: AdministrativeCommand {
        static let configuration = CommandConfiguration(abstract: "Serve a paused database again.")
        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String

        func run(in installation: Installation, io: CommandIO) async throws {
            try await DatabaseCommand.set(.active, of: id, "resumed", in: installation, io)
        }
    }

    private static func set(
        _ state: LinkedDatabase.State, of id: String, _ act: String, in installation: Installation, _ io: CommandIO
    ) async throws {
        let audit = AuditEvent(
            at: installation.now(), actor: "command", role: "command", act: "database.\(act)", subject: id)
        let isKnown = try await installation.database.write { connection in
            let isKnown = try LinkedDatabaseStore.set(state, of: id, on: connection)
            if isKnown { try audit.record(on: connection) }
            return isKnown
        }
        guard isKnown else { throw CommandFailure.failed("There is no linked database \(id), or it was removed.") }
        io.output("\(id) is \(state.rawValue).\n")
    }
}

/// A database about to be linked.
struct NewLinkedDatabase {
    let id: String
    let name: LocalizedText?
    let connector: String
    let datasets: [String]
    var matching = Matching.nir

    /// Makes its keys and adds it. The keys come first: a database without them could not be served. Returns the token of
    /// its feed, nil where it has none.
    @discardableResult
    func add(to installation: Installation, state: LinkedDatabase.State) async throws -> String? {
        guard LinkedDatabase.isAllowed(id: id) else {
            throw CommandFailure.usage("An id has 1 to 40 of a-z, 0-9 and -.")
        }
        let known = try await installation.database.read { try LinkedDatabaseStore.all(on: $0) }
        guard !known.contains(where: { $0.id == id }) else {
            throw CommandFailure.failed("\(id) is linked already, or was: an id is used once.")
        }
        let isTaken = known.contains { $0.connector == connector && $0.state != .removed }
        guard !isTaken || LinkedDatabaseStore.placeless.contains(connector) else {
            throw CommandFailure.failed("Another linked database has this connector already.")
        }
        let keys = try installation.keyStore()
        var feed: FeedKey?
        do {
            if !keys.exists(.database(id)) { try keys.createSymmetricKey(.database(id)) }
            if LinkedDatabaseStore.placeless.contains(connector) {
                if !keys.exists(.feed(id)) { try keys.createSymmetricKey(.feed(id)) }
                feed = FeedKey(try keys.symmetricKey(.feed(id)))
            }
        } catch {
            throw CommandFailure.failed("\(error)")
        }
        let moment = installation.now()
        let audit = AuditEvent(at: moment, actor: "command", role: "command", act: "database.added", subject: id)
        let feedIndex = feed?.index
        let isNew = try await installation.database.write { [id, name, connector, datasets, matching] connection in
            let isNew = try LinkedDatabaseStore.add(
                id: id, name: name, connector: connector, datasets: datasets, feedIndex: feedIndex,
                matching: matching, state: state, at: moment, on: connection)
            if isNew { try audit.record(on: connection) }
            return isNew
        }
        guard isNew else { throw CommandFailure.failed("\(id), or its connector, has just been linked.") }
        return feed?.token
    }
}
