import ArgumentParser
import Foundation
import HTTPServer
import Hummingbird
import Logging
import Outbound
import Propagation
import RightsRegistry
import SQLDatabase
import ServiceLifecycle
import TransparencyAPI
import Vault

/// `regard serve`: the portal, with the jobs of its role.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve the portal.")

    /// What a process is for, and so which keys it reads.
    enum Role: String, ExpressibleByArgument, CaseIterable {
        case all, `public`, intake, `operator`

        var takesFilings: Bool { self == .all || self == .intake }
        var servesOperators: Bool { self == .all || self == .operator }
    }

    @OptionGroup var settings: SettingsOptions
    @Option(help: "all, public, intake or operator.") var role = Role.all
    @Option(help: "The address to listen at (REGARD_HOST).") var host: String?
    @Option(help: "The port to listen at (REGARD_PORT).") var port: Int?
    @Flag(help: "Leave the linked databases to “regard hub” (PostgreSQL).") var noHub = false

    func run() async throws {
        let settings = try await Settings.read(settings, host: host, port: port)
        if case .sqlite = settings.database, role == .intake || role == .operator {
            throw CommandFailure.usage(
                "On an embedded database one process does everything: --role all. Separate roles need PostgreSQL.")
        }
        let logger = Logs.logger(settings.log)
        let installation = try await Installation.open(settings, logger: logger)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(installation))
        } catch {
            result = .failure(error)
        }
        await installation.database.close()
        try result.get()
    }

    private func serve(_ installation: Installation) async throws {
        let (settings, logger) = (installation.settings, installation.logger)
        if role.servesOperators { try await installation.eraseBeforeServing() }
        let register = RegisterWatch(database: installation.database)
        try await register.refresh()
        let signInThreads = OutboundThreads(count: 8)
        let mailThreads = OutboundThreads(count: 4)
        let scannerThreads = OutboundThreads(count: 4)
        let portal = try await installation.portal(
            role: role, register: register, signInThreads: signInThreads, scannerThreads: scannerThreads)

        let figures = portal.figuresMeter
        var services: [any Service] = [
            BackgroundService { await register.run(logger: logger) },
            BackgroundService {
                // Both read the whole register: whoever searches right after the start waits for the first alone.
                await portal.prepare(logger: logger)
                await figures.run(logger: logger)
            },
        ]
        if role.servesOperators || installation.database.engine == .sqlite {
            let sequencer = installation.sequencer
            services.append(BackgroundService { await sequencer.run(logger: logger) })
        }
        // On an embedded database nobody else could carry objections.
        if role == .all, !noHub || installation.database.engine == .sqlite {
            let hub = try await installation.hub(scannerThreads: scannerThreads)
            services.append(BackgroundService { await hub.run() })
            let reconciliation = try installation.reconciliationJobs()
            services.append(BackgroundService { await reconciliation.run() })
        }
        if role.servesOperators, let indexing = try await installation.personIndexing() {
            services.append(BackgroundService { await indexing.run(logger: logger) })
        }
        if role.takesFilings {
            let drafts = portal.drafts
            services.append(BackgroundService { await drafts.run(logger: logger) })
        }
        if role.servesOperators {
            services += try await installation.jobs(templates: portal.templates, mailThreads: mailThreads)
        }
        if let socket = settings.socket {
            services.append(AdministrationServer(installation: installation, socket: socket))
        }
        if role == .all {
            logger.notice(
                "one process holds every key: separation exists only with separate roles, users and key folders")
        }
        if settings.isBehindTLS, settings.proxies.isEmpty {
            logger.warning(
                "no REGARD_PROXIES: everybody who comes through a proxy counts as one address, and shares one limit")
        }
        let application = makeApplication(
            configuration: ServerConfiguration(
                host: settings.host, port: settings.port, allowedHosts: settings.allowedHosts,
                isBehindTLS: settings.isBehindTLS, trustedProxies: settings.proxies,
                rateLimits: settings.rateLimits),
            routes: portal.routes, errors: portal.errorAnswers, services: services, logger: logger,
            onListening: { port in
                FileHandle.standardOutput.write(Data(words(host: settings.host, port: port).utf8))
            })
        try await application.runService()
        try await signInThreads.shutdown()
        try await mailThreads.shutdown()
        try await scannerThreads.shutdown()
    }

    private func words(host: String, port: Int) -> String {
        let address = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        return """
            Regard listens.
              the portal      \(address)/           (in English: \(address)/en/)
              the API         \(address)/api/v1/projects
            \(role.servesOperators ? "  the operators   \(address)/operateur\n" : "")Ctrl-C ends it; what is under way is finished first.

            """
    }
}

