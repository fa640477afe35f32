import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// A task with everything drawn and sealed: only to be inserted, as often as the engine asks.
struct PreparedTask: Sendable {
    let id: String
    let database: String
    let kind: Right
    let segment: WrappedSegment
    let identifiers: [UInt8]
    let instruction: [UInt8]?
    let caseInstruction: [UInt8]?
    let askedOn: CalendarDate
    let answerBy: CalendarDate
}

/// The tasks of a request: opened with its acts, and ended with its outcome.
extension TaskStore {
    static func insert(
        _ task: PreparedTask, of reference: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        try task.segment.insert(at: now, on: connection)
        try connection.execute(
            """
            INSERT INTO request_task (id, reference, linked_database, kind, state, asked_at, asked_on, answer_by, segment,
                sealed_identifiers, sealed_instruction, case_instruction)
            VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9, $10, $11)
            """, task.id, reference, task.database, task.kind.rawValue, now, task.askedOn, task.answerBy,
            task.segment.id,
            task.identifiers, task.instruction, task.caseInstruction)
        try ImpossibleAnswerStore.lapse(reference, in: task.database, on: connection)
    }

    /// The linked databases that a request's scope covers, by id.
    static func inScope(of reference: String, on connection: any SQLConnection) throws -> [LinkedDatabase] {
        try connection.query(
            """
            SELECT d.* FROM linked_database d JOIN rights_request r ON r.reference = $1
            WHERE d.state NOT IN ('removed', 'pending') AND \(RequestClosing.isInScope) ORDER BY d.id
            """, reference
        ).map(LinkedDatabase.init)
    }

    /// Which of a request's databases have been asked, and not in vain.
    static func asked(of reference: String, _ kind: Right, on connection: any SQLConnection) throws -> Set<String> {
        Set(
            try connection.query(
                "SELECT linked_database FROM request_task WHERE reference = $1 AND kind = $2 AND state <> 'cancelled'",
                reference, kind.rawValue
            ).map { try $0["linked_database"] })
    }

    /// Ends the tasks of a request that nobody has answered; all of them where its person was another than they named.
    static func cancel(
        of reference: String, answeredToo: Bool = false, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE request_task SET state = 'cancelled', cancelled_at = $1, \(forgotten)
            WHERE reference = $2 AND state IN ('waiting', 'sent'\(answeredToo ? ", 'answered'" : ""))
            """, now, reference)
        // What can't be found under one identity may be found under another.
        if answeredToo {
            try ImpossibleAnswerStore.lapse(reference, on: connection)
            try AnswerFileStore.destroyCancelled(of: reference, on: connection)
        }
    }

    /// Whether there are words to read: an operator's, or a custodian's.
    static func hasWords(of reference: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT id FROM request_task
            WHERE reference = $1 AND (case_instruction IS NOT NULL OR answer_words IS NOT NULL
                OR EXISTS (SELECT 1 FROM task_file f WHERE f.task = request_task.id)) LIMIT 1
            """, reference) != nil
    }

    /// Ends the tasks of a database that is linked no more.
    static func cancel(in database: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE request_task SET state = 'cancelled', \(forgotten)
            WHERE linked_database = $1 AND state IN ('waiting', 'sent')
            """, database)
    }

    /// What need not be kept of a task that has ended.
    static let forgotten = "untold = 1, document = NULL, sealed_identifiers = NULL, sealed_instruction = NULL"

    /// Where a request's tasks stand.
    ///
    /// - Parameters:
    ///   - key: opens the operator's words, where the reader may read them; as `cases` those of custodians.
    ///   - isConsole: whether operators read it: citizens are not told what databases answered, nor what nobody was asked.
    static func standing(
        of stored: StoredRequest, key: CaseKey? = nil, cases: CaseOpener? = nil,
        isConsole: Bool, on connection: any SQLConnection
    ) throws -> TaskStanding {
        guard stored.right.isCarriedByTasks else { return .none }
        let reference = stored.reference
        let rows = try connection.query(
            """
            SELECT t.*, d.name AS database_name,
                (SELECT MIN(x.reason) FROM task_exception x WHERE x.task = t.id AND x.resolved_at IS NULL) AS exception,
                (SELECT MIN(e.failure) FROM task_exchange e WHERE e.linked_database = t.linked_database) AS failure
            FROM request_task t JOIN linked_database d ON d.id = t.linked_database
            WHERE t.reference = $1
            ORDER BY CASE WHEN t.state = 'cancelled' THEN 1 ELSE 0 END, t.linked_database, t.asked_at, t.id
            """, reference)
        let files = isConsole ? try AnswerFileStore.files(of: reference, on: connection) : [:]
        let tasks = try rows.map {
            try RequestTask(
                $0, files: files[try $0["id"], default: []], of: reference, key: key, cases: cases,
                isConsole: isConsole)
        }
        let impossible = try ImpossibleAnswerStore.all(of: reference, on: connection)
        guard isConsole else {
            return TaskStanding(tasks: tasks.filter { $0.state != .cancelled }, toAsk: [], impossible: impossible)
        }
        let asked = Set(tasks.filter { $0.state != .cancelled }.map(\.database))
        return TaskStanding(
            tasks: tasks, toAsk: try inScope(of: reference, on: connection).filter { !asked.contains($0.id) },
            impossible: impossible)
    }
}

extension RequestTask {
    fileprivate init(
        _ row: Row, files stored: [StoredAnswerFile], of reference: String, key: CaseKey?, cases: CaseOpener?,
        isConsole: Bool
    ) throws {
        guard let kind = Right(rawValue: try row["kind"]) else { throw SQLError.decoding("request_task.kind") }
        let id: String = try row["id"]
        let (askedAt, word): (Instant, String) = (try row["asked_at"], try row["state"])
        let (sentAt, answeredAt): (Instant?, Instant?) = (try row["sent_at"], try row["answered_at"])
        self.id = id
        database = try row["linked_database"]
        name = try LinkedDatabase.name(try row["database_name"])
        self.kind = kind
        askedOn = try row["asked_on"]
        answerBy = try row["answer_by"]
        state =
            switch word {
            case "sent": .sent(at: sentAt ?? askedAt)
            case "answered": .answered(at: answeredAt ?? askedAt)
            case "cancelled": .cancelled
            default: .waiting
            }
        answer = isConsole ? (try row["answer"] as String?).flatMap(TaskAnswerKind.init) : nil
        let wrap: [UInt8]? = try row["answer_wrap"]
        let sealedWords: [UInt8]? = try row["answer_words"]
        let answerKey = wrap.flatMap { wrap in
            cases.flatMap {
                try? CaseKey(unwrapping: wrap, with: $0, reference: TaskLocation.wrap(id, of: reference))
            }
        }
        words = sealedWords.flatMap { sealed in
            (try? answerKey?.open(sealed, at: TaskLocation.words(id))).map { String(decoding: $0, as: UTF8.self) }
        }
        files = stored.map { $0.opened(under: answerKey) }
        let sealedInstruction: [UInt8]? = try row["case_instruction"]
        instruction = sealedInstruction.flatMap { sealed in
            (try? key?.open(sealed, at: TaskLocation.caseInstruction(id))).map { String(decoding: $0, as: UTF8.self) }
        }
        let (exception, failure): (String?, String?) = (try row["exception"], try row["failure"])
        problem = isConsole && ["waiting", "sent"].contains(word) ? exception ?? failure : nil
    }
}
