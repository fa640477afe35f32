import RightsRegistry
import StrictJSON

/// The answers of the form as they were typed, from the fields of its body. Unknown fields are ignored here: the
/// service below is strict about what it is given.
struct RequestAnswers: Sendable {
    /// As they were sent; the service refuses what it does not know.
    let rightAnswer: String
    let capacityAnswer: String
    let requesterName: String
    let organisation: String
    let details: String
    let nirHolder: String
    let birthName: String
    let usageName: String
    let givenNames: String
    let birthDay: String
    let birthMonth: String
    let birthYear: String
    let sex: String
    let birthPlace: String
    let nir: String
    let email: String
    let postal: String
    let message: String
    /// Drawn when the form is first shown; the same filing sent twice is one filing.
    let idempotencyKey: String

    init(_ form: [String: String]) {
        func answer(_ name: String) -> String {
            (form[name] ?? "").trimming(while: \.isWhitespace)
        }
        rightAnswer = answer("right")
        capacityAnswer = answer("capacity")
        requesterName = answer("requesterName")
        organisation = answer("organisation")
        details = answer("details")
        nirHolder = answer("nirHolder")
        birthName = answer("birthName")
        usageName = answer("usageName")
        givenNames = answer("givenNames")
        birthDay = answer("birthDay")
        birthMonth = answer("birthMonth")
        birthYear = answer("birthYear")
        sex = answer("sex")
        birthPlace = answer("birthPlace")
        nir = answer("nir")
        email = answer("email")
        postal = answer("postal")
        message = answer("message")
        idempotencyKey = answer("idempotencyKey")
    }

    /// Which form is shown: an objection for oneself where nothing was said, since that is what most people come for.
    var right: Right { Right(rawValue: rightAnswer) ?? .objection }
    var capacity: Capacity { Capacity(rawValue: capacityAnswer) ?? .dataSubject }

    /// The given names one by one: separated by commas, or by spaces where there is no comma.
    var givenNameList: [String] {
        let parts = givenNames.contains(",") ? givenNames.split(separator: ",") : givenNames.split(separator: " ")
        return parts.map { String($0).trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }

    /// `YYYY-MM-DD` where the three parts are short numbers (the date may still not exist); nil where all are empty,
    /// and the raw parts where they are anything else, for the service to refuse.
    var birthDate: String? {
        let parts = [birthYear, birthMonth, birthDay]
        guard parts.contains(where: { !$0.isEmpty }) else { return nil }
        return zip(parts, [4, 2, 2]).map { part, width in
            String(repeating: "0", count: max(0, width - part.count)) + part
        }.joined(separator: "-")
    }

    /// Every answer as a hidden field, to carry them through the check.
    var hidden: [HiddenField] {
        [
            HiddenField("right", right.rawValue), HiddenField("capacity", capacity.rawValue),
            HiddenField("requesterName", requesterName), HiddenField("organisation", organisation),
            HiddenField("details", details), HiddenField("nirHolder", nirHolder),
            HiddenField("birthName", birthName), HiddenField("usageName", usageName),
            HiddenField("givenNames", givenNames), HiddenField("birthDay", birthDay),
            HiddenField("birthMonth", birthMonth), HiddenField("birthYear", birthYear), HiddenField("sex", sex),
            HiddenField("birthPlace", birthPlace), HiddenField("nir", nir), HiddenField("email", email),
            HiddenField("postal", postal), HiddenField("message", message),
            HiddenField("idempotencyKey", idempotencyKey),
        ].filter { !$0.value.isEmpty }
    }
}

/// A value that a form carries along unseen.
struct HiddenField: Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension String {
    /// The text without what matches at both ends.
    func trimming(while matches: (Character) -> Bool) -> String {
        guard let start = firstIndex(where: { !matches($0) }), let end = lastIndex(where: { !matches($0) }) else {
            return ""
        }
        return String(self[start...end])
    }
}

/// `/droits`: the six rights, and for whom one acts.
struct RightsPage: Page {
    static let template = PageTemplate.rights

    struct Item: Sendable {
        let id: String
        let value: String
        let title: String
        let lede: String
        let isChosen: Bool
    }

    let frame: PageFrame
    let rights: [Item]
    let capacities: [Item]

