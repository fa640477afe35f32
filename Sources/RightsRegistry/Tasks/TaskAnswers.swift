public import CivilTime
public import SQLDatabase
import StrictJSON
public import Vault

/// Takes the answers that custodians give of tasks, whichever way they come: each becomes an event of its request.
///
/// Words are sealed to the cases' public key: whoever takes them in can't read them again.
public struct TaskAnswers: Sendable {
    /// Who brings an answer, for the audit: a custodian's name, or a database's id.
    public struct Bearer: Sendable {
        let name: String
        let role: String

        /// A program of the custodian's, or what the hub read at the custodian's.
        public static func program(of database: String) -> Bearer { Bearer(name: database, role: "feed") }

        public static func person(_ signedIn: Operator) -> Bearer {
            Bearer(name: signedIn.name, role: signedIn.role.rawValue)
        }
    }

    private let database: SQLDatabase
    private let cases: [Int: CasesKey]
    private let door: FileDoor
    private let policy: RightsPolicy
    private let now: TimeSource
    private let random: RandomSource

    /// - Parameters:
    ///   - cases: the cases' public keys by epoch, of which the one is used that counts when an answer comes.
    ///   - scan: looks at each file of an answer before it is taken; nil where no scanner is configured.
    public init(
        database: SQLDatabase, cases: [Int: CasesKey], policy: RightsPolicy, scan: FileScan? = nil,
        now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.cases = cases
        door = FileDoor(limits: policy.files, scan: scan)
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// Takes an answer; one that comes again as it was changes nothing.
    ///
    /// Throws `TaskRefusal`; a refusal leaves an audit event, and nothing else. Throws `FieldErrors` at `/files…` for files
    /// that can't be taken, `RightsError.scannerUnavailable`, and `.keysOutdated`: then it may come again.
    @discardableResult
    public func take(_ answer: TaskAnswer, from id: String, by bearer: Bearer) async throws -> TakenAnswer {
        let (moment, policy) = (now(), policy)
        let task = try await database.read { try Self.find(answer.id, of: id, on: $0) }
        do {
            guard let task else { throw TaskRefusal.unknown }
            // One that comes again is not looked through again.
            if let taken = try Self.taken(answer, task) { return taken }
            let files = try await checked(answer.files, task.kind)
            // Looking through files takes its time: the epoch that counts is the one after it.
            let standing = try await database.read { try KeyEpochs.standing(on: $0) }
            // A key of that number which is not that key would seal what nobody opens.
            guard let cases = cases[standing.current],
                standing.epochs.last?.fingerprint.map({ $0 == KeyEpochs.fingerprint(of: cases) }) ?? true
            else { throw RightsError.keysOutdated }
            let sealed = try SealedAnswer(answer, files, of: task.reference, to: cases, random: random)
            let audit = AuditEvent(
                at: moment, actor: bearer.name, role: bearer.role, act: "task.answered", subject: task.reference,
                detail: [
                    "database": .string(id), "task": .string(answer.id), "answer": .string(answer.kind.rawValue),
                    "files": .integer(Int64(files.count)),
                ], random: random)
            return try await database.write { connection in
                guard let current = try Self.find(answer.id, of: id, on: connection) else { throw TaskRefusal.unknown }
                if let taken = try Self.taken(answer, current) { return taken }
                guard let stored = try RequestStore.load(current.reference, on: connection) else {
                    throw TaskRefusal.unknown
                }
                try TaskStore.record(
                    sealed, of: stored, in: id, actor: .custodian, at: moment, policy: policy, on: connection)
                try audit.record(on: connection)
                return TakenAnswer(id: answer.id, kind: answer.kind, isNew: true)
            }
        } catch let refusal as TaskRefusal {
            try await recordRefusal(refusal, of: answer.id, from: id, by: bearer)
            throw refusal
        }
    }

    private func checked(_ files: [OfferedFile], _ kind: Right?) async throws -> [CheckedFile] {
        guard !files.isEmpty else { return [] }
        guard kind == .access else {
            throw FieldErrors([FieldError(pointer: "/files/0", code: "file.notHere")])
        }
        guard files.reduce(0, { $0 + $1.size }) <= TaskAnswer.mostFileBytes else {
            throw FieldErrors([
                FieldError(
                    pointer: "/files/0", code: "file.answerTooLarge", arguments: [TaskAnswer.mostFileMegabytes])
            ])
        }
        do {
            return try await door.checkAnswer(files)
        } catch RightsError.invalid(let errors) {
            throw errors
        }
    }

    /// Leaves a trace of an answer that was not taken: the task's id where it can be one, and no word of it.
    public func recordRefusal(
        _ refusal: TaskRefusal, of task: String, from id: String, by bearer: Bearer
    ) async throws {
        let isID = Hex.decode(task)?.count == 16
        let audit = AuditEvent(
            at: now(), actor: bearer.name, role: bearer.role, act: "task.answerRefused", subject: id,
            detail: .object(ofPresent: ["refusal": .string(refusal.rawValue), "task": isID ? .string(task) : nil]),
            random: random)
        try await database.write { try audit.record(on: $0) }
    }

    private struct Found: Sendable {
        let reference: String
        let state: String
        let kind: Right?
        let answer: TaskAnswerKind?
    }

    private static func find(
        _ task: String, of database: String, on connection: any SQLConnection
    ) throws -> Found? {
        try connection.first(
            "SELECT reference, state, kind, answer FROM request_task WHERE id = $1 AND linked_database = $2", task,
            database
        ).map { row in
            Found(
                reference: try row["reference"], state: try row["state"], kind: Right(rawValue: try row["kind"]),
                answer: (try row["answer"] as String?).flatMap(TaskAnswerKind.init))
        }
    }

    /// What was taken before; nil while an answer is awaited. Throws `TaskRefusal` where nothing is.
    private static func taken(_ answer: TaskAnswer, _ found: Found) throws -> TakenAnswer? {
        switch found.state {
        case "answered":
            guard found.answer == answer.kind else { throw TaskRefusal.answered }
            return TakenAnswer(id: answer.id, kind: answer.kind, isNew: false)
        case "cancelled": throw TaskRefusal.cancelled
        default: return nil
        }
    }
}

/// An answer with its words and files sealed: only to be written.
struct SealedAnswer: Sendable {
    let id: String
    let kind: TaskAnswerKind
    let wrap: [UInt8]?
    let words: [UInt8]?
    let files: [SealedAnswerFile]
    /// The epoch that the key of words and files is wrapped to.
    let epoch: Int

