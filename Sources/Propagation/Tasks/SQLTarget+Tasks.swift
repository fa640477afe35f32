import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// Tasks in two tables beside the list: the custodian fills in `answer` and `words`.
extension SQLTarget {
    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? {
        if try await !hasTaskTables() {
            guard !open.isEmpty else { return [] }
            try await database.write { try $0.script(Self.taskSchema) }
        }
        return try await database.write { connection in
            for id in ended {
                try connection.execute("DELETE FROM regard_task_pseudonym WHERE task = $1", id)
                try connection.execute("DELETE FROM regard_task WHERE id = $1", id)
            }
            for task in open { try Self.insert(task, on: connection) }
            return try Self.words(Set(open.map(\.id)), of: open.first?.database, on: connection)
        }
    }

    private static func insert(_ task: TaskDocument, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO regard_task (id, kind, instruction, asked_on, answer_by) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO NOTHING
            """, task.id, task.kind.rawValue, task.instruction, task.askedOn.description, task.answerBy.description)
        let held: [[UInt8]] = try connection.query(
            "SELECT pseudonym FROM regard_task_pseudonym WHERE task = $1", task.id
        ).map { try $0["pseudonym"] }
        let pseudonyms = Set(task.pseudonyms)
        guard Set(held) != pseudonyms else { return }
        try connection.execute("DELETE FROM regard_task_pseudonym WHERE task = $1", task.id)
        for pseudonym in pseudonyms {
            try connection.execute(
                "INSERT INTO regard_task_pseudonym (task, pseudonym) VALUES ($1, $2)", task.id, pseudonym)
        }
    }

    private static func words(
        _ open: Set<String>, of database: String?, on connection: any SQLConnection
    ) throws -> [TaskWord] {
        let rows = try connection.query("SELECT id, answer, words FROM regard_task ORDER BY id")
        return rows.compactMap { row in
            // The table is the custodian's as much as ours: whatever stands there may be of another kind.
            guard let id = try? row["id"] as String else { return nil }
            let source = "regard_task \(id.prefix(64))"
            do {
                let (answer, words): (String?, String?) = (try row["answer"], try row["words"])
                guard open.contains(id), let database else {
                    return answer == nil ? .left(id: id) : .stray(id: id, source: source)
                }
                guard let answer else { return nil }
                let document = JSON.object(ofPresent: [
                    "format": .string(TaskAnswer.format), "database": .string(database), "id": .string(id),
                    "answer": .string(answer), "words": words.map(JSON.string),
                ])
                return TaskWord(document, for: id, of: database, source: source)
            } catch {
                return .unreadable(id: id, source: source, .unreadable("This row holds no text as its answer."))
            }
        }
    }

    /// Asked first, as for the list.
    private func hasTaskTables() async throws -> Bool {
        do {
            return try await database.read { connection in
                _ = try connection.query("SELECT id, answer, words FROM regard_task WHERE 1 = 0")
                _ = try connection.query("SELECT task FROM regard_task_pseudonym WHERE 1 = 0")
                return true
            }
        } catch SQLError.statement {
            return false
        }
    }

    private static let taskSchema = """
        CREATE TABLE IF NOT EXISTS regard_task (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            instruction TEXT,
            asked_on TEXT NOT NULL,
            answer_by TEXT NOT NULL,
            answer TEXT,
            words TEXT
        );
        CREATE TABLE IF NOT EXISTS regard_task_pseudonym (
            task TEXT NOT NULL,
            pseudonym BYTEA NOT NULL,
            PRIMARY KEY (task, pseudonym)
        );
        """
}