    init(frame: PageFrame) {
        let language = frame.words
        self.frame = frame
        rights = Right.allCases.map { right in
            let texts = RightTexts(right, language)
            return Item(
                id: "right-\(right.rawValue)", value: right.rawValue, title: texts.title, lede: texts.lede,
                isChosen: right == .objection)
        }
        capacities = Capacity.allCases.map { capacity in
            Item(
                id: "capacity-\(capacity.rawValue)", value: capacity.rawValue,
                title: CapacityTexts(capacity, language).choice(minorActsFrom: frame.minorActsFrom), lede: "",
                isChosen: capacity == .dataSubject)
        }
    }
}

/// `/droits/exercer`: what the right does and does not do, then who one is.
struct RequestFormPage: Page {
    static let template = PageTemplate.requestForm

    /// A date in three inputs that share one error.
    struct Link: Sendable {
        let href: String
        let text: String
    }

    struct DateParts: Sendable {
        let day: String
        let month: String
        let year: String
        let error: String?
        let describedBy: String
    }

    /// A group of radio buttons.
    struct Choices: Sendable {
        struct Item: Sendable {
            let id: String
            let value: String
            let label: String
            let isChosen: Bool
        }

        let items: [Item]
        let error: String?
    }

    let frame: PageFrame
    let right: String
    let capacity: String
    let title: String
    let lede: String
    let does: [String]
    let doesNot: [String]
    let subjectHeading: String
    let actsForAnother: Bool
    let isForChild: Bool
    let isObjection: Bool
    /// What proves the capacity, said beforehand.
    let proof: String?
    let detailsLabel: String?
    let detailsHint: String?
    let detailsNeeded: Bool
    let details: FormField
    let requesterName: FormField
    let organisation: FormField?
    /// Asked where the number goes neither with the birth date nor with the sex.
    let nirHolder: Choices?
    /// The same form for another capacity, where the age calls for it.
    let otherForm: Link?
    let summary: ErrorSummary?
    let birthName: FormField
    let usageName: FormField
    let givenNames: FormField
    let birthDate: DateParts
    let sex: Choices
    let birthPlace: FormField
    let nir: FormField
    let email: FormField
    let postal: FormField
    let message: FormField
    let idempotencyKey: String

    /// - Parameter errors: as the service gave them; their pointers say which field they belong to.
    init(frame: PageFrame, answers: RequestAnswers, errors: [FieldError] = []) {
        let language = frame.words
        let messages = Self.messages(errors, language)
        func field(_ name: String, _ value: String, hint: Bool = false) -> FormField {
            FormField(name, value: value, error: messages.text(for: name), hint: hint)
        }
        self.frame = frame
        summary = ErrorSummary(messages)
        let texts = RightTexts(answers.right, language)
        let capacityTexts = CapacityTexts(answers.capacity, language)
        right = answers.right.rawValue
        capacity = answers.capacity.rawValue
        title = texts.title
        lede = texts.lede
        does = texts.does(registersOnFiling: frame.registersOnFiling)
        doesNot = texts.doesNot
        subjectHeading = capacityTexts.subjectHeading
        actsForAnother = answers.capacity.actsForAnother
        isForChild = answers.capacity == .parentalAuthorityHolder
        isObjection = answers.right == .objection
        proof = capacityTexts.proof
        detailsLabel = texts.details?.label
        detailsHint = texts.details?.hint
        detailsNeeded = answers.right.needsDetails
        details = field("details", answers.details, hint: true)
        requesterName = field("requesterName", answers.requesterName)
        organisation =
            answers.capacity == .guardian || answers.capacity == .authorisedAgent
            ? field("organisation", answers.organisation) : nil
        let holderError = messages.text(for: "nirHolder")
        nirHolder =
            holderError == nil && answers.nirHolder.isEmpty
            ? nil
            : Choices(
                items: NIRHolder.allCases.map { holder in
                    .init(
                        id: holder == .own ? "nirHolder" : "nirHolder-parent", value: holder.rawValue,
                        label: Labels(language).nirHolder(holder), isChosen: answers.nirHolder == holder.rawValue)
                }, error: holderError)
        otherForm = Self.otherForm(errors, answers, frame)
        birthName = field("birthName", answers.birthName, hint: true)
        usageName = field("usageName", answers.usageName)
        givenNames = field("givenNames", answers.givenNames, hint: true)
        let dateError = messages.text(for: "birthDay")
        birthDate = DateParts(
            day: answers.birthDay, month: answers.birthMonth, year: answers.birthYear, error: dateError,
            describedBy: dateError == nil ? "birthDate-hint" : "birthDate-hint birthDay-error")
        let labels = Labels(language)
        sex = Choices(
            items: ["F", "M"].map {
                .init(id: $0 == "F" ? "sex" : "sex-M", value: $0, label: labels.sex($0), isChosen: answers.sex == $0)
            },
            error: messages.text(for: "sex"))
        birthPlace = field("birthPlace", answers.birthPlace, hint: true)
        nir = field("nir", answers.nir, hint: true)
        email = field("email", answers.email, hint: true)
        postal = field("postal", answers.postal, hint: true)
        message = field("message", answers.message, hint: true)
        idempotencyKey = answers.idempotencyKey
    }

