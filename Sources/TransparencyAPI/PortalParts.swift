public import CivilTime
public import HTTPServer
import Propagation
import PublicRegistry
public import RightsRegistry
public import SQLDatabase
public import Vault

extension Portal {
    /// What the handlers call.
    public final class Parts: Sendable {
        let database: SQLDatabase
        let site: Site
        /// The portal's own address as citizens see it, without a slash at its end.
        let address: String
        let texts: SiteTexts
        let policy: RightsPolicy
        let templates: Templates
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
        let drafts: FilingDrafts
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
        let figuresMeter: FiguresMeter
        /// Bodies of the public half, dropped as soon as the register has changed.
        let cache = ResponseCache(maximumBytes: 64 * 1024 * 1024)

        /// - Parameter scan: looks at each file before it is taken; nil where no scanner is configured.
        public init(
            database: SQLDatabase, site: Site, address: String = "http://127.0.0.1:8080", texts: SiteTexts,
            policy: RightsPolicy, templates: Templates, files: StaticFiles,
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
    }
}
