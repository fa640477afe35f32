import RightsRegistry

/// What every page shares: language and twin, navigation, the institution, assets, the demonstration banner.
struct PageFrame: Sendable {
    /// Which entry of the navigation is the current one.
    enum Section: Sendable {
        case projects, datasets, concerned, request, follow
        /// Of the console.
        case queue, linkedDatabases, letters, lostCodes, statistics, register, templates, team, search
    }

    let language: String
    let otherLanguage: String
    /// The page's own title, without the site's name.
    let title: String
    let description: String?
    let path: String
    let twinPath: String
    let siteName: String
    let institution: String
    /// The institution's own logo, where the site sets one; Regard's is drawn otherwise.
    let logo: String?
    let current: CurrentSection
    let links: PageLinks
    /// The Atom feed of what this page shows.
    let feed: String?
    let assets: AssetURLs
    let demonstration: Bool
    /// Whether an objection leaves for the linked databases when it is filed, rather than when it is granted.
    let registersOnFiling: Bool
    /// Personal pages and errors stay out of search engines.
    let hiddenFromSearch: Bool
    let signedIn: SignedInOperator?
    /// Whether this page belongs to the operators' console: another navigation, a wider page.
    let isConsole: Bool
    let styles: [String]
    let contact: ContactWords
    /// Names of the partials that hold the words of the layout in this language.
    let headerPartial: String
    let footerPartial: String
    let toFillPartial: String
    let words: Language
    /// The age from which a minor acts alone.
    let minorActsFrom: Int

    /// - Parameters:
    ///   - query: the query string to keep on the twin's link, with its question mark.
    ///   - signedIn: the operator, on pages of the console.
    init(
        site: Site, language: Language, page: PagePath, title: String, section: Section? = nil, assets: AssetURLs,
        description: String? = nil, query: String = "", hiddenFromSearch: Bool = false,
        signedIn: SignedInOperator? = nil
    ) {
        self.language = language.rawValue
        otherLanguage = language.other.rawValue
        self.title = title
        self.description = description
        path = page.path(in: language)
        twinPath = page.path(in: language.other) + query
        siteName = site.name
        institution = site.institution.name[language]
        logo = site.institution.logo.map(assets.address)
        current = CurrentSection(section ?? page.consoleSection)
        links = PageLinks(language)
        feed = page.feed(in: language, query: query)
        self.assets = assets
        demonstration = site.demonstration
        registersOnFiling = site.policy.register == .onFiling
        self.signedIn = signedIn
        isConsole = page.isConsole
        styles = assets.styles(of: page)
        self.hiddenFromSearch = hiddenFromSearch || page.isConsole
        contact = ContactWords(site: site, language: language)
        headerPartial = "\(language.rawValue).header"
        footerPartial = "\(language.rawValue).footer"
        toFillPartial = "\(language.rawValue).to-fill"
        words = language
        minorActsFrom = site.periods.parentActsUnderAge
    }
}

/// The entry of the navigation to mark with `aria-current`.
struct CurrentSection: Sendable {
    let projects: Bool
    let datasets: Bool
    let concerned: Bool
    let request: Bool
    let follow: Bool
    let queue: Bool
    let linkedDatabases: Bool
    let letters: Bool
    let lostCodes: Bool
    let statistics: Bool
    let register: Bool
    let templates: Bool
    let team: Bool
    let search: Bool

    init(_ section: PageFrame.Section?) {
        projects = section == .projects
        datasets = section == .datasets
        concerned = section == .concerned
        request = section == .request
        follow = section == .follow
        queue = section == .queue
        linkedDatabases = section == .linkedDatabases
        letters = section == .letters
        lostCodes = section == .lostCodes
        statistics = section == .statistics
        register = section == .register
        templates = section == .templates
        team = section == .team
        search = section == .search
    }
}