    /// Where age decides who files, the way to the right form.
    private static func otherForm(_ errors: [FieldError], _ answers: RequestAnswers, _ frame: PageFrame) -> Link? {
        let language = frame.words
        func form(_ capacity: Capacity) -> String {
            "\(frame.links.request)?right=\(answers.right.rawValue)&capacity=\(capacity.rawValue)"
        }
        switch errors.first(where: { $0.pointer == "/capacity" })?.code {
        case "capacity.ofAge"?:
            return Link(
                href: form(.dataSubject),
                text: language.pick(
                    fr: "Ouvrir son formulaire : ni adresse ni courriel n’y sont nécessaires",
                    en: "Open their own form: it needs neither an address nor an e-mail"))
        case "capacity.tooYoung"?:
            return Link(
                href: form(.parentalAuthorityHolder),
                text: language.pick(fr: "Ouvrir le formulaire du parent", en: "Open the parent’s form"))
        default: return nil
        }
    }

    /// One message a field, in the order of the form.
    private static func messages(_ errors: [FieldError], _ language: Language) -> [FieldMessage] {
        let texts = FieldErrorTexts(language)
        let found = errors.map { error in
            FieldMessage(
                anchor: anchor(of: error.pointer),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        let order = [
            "capacity", "details", "requesterName", "organisation", "birthName", "usageName", "givenNames", "birthDay",
            "sex", "birthPlace", "nir", "nirHolder", "email",
            "postal", "message",
        ]
        let known = order.compactMap { name in found.first { $0.anchor == name } }
        return known + found.filter { !order.contains($0.anchor) }
    }

    /// The id of the input that a pointer of `POST /requests` is typed in; the form itself for any other.
    private static func anchor(of pointer: String) -> String {
        let parts = pointer.split(separator: "/").map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("subject"?, "birthDate"?): return "birthDay"
        case ("subject"?, let name?)
        where ["birthName", "usageName", "givenNames", "sex", "birthPlace", "nir", "nirHolder"].contains(name):
            return name
        case ("requester"?, "organisation"?): return "organisation"
        case ("requester"?, _): return "requesterName"
        case ("details"?, _): return "details"
        case ("capacity"?, _): return "birthDay"
        case ("contact"?, let name?) where ["email", "postal"].contains(name): return name
        case ("message"?, _): return "message"
        default: return "form"
        }
    }
}

/// The answers, to read once more before filing.
struct RequestCheckPage: Page {
    static let template = PageTemplate.requestCheck

    let frame: PageFrame
    let hidden: [HiddenField]
    let request: String
    let file: String
    /// What it does not do, said once more.
    let doesNot: [String]
    let capacity: String
    let requester: String?
    let details: String?
    let nirHolder: String?
    let birthName: String
    let usageName: String?
    let givenNames: String
    let birthDate: String
    let sex: String
    let birthPlace: String?
    let nir: String?
    let email: String?
    let postal: String?
    let message: String?

