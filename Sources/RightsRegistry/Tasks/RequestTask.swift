public import CivilTime
public import PublicRegistry
import SQLDatabase
import Vault

extension Right {
    /// Whether what is asked has to be done by each linked database, by its custodian, rather than by a list.
    public var isCarriedByTasks: Bool {
        switch self {
        case .access, .rectification, .erasure, .restriction: true
        case .objection, .objectionWithdrawal: false
        }
    }
}

/// What a custodian answers of a task. The raw values are stable: programs write them.
public enum TaskAnswerKind: String, Sendable, CaseIterable {
    case done
    /// A part of it; the words say what is left, and why.
    case partly
    /// The database holds nothing under these pseudonyms.
    case nothingHeld
    /// It can't be done, or must not be; the words say why.
    case refused

    /// Whether it has to say why.
    public var needsWords: Bool { self == .partly || self == .refused }
}

/// What a linked database was asked to do for one request, as those see it who handle the request or made it.
public struct RequestTask: Sendable {
    public enum State: Sendable, Hashable {
        /// On its way: the custodian can't have found it yet.
        case waiting
        /// Where the custodian finds it, since then.
        case sent(at: Instant)
        case answered(at: Instant)
        /// Nobody asks for it any more: the request has ended otherwise, or was about somebody else.
        case cancelled
    }

    public let id: String
    public let database: String
    /// Nil where the database has none but its id.
    public let name: LocalizedText?
    public let kind: Right
    public let askedOn: CalendarDate
    /// The day by which an answer is awaited.
    public let answerBy: CalendarDate
    public let state: State
    /// What the custodian answered; nil for the citizen, who is answered by a person.
    public let answer: TaskAnswerKind?
    /// The custodian's words, for whoever may read the words of the case.
    public let words: String?
    /// The files that came with the answer, for operators; their names for those who may read its words.
    public let files: [AnswerFile]
    /// What the operator asked for besides the right itself, for the same.
    public let instruction: String?
    /// Why an answer to it could not be taken, or why it could not be brought, for operators.
    public let problem: String?

    /// Whether an answer is awaited.
    public var isOpen: Bool {
        switch state {
        case .waiting, .sent: true
        case .answered, .cancelled: false
        }
    }

    /// Whether no answer has come by the day on which one was awaited.
    public func isLate(on today: CalendarDate) -> Bool { isOpen && today > answerBy }
}

/// Where the tasks of a request's right stand.
public struct TaskStanding: Sendable {
    public static let none = TaskStanding(tasks: [], toAsk: [], impossible: [])

    /// In the order of the databases' ids, those that were cancelled last.
    public let tasks: [RequestTask]
    /// The linked databases in scope that have not been asked; nobody but operators is told.
    public let toAsk: [LinkedDatabase]
    /// The databases of which an operator has declared that they can't do it, asked or not; none of them has answered.
    public let impossible: [ImpossibleAnswer]

    /// What was declared of a database; nil where nothing was.
    public func impossible(in database: String) -> ImpossibleAnswer? { impossible.first { $0.database == database } }
}

/// The places of a task's sealed boxes.
enum TaskLocation {
    static func identifiers(_ id: String) -> BoxLocation {
        BoxLocation(table: "request_task", row: id, column: "sealed_identifiers", version: 1)
    }

    static func instruction(_ id: String) -> BoxLocation {
        BoxLocation(table: "request_task", row: id, column: "sealed_instruction", version: 1)
    }

    static func caseInstruction(_ id: String) -> BoxLocation {
        BoxLocation(table: "request_task", row: id, column: "case_instruction", version: 1)
    }

    static func words(_ id: String) -> BoxLocation {
        BoxLocation(table: "request_task", row: id, column: "answer_words", version: 1)
    }

    /// What the wrap of an answer's key is bound to.
    static func wrap(_ id: String, of reference: String) -> String { "\(reference)/task/\(id)" }
}