extension Installation {
    /// Before anybody is served: erases again whatever an older database that stands here lacks.
    fileprivate func eraseBeforeServing() async throws {
        do {
            try makeMissingKeys(in: try keyStore())
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        }
        let again = try await caseErasure().replay()
        if !again.isEmpty {
            logger.warning(
                "cases that had been erased stood in this database, as in an older one: they are erased again",
                metadata: ["count": "\(again.count)"])
        }
    }

    /// The job that finds the persons of filings. Throws `CommandFailure` where this process has another key than the one
    /// that the index was made with: it would find nobody, in silence.
    fileprivate func personIndexing() async throws -> PersonIndexing? {
        let indexing: PersonIndexing?
        do {
            let keys = try await rightsKeys(servesOperators: true)
            indexing = PersonIndexing(database: database, keys: keys, policy: policy, now: now)
        } catch let error as KeyStoreError {
            throw CommandFailure.refused("\(error)")
        }
        if try await indexing?.isUnderAnotherKey() == true {
            throw CommandFailure.refused(
                "person-index.key is not the key that this database's index of persons was made with. Copy that one "
                    + "from where it is kept.")
        }
        return indexing
    }

    /// An installation from before the index of persons, the release gate or the signed connectors gets their keys at the
    /// start where no other process can need the same; elsewhere `regard init` makes them once, to be copied.
    private func makeMissingKeys(in store: KeyStore) throws(KeyStoreError) {
        guard database.engine == .sqlite else { return }
        if !store.exists(.personIndex) { try store.createSymmetricKey(.personIndex) }
        try store.initialiseSigningKeys()
    }

    /// The portal of a process, with the services and the keys of its role. Throws `CommandFailure`.
    fileprivate func portal(
        role: Serve.Role, register: RegisterWatch, signInThreads: OutboundThreads, scannerThreads: OutboundThreads
    ) async throws -> Portal {
        do {
            let policy = policy
            var intake: Portal.Intake?
            var console: Portal.Console?
            var choices: Portal.Choices?
            var taskAnswers: TaskAnswers?
            if role != .public {
                let store = try keyStore()
                try makeMissingKeys(in: store)
                let keys = try await rightsKeys(servesOperators: role.servesOperators)
                taskAnswers = TaskAnswers(
                    database: database, cases: try store.casesKeys(), policy: policy,
                    scan: settings.scanner?.scan(threads: scannerThreads, logger: logger), now: now)
                let signIn = try settings.signIn?.signIn(threads: signInThreads, now: now)
                if role.takesFilings {
                    intake = Portal.Intake(
                        filing: FilingDesk(database: database, keys: keys, policy: policy, now: now),
                        // Another process may print the letters of this one.
                        follow: FollowDesk(
                            database: database, keys: keys, policy: policy,
                            printsLetters: settings.letters != nil || !role.servesOperators, now: now),
                        cookieKey: try store.symmetricKey(.cookies),
                        signIn: signIn)
                }
                if role.servesOperators {
                    console = Portal.Console(
                        desk: OperatorDesk(database: database, keys: keys, policy: policy, now: now),
                        sessions: OperatorSessions(
                            accounts: try operatorAccounts(), idleSeconds: site.periods.operatorIdleMinutes * 60,
                            absoluteSeconds: site.periods.operatorSessionHours * 3600),
                        custodians: CustodianDesk(database: database, keys: store, policy: policy, now: now))
                    if let desk = ChoicesDesk(database: database, keys: keys, policy: policy, now: now),
                        let lostCodes = LostCodeDesk(
                            database: database, keys: keys, policy: policy, printsLetters: settings.letters != nil,
                            now: now)
                    {
                        choices = Portal.Choices(
                            desk: desk, lostCodes: lostCodes, cookieKey: try store.symmetricKey(.cookies),
                            signIn: signIn)
                    }
                }
            }
            return Portal(
                Portal.Parts(
                    database: database, site: site, address: settings.portal,
                    texts: try SiteTexts(directory: settings.resources.appending(path: "site")), policy: policy,
                    templates: try Templates(directory: settings.resources.appending(path: "templates")),
                    files: try StaticFiles(folder: settings.resources.appending(path: "public")), intake: intake,
                    console: console, choices: choices, taskAnswers: taskAnswers, register: register,
                    servesBenchmarks: settings.servesBenchmarks,
                    scan: settings.scanner?.scan(threads: scannerThreads, logger: logger), now: now))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.failed("\(error)")
        }
    }
}
