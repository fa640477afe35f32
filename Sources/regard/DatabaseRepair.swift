import ArgumentParser
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

extension Installation {
    /// What compares and repairs the list of one linked database. Throws `CommandFailure` where this folder lacks the keys.
    func listRepair(_ id: String) async throws -> ListRepair {
        do {
            return try await ListRepair(
                of: id, in: database, keys: keyStore(), holder: Self.holder, now: now, logger: logger)
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        }
    }

    /// The linked database `id`. Throws `CommandFailure` where there is none.
    func requireLinked(_ id: String) async throws -> LinkedDatabase {
        guard let linked = try await database.read({ try LinkedDatabaseStore.find(id, on: $0) }),
            linked.state != .removed
        else { throw CommandFailure.failed("There is no linked database \(id), or it was removed.") }
        return linked
    }
}

/// Errors of repairs as a command says them.
enum RepairFailure {
    static func told<T>(isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let refusal as RepairRefusal {
            throw CommandFailure.failed("\(refusal)")
        } catch let error as TargetError {
            throw CommandFailure.failed("\(error)")
        } catch let error as SQLError {
            throw CommandFailure.failed("\(error)")
        } catch let failure as FileFailure {
            throw CommandFailure.failed("\(failure)")
        }
    }
}

extension DatabaseCommand {
    /// `regard database resync`: brings the list of a database that has stopped to the ledger.
    struct Resync: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring the list of a database that has stopped to the ledger.",
            discussion: """
                Without --confirm it changes nothing, and says what differs. Whatever the list has in force and the ledger \
                does not explain stays in force: see “regard database strays”.
                """)

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The database's id.") var id: String
        @Flag(help: "Do it.") var confirm = false
        @Flag(help: "Write what differs as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            _ = try await installation.requireLinked(id)
            let repair = try await installation.listRepair(id)
            // What waits for its number is in no list yet, and would look as though it were lost.
            try await installation.sequencer.drain()
            let outcome = try await RepairFailure.told {
                try await confirm ? repair.resynchronise(by: "command", role: "command") : repair.inspect()
            }
            switch outcome {
            case .compared(let report):
                if json { return io.output(report.json.canonical + "\n") }
                io.output(confirm ? done(report) : found(report))
            case .anew:
                if json { return io.output((["anew": true, "done": .bool(confirm)] as JSON).canonical + "\n") }
                io.output(
                    confirm
                        ? """
                        \(id): its list is handed over anew, from the beginning. Until its custodian has acknowledged it, \
                        nothing counts as done there. Rows that no batch names stay in force.

                        """
                        : """
                        \(id): its list can't be read from here. With --confirm it is handed over anew, from the beginning; \
                        until its custodian has acknowledged it, nothing counts as done there.

                        """)
            }
        }

        private func found(_ report: ListReport) -> String {
            """
            \(id), beside the ledger at position \(report.position):
              missing   \(report.missing)  the ledger has them, and the list does not
              stale     \(report.stale)  the list says something else than the ledger
              surplus   \(report.surplus)  in force there, and the ledger does not know them: they stay in force
            Nothing was changed. With --confirm the list is brought to the ledger.

            """
        }

        private func done(_ report: ListReport) -> String {
            var words = """
                \(id) is at position \(report.position) of the ledger.
                  missing   \(report.missing)  added
                  stale     \(report.stale)  brought to the ledger
                  surplus   \(report.surplus)  still in force there

                """
            if report.surplus > 0 {
                words += "What the ledger does not explain waits for a decision: regard database strays \(id)\n"
            }
            if report.refused > 0 { words += "\(report.refused) were refused there, and became exceptions.\n" }
            return words
        }
    }

    /// `regard database reconcile`: compares a list with the ledger.
    struct Reconcile: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare a database's list with what the ledger yields.",
            discussion: "Status 1 where they differ and were not repaired.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The database's id.") var id: String
        @Flag(help: "Mend what differs. What the ledger does not know is ended there.") var repair = false
        @Flag(help: "Write the run as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            _ = try await installation.requireLinked(id)
            let report = try await DatabaseCommand.reconcile(id, repairs: repair, in: installation)
            io.output(json ? report.json.canonical + "\n" : words(report))
            if report.differs, !repair || report.refused > 0 { throw CommandStatus.failed }
        }

        private func words(_ report: ListReport) -> String {
            guard report.differs else {
                return "\(id) agrees with the ledger at position \(report.position): \(report.ours.count) rows.\n"
            }
            var words = """
                \(id) differs from the ledger at position \(report.position): \(report.theirs.count) rows there, \
                \(report.ours.count) by the ledger.
                  missing   \(report.missing)
                  stale     \(report.stale)
                  surplus   \(report.surplus)

                """
            for kind in report.tokens.keys.sorted() {
                for token in report.tokens[kind] ?? [] { words += "  \(kind) token \(token)\n" }
            }
            if repair {
                words +=
                    report.refused > 0 ? "\(report.refused) were refused there.\n" : "It was brought to the ledger.\n"
            } else {
                words += "With --repair it is brought to the ledger.\n"
            }
            return words
        }
    }

    /// Compares and records the run.
    static func reconcile(
        _ id: String, repairs: Bool, in installation: Installation
    ) async throws -> ListReport {
        let repair = try await installation.listRepair(id)
        let run = ReconciliationRun(
            of: id, by: "command", role: "command", repairs: repairs, at: installation.now())
        try await installation.database.write { try ReconciliationStore.ask(run, isBegun: true, on: $0) }
        return try await RepairFailure.told { try await repair.reconcile(run) }
    }

    /// `regard database reconciliations`: the runs that were made.
    struct Reconciliations: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the comparisons of a database's list with the ledger, the newest first.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The database's id.") var id: String
        @Flag(help: "Write them as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            let runs = try await installation.database.read { try ReconciliationStore.runs(of: id, on: $0) }
            if json { return io.output(JSON.array(runs.map(\.json)).canonical + "\n") }
            for run in runs {
                let figures = run.figures.map {
                    "\tposition \($0.position)\tmissing \($0.missing)\tstale \($0.stale)\tsurplus \($0.surplus)"
                }
                io.output(
                    "\(run.askedAt)\t\(run.askedBy)\t\(run.outcome?.rawValue ?? "waiting")\(figures ?? "")"
                        + (run.failure.map { "\t\($0)" } ?? "") + "\n")
            }
        }
    }

    /// `regard database strays`: what a list has in force and the ledger does not explain.
    struct Strays: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what a database has in force and the ledger does not explain, or decide on it.",
            discussion: """
                Nobody knows whose they are. What is kept stays in force there for good; what is ended is ended there. \
                Give a token, or “all” for those that wait.
                """)

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The database's id.") var id: String
        @Option(help: ArgumentHelp("Leave it in force for good.", valueName: "token")) var keep: String?
        @Option(help: ArgumentHelp("End it there.", valueName: "token")) var end: String?

        func run(in installation: Installation, io: CommandIO) async throws {
            _ = try await installation.requireLinked(id)
            guard keep == nil || end == nil else { throw CommandFailure.usage("Either --keep or --end.") }
            if let keep { return try await decide(.kept, keep, in: installation, io) }
            if let end {
                try await decide(.ended, end, in: installation, io)
                let report = try await DatabaseCommand.reconcile(id, repairs: true, in: installation)
                return io.output("\(report.stale) tokens were brought to it there.\n")
            }
            let rows = try await installation.database.read { try StrayStore.all(in: id, on: $0) }
            for row in rows {
                io.output(
                    "\(Hex.encode(row.token))\t\(row.scope)\t\(row.isActive ? "in force" : "excepted")\t"
                        + "\(row.state.rawValue)\t\(row.foundAt)\n")
            }
        }

        private func decide(
            _ state: StrayRow.State, _ word: String, in installation: Installation, _ io: CommandIO
        ) async throws {
            let token = word == "all" ? nil : Hex.decode(word)
            guard word == "all" || token?.count == 32 else {
                throw CommandFailure.usage("A token is 64 hexadecimal digits.")
            }
            let moment = installation.now()
            let audit = AuditEvent(
                at: moment, actor: "command", role: "command", act: "database.strays.\(state.rawValue)", subject: id,
                detail: ["token": .string(word)])
            let count = try await installation.database.write { connection in
                let count = try StrayStore.decide(
                    state, token, in: id, by: "command", at: moment, on: connection)
                if count > 0 { try audit.record(on: connection) }
                return count
            }
            guard count > 0 else { throw CommandFailure.failed("There is no such row.") }
            io.output("\(count) rows: \(state.rawValue).\n")
        }
    }

    /// `regard database remove`.
    struct Remove: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Unlink a database: its list is withdrawn, then its keys are destroyed.",
            discussion: "No objection waits for it any more. What can't be withdrawn from here is said.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "Its id.") var id: String
        @Flag(help: "Leave its list as it is.") var keepList = false

        func run(in installation: Installation, io: CommandIO) async throws {
            _ = try await installation.requireLinked(id)
            let (list, words) =
                try await keepList ? ("kept", "its list was left as it is") : withdraw(in: installation)
            let audit = AuditEvent(
                at: installation.now(), actor: "command", role: "command", act: "database.removed", subject: id,
                detail: ["list": .string(list)])
            let isKnown = try await installation.database.write { [id] connection in
                let isKnown = try LinkedDatabaseStore.set(.removed, of: id, on: connection)
                if isKnown {
                    try StrayStore.forget(id, on: connection)
                    try audit.record(on: connection)
                }
                return isKnown
            }
            guard isKnown else { throw CommandFailure.failed("There is no linked database \(id), or it was removed.") }
            let generations = try await installation.database.read { [id] connection in
                try DatabaseKeyStore.all(of: id, on: connection).map(\.number)
            }
            // Once nothing is served any more: a hub without the key would say that it is missing.
            do {
                let keys = try installation.keyStore()
                for generation in generations { try keys.destroy(.key(of: id, generation: generation)) }
                try keys.destroy(.feed(id))
                try keys.destroy(.nextFeed(id))
            } catch {
                throw CommandFailure.failed("\(id) is removed, but its keys are still there: \(error)")
            }
            io.output(
                "\(id) is removed: \(words). Its keys are destroyed here; backups of them are for you to destroy.\n")
        }

        /// What became of the list, for the audit and in words.
        private func withdraw(in installation: Installation) async throws -> (String, String) {
            let repair: ListRepair
            do {
                repair = try await installation.listRepair(id)
            } catch let failure as CommandFailure {
                return (
                    "notWithdrawn", "its list could NOT be withdrawn (\(failure.message)); its custodian must end it"
                )
            }
            return switch try await RepairFailure.told({ try await repair.withdrawList() }) {
            case .ended(let rows): ("withdrawn", "its list is withdrawn, \(rows) rows ended")
            case .byCustodian: ("byCustodian", "its list is out of reach, and its custodian must be told to end it")
            case .failed(let reason):
                ("notWithdrawn", "its list could NOT be withdrawn (\(reason)); its custodian must end it")
            }
        }
    }
}
