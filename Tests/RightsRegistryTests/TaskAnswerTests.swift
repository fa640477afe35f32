import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// What linked databases answer to what they were asked.
@Suite("Answers of linked databases")
struct TaskAnswerTests {
    @Test("An answer counts once, for the database that was asked alone", arguments: EngineUnderTest.allCases)
    func answering(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte", "registre")
            let receipt = try await house.ask("access")
            try await house.act(
                ["type": "taskSent", "databases": ["cohorte"], "instruction": "Depuis 2019."], on: receipt)
            let task = try #require(try await house.tasks(of: receipt).tasks.first)
            let answers = try house.taskAnswers
            let done = TaskAnswer(id: task.id, kind: .done, words: "Deux lignes sur Maëlys.")
            await #expect(throws: TaskRefusal.unknown) {
                try await answers.take(done, from: "registre", by: .program(of: "registre"))
            }
            await #expect(throws: TaskRefusal.unknown) {
                try await answers.take(
                    TaskAnswer(id: String(repeating: "0", count: 32), kind: .done, words: nil), from: "cohorte",
                    by: .program(of: "cohorte"))
            }
            // Two at once: one event.
            try await withThrowingTaskGroup(of: TakenAnswer.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await answers.take(done, from: "cohorte", by: .program(of: "cohorte")) }
                }
                var new = 0
                for try await taken in group where taken.isNew { new += 1 }
                #expect(new == 1)
            }
            await #expect(throws: TaskRefusal.answered) {
                try await answers.take(
                    TaskAnswer(id: task.id, kind: .refused, words: "Non."), from: "cohorte",
                    by: .program(of: "cohorte"))
            }
            #expect(try await house.count("request_event", where: "type = 'taskCompleted'") == 1)
            #expect(try await house.count("audit_event", where: "act = 'task.answered'") == 1)
            #expect(try await house.count("audit_event", where: "act = 'task.answerRefused'") == 3)
            // Read by those alone who may open an identity.
            let read = try #require(try await house.tasks(of: receipt).tasks.first)
            #expect(read.words == "Deux lignes sur Maëlys." && read.instruction == "Depuis 2019.")
            let audited = try await house.operators.request(receipt.reference, for: House.auditor).tasks.tasks[0]
            #expect(audited.words == nil && audited.instruction == nil && audited.answer == .done)
            #expect(try await house.count("audit_event", where: "act = 'case.wordsOpened'") == 1)
        }
    }

    @Test(
        "Files answer an access alone, are what they are called, and are read by nobody here",
        arguments: EngineUnderTest.allCases)
    func files(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte")
            let answers = TaskAnswers(
                database: house.database, cases: try house.store.casesKeys(), policy: house.policy,
                scan: { $0.starts(with: Array("EICAR".utf8)) ? .infected : .clean }, now: house.clock.source)
            func file(_ content: String, _ type: String, _ name: String = "séjours.csv") -> OfferedFile {
                OfferedFile(name: name, size: content.utf8.count, content: Array(content.utf8), type: type)
            }
            func taken(_ files: [OfferedFile], of receipt: FilingReceipt) async throws {
                let task = try #require(try await house.tasks(of: receipt).tasks.first)
                try await answers.take(
                    TaskAnswer(id: task.id, kind: .done, words: nil, files: files), from: "cohorte",
                    by: .program(of: "cohorte"))
            }
            let erasure = try await house.ask("erasure")
            try await house.act(["type": "taskSent", "allDatabases": true], on: erasure)
            let stays = file("séjour;2019\n", "text/csv")
            #expect(await refusalCode { try await taken([stays], of: erasure) } == "file.notHere")

            let access = try await house.ask("access")
            try await house.act(["type": "taskSent", "allDatabases": true], on: access)
            let long = file(String(repeating: "x", count: TaskAnswer.mostFileBytes + 1), "text/plain")
            for (wrong, expected) in [
                (file("{", "application/json"), "file.damaged"), (file("texte", "application/pdf"), "file.answerType"),
                (file("%PDF-1.4", "text/csv"), "file.answerType"), (file("<html>", "text/html"), "file.answerType"),
                (file("a\0b", "text/plain"), "file.damaged"), (file("", "text/csv"), "file.empty"),
                (file("EICAR", "text/plain"), "file.infected"), (long, "file.answerTooLarge"),
            ] {
                #expect(await refusalCode { try await taken([stays, wrong], of: access) } == expected)
            }
            #expect(try await house.count("task_file") == 0)
            try await taken([stays, file("[1]", "application/json", "a/b.json")], of: access)
            try await taken([stays], of: access)
            let held = try #require(try await house.tasks(of: access).tasks.first)
            #expect(held.files.map(\.senderName) == ["séjours.csv", "b.json"])
            #expect(held.files.map(\.type) == [.csv, .json])
            // Their names only to those who may open an identity; sealed where they lie.
            let audited = try await house.operators.request(access.reference, for: House.auditor).tasks.tasks[0]
            #expect(audited.files.map(\.senderName) == [nil, nil])
            #expect(try await house.view(access).tasks.tasks[0].files.isEmpty)
            // About somebody else, they are destroyed.
            try await house.act(["type": "identityCorrected", "subject": Person(3).subject], on: access)
            #expect(try await house.count("task_file") == 0)
            #expect(try await house.count("task_file_part") == 0)
        }
    }
}
