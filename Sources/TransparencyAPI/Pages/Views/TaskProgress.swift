import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry
import StrictJSON

/// What one linked database was asked, and whether it has answered. Nothing here says “done”: that it has answered is all
/// that the citizen is told here, and what it answered is told by a person.
struct TaskProgress: Sendable {
    let name: String
    /// The class of the mark beside it; empty for one that promises nothing.
    let mark: String
    let text: String

    /// What was asked of each database, and of which others it is said why they can't do it.
    static func all(
        _ standing: TaskStanding, today: CalendarDate, zone: TimeZone, language: Language
    ) -> [TaskProgress] {
        let asked = Set(standing.tasks.map(\.database))
        return standing.tasks.map { task in
            task.isOpen
                ? standing.impossible(in: task.database).map { TaskProgress($0, zone: zone, language: language) }
                    ?? TaskProgress(task, today: today, zone: zone, language: language)
                : TaskProgress(task, today: today, zone: zone, language: language)
        }
            + standing.impossible.filter { !asked.contains($0.database) }
            .map { TaskProgress($0, zone: zone, language: language) }
    }

    init(_ impossible: ImpossibleAnswer, zone: TimeZone, language: Language) {
        let day = Words(language).date(impossible.since.date(in: zone))
        name = Phrase(impossible.name, in: language)?.text ?? impossible.database
        mark = ""
        let told = impossible.reasons
        text =
            impossible.isDisproportionate
            ? language.pick(
                fr: "Effort disproportionné dans cette base, depuis le \(day)",
                en: "A disproportionate effort in this database, since \(day)")
                + (told.map { language.pick(fr: " : \($0)", en: ": \($0)") } ?? ".")
            : language.pick(
                fr: "Impossible dans cette base, depuis le \(day)", en: "Impossible in this database, since \(day)")
                + (told.map { language.pick(fr: " : \($0)", en: ": \($0)") } ?? ".")
    }

    /// - Parameter isImpossible: whether it was declared of the database that it can't answer: then nothing is awaited.
    init(_ task: RequestTask, isImpossible: Bool = false, today: CalendarDate, zone: TimeZone, language: Language) {
        let words = Words(language)
        func day(_ instant: Instant) -> String { words.date(instant.date(in: zone)) }
        let (asked, awaited) = (words.date(task.askedOn), words.date(task.answerBy))
        name = Phrase(task.name, in: language)?.text ?? task.database
        mark = task.answer == .done ? "yes" : task.isOpen && !isImpossible ? "not-yet" : ""
        text =
            switch task.state {
            case .waiting where isImpossible, .sent where isImpossible:
                language.pick(
                    fr: "Interrogée le \(asked). Sa réponse n’est plus attendue : c’est noté impossible.",
                    en: "Asked on \(asked). Its answer is awaited no more: it is recorded as impossible.")
            case .waiting:
                language.pick(
                    fr: "Nous l’interrogeons : la demande est en route depuis le \(asked).",
                    en: "We are asking it: the request has been on its way since \(asked).")
            case .sent where task.isLate(on: today):
                language.pick(
                    fr: "Interrogée le \(asked). Sa réponse, attendue le \(awaited) au plus tard, n’est pas venue.",
                    en: "Asked on \(asked). Its answer, awaited by \(awaited), has not come.")
            case .sent:
                language.pick(
                    fr: "Interrogée le \(asked). Sa réponse est attendue le \(awaited) au plus tard.",
                    en: "Asked on \(asked). Its answer is awaited by \(awaited).")
            case .answered(let at):
                language.pick(
                    fr: "Interrogée le \(asked), elle a répondu le \(day(at)).",
                    en: "Asked on \(asked), it answered on \(day(at)).")
            case .cancelled:
                language.pick(
                    fr: "Interrogée le \(asked) : cette question ne compte plus.",
                    en: "Asked on \(asked): that question counts no more.")
            }
    }
}

extension TaskAnswerKind {
    /// In a few words, for custodians and operators.
    func words(_ language: Language) -> String {
        switch self {
        case .done: language.pick(fr: "C’est fait", en: "Done")
        case .partly: language.pick(fr: "C’est fait en partie", en: "Done in part")
        case .nothingHeld:
            language.pick(
                fr: "Rien sous ces pseudonymes dans la base", en: "Nothing under these pseudonyms in the database")
        case .refused: language.pick(fr: "Ce n’est pas possible", en: "It can’t be done")
        }
    }
}

/// The linked databases of a case in the console: what each was asked and answered, and the form that asks.
struct OperatorTasks: Sendable {
    struct Row: Sendable {
        let progress: TaskProgress
        let database: String
        let instruction: String?
        let answer: String?
        /// The custodian's words, where the operator may read them.
        let words: [String]
        /// What came with its answer.
        let files: [FileWords]
        let problem: String?
        /// What was declared of it while its answer is not there.
        let impossible: String?
        /// To note an answer that came by another way.
        let form: Form?
    }

