import CivilTime
public import SQLDatabase
import StrictJSON
import Vault

/// What an operator asks of linked databases, or notes that they answered by another way.
enum TaskAct: Sendable {
    /// Databases by id; nil for all in scope that were not asked yet, and were not declared unable to answer.
    case ask(databases: [String]?, instruction: String?)
    case answer(database: String, TaskAnswerKind, words: String)

    static let longestInstruction = 5000

    /// Reads what the body says of databases; nil where it speaks of a project's controller.
    init?(reading reader: inout ObjectReader, _ type: EventType) {
        switch type {
        case .taskSent:
            let isAll = reader.optionalBool("allDatabases") ?? false
            let named = reader.optionalArray("databases", maxCount: 1000) { json, pointer throws(FieldError) in
                try JSONValue.string(json, pointer, maxLength: 40)
            }
            if !isAll, named?.isEmpty ?? true { reader.fail("databases", "required") }
            let instruction = reader.optionalString("instruction", maxLength: Self.longestInstruction)
            self = .ask(databases: isAll ? nil : named, instruction: instruction)
        case .taskCompleted:
            let database = reader.string("database", maxLength: 40)
            let kind = reader.choice("answer", of: TaskAnswerKind.self)
            let words = reader.string("text", maxLength: TaskAnswer.longestWords)
            guard let database, let kind, let words else { return nil }
            self = .answer(database: database, kind, words: words)
        default: return nil
        }
    }
}

/// What an act does to tasks, with everything drawn and sealed.
enum PreparedTaskAct: Sendable {
    case ask([PreparedTask])
    case answer(database: String, SealedAnswer)
}

extension OperatorDesk {
    /// Finds the databases that an act asks, and what the request lacks for it.
    func prepared(
        _ act: TaskAct, for stored: StoredRequest, at moment: Instant
    ) async throws -> PreparedTaskAct {
        guard stored.right.isCarriedByTasks else { throw Self.wrong("/type", "task.notForRight") }
        switch act {
        case .ask(let databases, let instruction):
            try requireAsking(stored)
            let chosen = try await database.read { try Self.unasked(databases, of: stored, on: $0) }
            return .ask(
                try tasks(in: chosen, isAll: databases == nil, of: stored, instruction, at: moment))
        case .answer(let id, let kind, let words):
            guard let task = try await database.read({ try Self.openTask(of: stored, in: id, on: $0) }) else {
                throw Self.wrong("/database", "task.notOpen")
            }
            let answer = TaskAnswer(id: task, kind: kind, words: words)
            return .answer(
                database: id,
                try SealedAnswer(answer, of: stored.reference, to: keys.casesKey, random: random))
        }
    }

    /// Nobody is asked about somebody who is not known, nor for what is not to be done.
    private func requireAsking(_ stored: StoredRequest) throws(RightsError) {
        let timeline = stored.timeline
        if timeline.state == .closed { throw .transition(.notIn(.closed, .taskSent)) }
        if timeline.isIdentityNeeded, !timeline.isIdentityVerified { throw .transition(.identityNotVerified) }
        switch timeline.outcome {
        case nil, .granted, .partiallyGranted: break
        case .refused, .transferred, .withdrawn, .abandoned, .voided, .unreadable:
            throw .transition(.notIn(timeline.state, .taskSent))
        }
    }

    private static func unasked(
        _ databases: [String]?, of stored: StoredRequest, on connection: any SQLConnection
    ) throws -> [LinkedDatabase] {
        let inScope = try TaskStore.inScope(of: stored.reference, on: connection)
        let asked = try TaskStore.asked(of: stored.reference, stored.right, on: connection)
        let chosen: [LinkedDatabase]
        if let databases {
            let named = Set(databases)
            chosen = inScope.filter { named.contains($0.id) }
            guard chosen.count == named.count else { throw wrong("/databases", "task.outOfScope") }
            guard chosen.allSatisfy({ !asked.contains($0.id) }) else { throw wrong("/databases", "task.asked") }
        } else {
            let impossible = Set(try ImpossibleAnswerStore.all(of: stored.reference, on: connection).map(\.database))
            chosen = inScope.filter { !asked.contains($0.id) && !impossible.contains($0.id) }
        }
        guard !chosen.isEmpty else { throw wrong("/databases", inScope.isEmpty ? "task.nowhere" : "task.asked") }
        return chosen
    }

