import Foundation
public import StrictJSON

/// What a custodian answers of one task: `regard-task-answer-v1`, whichever way it comes.
public struct TaskAnswer: Sendable, Hashable {
    public static let format = "regard-task-answer-v1"
    /// Characters of its words, at most.
    public static let longestWords = 5000
    /// Files that one has, at most, and their bytes together.
    public static let mostFiles = 5
    public static let mostFileBytes = 4 * 1024 * 1024
    static let mostFileMegabytes = String(mostFileBytes / (1024 * 1024))
    /// Bytes of a document, at most; of one that answers an access, which may have files, `longestWithFiles`.
    public static let longest = 64 * 1024
    public static let longestWithFiles = 6 * 1024 * 1024

    /// Bytes of a document that answers a task of that kind, at most.
    public static func longest(for kind: Right?) -> Int { kind == .access ? longestWithFiles : longest }

    public let id: String
    public let kind: TaskAnswerKind
    /// Nil where there is nothing to say.
    public let words: String?
    /// What the database holds of the person, in answer to an access; not looked at yet.
    public let files: [OfferedFile]

    public init(id: String, kind: TaskAnswerKind, words: String?, files: [OfferedFile] = []) {
        self.id = id
        self.kind = kind
        self.words = words
        self.files = files
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
            let files = reader.optionalObjects("files", maxCount: Self.mostFiles, of: Self.file) ?? []
            if files.reduce(0, { $0 + $1.size }) > Self.mostFileBytes {
                reader.fail("files", "file.answerTooLarge", Self.mostFileMegabytes)
            }
            guard let database, let id, let kind else { return nil as (TaskAnswer, String)? }
            return (TaskAnswer(id: id, kind: kind, words: words, files: files), database)
        }
        guard database == expected else { throw TaskRefusal.otherDatabase }
        self = answer
    }

    private static func file(reading reader: inout ObjectReader) -> OfferedFile? {
        let name = reader.string("name", maxLength: 200)
        let type = reader.string("type", maxLength: 100)
        let content = reader.required("content") { json, pointer throws(FieldError) in
            guard let text = json.string else {
                throw FieldError(pointer: pointer, code: "wrongType", arguments: ["string"])
            }
            guard let bytes = Data(base64Encoded: text) else { throw FieldError(pointer: pointer, code: "invalid") }
            return Array(bytes)
        }
        guard let name, let type, let content else { return nil }
        return OfferedFile(name: name, size: content.count, content: content, type: type)
    }

    /// As a custodian writes it.
    public func json(of database: String) -> JSON {
        .object(ofPresent: [
            "format": .string(Self.format), "database": .string(database), "id": .string(id),
            "answer": .string(kind.rawValue), "words": words.map(JSON.string),
            "files": files.isEmpty
                ? nil
                : .array(
                    files.map { file in
                        .object(ofPresent: [
                            "name": .string(file.name), "type": file.type.map(JSON.string),
                            "content": .string(Data(file.content).base64EncodedString()),
                        ])
                    }),
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
