import RightsRegistry
import StrictJSON

/// `/operateur`: sign-in.
struct OperatorSignInPage: Page {
    static let template = PageTemplate.operatorSignIn

    let frame: PageFrame
    let summary: ErrorSummary?
    let notice: Notice?
    let name: FormField
    let password: FormField
    let otp: FormField

    /// - Parameter errors: pointers `/name`, `/password`, `/otp`; any other belongs to the name. The password and the
    ///   code are never written back.
    init(frame: PageFrame, name: String = "", errors: [FieldError] = [], notice: Notice? = nil) {
        let texts = FieldErrorTexts(frame.words)
        let messages = errors.map { error in
            let field = String(error.pointer.dropFirst())
            return FieldMessage(
                anchor: ["password", "otp"].contains(field) ? field : "name",
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        summary = ErrorSummary(messages)
        self.notice = notice
        self.name = FormField("name", value: name, error: messages.text(for: "name"))
        password = FormField("password", value: "", error: messages.text(for: "password"))
        otp = FormField("otp", value: "", error: messages.text(for: "otp"), hint: true)
    }
}

/// `/operateur/demandes`: the queue.
struct OperatorQueuePage: Page {
    static let template = PageTemplate.operatorQueue

    struct Row: Sendable {
        let href: String
        let reference: String
        let right: String
        /// In words, as `dueOn`.
        let receivedOn: String
        let dueOn: String?
        /// “En retard”, “Sous 3 jours”; nil where there is time.
        let alert: Tag?
        let state: Tag
        /// The operator who took it.
        let assignee: String?
        /// Set where the person has written and nobody has answered.
        let unanswered: Tag?
        /// As the bulk form names it: the reference and the number of its last event.
        let seen: String

        /// - Parameters:
        ///   - filters: those of the list, which the case's page keeps.
        ///   - daysLeft: until the earlier of the two due dates; negative where late; nil once decided.
        ///   - soon: how many days before the date the alert shows.
        init(
            reference: String, right: String, receivedOn: String, dueOn: String?, daysLeft: Int?, soon: Int,
            state: String, outcome: String?, assignee: String?, awaitsReply: Bool = false, eventCount: Int = 0,
            filters: String = "", language: Language
        ) {
            let labels = Labels(language)
            href = PagePath.operatorCase(reference).path(in: language) + filters
            seen = "\(reference)@\(eventCount)"
            self.reference = reference
            self.right = labels.right(right)
            self.receivedOn = receivedOn
            self.dueOn = dueOn
            alert = Self.alert(daysLeft, soon: soon, language)
            self.state = labels.requestState(state, outcome: outcome)
            self.assignee = assignee
            unanswered = Labels(language).unanswered(awaitsReply)
        }

        static func alert(_ daysLeft: Int?, soon: Int, _ language: Language) -> Tag? {
            guard let daysLeft, daysLeft <= soon else { return nil }
            if daysLeft < 0 { return Tag(language.pick(fr: "En retard", en: "Overdue"), .stop) }
            if daysLeft == 0 { return Tag(language.pick(fr: "Aujourd’hui", en: "Today"), .alert) }
            let days = Words(language).count(daysLeft, fr: ("jour", "jours"), en: ("day", "days"))
            return Tag(language.pick(fr: "Sous \(days)", en: "In \(days)"), .alert)
        }
    }

    let frame: PageFrame
    /// “12 demandes”.
    let total: String
    let states: [Choice]
    let rights: [Choice]
    /// All, mine, nobody's.
    let assignees: [Choice]
    let dues: [Choice]
    let query: String
    let isFiltered: Bool
    let rows: [Row]
    let desk: QueueDesk
    let pager: Pager?
    /// Whether this operator enters what came by post or telephone.
    let mayEnter: Bool
    /// Whether they void what was forged.
    let mayVoid: Bool
    /// The databases that are beyond their published target.
    let late: [LateDatabase]
    /// What this operator has taken and is to be decided soon.
    let own: OwnDueWords?
    let notice: Notice?

    /// - Parameters:
    ///   - assignee: `me`, `nobody` or nil for all; `due`: `late`, `soon` or nil for any.
    init(
        frame: PageFrame, total: Int, state: String?, right: String?, assignee: String?, due: String?, query: String,
        rows: [Row], desk: QueueDesk = .none, pager: Pager?, mayEnter: Bool = false, mayVoid: Bool = false,
        late: [LateDatabase] = [], own: OwnDueWords? = nil,
        notice: Notice? = nil
    ) {
        let language = frame.words
        let labels = Labels(language)
        self.frame = frame
        self.total = Words(language).requests(total)
        states = Labels.requestStates.map { Choice($0, labels.requestState($0).label, isChosen: $0 == state) }
        rights = Right.allCases.map(\.rawValue).map { Choice($0, labels.right($0), isChosen: $0 == right) }
        assignees =
            [
                Choice("me", language.pick(fr: "Les miennes", en: "Mine"), isChosen: assignee == "me"),
                Choice("nobody", language.pick(fr: "Sans agent", en: "Unassigned"), isChosen: assignee == "nobody"),
            ] + desk.colleagues
        dues = [
            Choice("late", language.pick(fr: "En retard", en: "Overdue"), isChosen: due == "late"),
            Choice("soon", language.pick(fr: "Bientôt", en: "Soon"), isChosen: due == "soon"),
        ]
        self.query = query
        isFiltered = state != nil || right != nil || assignee != nil || due != nil || !query.isEmpty
        self.rows = rows
        self.desk = desk
        self.pager = pager
        self.mayEnter = mayEnter
        self.mayVoid = mayVoid
        self.late = late
        self.own = own
        self.notice = notice
    }
}

/// `/operateur/demandes/{reference}`: one case.
struct OperatorCasePage: Page {
    static let template = PageTemplate.operatorCase

    /// The identity, once opened with a motive.
    struct Identity: Sendable {
        let birthName: String
        let usageName: String?
        let givenNames: String
        let birthDate: String
        let sex: String
        let birthPlace: String?
        let nir: String?
        var otherIdentifiers: [String] = []
        let email: String?
        let postal: String?
        let message: String?
        let details: String?
        /// Who files for the person.
        let requester: String?
        /// Whose number it is, where it does not fit.
        let nirHolder: String?
        /// Its members as they were filed, to be corrected.
        let filed: [String: String]
    }

    /// A proof that can be opened with a motive.
    struct Proof: Sendable {
        let id: String
        /// Where it is asked for.
        let path: String
        let file: FileWords
    }

    /// What this operator may do to this case now.
    struct Allowed: Sendable {
        var openIdentity = false
        var assign = false
        var verifyIdentity = false
        var grant = false
        var refuse = false
        var note = false
        var message = false
        var requestIdentity = false
        var extend = false
        var partiallyGrant = false
        var reopen = false
        var correctIdentity = false
        var provideIdentity = false
    }

    /// The identity, field by field, to be corrected.
    struct Correction: Sendable {
        struct Row: Sendable {
            let label: String
            let field: FormField
        }

        let rows: [Row]
        let sexes: [Choice]
        let holders: [Choice]
        let holderError: String?
        /// Whether the form opens unfolded: when it was refused.
        let isOpen: Bool

        /// - Parameters:
        ///   - values: by the names of a subject's members, given names with commas between them.
        ///   - messages: with anchors `subject/…`.
        init(values: [String: String], messages: [FieldMessage], isOpen: Bool, language: Language) {
            let labels = Labels(language)
            func row(_ name: String, _ french: String, _ english: String) -> Row {
                let error = messages.first { $0.anchor.hasPrefix("subject/\(name)") }?.text
                return Row(
                    label: language.pick(fr: french, en: english),
                    field: FormField(name, value: values[name] ?? "", error: error))
            }
            rows = [
                row("birthName", "Nom de naissance", "Birth name"), row("usageName", "Nom d’usage", "Name in use"),
                row("givenNames", "Prénoms, séparés par des virgules", "Given names, with commas between them"),
                row("birthDate", "Date de naissance (AAAA-MM-JJ)", "Date of birth (YYYY-MM-DD)"),
                row("birthPlace", "Code du lieu de naissance", "Code of the birthplace"), row("nir", "NIR", "NIR"),
            ]
            sexes = Sex.allCases.map {
                Choice($0.rawValue, labels.sex($0.rawValue), isChosen: values["sex"] == $0.rawValue)
            }
            holders = NIRHolder.allCases.map {
                Choice($0.rawValue, labels.nirHolder($0), isChosen: values["nirHolder"] == $0.rawValue)
            }
            holderError = messages.first { $0.anchor == "subject/nirHolder" }?.text
            self.isOpen = isOpen
        }
    }

    /// The refusal as it was typed, else the site's own texts.
    struct RefusalForm: Sendable {
        let grounds: [Choice]
        let groundsError: String?
        let reasons: FormField
        let complaint: FormField
        let judicialRemedy: FormField
        /// Whether the form opens unfolded: when it was refused.
        let isOpen: Bool
    }

    let frame: PageFrame
    let reference: String
    let right: String
    /// Once the identity is open.
    let capacity: String?
    /// What an objection covers.
    let scope: String?
    let state: Tag
    let assignee: String?
    let receivedOn: String
    let clock: ClockWords?
    let alert: Tag?
    /// Set where the person has written and nobody has answered.
    let unanswered: Tag?
    let decision: RefusalWords?
    let timeline: [TimelineEntry]
    let propagation: [DatabaseProgress]
    let controllers: [ControllerProgress]
    let tasks: OperatorTasks?
    /// What answers a request of access, put together.
    let package: OperatorPackage?
    /// To declare that a database can't apply it.
    let impossible: ImpossibleForm?
    /// What became of the notices, the newest first.
    let notices: [NoticeWords]
    /// Whether the citizen could not be told what happened last.
    let isUntold: Bool
    let proofs: [Proof]
    let desk: CaseDesk
    /// Whether whoever reads it has taken it already.
    let isMine: Bool
    let identity: Identity?
    let motives: [Choice]
    let motiveError: String?
    let noteError: String?
    /// To put right who it is about; shown once the identity is open, or where it came back with errors.
    let correction: Correction?
    /// The answer that a grant states, where the right is more than an objection.
    let answer: FormField?
    /// The objection that a granted withdrawal ends.
    let objection: FormField?
    let message: FormField
    let messageFiles: FilesField
    let answerFiles: FilesField
    let reasons: FormField
    let allowed: Allowed
    /// The citizen's messages that may have answered the question of identity, by number.
    let answers: [Choice]
    let hasActions: Bool
    let refusal: RefusalForm
    let summary: ErrorSummary?
    let notice: Notice?
    /// Where the acts are posted, with the field `type`.
    let eventsPath: String
    let identityPath: String
    /// The number of the last event seen, posted as `after`: an act on an older state is refused as a race.
    let after: String

    /// - Parameters:
    ///   - query: the filters of the list that one came from, with their question mark.
    ///   - grounds: codes of the grounds on which this right may be refused.
    ///   - typed: what was sent, where a form came back with errors (`grounds`, `reasons`, `complaint`,
    ///     `judicialRemedy`).
    ///   - complaint: the site's text, which the form starts from; as `judicialRemedy`.
    ///   - errors: pointers `/grounds`, `/reasons`, `/complaint`, `/judicialRemedy`, `/motive`, `/note`.
    init(
        frame: PageFrame, reference: String, right: String, capacity: String?, scope: String?, state: String,
        outcome: String?, assignee: String?, receivedOn: String, clock: ClockWords?, alert: Tag?,
        awaitsReply: Bool = false, decision: RefusalWords?, timeline: [TimelineEntry], propagation: [DatabaseProgress],
        controllers: [ControllerProgress] = [], tasks: OperatorTasks? = nil, package: OperatorPackage? = nil,
        impossible: ImpossibleForm? = nil,
        notices: [NoticeWords] = [],
        proofs: [Proof] = [], identity: Identity?, desk: CaseDesk, query: String = "", allowed: Allowed,
        answers: [Choice] = [], grounds: [String],
        complaint: String, judicialRemedy: String,
        after: Int, typed: [String: String] = [:], errors: [FieldError] = [], notice: Notice? = nil
    ) {
        let language = frame.words
        let labels = Labels(language)
        let texts = FieldErrorTexts(language, isConsole: true)
        let messages = errors.map { error in
            let field = String(error.pointer.dropFirst())
            let files = typed["type"] == EventType.granted.rawValue ? "answer-files" : "message-files"
            return FieldMessage(
                anchor: OperatorTasks.anchor(field, typed) ?? ImpossibleForm.anchor(field, typed)
                    ?? (field.hasPrefix("files") ? files : field),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        unanswered = labels.unanswered(awaitsReply)
        self.reference = reference
        self.right = labels.right(right)
        self.capacity = capacity.map(labels.capacity)
        self.scope = scope
        self.state = labels.requestState(state, outcome: outcome)
        self.assignee = assignee
        self.receivedOn = receivedOn
        self.clock = clock
        self.alert = alert
        self.decision = decision
        self.timeline = timeline
        self.propagation = propagation
        self.controllers = controllers
        self.tasks = tasks
        self.package = package
        self.impossible = impossible
        self.notices = notices.reversed()
        isUntold = notices.last?.isUndeliverable == true
        self.proofs = proofs
        self.desk = desk
        isMine = assignee != nil && assignee == frame.signedIn?.name
        self.identity = identity
        motives = Self.motiveCodes.map { Choice($0, Self.motive($0, language), isChosen: $0 == typed["motive"]) }
        motiveError = messages.text(for: "motive")
        noteError = messages.text(for: "note")
        self.allowed = allowed
        self.answers = answers
        let isCorrected = typed["type"] == EventType.identityCorrected.rawValue
        correction =
            allowed.correctIdentity
            ? (isCorrected ? typed : identity?.filed).map {
                Correction(values: $0, messages: messages, isOpen: isCorrected, language: language)
            } : nil
        let kind = Right(rawValue: right)
        func field(_ name: String, of types: [EventType]) -> FormField {
            let isTyped = types.contains { $0.rawValue == typed["type"] }
            return FormField(
                name, value: isTyped ? typed[name] ?? "" : "", error: isTyped ? messages.text(for: name) : nil,
                hint: true)
        }
        answer = kind == .objection || kind == .objectionWithdrawal ? nil : field("text", of: [.granted])
        objection = kind == .objectionWithdrawal ? field("objection", of: [.granted]) : nil
        message = field("text", of: [.message, .identityRequested])
        func files(_ id: String, of type: EventType) -> FilesField {
            let isTyped = typed["type"] == type.rawValue
            return FilesField(
                id, answered: isTyped ? FollowAnswer(form: .message, text: "", errors: errors) : nil, language: language
            )
        }
        messageFiles = files("message-files", of: .message)
        answerFiles = files("answer-files", of: .granted)
        reasons = field("reasons", of: [.extended, .reopened])
        hasActions =
            allowed.message || allowed.extend || allowed.reopen || allowed.assign || allowed.verifyIdentity
            || allowed.grant || allowed.refuse || allowed.note
        refusal = RefusalForm(
            grounds: grounds.map { Choice($0, labels.refusalGround($0), isChosen: $0 == typed["grounds"]) },
            groundsError: messages.text(for: "grounds"),
            reasons: FormField(
                "reasons", value: impossible?.isOpen == true ? "" : typed["reasons"] ?? "",
                error: messages.text(for: "reasons"), hint: true),
            complaint: FormField(
                "complaint", value: typed["complaint"] ?? complaint, error: messages.text(for: "complaint")),
            judicialRemedy: FormField(
                "judicialRemedy", value: typed["judicialRemedy"] ?? judicialRemedy,
                error: messages.text(for: "judicialRemedy")),
            isOpen: messages.contains { ["grounds", "reasons", "complaint", "judicialRemedy"].contains($0.anchor) })
        summary = ErrorSummary(messages)
        self.notice = notice
        eventsPath = PagePath.operatorEvents(reference).path(in: language) + query
        identityPath = PagePath.operatorIdentity(reference).path(in: language) + query
        self.after = String(after)
    }

    /// The codes that `identityPath` accepts as `motive`; they go into the audit.
    static let motiveCodes = OpeningMotive.allCases.map(\.rawValue)

    /// A motive in words, as the citizen reads it as well.
    static func motive(_ code: String, _ language: Language) -> String {
        switch code {
        case "identityCheck": language.pick(fr: "vérifier l’identité", en: "check the identity")
        case "answer": language.pick(fr: "répondre à la personne", en: "answer the person")
        case "correction": language.pick(fr: "corriger une erreur", en: "correct a mistake")
        case "dispute": language.pick(fr: "traiter une contestation", en: "handle a dispute")
        default: code
        }
    }
}
