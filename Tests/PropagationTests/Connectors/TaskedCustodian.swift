import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Vault

@testable import Propagation

/// A custodian as the contract of tasks sees it: something where tasks are found, and answered.
protocol TaskedCustodian: Custodian {
    /// The tasks that the custodian finds, by id.
    func tasks(from circuit: Circuit) async throws -> [String: FoundTask]

    /// Answers one, in whatever words: they may be wrong.
    func answer(_ id: String, _ answer: String, _ words: String?, in circuit: Circuit) async throws
}

/// A task as its custodian reads it.
struct FoundTask: Sendable, Hashable {
    let kind: String
    let pseudonyms: Set<[UInt8]>
    let instruction: String?
    let askedOn: String
    let answerBy: String

    init(kind: String, pseudonyms: Set<[UInt8]>, instruction: String?, askedOn: String, answerBy: String) {
        self.kind = kind
        self.pseudonyms = pseudonyms
        self.instruction = instruction
        self.askedOn = askedOn
        self.answerBy = answerBy
    }

    /// Of a document as programs get it; what is not in the format is a failure.
    init(_ document: JSON) {
        let members = document.object ?? [:]
        let known: Set = [
            "format", "database", "id", "kind", "pseudonyms", "instruction", "askedOn", "answerBy",
        ]
        precondition(Set(members.keys).isSubset(of: known) && members["format"] == "regard-task-v1")
        self.init(
            kind: members["kind"]!.string!,
            pseudonyms: Set(members["pseudonyms"]!.array!.map { Hex.decode($0.string!)! }),
            instruction: members["instruction"]?.string, askedOn: members["askedOn"]!.string!,
            answerBy: members["answerBy"]!.string!)
    }
}

extension Target {
    /// The tasks in the two tables beside the list.
    func tasks() async throws -> [String: FoundTask] {
        try await read { connection in
            let isThere =
                switch connection.engine {
                case .sqlite: "SELECT name FROM sqlite_master WHERE name = 'regard_task'"
                case .postgresql: "SELECT 1 AS there WHERE to_regclass('regard_task') IS NOT NULL"
                }
            guard try connection.first(isThere) != nil else { return [:] }
            var found: [String: FoundTask] = [:]
            for row in try connection.query("SELECT * FROM regard_task") {
                let id: String = try row["id"]
                let pseudonyms: [[UInt8]] = try connection.query(
                    "SELECT pseudonym FROM regard_task_pseudonym WHERE task = $1", id
                ).map { try $0["pseudonym"] }
                found[id] = FoundTask(
                    kind: try row["kind"], pseudonyms: Set(pseudonyms), instruction: try row["instruction"],
                    askedOn: try row["asked_on"], answerBy: try row["answer_by"])
            }
            return found
        }
    }

    /// What a custodian types where their own tables are.
    func answer(_ id: String, _ answer: String, _ words: String?) async throws {
        try await tamper(
            "UPDATE regard_task SET answer = '\(answer)', words = \(words.map { "'\($0)'" } ?? "NULL") WHERE id = '\(id)'"
        )
    }
}

extension WrittenDatabase: TaskedCustodian {
    func tasks(from circuit: Circuit) async throws -> [String: FoundTask] { try await target.tasks() }

    func answer(_ id: String, _ answer: String, _ words: String?, in circuit: Circuit) async throws {
        try await target.answer(id, answer, words)
    }
}

extension ReceivingCustodian: TaskedCustodian {
    func tasks(from circuit: Circuit) async throws -> [String: FoundTask] { try await list.tasks() }

    func answer(_ id: String, _ answer: String, _ words: String?, in circuit: Circuit) async throws {
        try await list.answer(id, answer, words)
    }
}

extension FolderCustodian: TaskedCustodian {
    func tasks(from circuit: Circuit) async throws -> [String: FoundTask] {
        try await take(from: circuit)
        return try await list.tasks()
    }

    func answer(_ id: String, _ answer: String, _ words: String?, in circuit: Circuit) async throws {
        try await list.answer(id, answer, words)
        try await take(from: circuit)
    }
}

extension FetchingCustodian: TaskedCustodian {
    private func feed(of circuit: Circuit) async throws -> (FeedDoor, Feed) {
        let door = FeedDoor(database: circuit.database, now: circuit.moment)
        let token = FeedKey(try circuit.store.symmetricKey(.feed(target.id))).token
        return (door, try await door.open(target.id, token: token))
    }

    func tasks(from circuit: Circuit) async throws -> [String: FoundTask] {
        let (door, feed) = try await feed(of: circuit)
        return try await door.tasks(of: feed).reduce(into: [:]) { found, line in
            let document = try JSON(parsing: line)
            found[document["id"]!.string!] = FoundTask(document)
        }
    }

    func answer(_ id: String, _ answer: String, _ words: String?, in circuit: Circuit) async throws {
        let (door, feed) = try await feed(of: circuit)
        let document = JSON.object(ofPresent: [
            "format": "regard-task-answer-v1", "database": .string(target.id), "id": .string(id),
            "answer": .string(answer), "words": words.map(JSON.string),
        ])
        do {
            _ = try await door.answer(document, to: id, of: feed, through: try circuit.answers())
        } catch is FieldErrors {
            // The program is told so.
        } catch is TaskRefusal {
            // As is one that comes too late.
        }
    }
}

extension AttestingCustodian: TaskedCustodian {
    func tasks(from circuit: Circuit) async throws -> [String: FoundTask] {
        let desk = try await desk(in: circuit)
        return try await desk.tasks(of: target.id, for: name).reduce(into: [:]) { found, task in
            found[task.id] = FoundTask(
                kind: task.kind.rawValue, pseudonyms: Set(task.pseudonyms.map { Hex.decode($0)! }),
                instruction: task.instruction, askedOn: task.askedOn.description, answerBy: task.answerBy.description)
        }
    }

    func answer(_ id: String, _ answer: String, _ words: String?, in circuit: Circuit) async throws {
        let desk = try await desk(in: circuit)
        do {
            try await desk.answer(id, answer, words: words ?? "", of: target.id, by: name)
        } catch is FieldErrors {
            // The page comes back with what is wrong.
        } catch is TaskRefusal {
            // As it does for one that is asked no more.
        }
    }
}

extension Circuit {
    func answers() throws -> TaskAnswers {
        TaskAnswers(database: database, cases: try store.casesKeys(), policy: policy, now: moment)
    }

    /// A request of another right than an objection, by somebody whose identity was verified.
    func ask(_ right: String, of person: Person) async throws -> FilingReceipt {
        var more: [String: JSON] = [:]
        if right != "access", right != "erasure" { more["details"] = "Ma date de naissance est fausse." }
        let receipt = try await file(person, right: right, more: more)
        try await act(["type": "identityVerified"], on: receipt)
        return receipt
    }

    /// Where the tasks of a request stand, as operators see it.
    func tasks(of receipt: FilingReceipt) async throws -> [RequestTask] {
        try await operators.request(receipt.reference, for: Self.agent).tasks.tasks
    }
}
