public import StrictJSON

/// What a custodian answers of one task: `regard-task-answer-v1`, whichever way it comes.
public struct TaskAnswer: Sendable, Hashable {
    public static let format = "regard-task-answer-v1"
    /// Characters of its words, at most.
    public static let longestWords = 5000
    /// Bytes of a document, at most.
    public static let longest = 64 * 1024

    public let id: String
    public let kind: TaskAnswerKind
    /// Nil where there is nothing to say.
    public let words: String?

    public init(id: String, kind: TaskAnswerKind, words: String?) {
        self.id = id
        self.kind = kind
        self.words = words
    }

    /// Reads one. Throws `FieldErrors` where it is not one, `TaskRefusal.otherDatabase` where it is another database's.
    public init(_ json: JSON, of expected: String) throws {
        let (answer, database) = try ObjectReader.read(json) { reader in
            let format = reader.string("format", maxLength: 60)
            if let format, format != Self.format { reader.fail("format", "invalid") }
            let database = reader.string("database", maxLength: 40)
            let id = reader.string("id", maxLength: 64)
            let kind = reader.choice("answer", of: TaskAnswerKind.self)
            let words = reader.optionalString("words", maxLength: Self.longestWords)
            if let kind, kind.needsWords, words == nil { reader.fail("words", "required") }
            guard let database, let id, let kind else { return nil as (TaskAnswer, String)? }
            return (TaskAnswer(id: id, kind: kind, words: words), database)
        }
        guard database == expected else { throw TaskRefusal.otherDatabase }
        self = answer
    }

    /// As a custodian writes it.
    public func json(of database: String) -> JSON {
        .object(ofPresent: [
            "format": .string(Self.format), "database": .string(database), "id": .string(id),
            "answer": .string(kind.rawValue), "words": words.map(JSON.string),
        ])
    }
}

/// Why an answer changes nothing. The raw values are stable: programs are told them.
public enum TaskRefusal: String, Error, Sendable, Hashable, CustomStringConvertible {
    /// No task of this database has that id.
    case unknown = "taskUnknown"
    /// The answer names another database.
    case otherDatabase
    /// Another answer was given before, and stands.
    case answered = "taskAnswered"
    /// Nobody asks for it any more.
    case cancelled = "taskCancelled"

    /// For operators, and for whoever wrote the custodian's program.
    public var description: String {
        switch self {
        case .unknown: "An answer is of a task that this database was never asked."
        case .otherDatabase: "An answer is of another database."
        case .answered: "An answer was given before, and it stands."
        case .cancelled: "The task is asked no more."
        }
    }
}

/// An answer as it was taken, now or before.
public struct TakenAnswer: Sendable, Hashable {
    public let id: String
    public let kind: TaskAnswerKind
    /// Whether it says something new: one that comes again changes nothing.
    public let isNew: Bool
}
