import CivilTime
public import Crypto
public import HTTPServer
import Hummingbird
public import Logging
public import OpenIDConnect
public import Propagation
import PublicRegistry
public import RightsRegistry
import SQLDatabase
import Vault

/// Everything that the handlers call: one layer of services below the JSON API and the pages.
///
/// Its parts stand behind one reference. Each request's handler has the portal to itself, and copying thirty parts took a fifth of
/// the time of an answer from memory.
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

    private let parts: Parts

    public init(_ parts: Parts) { self.parts = parts }

    var database: SQLDatabase { parts.database }
    var site: Site { parts.site }
    var address: String { parts.address }
    var texts: SiteTexts { parts.texts }
    var policy: RightsPolicy { parts.policy }
    public var templates: Templates { parts.templates }
    var files: StaticFiles { parts.files }
    var intake: Intake? { parts.intake }
    var console: Console? { parts.console }
    var choices: Choices? { parts.choices }
    var register: RegisterWatch { parts.register }
    var servesBenchmarks: Bool { parts.servesBenchmarks }
    var now: TimeSource { parts.now }
    var random: RandomSource { parts.random }
    var projects: ProjectRegistry { parts.projects }
    var datasets: DatasetRegistry { parts.datasets }
    var datasetChoices: DatasetChoices { parts.datasetChoices }
    public var drafts: FilingDrafts { parts.drafts }
    var fileDoor: FileDoor { parts.fileDoor }
    var scan: FileScan? { parts.scan }
    var uploadBudget: UploadBudget { parts.uploadBudget }
    var feeds: FeedDoor { parts.feeds }
    var taskAnswers: TaskAnswers? { parts.taskAnswers }
    var feedWaiting: FeedWaiting { parts.feedWaiting }
    var delayMeter: DelayMeter { parts.delayMeter }
    public var figuresMeter: FiguresMeter { parts.figuresMeter }
    var cache: ResponseCache { parts.cache }

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
