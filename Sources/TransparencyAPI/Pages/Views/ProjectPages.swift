/// `/projets/{reference}`: all that is published of one project. What is missing is simply absent.
struct ProjectPage: Page {
    static let template = PageTemplate.project

    struct Party: Sendable {
        let name: String
        /// Sector, country or role, where given.
        var detail: String?
        var link: WebLink?
    }

    struct DatasetLink: Sendable {
        let title: Phrase
        /// Nil where the catalogue does not hold it.
        let href: String?
        /// Whether objections to this project reach the data there; not said where none counts.
        var isReached = false
    }

    struct Authorisation: Sendable {
        let body: String
        var reference: String?
        var date: String?
        var outcome: String?
    }

    struct Result: Sendable {
        let kind: String?
        let title: Phrase
        var date: String?
        var link: WebLink?
    }

    struct Release: Sendable {
        let date: String?
        let dataset: Phrase
        let datasetHref: String?
        let recipient: String
        var sensitivity: String?
        var recurrence: String?
        /// Whether objections were taken out before the release; nil where the register does not say.
        var optOutsApplied: Bool?
        var legalBasis: String?
        /// The signed document that proves it.
        var certificateHref: String?
        /// “Oui”, “Non”, “Non précisé”: filled by the page.
        var optOuts = ""
    }

    /// An extraction from which opt-outs were taken out, as the release gate certified it.
    struct Certificate: Sendable {
        let date: String
        let database: Phrase
        /// The day of the list that was used.
        let asOf: String
        /// “Au moins 990 lignes”: never an exact count.
        let rows: String
        /// “Moins de 11 personnes”.
        let removed: String
        /// The signed document.
        let href: String
    }

    struct Version: Sendable {
        /// “Version 7”, with the source's own label after it where it has one.
        let label: String
        /// The address that always shows this version.
        let href: String
        let recordedOn: String
        let isCurrent: Bool
        /// Names of the fields that changed.
        var changes: String?
    }

    /// Whether the right to object is open for this project.
    struct Objection: Sendable {
        /// Nil where the register does not say.
        let applies: Bool?
        let reason: Phrase?
        /// Whether the register says that it does not apply.
        let refuses: Bool
        /// From when on an objection counts.
        let from: String?
        /// Whether to object to this project alone can still change something.
        let isOffered: Bool
    }

    /// This version where it is not the newest.
    struct Old: Sendable {
        let n: String
        let recordedOn: String
        let currentHref: String
    }

    /// A project that left the register keeps its address.
    struct Tombstone: Sendable {
        let date: String
        let reason: Phrase?
    }

    let frame: PageFrame
    let reference: String
    let title: Phrase
    let status: Tag
    let statusMeaning: String?
    var acronym: String?
    var updatedOn: String?
    var tombstone: Tombstone?
    var summary: Prose?
    var controllers: [Party] = []
    var processors: [Party] = []
    var funders: [Party] = []
    var purpose: Prose?
    var publicInterest: Prose?
    var methods: Prose?
    var expectedOutputs: Prose?
    var datasets: [DatasetLink] = []
    var unlistedDatasets: [Phrase] = []
    var linkage: Prose?
    var sensitivity: Term?
    var accessType: Term?
    var procedure: Term?
    var legalBases: [String] = []
    var authorisations: [Authorisation] = []
    var timeline: ProjectTimeline?
    var startsOn: String?
    var endsOn: String?
    var retentionEndsOn: String?
    /// Until when results are awaited, and whether they are late.
    var awaited: AwaitedResults?
    /// In a few words.
    var transfers: String?
    var objection: Objection?
    var results: [Result] = []
    var contact: ContactDetails?
    var keywords: [String] = []
    var domains: [Phrase] = []
    /// The first of them; `releasesTotal` counts them all.
    var releases: [Release] = []
    var releasesTotal: String?
    /// Where the rest of a long list of releases is: the API's own list.
    var allReleasesHref: String?
    /// The newest of them, newest first.
    var certificates: [Certificate] = []
    /// Where all of them are, where there are more.
    var allCertificatesHref: String?
    var versions: [Version] = []
    var historyHref: String?
    var old: Old?
    var citation: ProjectCitation?
    /// The same for machines (schema.org), safe inside a script element.
    var jsonLD = ""
    /// The record as JSON.
    var dataHref: String?

    init(frame: PageFrame, reference: String, title: Phrase, status: String) {
        self.frame = frame
        self.reference = reference
        self.title = title
        let labels = Labels(frame.words)
        self.status = labels.projectStatus(status)
        statusMeaning = labels.projectStatusMeaning(status)
    }
}

extension ProjectPage.Certificate {
    static func rows(_ atLeast: Int, _ words: Words) -> String {
        words.language.pick(
            fr: atLeast == 0 ? "Moins de 11 lignes" : "Au moins \(words.number(atLeast)) lignes",
            en: atLeast == 0 ? "Fewer than 11 rows" : "At least \(words.number(atLeast)) rows")
    }

    static func removed(_ atLeast: Int, _ words: Words) -> String {
        words.language.pick(
            fr: atLeast == 0 ? "Moins de 11 personnes" : "Au moins \(words.number(atLeast)) personnes",
            en: atLeast == 0 ? "Fewer than 11 people" : "At least \(words.number(atLeast)) people")
    }
}

extension ProjectPage.Release {
    /// The words for `optOutsApplied`.
    static func optOutWords(_ applied: Bool?, _ language: Language) -> String {
        switch applied {
        case true?: language.pick(fr: "Oui", en: "Yes")
        case false?: language.pick(fr: "Non", en: "No")
        case nil: language.pick(fr: "Non précisé", en: "Not stated")
        }
    }

    init(
        date: String?, dataset: Phrase, datasetHref: String?, recipient: String, sensitivity: String?,
        recurrence: String?, optOutsApplied: Bool?, legalBasis: String? = nil, certificateHref: String? = nil,
        language: Language
    ) {
        let labels = Labels(language)
        self.init(
            date: date, dataset: dataset, datasetHref: datasetHref, recipient: recipient,
            sensitivity: sensitivity.map { labels.sensitivity($0).label },
            recurrence: recurrence.map(labels.recurrence), optOutsApplied: optOutsApplied,
            legalBasis: legalBasis, certificateHref: certificateHref,
            optOuts: Self.optOutWords(optOutsApplied, language))
    }
}
