import Foundation
import RightsRegistry
import StrictJSON

/// `/operateur/modeles`: the templates of answers.
struct OperatorTemplatesPage: Page {
    static let template = PageTemplate.operatorTemplates

    struct Row: Sendable {
        let href: String
        let title: String
        /// “Version 3, le 5 mars 2026”.
        let note: String
        let retired: Tag?
    }

    /// The templates for one act.
    struct Group: Sendable {
        let heading: String
        let rows: [Row]
    }

    let frame: PageFrame
    let mayEdit: Bool
    let newHref: String
    let groups: [Group]
    let notice: Notice?
}

/// `/operateur/modeles/{id}`: one of them, to be read or written, with its versions.
struct OperatorTemplatePage: Page {
    static let template = PageTemplate.operatorTemplate
    /// Where a new one is written: no template can have this id.
    static let newID = "_new"

    /// A text in one language.
    struct Side: Sendable {
        let name: String
        let lang: String
        let title: FormField
        let text: FormField
    }

    struct Preview: Sendable {
        let name: String
        let lang: String
        let title: String
        let paragraphs: [String]
    }

    struct Version: Sendable {
        /// “Version 3, le 5 mars 2026 à 10 h, par dominique”.
        let heading: String
        let texts: [Preview]
    }

    /// A merge field, as it is written, and what it becomes.
    struct Field: Sendable {
        let written: String
        let meaning: String
    }

    let frame: PageFrame
    let heading: String
    let mayEdit: Bool
    let isNew: Bool
    let action: String
    /// The version that the form changes.
    let base: String
    let id: FormField
    let purpose: FormField
    let purposes: [Choice]
    let purposeWords: String
    let sides: [Side]
    let isRetired: Bool
    let fields: [Field]
    let preview: [Preview]
    let versions: [Version]
    let summary: ErrorSummary?
    let notice: Notice?

    /// - Parameter errors: pointers `/id`, `/purpose`, `/title/fr`, `/text/en`…
    init(
        frame: PageFrame, heading: String, mayEdit: Bool, isNew: Bool, action: String, typed: [String: String],
        preview: [Preview], versions: [Version], errors: [FieldError], notice: Notice?
    ) {
        let language = frame.words
        let texts = FieldErrorTexts(language, isConsole: true)
        let messages = errors.map { error in
            FieldMessage(
                anchor: String(error.pointer.dropFirst()).replacing("/", with: "-"),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        func field(_ name: String, hint: Bool = false) -> FormField {
            let own = messages.filter { $0.anchor == name }.map(\.text)
            return FormField(
                name, value: typed[name] ?? "", error: own.isEmpty ? nil : own.joined(separator: " "), hint: hint)
        }
        self.frame = frame
        self.heading = heading
        self.mayEdit = mayEdit
        self.isNew = isNew
        self.action = action
        base = typed["base"] ?? ""
        id = field("id", hint: true)
        purpose = field("purpose")
        purposes = TemplatePurpose.allCases.map {
            Choice($0.rawValue, Self.words(for: $0, language), isChosen: $0.rawValue == typed["purpose"])
        }
        purposeWords = typed["purpose"].flatMap(TemplatePurpose.init).map { Self.words(for: $0, language) } ?? ""
        sides = FilingLanguage.allCases.map { side in
            Side(
                name: Self.name(of: side, language), lang: side.rawValue, title: field("title-\(side.rawValue)"),
                text: field("text-\(side.rawValue)", hint: true))
        }
        isRetired = typed["retired"] == "yes"
        fields = MergeField.allCases.map {
            Field(written: "{{\($0.rawValue)}}", meaning: Self.meaning(of: $0, language))
        }
        self.preview = preview
        self.versions = versions
        summary = ErrorSummary(messages)
        self.notice = notice
    }

    static func name(of side: FilingLanguage, _ language: Language) -> String {
        switch side {
        case .fr: language.pick(fr: "En français", en: "In French")
        case .en: language.pick(fr: "En anglais", en: "In English")
        }
    }

    static func words(for purpose: TemplatePurpose, _ language: Language) -> String {
        switch purpose {
        case .message: language.pick(fr: "Écrire à la personne", en: "Writing to the person")
        case .identityRequested:
            language.pick(fr: "Demander une preuve d’identité", en: "Asking for proof of identity")
        case .granted: language.pick(fr: "Répondre en acceptant", en: "Answering by a grant")
        case .refused: language.pick(fr: "Donner les raisons d’un refus", en: "Giving the reasons of a refusal")
        case .extended: language.pick(fr: "Prolonger le délai", en: "Extending the time")
        case .transferred:
            language.pick(fr: "Transmettre à un autre organisme", en: "Transferring to another body")
        }
    }

    private static func meaning(of field: MergeField, _ language: Language) -> String {
        switch field {
        case .reference: language.pick(fr: "la référence de la demande", en: "the request’s reference")
        case .right: language.pick(fr: "le droit exercé", en: "the right that is exercised")
        case .receivedOn: language.pick(fr: "le jour de la réception", en: "the day of receipt")
        case .dueOn: language.pick(fr: "le jour où la réponse est due", en: "the day by which the answer is due")
        case .extendedDueOn:
            language.pick(fr: "ce jour, une fois le délai prolongé", en: "that day, once the time is extended")
        case .answerBy:
            language.pick(
                fr: "le jour avant lequel répondre à une question d’identité posée aujourd’hui",
                en: "the day before which to answer a question of identity that is asked today")
        case .today: language.pick(fr: "le jour de l’envoi", en: "the day of sending")
        case .institution: language.pick(fr: "le nom de l’institution", en: "the institution’s name")
        case .officer:
            language.pick(
                fr: "l’adresse électronique du délégué à la protection des données",
                en: "the data protection officer’s e-mail address")
        }
    }
}

extension OperatorTemplatePage.Preview {
    /// - Parameter text: its lines are paragraphs.
    init(_ side: FilingLanguage, title: String, text: String, _ language: Language) {
        name = OperatorTemplatePage.name(of: side, language)
        lang = side.rawValue
        self.title = title
        paragraphs = text.split(separator: "\n").map(String.init)
    }
}
