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
        /// Set where it was filed after a recorded death, and nobody has looked into it.
        let doubtedDeath: Tag?
        /// As the bulk form names it: the reference and the number of its last event.
        let seen: String

        /// - Parameters:
        ///   - filters: those of the list, which the case's page keeps.
        ///   - daysLeft: until the earlier of the two due dates; negative where late; nil once decided.
        ///   - soon: how many days before the date the alert shows.
        init(
            reference: String, right: String, receivedOn: String, dueOn: String?, daysLeft: Int?, soon: Int,
            state: String, outcome: String?, assignee: String?, awaitsReply: Bool = false,
            isDeathDoubted: Bool = false, eventCount: Int = 0,
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
            doubtedDeath = labels.doubtedDeath(isDeathDoubted)
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
    /// Whether they look for what was forged.
    let mayVoid: Bool
    /// “2 à confirmer”: what colleagues propose to void together; nil where nothing waits for this operator.
    let voidings: String?
    /// The databases that are beyond their published target.
    let late: [LateDatabase]
    /// What this operator has taken and is to be decided soon.
    let own: OwnDueWords?
    let notice: Notice?

    /// What the filter by state is asked for beside the states: refusals that wait for a second person.
    static let toConfirm = "toConfirm"
    /// The same for open cases that nobody can read any more.
    static let lost = "lost"

    /// - Parameters:
    ///   - asksToConfirm: whether refusals wait for a second person here.
    ///   - hasLost: whether there are open cases that nobody can read any more.
    ///   - assignee: `me`, `nobody` or nil for all; `due`: `late`, `soon` or nil for any.
    init(
        frame: PageFrame, total: Int, state: String?, right: String?, assignee: String?, due: String?, query: String,
        rows: [Row], desk: QueueDesk = .none, pager: Pager?, mayEnter: Bool = false, asksToConfirm: Bool = false,
        hasLost: Bool = false, mayVoid: Bool = false, voidings: Int = 0, late: [LateDatabase] = [],
        own: OwnDueWords? = nil,
        notice: Notice? = nil
    ) {
        let language = frame.words
        let labels = Labels(language)
        self.frame = frame
        let words = Words(language)
        self.total =
            total > Portal.mostCounted
            ? language.pick(
                fr: "Plus de \(words.requests(Portal.mostCounted))",
                en: "More than \(words.requests(Portal.mostCounted))")
            : words.requests(total)
        states =
            Labels.requestStates.map { Choice($0, labels.requestState($0).label, isChosen: $0 == state) }
            + (asksToConfirm
                ? [
                    Choice(
                        Self.toConfirm, language.pick(fr: "À confirmer", en: "To confirm"),
                        isChosen: state == Self.toConfirm)
                ] : [])
            + (hasLost || state == Self.lost
                ? [
                    Choice(
                        Self.lost, language.pick(fr: "Illisibles", en: "Unreadable"), isChosen: state == Self.lost)
                ] : [])
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
        self.voidings =
            voidings == 0 ? nil : "\(words.number(voidings)) \(language.pick(fr: "à confirmer", en: "to confirm"))"
        self.late = late
        self.own = own
        self.notice = notice
    }
}