    init(
        _ answer: TaskAnswer, _ files: [CheckedFile] = [], of reference: String, to cases: CasesKey,
        random: RandomSource
    ) throws {
        id = answer.id
        epoch = cases.epoch
        kind = answer.kind
        guard answer.words != nil || !files.isEmpty else {
            (wrap, words, self.files) = (nil, nil, [])
            return
        }
        let key = CaseKey(random: random)
        wrap = try key.wrapped(to: cases.publicKey, reference: TaskLocation.wrap(answer.id, of: reference))
        words = try answer.words.map {
            try key.seal(Array($0.utf8), at: TaskLocation.words(answer.id), random: random)
        }
        self.files = try files.enumerated().map { place, file in
            try SealedAnswerFile(file, n: place + 1, of: answer.id, under: key, random: random)
        }
    }
}

extension TaskStore {
    /// Writes an answer, its event, and the end of what stood in its way. Throws `RightsError.keysOutdated` where another epoch
    /// counts by now.
    static func record(
        _ answer: SealedAnswer, of stored: StoredRequest, in database: String, actor: ActingRole,
        operatorName: String? = nil, at now: Instant, policy: RightsPolicy, on connection: any SQLConnection
    ) throws {
        try KeyEpochs.require(answer.epoch, on: connection)
        try connection.execute(
            """
            UPDATE request_task SET state = 'answered', answered_at = $1, answer = $2, answer_wrap = $3,
                answer_words = $4, answer_epoch = $5, \(forgotten)
            WHERE id = $6 AND state IN ('waiting', 'sent')
            """, now, answer.kind.rawValue, answer.wrap, answer.words, answer.epoch, answer.id)
        try AnswerFileStore.insert(answer.files, of: answer.id, on: connection)
        try connection.execute(
            "UPDATE task_exception SET resolved_at = $1 WHERE task = $2 AND resolved_at IS NULL", now, answer.id)
        try ImpossibleAnswerStore.lapse(stored.reference, in: database, on: connection)
        // What was found is told by the answer that a person gives, and not by the timeline.
        try RequestStore.append(
            .taskCompleted, to: stored, actor: actor, operatorName: operatorName,
            data: ["database": .string(database), "kind": .string(stored.right.rawValue)], at: now, policy: policy,
            on: connection)
    }
}
