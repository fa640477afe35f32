import CivilTime
import RightsRegistry
import StrictJSON

/// What every step of the form shares: where one is, the way back, and how long the answers are kept.
struct StepFrame: Sendable {
    /// “Étape 2 sur 6”.
    let progress: String
    let number: Int
    let count = RequestStep.count
    let action: String
    /// The step before; nil on the first one.
    let back: String?
    /// Until when the draft is kept, by the clock; nil while there is none.
    let keptUntil: String?
    /// How much longer one may ask for, in minutes.
    let minutes: Int
    let summary: ErrorSummary?
    let notice: Notice?
    let messages: [FieldMessage]

    init(
        _ step: RequestStep, in answers: RequestAnswers, keptUntil: String?, minutes: Int, errors: [FieldError] = [],
        notice: Notice? = nil, language: Language
    ) {
        number = step.number
        progress = language.pick(
            fr: "Étape \(step.number) sur \(RequestStep.count)", en: "Step \(step.number) of \(RequestStep.count)")
        action = step.page.path(in: language)
        let before = step == .age ? .person : answers.steps.prefix { $0 != step }.last
        back = before.map { $0.page.path(in: language) }
        self.keptUntil = keptUntil
        self.minutes = minutes
        messages = Self.messages(errors, answers, language)
        summary = ErrorSummary(messages)
        self.notice = notice
    }

    func field(_ name: String, _ answers: RequestAnswers, hint: Bool = false) -> FormField {
        FormField(name, value: answers[name], error: messages.text(for: name), hint: hint)
    }

    func choices(
        _ name: String, _ answers: RequestAnswers, _ items: [(value: String, label: String, hint: String?)]
    )
        -> StepChoices
    {
        StepChoices(
            name: name,
            items: items.enumerated().map { index, item in
                let id = index == 0 ? name : "\(name)-\(item.value)"
                return .init(
                    id: id, value: item.value, label: item.label, hint: item.hint,
                    describedBy: item.hint.map { _ in "\(id)-hint" }, isChosen: answers[name] == item.value)
            },
            error: messages.text(for: name))
    }

    /// One message a field, in the order of the form.
    private static func messages(
        _ errors: [FieldError], _ answers: RequestAnswers, _ language: Language
    ) -> [FieldMessage] {
        let texts = FieldErrorTexts(language)
        let found = errors.map { error in
            FieldMessage(
                anchor: anchor(of: error.pointer, answers),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        let order = RequestStep.allCases.flatMap { $0.fields(answers) }
        let known = order.compactMap { name in found.first { $0.anchor == name } }
        let others = found.filter { !order.contains($0.anchor) }
        return known
            + others.enumerated().filter { index, message in
                others.firstIndex { $0.anchor == message.anchor } == index
            }.map(\.element)
    }

    /// The id of the input that a pointer of `POST /requests` is typed in; the form itself for any other.
    static func anchor(of pointer: String, _ answers: RequestAnswers) -> String {
        let parts = pointer.split(separator: "/").map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("right"?, _), ("capacity"?, _), ("details"?, _), ("message"?, _): return parts[0]
        case ("scope"?, "ids"?): return "choices"
        case ("scope"?, _): return "scope"
        case ("subject"?, "birthDate"?): return "birthDay"
        case ("subject"?, "otherIdentifiers"?):
            let filled = answers.filledOtherNumbers
            guard parts.count > 2, let n = Int(parts[2]), filled.indices.contains(n) else { return "otherNir0" }
            switch parts.dropFirst(3).first {
            case "birthDate": return "otherDay\(filled[n])"
            case "sex": return "otherSex\(filled[n])"
            default: return "otherNir\(filled[n])"
            }
        case ("subject"?, let name?)
        where ["birthName", "usageName", "givenNames", "sex", "birthPlace", "nir", "nirHolder"].contains(name):
            return name
        case ("requester"?, "organisation"?): return "organisation"
        case ("requester"?, _): return "requesterName"
        case ("contact"?, let name?) where ["email", "postal"].contains(name): return name
        default: return "form"
        }
    }
}

/// A group of radio buttons, each with its explanation.
struct StepChoices: Sendable {
    struct Item: Sendable {
        let id: String
        let value: String
        let label: String
        let hint: String?
        let describedBy: String?
        let isChosen: Bool
    }

    let name: String
    let items: [Item]
    let error: String?
}

/// Which right, or for whom: one question.
struct RequestChoicePage: Page {
    static let template = PageTemplate.requestChoice

    let frame: PageFrame
    let step: StepFrame
    let heading: String
    let lede: String?
    let choices: StepChoices
    let hidden: [HiddenField]
    /// Whether it is the form's first page, where one may still choose paper.
    let isFirst: Bool

