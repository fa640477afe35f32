public import CivilTime
public import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// A task as a custodian without a program sees it.
public struct CustodianTask: Sendable {
    public let id: String
    public let kind: Right
    /// In hexadecimal: under these the person may stand in the database.
    public let pseudonyms: [String]
    public let instruction: String?
    public let askedOn: CalendarDate
    public let answerBy: CalendarDate

    init(_ task: OpenTask, _ document: JSON) {
        id = task.id
        kind = task.kind
        pseudonyms = document["pseudonyms"]?.array?.compactMap(\.string) ?? []
        instruction = document["instruction"]?.string
        askedOn = task.askedOn
        answerBy = task.answerBy
    }
}

/// Tasks of custodians without a program: read and answered in the console.
extension CustodianDesk {
    /// The tasks that an answer is awaited of, the oldest first; none while the database is paused.
    ///
    /// Throws `RightsError.forbidden` for a database that is another's.
    public func tasks(of id: String, for signedIn: Operator) async throws -> [CustodianTask] {
        guard try await database(id, for: signedIn).linked.state == .active else { return [] }
        let mailbox = try mailbox(of: id)
        let open = try await database.read { try TaskStore.open(in: id, on: $0) }
        return try open.compactMap { task in
            guard let document = task.document else { return nil }
            return CustodianTask(
                task, try JSON(parsing: try mailbox.opened(document, task: task.id, of: id)))
        }
    }

    /// Takes a custodian's answer; the same again changes nothing.
    ///
    /// Throws `FieldErrors` at `/answer`, `/words` and `/files…`, `RightsError.scannerUnavailable`, and `TaskRefusal`.
    /// - Parameters:
    ///   - files: what answers an access, as it came.
    ///   - scan: looks at them; nil where no scanner is configured.
    public func answer(
        _ task: String, _ kind: String, words: String, files: [OfferedFile] = [], of id: String, by signedIn: Operator,
        scan: FileScan? = nil
    ) async throws {
        _ = try await database(id, for: signedIn)
        var errors: [FieldError] = []
        let answer = TaskAnswerKind(rawValue: kind)
        if answer == nil { errors.append(FieldError(pointer: "/answer", code: "required")) }
        if words.isEmpty, answer?.needsWords == true {
            errors.append(FieldError(pointer: "/words", code: "task.reasons"))
        } else if words.unicodeScalars.count > TaskAnswer.longestWords {
            errors.append(
                FieldError(pointer: "/words", code: "tooLong", arguments: [String(TaskAnswer.longestWords)]))
        }
        guard errors.isEmpty, let answer else { throw FieldErrors(errors) }
        let answers = TaskAnswers(
            database: database, cases: try keys.casesKeys(), policy: policy, scan: scan, now: now, random: random)
        try await answers.take(
            TaskAnswer(id: task, kind: answer, words: words.isEmpty ? nil : words, files: files), from: id,
            by: .person(signedIn))
    }
}
