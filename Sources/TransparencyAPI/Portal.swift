public import CivilTime
public import Crypto
public import HTTPServer
import Hummingbird
public import Logging
public import OpenIDConnect
public import Propagation
import PublicRegistry
public import RightsRegistry
public import SQLDatabase
public import Vault

/// Everything that the handlers call: one layer of services below the JSON API and the pages.
public struct Portal: Sendable {
    /// What citizens' own acts need: absent in a process of the public role.
    public struct Intake: Sendable {
        public let filing: FilingDesk
        public let follow: FollowDesk
        /// Seals the cookie that keeps `/suivi` open without a script.
        public let cookieKey: SymmetricKey
        /// Sign-in of citizens; nil where no provider of identities is set.
        public let signIn: SignIn?

        public init(filing: FilingDesk, follow: FollowDesk, cookieKey: SymmetricKey, signIn: SignIn? = nil) {
            self.filing = filing
            self.follow = follow
            self.cookieKey = cookieKey
            self.signIn = signIn
        }
    }

    /// By whom citizens may prove who they are.
    public struct SignIn: Sendable {
        public let party: RelyingParty
        /// The provider as citizens know it: FranceConnect.
        public let provider: String
        /// The portal's own address, without a slash at its end.
        public let origin: String

        public init(party: RelyingParty, provider: String, origin: String) {
            self.party = party
            self.provider = provider
            self.origin = origin
        }

        /// Where a provider sends browsers back to a portal at `origin`.
        public static func redirectAddress(at origin: String) -> String {
            origin + PagePath.signInReturn.path(in: .fr)
        }
    }

    /// What the operators' console needs: absent in processes that do not serve it.
    public struct Console: Sendable {
        public let desk: OperatorDesk
        public let sessions: OperatorSessions
        public let custodians: CustodianDesk

        public init(desk: OperatorDesk, sessions: OperatorSessions, custodians: CustodianDesk) {
            self.desk = desk
            self.sessions = sessions
            self.custodians = custodians
        }
    }

    /// What is for those who sign in, and needs the keys of the operators' process: absent elsewhere.
    public struct Choices: Sendable {
        public let desk: ChoicesDesk
        public let lostCodes: LostCodeDesk
        /// Opens the cookies of sign-in, and seals that of `/suivi`.
        public let cookieKey: SymmetricKey
        /// Nil where no provider of identities is set: the pages then tell of the other ways.
        public let signIn: SignIn?

        public init(
            desk: ChoicesDesk, lostCodes: LostCodeDesk, cookieKey: SymmetricKey, signIn: SignIn? = nil
        ) {
            self.desk = desk
            self.lostCodes = lostCodes
            self.cookieKey = cookieKey
            self.signIn = signIn
        }
    }

    let database: SQLDatabase
    let site: Site
    /// The portal's own address as citizens see it, without a slash at its end.
    let address: String
    let texts: SiteTexts
    let policy: RightsPolicy
    public let templates: Templates
    let files: StaticFiles
    let intake: Intake?
    let console: Console?
    let choices: Choices?
    let register: RegisterWatch
    /// Whether the constant answer that benchmarks compare with is served.
    let servesBenchmarks: Bool
    let now: TimeSource
    let random: RandomSource

    let projects: ProjectRegistry
    let datasets: DatasetRegistry
    /// The catalogue's titles.
    let datasetChoices: DatasetChoices
    /// The forms that citizens are filling.
    public let drafts: FilingDrafts
    /// Where files come in.
    let fileDoor: FileDoor
    /// Looks at each file before it is taken; nil where no scanner is configured.
    let scan: FileScan?
    let uploadBudget = UploadBudget(bytes: Portal.uploadBytes)
    /// What waits for the programs of custodians.
    let feeds: FeedDoor
    /// Takes what they answer of tasks; nil where their words can't be sealed.
    let taskAnswers: TaskAnswers?
    let feedWaiting = FeedWaiting()
    /// How long choices take to be confirmed.
    let delayMeter: DelayMeter
    /// What the register and the requests come to.
    public let figuresMeter: FiguresMeter
    /// Bodies of the public half, dropped as soon as the register has changed.
    let cache = ResponseCache(maximumBytes: 64 * 1024 * 1024)

    /// - Parameter scan: looks at each file before it is taken; nil where no scanner is configured.
    public init(
        database: SQLDatabase, site: Site, address: String = "http://127.0.0.1:8080", texts: SiteTexts,
        policy: RightsPolicy, templates: Templates,
        files: StaticFiles,
        intake: Intake?, console: Console?, choices: Choices? = nil, taskAnswers: TaskAnswers? = nil,
        register: RegisterWatch, servesBenchmarks: Bool = false, scan: FileScan? = nil,
        now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.site = site
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        self.texts = texts
        self.policy = policy
        self.templates = templates
        self.files = files
        self.intake = intake
        self.console = console
        self.choices = choices
        self.taskAnswers = taskAnswers
        self.register = register
        self.servesBenchmarks = servesBenchmarks
        self.now = now
        self.random = random
        fileDoor = FileDoor(limits: policy.files, scan: scan)
        self.scan = scan
        projects = ProjectRegistry(database: database)
        datasets = DatasetRegistry(database: database)
        datasetChoices = DatasetChoices(datasets)
        delayMeter = DelayMeter(database: database, now: now)
        figuresMeter = FiguresMeter(database: database, policy: policy, register: register, now: now)
        feeds = FeedDoor(database: database, now: now, random: random)
        drafts = FilingDrafts(
            database: database, lifetime: site.periods.filingDraftMinutes * 60, now: now, random: random)
    }

    /// Every route of this process: a contents page of the portal. A test holds it against the documents.
    public var routes: RouteTable {
        var routes = files.routes(publicFolder: "api") + machineRoutes
        routes += historyRoutes + historyPageRoutes + atomRoutes
        routes +=
            registryRoutes + projectExportRoutes + datasetRoutes + catalogueRoutes + linkedDatabaseRoutes + feedRoutes
            + publicPageRoutes
        routes += statisticsRoutes + figuresPageRoutes + concernedRoutes
        routes += sitemapRoutes
        if let intake { routes += requestRoutes(intake) + rightsPageRoutes(intake) }
        if let intake, let signIn = intake.signIn { routes += signInRoutes(intake, signIn) }
        if let choices { routes += choicesRoutes(choices) + lostCodeRoutes(choices) }
        if let console, let choices { routes += operatorLostCodeRoutes(console, choices.lostCodes) }
        if let console {
            routes += operatorRoutes(console) + operatorPageRoutes(console) + operatorEntryRoutes(console)
            routes += custodianRoutes(console) + propagationRoutes(console) + deskStatisticsRoutes(console)
            routes += registerEditorRoutes(console) + registerEditingRoutes(console)
        }
        return RouteTable(routes)
    }

    /// Reads what searches look through, so that nobody has to wait for it. Where that fails it is read by the first search.
    public func prepare(logger: Logger) async {
        do {
            try await projects.prepare()
            try await datasets.prepare()
        } catch {
            logger.warning("the register could not be read for searching", metadata: ["error": "\(error)"])
        }
    }

    /// How errors are answered: as pages to browsers, as RFC 9457 problems to everybody else.
    public var errorAnswers: ErrorAnswers {
        ErrorAnswers(mapping: { error, _ in Problems.problem(of: error) }, rendering: renderProblem)
    }

    /// The day it is where the institution is.
    var today: CalendarDate { now().date(in: policy.zone) }
}