    /// Which right.
    init(frame: PageFrame, step: StepFrame, answers: RequestAnswers, hidden: [HiddenField], site: Site) {
        let language = frame.words
        self.frame = frame
        self.step = step
        self.hidden = hidden
        isFirst = true
        heading = language.pick(fr: "Que voulez-vous faire ?", en: "What do you want to do?")
        lede = nil
        choices = step.choices(
            "right", answers,
            RightWords.order.map { right in
                let words = RightWords(right, site, language)
                return (right.rawValue, words.title, words.lede)
            })
    }

    /// For whom.
    init(frame: PageFrame, step: StepFrame, answers: RequestAnswers, hidden: [HiddenField]) {
        let language = frame.words
        self.frame = frame
        self.step = step
        self.hidden = hidden
        isFirst = false
        heading = language.pick(fr: "Pour qui ?", en: "For whom?")
        lede = language.pick(
            fr: "Pour plusieurs personnes, faites une demande par personne : vos coordonnées seront reprises.",
            en: "For several people, make one request each: your details are carried over.")
        choices = step.choices(
            "capacity", answers,
            Capacity.allCases.map { capacity in
                let texts = CapacityTexts(capacity, language)
                return (
                    capacity.rawValue, texts.choice(minorActsFrom: frame.minorActsFrom), texts.proof(isFiled: false)
                )
            })
    }
}

/// What a request other than an objection is about, in the person's own words.
struct RequestDetailsPage: Page {
    static let template = PageTemplate.requestDetails

    let frame: PageFrame
    let step: StepFrame
    let right: RightWords
    let heading: String
    let hint: String
    let isOptional: Bool
    let details: FormField

    init(frame: PageFrame, step: StepFrame, answers: RequestAnswers, right: Right, site: Site) {
        let language = frame.words
        self.frame = frame
        self.step = step
        self.right = RightWords(right, site, language)
        details = step.field("details", answers, hint: true)
        isOptional = !right.needsDetails
        let texts = RightTexts(right, language)
        (heading, hint) = texts.details ?? (texts.title, "")
    }
}

/// Who files for somebody else, and how to reach them.
struct RequestContactPage: Page {
    static let template = PageTemplate.requestContact

    let frame: PageFrame
    let step: StepFrame
    let isForAnother: Bool
    /// Nobody minds whether a minor can be reached.
    let isMinor: Bool
    let requesterName: FormField?
    let organisation: FormField?
    let email: FormField
    let postal: FormField
    let message: FormField?
    let heading: String
    let signIn: SignInOffer?

    init(frame: PageFrame, step: StepFrame, answers: RequestAnswers, isMinor: Bool, signIn: SignInOffer? = nil) {
        let language = frame.words
        self.frame = frame
        self.step = step
        self.isMinor = isMinor
        self.signIn = signIn
        isForAnother = answers.isForAnother
        requesterName = isForAnother ? step.field("requesterName", answers, hint: true) : nil
        organisation = answers.asksOrganisation ? step.field("organisation", answers, hint: true) : nil
        email = step.field("email", answers, hint: true)
        postal = step.field("postal", answers, hint: true)
        message = answers.right?.hasScope ?? true ? step.field("message", answers, hint: true) : nil
        heading =
            isForAnother
            ? language.pick(fr: "Et vous, qui êtes-vous ?", en: "And who are you?")
            : language.pick(fr: "Comment vous joindre ?", en: "How can we reach you?")
    }
}

/// Why the age of the person asks for another form, and the way there.
struct RequestAgePage: Page {
    static let template = PageTemplate.requestAge

    let frame: PageFrame
    let step: StepFrame
    /// Someone of that age files alone; otherwise a parent does it.
    let isOfAge: Bool
    let age: Int
    let heading: String

    init(frame: PageFrame, step: StepFrame, isOfAge: Bool, age: Int) {
        let language = frame.words
        self.frame = frame
        self.step = step
        self.isOfAge = isOfAge
        self.age = age
        heading =
            isOfAge
            ? language.pick(fr: "À partir de \(age) ans, c’est à elle ou à lui", en: "From \(age), it is up to them")
            : language.pick(fr: "Avant \(age) ans, un parent le fait", en: "Under \(age), a parent does it")
    }
}

/// There is no draft: it is gone, or was never begun. It says so, and where to begin.
struct RequestOverPage: Page {
    static let template = PageTemplate.requestOver

    let frame: PageFrame
    let minutes: Int
    /// Whether this browser had begun one.
    let hasBegun: Bool
}

/// The request was sent from here, and somebody came back: it says so, and leads to the receipt.
struct RequestSentPage: Page {
    static let template = PageTemplate.requestSent

    let frame: PageFrame
    let title: String
    let reference: String
    /// Sent again, it leads to the receipt: nothing is filed twice.
    let action: String
}
