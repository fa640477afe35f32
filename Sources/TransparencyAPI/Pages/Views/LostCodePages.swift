import RightsRegistry
import StrictJSON

/// `/suivi/code-perdu/courrier`: what lets an operator find the request.
struct LostCodeLetterPage: Page {
    static let template = PageTemplate.lostCodeLetter

    let frame: PageFrame
    let notice: Notice?
    let summary: ErrorSummary?
    let reference: FormField
    let birthName: FormField
    let givenNames: FormField
    let birthDate: DateParts
    let postal: FormField

    /// - Parameter typed: what was sent, where the form comes back with `errors`.
    init(frame: PageFrame, typed: [String: String] = [:], errors: [FieldError] = [], notice: Notice? = nil) {
        let texts = FieldErrorTexts(frame.words)
        let messages = errors.map { error in
            let field = String(error.pointer.dropFirst())
            return FieldMessage(
                anchor: field == "birthDate" ? "birthDay" : field,
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        func field(_ name: String) -> FormField {
            FormField(name, value: typed[name] ?? "", error: messages.text(for: name), hint: true)
        }
        self.frame = frame
        self.notice = notice
        summary = ErrorSummary(messages)
        reference = field("reference")
        birthName = field("birthName")
        givenNames = field("givenNames")
        postal = field("postal")
        birthDate = DateParts(
            ["birthDay", "birthMonth", "birthYear"], error: messages.text(for: "birthDay"), hint: "birthDate-hint"
        ) { typed[$0] ?? "" }
    }
}

/// What becomes of it: the same words for everybody.
struct LostCodeAskedPage: Page {
    static let template = PageTemplate.lostCodeAsked

    let frame: PageFrame
}

/// `/operateur/codes-perdus`.
struct OperatorLostCodesPage: Page {
    static let template = PageTemplate.operatorLostCodes

    struct Row: Sendable {
        let href: String
        /// In words.
        let receivedOn: String
        let label: String
    }

    let frame: PageFrame
    let rows: [Row]
    let notice: Notice?
    /// Whether no letter with a code can go out from here.
    let cannotPrint: Bool
}

/// One lost code, opened: what was written, and beside it who the request is about.
struct OperatorLostCodePage: Page {
    static let template = PageTemplate.operatorLostCode

    struct Candidate: Sendable {
        let reference: String
        let id: String
        let label: String
        let hint: String
        let isChosen: Bool
    }

    let frame: PageFrame
    let action: String
    let receivedOn: String
    let birthName: String
    let givenNames: String
    let birthDate: String
    let postal: String
    let reference: String?
    let candidates: [Candidate]
    /// A reference that the operator types, where none is found.
    let other: FormField
    /// The request that is compared, and who it is about; nil until one is.
    let compared: String?
    let identity: OperatorCasePage.Identity?
    let summary: ErrorSummary?
    let error: String?

    init(
        frame: PageFrame, found: LostCodeCase, receivedOn: String, filedOn: (LostCodeCase.Candidate) -> String,
        compared: String? = nil, identity: JSON? = nil, typed: String = "", errors: [FieldError] = []
    ) {
        let language = frame.words
        let texts = FieldErrorTexts(language, isConsole: true)
        let opened = identity.flatMap { OperatorCasePage.Identity($0, language: language) }
        let address = opened?.postal == nil ? "address-verified" : "address-onFile"
        let messages = errors.map { error in
            FieldMessage(
                anchor: error.pointer == "/address" ? address : "other",
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        action = PagePath.operatorLostCode(found.item.id).path(in: language)
        self.receivedOn = receivedOn
        birthName = found.asked.birthName
        givenNames = found.asked.givenNames
        birthDate = Words(language).date(found.asked.birthDate)
        postal = found.asked.postal
        reference = found.asked.reference
        // The one that is compared; before that the one whose reference was given, or the only one.
        let named = found.candidates.first { $0.reference == found.asked.reference }
        let only = found.candidates.count == 1 ? found.candidates.first : nil
        let likely = compared ?? (named ?? only)?.reference
        candidates = found.candidates.map { candidate in
            Candidate(
                reference: candidate.reference, id: "candidate-\(candidate.reference)",
                label: "\(candidate.reference) · \(Labels(language).right(candidate.right.rawValue))",
                hint: filedOn(candidate), isChosen: candidate.reference == likely)
        }
        other = FormField("other", value: typed, error: messages.text(for: "other"), hint: true)
        self.compared = compared
        self.identity = opened
        summary = ErrorSummary(messages)
        error = messages.text(for: address)
    }
}
