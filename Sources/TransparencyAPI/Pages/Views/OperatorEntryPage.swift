import CivilTime
import RightsRegistry
import StrictJSON

/// `/operateur/saisie`: what came by post or telephone, typed on one page in the order of the paper form.
struct OperatorEntryPage: Page {
    static let template = PageTemplate.operatorEntry

    /// A list to choose from by its first letters.
    struct Selection: Sendable {
        let field: FormField
        let options: [Choice]
    }

    /// Another number under which the same person is known.
    struct Other: Sendable {
        /// From 1.
        let number: Int
        let nir: FormField
        let date: FormField
        let sex: Selection
    }

    let frame: PageFrame
    let summary: ErrorSummary?
    /// Makes it one entry, however often it is sent.
    let key: String
    let channel: Selection
    let receivedOn: FormField
    let right: Selection
    let capacity: Selection
    let scope: Selection
    let databases: [Choice]
    let databasesError: String?
    let projects: FormField
    let birthName: FormField
    let usageName: FormField
    let givenNames: FormField
    let birthDate: FormField
    let sex: Selection
    let nir: FormField
    /// Asked only where the number disagrees with the date or the sex.
    let nirHolder: Selection?
    let birthPlace: FormField
    let others: [Other]
    let otherNumbers: String
    let hasRoomForOthers: Bool
    let requesterName: FormField
    let organisation: FormField
    let postal: FormField
    let email: FormField
    let language: Selection
    let message: FormField
    let doubt: Bool

    init(
        frame: PageFrame, answers: EntryAnswers, databases: [(id: String, name: String)], asksNIRHolder: Bool,
        errors: [FieldError]
    ) {
        let language = frame.words
        let labels = Labels(language)
        let messages = Self.messages(errors, answers, language)
        func field(_ name: String, hint: Bool = false) -> FormField {
            FormField(name, value: answers.typed[name] ?? "", error: messages.text(for: name), hint: hint)
        }
        func selection(_ name: String, _ options: [(value: String, label: String)], hint: Bool = false) -> Selection {
            let chosen = answers.typed[name]
            return Selection(
                field: field(name, hint: hint),
                options: options.map { Choice($0.value, $0.label, isChosen: $0.value == chosen) })
        }
        let sexes = Sex.allCases.map { ($0.rawValue, labels.sex($0.rawValue)) }
        self.frame = frame
        summary = ErrorSummary(messages)
        key = answers.idempotencyKey
        channel = selection(
            "channel",
            [
                ("post", language.pick(fr: "Courrier", en: "Post")),
                ("telephone", language.pick(fr: "Téléphone", en: "Telephone")),
            ])
        receivedOn = field("receivedOn", hint: true)
        right = selection("right", RightWords.order.map { ($0.rawValue, labels.right($0.rawValue)) })
        capacity = selection("capacity", Capacity.allCases.map { ($0.rawValue, labels.capacity($0.rawValue)) })
        scope = selection(
            "scope",
            [
                ("all", language.pick(fr: "Toutes les réutilisations", en: "All reuse")),
                ("databases", language.pick(fr: "Certaines bases", en: "Some databases")),
                ("projects", language.pick(fr: "Certains projets", en: "Some projects")),
            ], hint: true)
        self.databases = databases.map { Choice($0.id, $0.name, isChosen: answers.databases.contains($0.id)) }
        databasesError = messages.text(for: "databases")
        projects = field("projects", hint: true)
        birthName = field("birthName")
        usageName = field("usageName")
        givenNames = field("givenNames", hint: true)
        birthDate = field("birthDate", hint: true)
        sex = selection("sex", sexes)
        nir = field("nir", hint: true)
        nirHolder =
            asksNIRHolder
            ? selection("nirHolder", NIRHolder.allCases.map { ($0.rawValue, labels.nirHolder($0)) }) : nil
        birthPlace = field("birthPlace", hint: true)
        others = (0..<answers.answers.otherNumbers).map { index in
            Other(
                number: index + 1, nir: field("otherNir\(index)"), date: field("otherDate\(index)"),
                sex: selection("otherSex\(index)", sexes))
        }
        otherNumbers = String(answers.answers.otherNumbers)
        hasRoomForOthers = answers.answers.otherNumbers < OtherNumber.most
        requesterName = field("requesterName", hint: true)
        organisation = field("organisation")
        postal = field("postal", hint: true)
        email = field("email")
        self.language = Selection(
            field: field("language"),
            options: [
                Choice("fr", "Français", isChosen: answers.language == .fr),
                Choice("en", "English", isChosen: answers.language == .en),
            ])
        message = field("message", hint: true)
        doubt = answers.typed["doubt"] != nil
    }

