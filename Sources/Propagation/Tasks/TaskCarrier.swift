import CivilTime
import RightsRegistry
import StrictJSON
import Vault

/// A task as a custodian reads it, whichever way it goes: pseudonyms that this database's key makes, and no identity.
/// docs/propagation.md has the format.
struct TaskDocument: Sendable, Hashable {
    static let format = "regard-task-v1"

    let database: String
    let id: String
    let kind: Right
    /// For each key of the database, one for each identifier of the person, in the order of their numbers.
    let pseudonyms: [[UInt8]]
    /// What the operator asks besides the right itself.
    let instruction: String?
    let askedOn: CalendarDate
    /// The day by which an answer is awaited.
    let answerBy: CalendarDate

    var json: JSON {
        .object(ofPresent: [
            "format": .string(Self.format), "database": .string(database), "id": .string(id),
            "kind": .string(kind.rawValue), "pseudonyms": .array(pseudonyms.map { .string(Hex.encode($0)) }),
            "instruction": instruction.map(JSON.string), "askedOn": .string(askedOn.description),
            "answerBy": .string(answerBy.description),
        ])
    }

    /// The whole document, its line ended.
    var bytes: [UInt8] { json.canonicalBytes + [UInt8(ascii: "\n")] }
}

/// Something that is found where a custodian answers tasks.
enum TaskWord: Sendable {
    /// - Parameter source: where it stands, for operators.
    case answer(TaskAnswer, source: String)
    /// It should answer task `id`, and can't be read; or nobody knows what it should be, where that is nil.
    case unreadable(id: String?, source: String, TargetError)
    /// An answer of a task that is not among those that were handed over.
    case stray(id: String, source: String)
    /// A task that still lies there, and was not among those that were handed over.
    case left(id: String)
}

/// Carries tasks to a custodian and brings back what is answered: what every connector does, by the same words.
///
/// The contract, which Tests/PropagationTests holds every one of them to: a task that is there already stays as it is, but for
/// its pseudonyms while a key changes; an answer is never changed or taken away by us before it has been taken; what has ended is taken away only by its id, so
/// that a hub which was frozen takes away nothing that another has brought.
protocol TaskCarrier: Sendable {
    /// What is kept of a task beside its row, where the custodian comes for it; nil where it stands elsewhere.
    ///
    /// - Parameter held: what is kept of it now.
    func kept(_ task: TaskDocument, held: [UInt8]?) throws -> [UInt8]?

    /// Lays `open` where the custodian finds them, takes away what has `ended` for good, and says what is answered. Nothing
    /// where answers come by a door.
    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]?
}

extension TaskCarrier {
    func kept(_ task: TaskDocument, held: [UInt8]?) throws -> [UInt8]? { nil }
}

extension TaskWord {
    /// An answer that was written for `id`, as a document of which members may be missing or wrong.
    init(_ document: JSON, for id: String, of database: String, source: String) {
        do {
            let answer = try TaskAnswer(document, of: database)
            guard answer.id == id else {
                self = .unreadable(
                    id: id, source: source, .unreadable("This answer is of another task than it should be."))
                return
            }
            self = .answer(answer, source: source)
        } catch let refusal as TaskRefusal {
            self = .unreadable(id: id, source: source, .unreadable(refusal.description))
        } catch let errors as FieldErrors {
            self = .unreadable(id: id, source: source, .unreadable("This is no answer to a task: \(errors.places)."))
        } catch {
            self = .unreadable(id: id, source: source, .unreadable("This is no answer to a task."))
        }
    }
}

extension StoredMailbox {
    /// Kept as it is while this feed's key opens it: a token may have been replaced since.
    func kept(_ task: TaskDocument, held: [UInt8]?) throws -> [UInt8]? {
        if let held, (try? opened(held, task: task.id, of: task.database)) == task.bytes { return held }
        return try sealed(task.bytes, task: task.id, of: task.database)
    }

    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? { nil }
}