/// Every fixed address, in the page's language.
struct PageLinks: Sendable {
    let home: String
    let projects: String
    let datasets: String
    let variables: String
    let linkedDatabases: String
    let changes: String
    let typographyRule: String
    let figures: String
    let concerned: String
    let glossary: String
    let rights: String
    let easyRights: String
    let rightsForm: String
    let request: String
    /// The form with a right that a query chooses.
    let requestFor: String
    let requestErasure: String
    let requestAnother: String
    let follow: String
    let followWithdrawal: String
    let followMessage: String
    let followReopening: String
    let followProof: String
    let followKept: String
    let followIdentity: String
    let followPackage: String
    let followPackageCode: String
    let receipt: String
    let receiptFile: String
    let dueDate: String
    let letters: String
    let followLeave: String
    let lostCode: String
    let lostCodeRenewal: String
    let lostCodeLetter: String
    let choices: String
    let choicesNumber: String
    let attestation: String
    let attestationFile: String
    let signIn: String
    let signInLeave: String
    let operatorSignIn: String
    let operatorSignOut: String
    let operatorQueue: String
    let operatorBatch: String
    let operatorFilters: String
    let operatorTeam: String
    let operatorSearch: String
    let operatorWaves: String
    let operatorLetters: String
    let operatorLostCodes: String
    let operatorStatistics: String
    let custodianDatabases: String
    let operatorRegister: String
    let operatorImport: String
    let operatorEntry: String
    let operatorTemplates: String
    let accessibility: String
    let personalData: String
    let legalNotice: String

    init(_ language: Language) {
        func path(_ page: PagePath) -> String { page.path(in: language) }
        home = path(.home)
        projects = path(.projects)
        datasets = path(.datasets)
        variables = path(.variables)
        linkedDatabases = path(.linkedDatabases)
        changes = path(.changes)
        typographyRule = path(.typographyRule)
        figures = path(.figures)
        concerned = path(.concerned)
        glossary = path(.glossary)
        rights = path(.rights)
        easyRights = path(.easyRights)
        rightsForm = path(.rightsForm)
        request = path(.request)
        requestFor = path(.requestStep(.capacity))
        requestErasure = path(.requestErasure)
        requestAnother = path(.requestAnother)
        follow = path(.follow)
        followWithdrawal = path(.followWithdrawal)
        followMessage = path(.followMessage)
        followReopening = path(.followReopening)
        followProof = path(.followProof)
        followKept = path(.followKept)
        followIdentity = path(.followIdentity)
        followPackage = path(.followPackage)
        followPackageCode = path(.followPackageCode)
        receipt = path(.receipt)
        receiptFile = path(.receiptFile)
        dueDate = path(.dueDate)
        letters = path(.letters)
        followLeave = path(.followLeave)
        lostCode = path(.lostCode)
        lostCodeRenewal = path(.lostCodeRenewal)
        lostCodeLetter = path(.lostCodeLetter)
        choices = path(.choices)
        choicesNumber = path(.choicesNumber)
        attestation = path(.attestation)
        attestationFile = path(.attestationFile)
        signIn = path(.signIn)
        signInLeave = path(.signInLeave)
        operatorSignIn = path(.operatorSignIn)
        operatorSignOut = path(.operatorSignOut)
        operatorQueue = path(.operatorQueue)
        operatorBatch = path(.operatorBatch)
        operatorFilters = path(.operatorFilters)
        operatorTeam = path(.operatorTeam)
        operatorSearch = path(.operatorSearch)
        operatorWaves = path(.operatorWaves)
        operatorLetters = path(.operatorLetters)
        operatorLostCodes = path(.operatorLostCodes)
        operatorStatistics = path(.operatorStatistics)
        custodianDatabases = path(.custodianDatabases)
        operatorRegister = path(.operatorRegister)
        operatorImport = path(.operatorImport)
        operatorEntry = path(.operatorEntry)
        operatorTemplates = path(.operatorTemplates)
        accessibility = path(.accessibility)
        personalData = path(.personalData)
        legalNotice = path(.legalNotice)
    }
}

/// Addresses of the static files, each with whatever makes it safe to cache for ever.
struct AssetURLs: Sendable {
    let script: String
    /// What the console's pages add to it.
    let deskScript: String
    let icon: String
    let address: @Sendable (String) -> String

    /// - Parameter address: gives the address to serve for a logical path such as `/css/regard.css`.
    init(_ address: @escaping @Sendable (String) -> String) {
        script = address("/js/regard.js")
        deskScript = address("/js/desk.js")
        icon = address("/images/icon.svg")
        self.address = address
    }