    /// The page's fields from top to bottom.
    private static let order =
        [
            "channel", "receivedOn", "right", "capacity", "scope", "databases", "projects", "birthName", "usageName",
            "givenNames", "birthDate", "sex", "nir", "nirHolder",
        ]
        + (0..<OtherNumber.most).flatMap { ["otherNir\($0)", "otherDate\($0)", "otherSex\($0)"] }
        + ["birthPlace", "requesterName", "organisation", "postal", "email", "language", "message"]

    /// One message a field, from top to bottom.
    private static func messages(
        _ errors: [FieldError], _ answers: EntryAnswers, _ language: Language
    ) -> [FieldMessage] {
        let texts = FieldErrorTexts(language, isConsole: true)
        let found = errors.map { error in
            FieldMessage(
                anchor: anchor(of: error.pointer, answers),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        let others = found.filter { !order.contains($0.anchor) }
        return order.compactMap { name in found.first { $0.anchor == name } } + others
    }

    private static func anchor(of pointer: String, _ answers: EntryAnswers) -> String {
        switch pointer {
        case "/channel", "/receivedOn": return String(pointer.dropFirst())
        case "/details", "/message": return "message"
        case "/subject/birthDate": return "birthDate"
        default:
            let anchor = StepFrame.anchor(of: pointer, answers.answers)
            if anchor == "choices" { return answers.typed["scope"] == "databases" ? "databases" : "projects" }
            return anchor.hasPrefix("otherDay") ? "otherDate" + anchor.dropFirst("otherDay".count) : anchor
        }
    }
}

/// What came of an entry: what to read out on the telephone, and what leaves by post.
struct OperatorEnteredPage: Page {
    static let template = PageTemplate.operatorEntered

    let frame: PageFrame
    let reference: String
    let right: String
    /// “par courrier”.
    let channel: String
    /// In words, as `dueOn`.
    let receivedOn: String
    let dueOn: String
    let isConfirmed: Bool
    /// Whether a letter takes the tracking code to the person.
    let hasLetter: Bool
    let unreached: [String]
    /// The case; nil where the operator's role does not read cases.
    let caseHref: String?
    /// The next entry of the same pile.
    let nextHref: String

    init(frame: PageFrame, entry: EntryReceipt, mayRead: Bool) {
        let language = frame.words
        let (labels, words) = (Labels(language), Words(language))
        self.frame = frame
        reference = entry.reference
        right = labels.right(entry.right.rawValue)
        channel = labels.channel(entry.channel == .post ? .post : .telephone)
        receivedOn = words.dateWithWeekday(entry.receivedOn)
        dueOn = words.dateWithWeekday(entry.dueOn)
        isConfirmed = entry.isConfirmed
        hasLetter = entry.hasLetter
        unreached = entry.unreached
        caseHref = mayRead ? PagePath.operatorCase(entry.reference).path(in: language) : nil
        nextHref =
            PagePath.operatorEntry.path(in: language)
            + PageQuery([
                ("channel", entry.channel.rawValue), ("receivedOn", entry.receivedOn.description),
            ]).text
    }
}
