public import CivilTime
public import PublicRegistry
public import StrictJSON
public import Vault

/// What a package says: the decision, and what each database has answered. It is opened to be put together, and forgotten.
public struct PackageContent: Sendable, Redacted {
    /// A file that lies beside the documents.
    public struct File: Sendable, Hashable {
        /// Within the archive.
        public let path: String
        public let type: FileType
        /// Bytes.
        public let size: Int
        /// The sender's own name for it; it may be any text.
        public let senderName: String?
    }

    /// What came of asking one database.
    public enum Finding: Sendable, Hashable {
        /// It has answered, with the custodian's words where there are any.
        case answered(TaskAnswerKind, words: String?, on: CalendarDate)
        /// It can't answer, as an operator has declared.
        case impossible(reasons: String?, on: CalendarDate)
    }

    public struct Database: Sendable {
        public let id: String
        /// Nil where it has none but its id.
        public let name: LocalizedText?
        public let finding: Finding
        public let files: [File]
    }

    public let reference: String
    public let language: FilingLanguage
    public let receivedOn: CalendarDate
    public let assembledOn: CalendarDate
    public let decidedOn: CalendarDate
    /// `granted` or `partiallyGranted`.
    public let outcome: RequestOutcome
    /// The body's own answer: `text`, or of a part that is refused `reasons`, `complaint` and `judicialRemedy`.
    public let answer: JSON
    public let files: [File]
    /// In the order of their ids.
    public let databases: [Database]

    /// The folder of the body's own files, within the archive: apart, since a database may be called anything.
    static func ownFolder(_ language: FilingLanguage) -> String {
        switch language {
        case .fr: "reponse"
        case .en: "answer"
        }
    }

    /// The folder of the databases' files, within the archive.
    static func folder(_ language: FilingLanguage) -> String {
        switch language {
        case .fr: "fichiers"
        case .en: "files"
        }
    }

    /// What the documents are called, without the ending.
    static func document(_ language: FilingLanguage) -> String {
        switch language {
        case .fr: "dossier"
        case .en: "package"
        }
    }

    /// For programs: `regard-access-package-v1`. docs/requests.md has the format.
    public var json: JSON {
        [
            "format": "regard-access-package-v1", "reference": .string(reference),
            "receivedOn": .string(receivedOn.description), "assembledOn": .string(assembledOn.description),
            "decision": [
                "outcome": .string(outcome.rawValue), "decidedOn": .string(decidedOn.description), "words": answer,
                "files": .array(files.map(\.json)),
            ],
            "databases": .array(databases.map(\.json)),
        ]
    }
}

extension PackageContent.File {
    fileprivate var json: JSON {
        .object(ofPresent: [
            "path": .string(path), "type": .string(type.mediaType), "size": .integer(Int64(size)),
            "name": senderName.map(JSON.string),
        ])
    }
}

extension PackageContent.Database {
    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "id": .string(id), "name": name?.json ?? .null, "files": .array(files.map(\.json)),
        ]
        switch finding {
        case .answered(let kind, let words, let day):
            members["state"] = "answered"
            members["answer"] = .string(kind.rawValue)
            members["answeredOn"] = .string(day.description)
            members["words"] = words.map(JSON.string) ?? .null
        case .impossible(let reasons, let day):
            members["state"] = "impossible"
            members["declaredOn"] = .string(day.description)
            members["reasons"] = reasons.map(JSON.string) ?? .null
        }
        return .object(members)
    }
}