    /// The style sheets of a page, in the order in which they build on one another.
    func styles(of page: PagePath) -> [String] {
        var sheets = ["site-colours", "regard", "register"]
        // Drawings and their tables weigh much, and nothing is filled in beside them.
        if page != .figures { sheets += ["forms", "history"] }
        if [.figures, .concerned, .operatorStatistics].contains(page) { sheets.append("figures") }
        if page.isConsole { sheets.append("console") }
        return (sheets + ["print"]).map { address("/css/\($0).css") }
    }
}

/// How to reach the institution without this site.
struct ContactWords: Sendable {
    let dpoName: String
    let dpoEmail: String
    let postalLines: [String]
    let phone: String
    /// For a `tel:` link.
    let phoneDigits: String
    let phoneHours: String

    init(site: Site, language: Language) {
        dpoName = site.contacts.dpo.name[language]
        dpoEmail = site.contacts.dpo.email
        postalLines = site.contacts.postal[language].split(separator: "\n").map(String.init)
        phone = site.contacts.phone
        phoneDigits = site.contacts.phone.filter { $0.isNumber || $0 == "+" }
        phoneHours = site.contacts.phoneHours[language]
    }
}

/// Who is signed in to the console.
struct SignedInOperator: Sendable {
    let name: String
    /// The role in the page's language.
    let role: String
    /// Whether they answer for databases, and see nothing else.
    let isCustodian: Bool
    /// Whether they write the public register, and see no request.
    let isEditor: Bool
    /// Whether they have something to do there, editors and those who agree that a record leaves.
    let seesRegister: Bool
}

extension PagePath {
    /// Whether the page belongs to the operators' console.
    var isConsole: Bool {
        switch self {
        case .operatorSignIn, .operatorSignOut, .operatorQueue, .operatorEntry, .operatorEntered, .operatorCase,
            .operatorEvents, .operatorIdentity, .operatorFile, .operatorPackage, .operatorBatch, .operatorNext,
            .operatorFilters,
            .operatorTeam, .operatorSearch, .operatorWaves, .operatorStatistics, .operatorLetters, .operatorLostCodes,
            .operatorLostCode,
            .custodianDatabases, .custodianDatabase, .custodianList, .custodianListAsked, .custodianChanges,
            .custodianAttestation, .operatorExceptions, .operatorReconciliation, .operatorResume,
            .custodianTask, .operatorRegister, .operatorRecord, .operatorRecordPreview, .operatorRecordRemoval,
            .operatorImport,
            .operatorImportTrial, .operatorProposal, .operatorRecall, .operatorTemplates, .operatorTemplate:
            true
        case .projectHistory, .projectVersions, .datasetHistory, .datasetVersions, .changes, .changesOf,
            .typographyRule,
            .home, .projects, .project, .datasets, .dataset, .datasetTable, .variables, .linkedDatabases, .rights,
            .figures, .concerned,
            .projectVersion, .glossary, .easyRights, .rightsForm, .request,
            .requestStep,
            .requestErasure, .requestAnother, .follow, .followWithdrawal, .followMessage, .followProof, .followFile,
            .followKept, .followIdentity, .followPackage, .followPackageCode, .followReopening, .receipt, .receiptFile,
            .dueDate, .letters, .followLeave,
            .lostCode, .lostCodeRenewal, .lostCodeLetter, .lostCodeAsked, .choices, .choicesNumber, .choice,
            .attestation, .attestationFile, .signIn, .signInGo, .signInReturn, .signInLeave, .accessibility,
            .personalData, .legalNotice:
            false
        }
    }
}

extension PagePath {
    /// The entry of the console's navigation that a page stands under; nil elsewhere.
    fileprivate var consoleSection: PageFrame.Section? {
        switch self {
        case .operatorQueue, .operatorEntry, .operatorEntered, .operatorCase, .operatorBatch, .operatorWaves: .queue
        case .operatorTeam: .team
        case .operatorSearch: .search
        case .custodianDatabases, .custodianDatabase: .linkedDatabases
        case .operatorLetters: .letters
        case .operatorTemplates, .operatorTemplate: .templates
        case .operatorRegister, .operatorRecord, .operatorRecordPreview, .operatorRecordRemoval, .operatorImport,
            .operatorImportTrial:
            .register
        case .operatorLostCodes, .operatorLostCode: .lostCodes
        case .operatorStatistics: .statistics
        default: nil
        }
    }
}
