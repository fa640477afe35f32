import Foundation
import RightsRegistry
import StrictJSON

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
        /// Giving it to somebody else.
        var give = false
        var verifyIdentity = false
        var grant = false
        var refuse = false
        var note = false
        var message = false
        var requestIdentity = false
        var extend = false
        var partiallyGrant = false
        /// Proposing a refusal, or a grant in part, that somebody else confirms: then these forms propose.
        var propose = false
        var transfer = false
        var void = false
        /// Whether the form of a refusal is shown, be it to refuse or to propose.
        var mayRefuse = false
        /// Whether a refusal is another role's to decide, to whom the case can be given.
        var handsRefusalOn = false
        /// Whether this role acts on no case.
        var isReader = false
        var askDatabases = false
        var reopen = false
        var correctIdentity = false
        var provideIdentity = false
        var recordDeath = false
        var unrecordDeath = false
        /// Closing a case that nobody can read any more.
        var closeUnread = false
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
        let tools: FormTools
        /// Whether the form opens unfolded: when it was refused.
        let isOpen: Bool
    }

    /// A form of one text.
    struct WordsForm: Sendable {
        let text: FormField
        let tools: FormTools
        /// Whether it opens unfolded: with a mistake, or with a draft.
        let isOpen: Bool
    }

    let frame: PageFrame
    let reference: String
    let right: String
    /// The day on which it was erased; nil while it is kept.
    let erased: String?
    /// Whether its keys are gone, though it was not erased.
    let isLost: Bool
    /// How it is closed then; nil for whoever may not, and once it is.
    let unreadable: UnreadableForm?
    let brief: CaseBrief
    let state: Tag
    let assignee: String?
    let clock: ClockWords?
    let alert: Tag?
    /// Set where the person has written and nobody has answered.
    let unanswered: Tag?
    let decision: RefusalWords?
    let timeline: [TimelineEntry]
    let propagation: [DatabaseProgress]
    let controllers: [ControllerProgress]
    let tasks: OperatorTasks?
    /// To declare that a database can't apply it.
    let impossible: ImpossibleForm?
    /// What answers a request of access, put together.
    let package: OperatorPackage?
    /// The person's death.
    let death: CaseDeath
    /// What became of the notices, the newest first.
    let notices: [NoticeWords]
    /// Whether the citizen could not be told what happened last.
    let isUntold: Bool
    /// Whether that is since no key opens the case.
    let isUnopened: Bool
    let proofs: [Proof]
    let desk: CaseDesk
    /// Whether whoever reads it has taken it already.
    let isMine: Bool
    let identity: Identity?
    let motives: [Choice]
    let motiveError: String?
    /// What was sent and can be recalled.
    let held: HeldWords?
    /// What did not go, and why.
    let failures: [FailureWords]
    let proposal: ProposalWords?
    let noteForm: WordsForm
    /// To put right who it is about; shown once the identity is open, or where it came back with errors.
    let correction: Correction?
    /// The answer that a grant states, where the right is more than an objection.
    let answer: FormField?
    /// The objection that a granted withdrawal ends.
    let objection: FormField?
    let answerTools: FormTools
    let message: FormField
    let messageTools: FormTools
    let messageFiles: FilesField
    let answerFiles: FilesField
    let extending: WordsForm
    let reopening: WordsForm
    let voiding: WordsForm
    let transferring: WordsForm
    /// The body that a request is transferred to.
    let recipient: FormField
    let allowed: Allowed
    /// The citizen's messages that may have answered the question of identity, by number.
    let answers: [Choice]
    let hasActions: Bool
    /// Nil where no ground is left on which this could be refused.
    let refusal: RefusalForm?
    /// Who may refuse, where whoever reads it may not; empty where nobody is to be told.
    let refusers: [Choice]
    /// “dominique, simone”; nil where there is nobody.
    let refuserNames: String?
    /// Whether whoever reads it could refuse if their role did.
    let handsRefusalOn: Bool
    /// Before a grant: which databases nobody has asked, or have not answered.
    let grantWarning: String?
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
    ///   - refusers: who may refuse, where whoever reads it may not.
    ///   - unasked: where the right is one that databases are asked about.
    ///   - typed: what was sent, where a form came back with errors (`grounds`, `reasons`, `complaint`,
    ///     `judicialRemedy`).
    ///   - complaint: the site's text, which the form starts from; as `judicialRemedy`.
    ///   - erased: the day on which it was erased.
    ///   - errors: pointers `/grounds`, `/reasons`, `/complaint`, `/judicialRemedy`, `/motive`, `/note`.
    init(
        frame: PageFrame, reference: String, right: String, state: String,
        outcome: String?, assignee: String?, brief: CaseBrief, clock: ClockWords?, alert: Tag?,
        awaitsReply: Bool = false, decision: RefusalWords?, timeline: [TimelineEntry], propagation: [DatabaseProgress],
        controllers: [ControllerProgress] = [], tasks: OperatorTasks? = nil, package: OperatorPackage? = nil,
        impossible: ImpossibleForm? = nil, death: CaseDeath,
        notices: [NoticeWords] = [],
        proofs: [Proof] = [], identity: Identity?, desk: CaseDesk, query: String = "", allowed: Allowed,
        answers: [Choice] = [], grounds: [String],
        refusers: [Choice] = [], unasked: AskedDatabases? = nil,
        complaint: String, judicialRemedy: String,
        after: Int, answering: CaseAnswering = .none, templates: [AnswerTemplate] = [], held: HeldWords? = nil,
        proposal: ProposalWords? = nil, zone: TimeZone, typed: [String: String] = [:], errors: [FieldError] = [],
        notice: Notice? = nil, erased: String? = nil, isLost: Bool = false
    ) {
        let language = frame.words
        let typedForm = typed["type"].flatMap(EventType.init(rawValue:)).flatMap(DraftForm.init(of:))
        let labels = Labels(language)
        let texts = FieldErrorTexts(language, isConsole: true)
        let messages = errors.map { error in
            let field = String(error.pointer.dropFirst())
            let files = typed["type"] == EventType.granted.rawValue ? "answer-files" : "message-files"
            return FieldMessage(
                anchor: OperatorTasks.anchor(field, typed) ?? ImpossibleForm.anchor(field, typed)
                    ?? CaseDeath.anchor(field, typed) ?? UnreadableForm.anchor(field, typed)
                    ?? (field.hasPrefix("files")
                        ? files
                        : typed["act"] == "return" ? "proposal-\(field)" : Self.anchor(field, in: typedForm)),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        self.erased = erased
        self.isLost = isLost
        unreadable = allowed.closeUnread ? UnreadableForm(typed: typed, errors: errors, language) : nil
        unanswered = labels.unanswered(awaitsReply)
        self.reference = reference
        self.right = labels.right(right)
        self.brief = brief
        self.state = labels.requestState(state, outcome: outcome)
        self.assignee = assignee
        self.clock = clock
        self.alert = alert
        self.decision = decision
        self.timeline = timeline
        self.propagation = propagation
        self.controllers = controllers
        self.tasks = tasks
        self.package = package
        self.impossible = impossible
        self.death = death
        self.notices = notices.reversed()
        isUntold = notices.last.map { $0.isUndeliverable && !$0.isUnopened } == true
        isUnopened = notices.last?.isUnopened == true
        self.proofs = proofs
        self.desk = desk
        isMine = assignee != nil && assignee == frame.signedIn?.name
        self.identity = identity
        motives = Self.motiveCodes.map { Choice($0, Self.motive($0, language), isChosen: $0 == typed["motive"]) }
        motiveError = messages.text(for: "motive")
        self.allowed = allowed
        self.answers = answers
        let isCorrected = typed["type"] == EventType.identityCorrected.rawValue
        correction =
            allowed.correctIdentity
            ? (isCorrected ? typed : identity?.filed).map {
                Correction(values: $0, messages: messages, isOpen: isCorrected, language: language)
            } : nil
        let kind = Right(rawValue: right)
        // What came back with a mistake, else what was kept.
        func fields(_ form: DraftForm) -> [String: String] {
            typedForm == form ? typed : answering[form]?.fields ?? [:]
        }
        func field(_ name: String, of form: DraftForm, default standard: String = "", hint: Bool = true) -> FormField {
            let id = Self.anchor(name, in: form)
            return FormField(
                name, id: id, value: fields(form)[name] ?? standard,
                error: typedForm == form ? messages.text(for: id) : nil, hint: hint)
        }
        func tools(_ form: DraftForm) -> FormTools {
            FormTools(
                form, fields: fields(form), draft: answering[form], templates: templates, zone: zone,
                language: language)
        }
        func words(_ name: String, of form: DraftForm) -> WordsForm {
            WordsForm(
                text: field(name, of: form), tools: tools(form),
                isOpen: answering[form] != nil || typedForm == form && !messages.isEmpty)
        }
        self.held = held
        failures = answering.drafts.compactMap { FailureWords($0, language: language) }
        self.proposal = proposal
        answer = kind == .objection || kind == .objectionWithdrawal ? nil : field("text", of: .answer)
        objection = kind == .objectionWithdrawal ? field("objection", of: .answer) : nil
        answerTools = tools(.answer)
        message = field("text", of: .message)
        messageTools = tools(.message)
        noteForm = words("note", of: .note)
        extending = words("reasons", of: .extension)
        reopening = words("reasons", of: .reopening)
        voiding = words("reasons", of: .voiding)
        transferring = words("text", of: .transfer)
        recipient = field("recipient", of: .transfer)
        func files(_ id: String, of type: EventType) -> FilesField {
            let isTyped = typed["type"] == type.rawValue
            return FilesField(
                id, answered: isTyped ? FollowAnswer(form: .message, text: "", errors: errors) : nil, language: language
            )
        }
        messageFiles = files("message-files", of: .message)
        answerFiles = files("answer-files", of: .granted)
        hasActions =
            allowed.message || allowed.extend || allowed.reopen || allowed.assign || allowed.verifyIdentity
            || allowed.grant || allowed.refuse || allowed.propose || allowed.note || allowed.transfer || allowed.void
            || allowed.provideIdentity || allowed.requestIdentity || allowed.recordDeath || allowed.unrecordDeath
        self.refusers = allowed.give ? refusers : []
        refuserNames = refusers.map(\.label).joined(separator: ", ").nonEmpty
        handsRefusalOn = allowed.handsRefusalOn
        grantWarning = unasked.flatMap { $0.grantWarning(language) }
        refusal =
            grounds.isEmpty
            ? nil
            : RefusalForm(
                grounds: grounds.map {
                    Choice($0, labels.refusalGround($0), isChosen: $0 == fields(.refusal)["grounds"])
                },
                groundsError: messages.text(for: "grounds"),
                reasons: field("reasons", of: .refusal),
                complaint: field("complaint", of: .refusal, default: complaint, hint: false),
                judicialRemedy: field("judicialRemedy", of: .refusal, default: judicialRemedy, hint: false),
                tools: tools(.refusal),
                isOpen: answering[.refusal] != nil || typedForm == .refusal && !messages.isEmpty)
        summary = ErrorSummary(messages)
        self.notice = notice
        eventsPath = PagePath.operatorEvents(reference).path(in: language) + query
        identityPath = PagePath.operatorIdentity(reference).path(in: language) + query
        self.after = String(after)
    }

    /// The id of the input of a field: several forms of the page have one of that name.
    private static func anchor(_ field: String, in form: DraftForm?) -> String {
        switch (form, field) {
        case (.message?, "text"): "message"
        case (.answer?, "text"): "answer"
        case (.transfer?, "text"): "transfer"
        case (.extension?, "reasons"): "extension"
        case (.reopening?, "reasons"): "reopening"
        case (.voiding?, "reasons"): "voiding"
        default: field
        }
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
