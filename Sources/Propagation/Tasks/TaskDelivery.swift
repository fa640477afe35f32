import CivilTime
import Logging
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// Exchanges tasks with one database, over the connection by which batches went: brings what waits, takes away what has
/// ended, and takes what is answered.
///
/// What goes wrong here delays no batch: it is recorded for operators, and tried again after a minute.
struct TaskDelivery: Sendable {
    let worker: DatabaseWorker
    let lease: Lease
    let maker: BatchMaker
    let carrier: any TaskCarrier
    let answers: TaskAnswers

    private var database: SQLDatabase { worker.database }
    private var id: String { worker.id }

    /// Throws `CancellationError` alone.
    func exchangeWaiting() async throws {
        let moment = worker.now()
        do {
            guard try await database.read({ try TaskStore.isDue(in: id, at: moment, on: $0) }) else { return }
            guard try await prolong(), try await exchange() else { return }
        } catch {
            guard !Task.isCancelled else { throw CancellationError() }
            worker.logger.warning("tasks not exchanged", metadata: ["database": "\(id)", "error": "\(error)"])
            let failure = "\(error)"
            try? await database.write { [id] in
                try TaskStore.recordExchange(with: id, failure: failure, at: moment, on: $0)
            }
        }
    }

    /// False where another process has the lease, or the database is paused.
    private func prolong() async throws -> Bool {
        guard let linked = try await database.read({ [id] in try LinkedDatabaseStore.find(id, on: $0) }),
            linked.state == .active
        else { return false }
        let moment = worker.now()
        return try await database.write { try worker.prolong(lease, at: moment, on: $0) }
    }

    private func exchange() async throws -> Bool {
        let (open, ended) = try await database.read { [id] connection in
            (try TaskStore.open(in: id, on: connection), try TaskStore.untold(in: id, on: connection))
        }
        let documents = try await documents(open)
        let kept = try zip(open, documents).map { ($0.id, try carrier.kept($1, held: $0.document)) }
        let words = try await carrier.exchange(documents, ended: ended)
        let moment = worker.now()
        try await database.write { [id] connection in
            try TaskStore.recordSent(kept, at: moment, on: connection)
            try TaskStore.recordTold(ended, on: connection)
            try TaskStore.recordExchange(with: id, at: moment, on: connection)
        }
        if let words { try await take(words) }
        return true
    }

    private func documents(_ open: [OpenTask]) async throws -> [TaskDocument] {
        let contents = try await maker.reader.contents(of: open, in: database)
        return open.map { task in
            let content = contents[task.id]
            return TaskDocument(
                database: id, id: task.id, kind: task.kind,
                pseudonyms: maker.keys.pseudonyms(of: content?.identifiers ?? []),
                instruction: content?.instruction, askedOn: task.askedOn, answerBy: task.answerBy)
        }
    }

    // MARK: What comes back

    private func take(_ words: [TaskWord]) async throws {
        var problems: [(source: String, task: String?, reason: String)] = []
        var (strays, left): ([(id: String, source: String)], [String]) = ([], [])
        for word in words {
            switch word {
            case .answer(let answer, let source):
                do {
                    try await answers.take(answer, from: id, by: .program(of: id))
                } catch let refusal as TaskRefusal where refusal == .unknown {
                    problems.append((source, nil, refusal.description))
                } catch let errors as FieldErrors {
                    problems.append((source, answer.id, "A file of this answer can't be taken: \(errors.places)."))
                } catch RightsError.scannerUnavailable {
                    problems.append((source, answer.id, "The scanner of files gives no verdict: it is tried again."))
                } catch is TaskRefusal {
                    // It has ended meanwhile: late, and nothing to be done about it.
                }
            case .unreadable(let task, let source, let error): problems.append((source, task, error.description))
            case .stray(let task, let source): strays.append((task, source))
            case .left(let task): left.append(task)
            }
        }
        let unknown = try await database.read { [id, strays, left] connection in
            try TaskStore.unknown(among: strays.map(\.id) + left, in: id, on: connection)
        }
        problems += strays.filter { unknown.contains($0.id) }.map { ($0.source, nil, TaskRefusal.unknown.description) }
        try await record(problems, left.filter { !unknown.contains($0) })
    }

    private func record(
        _ problems: [(source: String, task: String?, reason: String)], _ left: [String]
    ) async throws {
        let moment = worker.now()
        let new = try await database.write { [id] connection in
            try TaskStore.recordFound(left, in: id, on: connection)
            try TaskStore.resolveProblems(but: Set(problems.map(\.source)), in: id, at: moment, on: connection)
            return try problems.filter { problem in
                try TaskStore.recordProblem(
                    problem.reason, at: problem.source, of: problem.task, in: id, now: moment, on: connection)
            }
        }
        for problem in new where problem.reason == TaskRefusal.unknown.description {
            try await answers.recordRefusal(.unknown, of: problem.task ?? "", from: id, by: .program(of: id))
        }
    }
}