    /// Who it is about is sealed for the hub, which alone makes pseudonyms of it, and those for one database each.
    ///
    /// - Parameter isAll: whether all were meant: those that can't know this person are left out then.
    private func tasks(
        in databases: [LinkedDatabase], isAll: Bool, of stored: StoredRequest, _ instruction: String?,
        at moment: Instant
    ) throws -> [PreparedTask] {
        guard let sealed = stored.sealedFiling else { throw RightsError.sealed }
        let caseKey = try opened(stored)
        let filing = try JSON(parsing: try caseKey.open(sealed, at: CaseLocation.filing(stored.reference)))
        let subject = try Subject(json: filing["subject"] ?? .null)
        // Each is asked by what it knows people by.
        let named = databases.map { linked in
            (
                linked.id,
                (linked.matching.usesNIR ? subject.identifiers.map(\.canonical) : [])
                    + (linked.matching.usesTraits ? subject.traits.map(\.canonical) : [])
            )
        }
        let known = named.filter { !$0.1.isEmpty }
        guard isAll ? !known.isEmpty : known.count == named.count else {
            throw Self.wrong("/databases", "task.noIdentifier")
        }
        let askedOn = moment.date(in: policy.zone)
        let due = policy.clock(of: stored.timeline, receivedAt: stored.receivedAt).due
        let latest = askedOn.adding(days: policy.taskAnswerDays)
        return try known.map { database, identifiers in
            let (id, (key, segment)) = (Hex.encode(random(16)), try sealer.current(at: moment))
            return PreparedTask(
                id: id, database: database, kind: stored.right, segment: segment,
                identifiers: try key.seal(
                    Array(identifiers.joined(separator: "\n").utf8), at: TaskLocation.identifiers(id), random: random),
                instruction: try instruction.map {
                    try key.seal(Array($0.utf8), at: TaskLocation.instruction(id), random: random)
                },
                caseInstruction: try instruction.map {
                    try caseKey.seal(Array($0.utf8), at: TaskLocation.caseInstruction(id), random: random)
                },
                // Before the citizen's own answer is due, where that is still to come.
                askedOn: askedOn, answerBy: due > askedOn && due < latest ? due : latest)
        }
    }

    private static func openTask(
        of stored: StoredRequest, in database: String, on connection: any SQLConnection
    ) throws -> String? {
        try connection.first(
            """
            SELECT id FROM request_task
            WHERE reference = $1 AND linked_database = $2 AND state IN ('waiting', 'sent')
            """, stored.reference, database)?["id"]
    }

    /// Does what was prepared, with its event. Throws `RightsError.outdated` where somebody was quicker.
    func apply(
        _ act: PreparedTaskAct, to stored: StoredRequest, by signedIn: Operator, at moment: Instant,
        on connection: any SQLConnection
    ) throws {
        switch act {
        case .ask(let tasks):
            try requireAsking(stored)
            let asked = try TaskStore.asked(of: stored.reference, stored.right, on: connection)
            guard tasks.allSatisfy({ !asked.contains($0.database) }) else { throw RightsError.outdated }
            for task in tasks { try TaskStore.insert(task, of: stored.reference, at: moment, on: connection) }
            try RequestStore.append(
                .taskSent, to: stored, actor: signedIn.actor, operatorName: signedIn.name, data: act.data(stored.right),
                at: moment, policy: policy, on: connection)
        case .answer(let database, let answer):
            guard try Self.openTask(of: stored, in: database, on: connection) == answer.id else {
                throw RightsError.outdated
            }
            try TaskStore.record(
                answer, of: stored, in: database, actor: signedIn.actor, operatorName: signedIn.name, at: moment,
                policy: policy, on: connection)
        }
    }

}

extension PreparedTaskAct {
    /// What everybody who sees the event may read.
    func data(_ kind: Right) -> JSON {
        switch self {
        case .ask(let tasks):
            .object(ofPresent: [
                "databases": .array(tasks.map { .string($0.database) }), "kind": .string(kind.rawValue),
                "answerBy": tasks.first.map { .string($0.answerBy.description) },
            ])
        case .answer(let database, _): ["database": .string(database), "kind": .string(kind.rawValue)]
        }
    }
}

extension LedgerReader {
    /// What a task is about, opened: identifiers in the order of their numbers, and the operator's words.
    ///
    /// Throws `SealError` where a task does not open.
    public func contents(
        of tasks: [OpenTask], in database: SQLDatabase
    ) async throws -> [String: (identifiers: [String], instruction: String?)] {
        let keys = try await segmentKeys(Set(tasks.compactMap(\.segment)), in: database)
        return try tasks.reduce(into: [:]) { found, task in
            guard let sealed = task.sealedIdentifiers, let key = task.segment.flatMap({ keys[$0] }) else {
                throw SealError.doesNotOpen
            }
            let text = String(decoding: try key.open(sealed, at: TaskLocation.identifiers(task.id)), as: UTF8.self)
            let instruction = try task.sealedInstruction.map {
                String(decoding: try key.open($0, at: TaskLocation.instruction(task.id)), as: UTF8.self)
            }
            found[task.id] = (text.split(separator: "\n").map(String.init), instruction)
        }
    }
}
