import CivilTime
import Propagation
import RightsRegistry
import StrictJSON

/// A task on a custodian's page, with the form that answers it.
struct CustodianTaskForm: Sendable {
    let id: String
    let title: String
    /// When it was asked, and by when an answer is awaited.
    let dates: String
    let isLate: Bool
    let what: String
    let instruction: String?
    let pseudonyms: [String]
    let action: String
    let answers: [Choice]
    let answer: FormField
    let words: FormField
    /// What answers an access; nil for any other right.
    let files: FilesField?

    /// - Parameters:
    ///   - typed: what was sent for it, where it comes back with `errors`.
    ///   - fileNames: of the files that were sent with it.
    init(
        _ task: CustodianTask, of database: String, today: CalendarDate, typed: [String: String] = [:],
        errors: [FieldError] = [], fileNames: [String] = [], _ language: Language
    ) {
        let (words, texts) = (Words(language), FieldErrorTexts(language))
        func error(_ pointer: String) -> String? {
            errors.first { $0.pointer == pointer }.map {
                texts.text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments)
            }
        }
        id = "task-\(task.id)"
        title = Labels(language).right(task.kind.rawValue)
        isLate = today > task.answerBy
        let (asked, by) = (words.date(task.askedOn), words.date(task.answerBy))
        dates = language.pick(
            fr: "Demandé le \(asked) ; réponse attendue le \(by) au plus tard.",
            en: "Asked on \(asked); an answer is awaited by \(by).")
        what = Self.what(task.kind, language)
        instruction = task.instruction
        pseudonyms = task.pseudonyms
        action = PagePath.custodianTask(database, task.id).path(in: language)
        answers = TaskAnswerKind.allCases.map {
            Choice($0.rawValue, $0.words(language), isChosen: typed["answer"] == $0.rawValue)
        }
        answer = FormField("answer", id: "\(id)-answer", value: "", error: error("/answer"))
        self.words = FormField(
            "words", id: "\(id)-words", value: typed["words"] ?? "", error: error("/words"), hint: true)
        files =
            task.kind == .access
            ? FilesField(
                "\(id)-files", answered: FollowAnswer(form: .message, text: "", errors: errors, fileNames: fileNames),
                takesData: true, language: language) : nil
    }

    /// What the right asks of whoever keeps the database.
    private static func what(_ kind: Right, _ language: Language) -> String {
        switch kind {
        case .access:
            language.pick(
                fr: "Dites ce que votre base garde sous ces pseudonymes, et joignez-le pour la personne.",
                en: "Say what your database keeps under these pseudonyms, and attach it for the person.")
        case .rectification:
            language.pick(
                fr: "Corrigez ce que votre base garde sous ces pseudonymes, comme demandé.",
                en: "Correct what your database keeps under these pseudonyms, as asked.")
        case .erasure:
            language.pick(
                fr: "Effacez ce que votre base garde sous ces pseudonymes.",
                en: "Erase what your database keeps under these pseudonyms.")
        case .restriction:
            language.pick(
                fr: "Mettez à part ce que votre base garde sous ces pseudonymes : conservez-le sans l’utiliser.",
                en: "Set apart what your database keeps under these pseudonyms: keep it without using it.")
        case .objection, .objectionWithdrawal: ""
        }
    }

    /// What is wrong, for the top of the page.
    var messages: [FieldMessage] {
        [answer, words].compactMap { field in field.error.map { FieldMessage(anchor: field.id, text: $0) } }
            + [files].compactMap { field in field?.error.map { FieldMessage(anchor: field?.id ?? id, text: $0) } }
    }
}

/// A task that came back from its form with errors.
struct RefusedTask: Sendable {
    let id: String
    let typed: [String: String]
    let errors: [FieldError]
    let fileNames: [String]
}
