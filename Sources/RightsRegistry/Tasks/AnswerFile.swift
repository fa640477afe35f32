import SQLDatabase
import Vault

extension RightsSchema {
    static let answerFiles = Migration(
        "0831-answer-files",
        """
        -- The files that came with a database's answer to a request of access. Names and contents are sealed under the answer's
        -- own key, as its words are: answer_wrap of its task.
        CREATE TABLE task_file (
            task TEXT NOT NULL,
            n BIGINT NOT NULL,
            type TEXT NOT NULL,
            size BIGINT NOT NULL,
            sealed_name BYTEA NOT NULL,
            PRIMARY KEY (task, n)
        );
        CREATE TABLE task_file_part (
            task TEXT NOT NULL,
            n BIGINT NOT NULL,
            part BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            PRIMARY KEY (task, n, part)
        );
        """)
}

/// A file of a database's answer, as operators see it: everything but its content.
public struct AnswerFile: Sendable, Hashable {
    /// Its number within the answer, from 1.
    public let n: Int
    public let type: FileType
    /// Bytes.
    public let size: Int
    /// The custodian's own name for it; nil where the reader may not read it. It may be any text.
    public let senderName: String?
}

extension TaskLocation {
    static func fileName(_ task: String, _ n: Int) -> BoxLocation {
        BoxLocation(table: "task_file", row: "\(task)/\(n)", column: "sealed_name", version: 1)
    }

    static func filePart(_ task: String, _ n: Int, _ part: Int) -> BoxLocation {
        BoxLocation(table: "task_file_part", row: "\(task)/\(n)/\(part)", column: "sealed", version: 1)
    }
}

/// A file of an answer, sealed: only to be inserted.
struct SealedAnswerFile: Sendable {
    let n: Int
    let type: FileType
    let size: Int
    let name: [UInt8]
    let parts: [[UInt8]]

    init(_ file: CheckedFile, n: Int, of task: String, under key: CaseKey, random: RandomSource) throws {
        self.n = n
        type = file.type
        size = file.content.count
        name = try key.seal(Array(file.name.utf8), at: TaskLocation.fileName(task, n), random: random)
        parts = try (0..<CaseFileStore.parts(of: file.content.count)).map { number in
            let start = number * CaseFileStore.partBytes
            let bytes = Array(file.content[start..<min(start + CaseFileStore.partBytes, file.content.count)])
            return try key.seal(bytes, at: TaskLocation.filePart(task, n, number), random: random)
        }
    }
}

/// A file of an answer as it is stored.
struct StoredAnswerFile: Sendable {
    let task: String
    let n: Int
    let type: FileType
    let size: Int
    let sealedName: [UInt8]

    func opened(under key: CaseKey?) -> AnswerFile {
        AnswerFile(
            n: n, type: type, size: size,
            senderName: (try? key?.open(sealedName, at: TaskLocation.fileName(task, n))).flatMap {
                String(validating: $0, as: UTF8.self)
            })
    }
}

/// The SQL of the files of answers.
enum AnswerFileStore {
    static func insert(_ files: [SealedAnswerFile], of task: String, on connection: any SQLConnection) throws {
        for file in files {
            try connection.execute(
                "INSERT INTO task_file (task, n, type, size, sealed_name) VALUES ($1, $2, $3, $4, $5)", task, file.n,
                file.type.rawValue, file.size, file.name)
            for (number, part) in file.parts.enumerated() {
                try connection.execute(
                    "INSERT INTO task_file_part (task, n, part, sealed) VALUES ($1, $2, $3, $4)", task, file.n, number,
                    part)
            }
        }
    }

    /// Of all answers to a request, by task, each in order.
    static func files(
        of reference: String, on connection: any SQLConnection
    ) throws -> [String: [StoredAnswerFile]] {
        let rows = try connection.query(
            """
            SELECT f.* FROM task_file f JOIN request_task t ON t.id = f.task WHERE t.reference = $1 ORDER BY f.task, f.n
            """, reference)
        return try rows.reduce(into: [:]) { found, row in
            guard let type = FileType(rawValue: try row["type"]) else { throw SQLError.decoding("task_file.type") }
            let file = StoredAnswerFile(
                task: try row["task"], n: try row["n"], type: type, size: try row["size"],
                sealedName: try row["sealed_name"])
            found[file.task, default: []].append(file)
        }
    }

    /// The wraps of the keys of a request's answers, by task: of those that count.
    static func wraps(of reference: String, on connection: any SQLConnection) throws -> [String: [UInt8]] {
        try connection.query(
            """
            SELECT id, answer_wrap FROM request_task
            WHERE reference = $1 AND state = 'answered' AND answer_wrap IS NOT NULL
            """, reference
        ).reduce(into: [:]) { $0[try $1["id"]] = try $1["answer_wrap"] }
    }

    /// One part of a file, from 0; nil where it is gone.
    static func part(
        _ part: Int, _ n: Int, of task: String, on connection: any SQLConnection
    ) throws -> [UInt8]? {
        try connection.first(
            "SELECT sealed FROM task_file_part WHERE task = $1 AND n = $2 AND part = $3", task, n, part)?["sealed"]
    }

    /// Destroys what answers had brought that count no more: they were about somebody else.
    static func destroyCancelled(of reference: String, on connection: any SQLConnection) throws {
        let cancelled = "SELECT id FROM request_task WHERE reference = $1 AND state = 'cancelled'"
        try connection.execute("DELETE FROM task_file_part WHERE task IN (\(cancelled))", reference)
        try connection.execute("DELETE FROM task_file WHERE task IN (\(cancelled))", reference)
    }
}