    /// - Parameter birthDate: in words.
    init(frame: PageFrame, answers: RequestAnswers, birthDate: String) {
        func present(_ answer: String) -> String? { answer.isEmpty ? nil : answer }
        self.frame = frame
        hidden = answers.hidden
        let texts = RightTexts(answers.right, frame.words)
        request = texts.title
        file = texts.file
        doesNot = texts.doesNot
        capacity = CapacityTexts(answers.capacity, frame.words).choice(minorActsFrom: frame.minorActsFrom)
        requester =
            answers.capacity.actsForAnother
            ? [answers.requesterName, answers.organisation].filter { !$0.isEmpty }.joined(separator: ", ") : nil
        details = present(answers.details)
        nirHolder = NIRHolder(rawValue: answers.nirHolder).map(Labels(frame.words).nirHolder)
        birthName = answers.birthName
        usageName = present(answers.usageName)
        givenNames = answers.givenNameList.joined(separator: ", ")
        self.birthDate = birthDate
        sex = Labels(frame.words).sex(answers.sex)
        birthPlace = present(answers.birthPlace)
        nir = present(answers.nir).map(Words.nir)
        email = present(answers.email)
        postal = present(answers.postal)
        message = present(answers.message)
    }
}

/// The confirmation: the only time the secret is shown.
struct RequestFiledPage: Page {
    static let template = PageTemplate.requestFiled

    let frame: PageFrame
    let title: String
    let next: [String]
    let reference: String
    /// Seven groups of four.
    let secretGroups: [String]
    /// The groups with spaces between them, for the copy button.
    let secret: String
    let receivedOn: String
    let dueOn: String
    /// How long this page can be opened again.
    let minutes: String
    /// The address of `/suivi`.
    let follow: String
    /// How to complain, as the site says it.
    let complaint: String
    /// Opens the request in a telephone: the secret stands after the `#`, which a browser never sends.
    let qr: QRCode?

    /// - Parameters:
    ///   - secret: with or without its separators.
    ///   - receivedOn: in words, as `dueOn`.
    init(
        frame: PageFrame, right: Right, isConfirmed: Bool, isDecided: Bool, reference: String, secret: String,
        receivedOn: String,
        dueOn: String, minutes: Int, follow: String, complaint: String
    ) {
        let texts = RightTexts(right, frame.words)
        self.frame = frame
        title = texts.filed
        next = texts.next(
            isConfirmed: isConfirmed, isDecided: isDecided, registersOnFiling: frame.registersOnFiling, dueOn: dueOn)
        self.reference = reference
        var rest = Substring(secret.filter { $0.isLetter || $0.isNumber })
        var groups: [String] = []
        while !rest.isEmpty {
            groups.append(String(rest.prefix(4)))
            rest = rest.dropFirst(4)
        }
        secretGroups = groups
        self.secret = groups.joined(separator: " ")
        self.receivedOn = receivedOn
        self.dueOn = dueOn
        self.minutes = Words(frame.words).count(minutes, fr: ("minute", "minutes"), en: ("minute", "minutes"))
        self.follow = follow
        self.complaint = complaint
        qr = QRCode("\(follow)#\(reference)/\(groups.joined())")
    }

    /// The same in plain text, to be kept.
    var file: String {
        let language = frame.words
        let lines = [
            language.pick(fr: "Récépissé", en: "Receipt"), "", title, "",
            language.pick(fr: "Référence : \(reference)", en: "Reference: \(reference)"),
            "Code : " + secretGroups.joined(separator: "-"),
            language.pick(fr: "Reçue le : \(receivedOn)", en: "Received: \(receivedOn)"),
            language.pick(fr: "Réponse au plus tard le : \(dueOn)", en: "Answer due: \(dueOn)"), "",
            language.pick(fr: "Pour suivre la demande : \(follow)", en: "To follow the request: \(follow)"), "",
            language.pick(fr: "Ensuite :", en: "What happens next:"),
        ]
        let end = [
            "", complaint, "",
            language.pick(
                fr: "Téléphone : \(frame.contact.phone)", en: "Telephone: \(frame.contact.phone)"),
            language.pick(
                fr: "Personne ne vous demandera jamais ce code.", en: "Nobody will ever ask you for this code."),
        ]
        return (lines + next.map { "- \($0)" } + end).joined(separator: "\r\n") + "\r\n"
    }
}