    struct Form: Sendable {
        let answer: FormField
        let answers: [Choice]
        let text: FormField
        let isOpen: Bool
    }

    struct Asking: Sendable {
        struct Database: Sendable {
            let id: String
            let value: String
            let name: String
            let isChosen: Bool
        }

        let databases: [Database]
        let databasesError: String?
        let instruction: FormField
    }

    let rows: [Row]
    /// Nil where nobody is left to be asked, or the operator may not.
    let asking: Asking?
    /// Whether identity has to be verified before anybody is asked.
    let verifyFirst: Bool

    /// Nil where the right is none that databases are asked about, or none was asked and none can be any more.
    init?(
        _ view: RequestView, mayAct: Bool, today: CalendarDate, zone: TimeZone, typed: [String: String],
        errors: [FieldError], _ language: Language
    ) {
        let isAnybody = !view.tasks.tasks.isEmpty || !view.tasks.impossible.isEmpty
        guard view.right.isCarriedByTasks, isAnybody || !view.isLostForOperators else { return nil }
        let texts = FieldErrorTexts(language, isConsole: true)
        func error(_ pointer: String, _ type: EventType) -> String? {
            guard typed["type"] == type.rawValue else { return nil }
            return errors.first { $0.pointer == pointer || $0.pointer.hasPrefix(pointer + "/") }.map {
                texts.text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments)
            }
        }
        let asked = Set(view.tasks.tasks.filter { $0.state != .cancelled }.map(\.database))
        let unasked = view.tasks.impossible.filter { !asked.contains($0.database) }.map { impossible in
            Row(
                progress: TaskProgress(impossible, zone: zone, language: language), database: impossible.database,
                instruction: nil, answer: nil, words: [], files: [], problem: nil, impossible: nil, form: nil)
        }
        rows =
            unasked
            + view.tasks.tasks.map { task in
                let isTyped = typed["database"] == task.database && !errors.isEmpty
                let id = "task-\(task.database)"
                return Row(
                    progress: TaskProgress(
                        task, isImpossible: view.tasks.impossible(in: task.database) != nil, today: today, zone: zone,
                        language: language), database: task.database,
                    instruction: task.instruction, answer: task.answer?.words(language),
                    words: task.words.map { $0.split(separator: "\n").map(String.init) } ?? [],
                    files: task.files.map { FileWords($0, language: language) }, problem: task.problem,
                    impossible: task.isOpen
                        ? view.tasks.impossible(in: task.database).map {
                            TaskProgress($0, zone: zone, language: language).text
                        } : nil,
                    form: mayAct && task.isOpen
                        ? Form(
                            answer: FormField(
                                "answer", id: "\(id)-answer", value: "",
                                error: isTyped ? error("/answer", .taskCompleted) : nil),
                            answers: TaskAnswerKind.allCases.map {
                                Choice(
                                    $0.rawValue, $0.words(language), isChosen: isTyped && typed["answer"] == $0.rawValue
                                )
                            },
                            text: FormField(
                                "text", id: "\(id)-text", value: isTyped ? typed["text"] ?? "" : "",
                                error: isTyped ? error("/text", .taskCompleted) : nil, hint: true), isOpen: isTyped)
                        : nil)
            }
        let isNeeded = [nil, .granted, .partiallyGranted].contains(view.outcome) && view.state != .closed
        let isKnown = view.isIdentityVerified || view.events.contains { $0.event.data["identity"] == "notNeeded" }
        verifyFirst = mayAct && isNeeded && !isKnown && !view.tasks.toAsk.isEmpty
        let isTyped = typed["type"] == EventType.taskSent.rawValue && !errors.isEmpty
        let chosen = Set((typed["databases"] ?? "").split(separator: ",").map(String.init))
        asking =
            mayAct && isNeeded && isKnown && !view.tasks.toAsk.isEmpty
            ? Asking(
                databases: view.tasks.toAsk.map { linked in
                    Asking.Database(
                        id: "ask-\(linked.id)", value: linked.id,
                        name: Phrase(linked.name, in: language)?.text ?? linked.id,
                        isChosen: isTyped
                            ? chosen.contains(linked.id) : view.tasks.impossible(in: linked.id) == nil)
                }, databasesError: error("/databases", .taskSent),
                instruction: FormField(
                    "instruction", value: isTyped ? typed["instruction"] ?? "" : "",
                    error: error("/instruction", .taskSent), hint: true)) : nil
    }

    /// The id of the input that an error is about, where it is one of these forms.
    static func anchor(_ field: String, _ typed: [String: String]) -> String? {
        if field.hasPrefix("databases") { return "databases" }
        guard typed["type"] == EventType.taskCompleted.rawValue, let database = typed["database"] else { return nil }
        return "task-\(database)-\(field)"
    }
}
