import CivilTime
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// What operators ask of linked databases, and when a request may close over it.
@Suite("Tasks of a request")
struct TaskTests {
    private func link(_ ids: String..., matching: Matching = .nir, in house: House) async throws {
        let moment = house.clock.source()
        for id in ids {
            let isNew = try await house.database.write { connection in
                try LinkedDatabaseStore.add(
                    id: id, name: nil, connector: "manual:", datasets: [], matching: matching, at: moment,
                    on: connection)
            }
            #expect(isNew)
        }
    }

    private func ask(
        _ right: String, in house: House, isVerified: Bool = true, scope: JSON = ["kind": "all"]
    ) async throws -> FilingReceipt {
        let details: JSON? = right == "access" || right == "erasure" ? nil : "Ma date de naissance."
        let receipt = try await house.file(
            Person(0).body(["right": .string(right), "scope": scope, "details": details]))
        if isVerified { try await house.act(["type": "identityVerified"], on: receipt) }
        return receipt
    }

    private func tasks(of receipt: FilingReceipt, in house: House) async throws -> TaskStanding {
        try await house.operators.request(receipt.reference, for: House.supervisor).tasks
    }

    private func answers(in house: House) throws -> TaskAnswers {
        TaskAnswers(
            database: house.database, cases: try house.store.casesKeys(), policy: house.policy,
            now: house.clock.source)
    }

    private func take(
        _ kind: TaskAnswerKind, _ words: String? = nil, from database: String, of receipt: FilingReceipt,
        in house: House
    ) async throws -> TakenAnswer {
        let task = try #require(try await tasks(of: receipt, in: house).tasks.first { $0.database == database })
        return try await answers(in: house).take(
            TaskAnswer(id: task.id, kind: kind, words: words), from: database, by: .program(of: database))
    }

    private func close(in house: House) async throws {
        _ = try await RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            .closeComplete()
    }

    private func code(_ act: () async throws -> Void) async -> String? {
        do {
            try await act()
            return nil
        } catch RightsError.invalid(let errors) {
            return errors.errors.first?.code
        } catch let errors as FieldErrors {
            return errors.errors.first?.code
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "Nobody is asked about a stranger, for an objection, twice, or what the request does not cover",
        arguments: EngineUnderTest.allCases)
    func refusals(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            let all: JSON = ["type": "taskSent", "allDatabases": true]
            let stranger = try await ask("access", in: house, isVerified: false)
            await #expect(throws: RightsError.transition(.identityNotVerified)) {
                try await house.act(all, on: stranger)
            }
            let objection = try await house.file(Person(1).body())
            #expect(await code { try await house.act(all, on: objection) } == "task.notForRight")
            let narrow = try await ask("erasure", in: house, scope: ["kind": "databases", "ids": ["cohorte"]])
            let other: JSON = ["type": "taskSent", "databases": ["registre"]]
            #expect(await code { try await house.act(other, on: narrow) } == "task.outOfScope")
            #expect(
                await code { try await house.act(["type": "taskSent", "databases": []], on: narrow) } == "required")
            try await house.act(all, on: narrow)
            #expect(try await tasks(of: narrow, in: house).tasks.map(\.database) == ["cohorte"])
            #expect(await code { try await house.act(all, on: narrow) } == "task.asked")
            #expect(
                await code { try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: narrow) }
                    == "task.asked")
            let numberless = try await house.file(
                Person(2).body([
                    "right": "access",
                    "subject": .object(Person(2).subject.object!.filter { $0.key != "nir" }),
                ]))
            try await house.act(["type": "identityVerified"], on: numberless)
            #expect(await code { try await house.act(all, on: numberless) } == "task.noIdentifier")
            // An auditor reads, and asks nobody.
            await #expect(throws: RightsError.forbidden(.message)) {
                try await house.act(all, on: narrow, by: House.auditor)
            }
            #expect(try await house.count("request_task") == 1)
            #expect(try await house.count("audit_event", where: "act = 'requestEvent.taskSent'") == 1)
        }
    }

    @Test("All are asked but those that can't know the person", arguments: EngineUnderTest.allCases)
    func unknown(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", in: house)
            try await link("naissances", matching: .insTraits, in: house)
            let receipt = try await ask("access", in: house)
            let named: JSON = ["type": "taskSent", "databases": ["cohorte", "naissances"]]
            #expect(await code { try await house.act(named, on: receipt) } == "task.noIdentifier")
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            let standing = try await tasks(of: receipt, in: house)
            #expect(standing.tasks.map(\.database) == ["cohorte"] && standing.toAsk.map(\.id) == ["naissances"])
        }
    }

    @Test(
        "A granted request closes when each database in scope has answered, and not before",
        arguments: EngineUnderTest.allCases)
    func closing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            let receipt = try await ask("erasure", in: house)
            try await house.act(["type": "granted", "text": "Nous effaçons."], on: receipt)
            try await close(in: house)
            #expect(try await house.view(receipt).state == .underReview)
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            #expect(try await tasks(of: receipt, in: house).toAsk.map(\.id) == ["registre"])
            #expect(try await take(.done, from: "cohorte", of: receipt, in: house).isNew)
            // One was never asked.
            try await close(in: house)
            #expect(try await house.view(receipt).state == .underReview)
            // One that is linked after the decision is not what was promised.
            house.clock.advance(seconds: 60)
            try await link("tardive", in: house)
            try await house.act(["type": "taskSent", "databases": ["registre"]], on: receipt)
            try await close(in: house)
            #expect(try await house.view(receipt).state == .underReview)
            // It answered by letter.
            let noted: JSON = [
                "type": "taskCompleted", "database": "registre", "answer": "refused", "text": "Courrier du 5 mars.",
            ]
            try await house.act(noted, on: receipt)
            #expect(await code { try await house.act(noted, on: receipt) } == "task.notOpen")
            let found = try await tasks(of: receipt, in: house).tasks
            #expect(found.map(\.answer) == [.done, .refused] && found[1].words == "Courrier du 5 mars.")
            let completed = try await house.view(receipt).events.filter { $0.event.type == .taskCompleted }
            #expect(completed.map(\.event.actor) == [.custodian, .supervisor])
            try await close(in: house)
            #expect(try await house.view(receipt).state == .closed)
            await #expect(throws: RightsError.transition(.notIn(.closed, .taskSent))) {
                try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            }
        }
    }

    @Test(
        "What a database can't do is said with its reason, closes without it, and gives way to its answer",
        arguments: EngineUnderTest.allCases)
    func impossible(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            try await link("naissances", matching: .insTraits, in: house)
            func said(_ database: String, disproportionate: Bool? = nil) -> JSON {
                .object(ofPresent: [
                    "type": "impossible", "database": .string(database), "reasons": "Sa clé a été détruite.",
                    "disproportionate": disproportionate.map(JSON.bool),
                ])
            }
            for right in ["access", "erasure"] {
                let receipt = try await ask(right, in: house)
                try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
                #expect(try await tasks(of: receipt, in: house).toAsk.map(\.id) == ["naissances"])
                #expect(try await take(.done, from: "cohorte", of: receipt, in: house).isNew)
                try await house.act(["type": "granted", "text": "Voici."], on: receipt)

                // Not without the right to decide, nor of what has answered or is not covered.
                await #expect(throws: RightsError.forbidden(.decide)) {
                    try await house.act(said("registre"), on: receipt, by: House.auditor)
                }
                #expect(await code { try await house.act(said("cohorte"), on: receipt) } == "impossible.answered")
                #expect(await code { try await house.act(said("ailleurs"), on: receipt) } == "task.outOfScope")
                // Nobody is spared an effort for an access.
                let outOfProportion = said("naissances", disproportionate: true)
                if right == "access" {
                    let refused = await code { try await house.act(outOfProportion, on: receipt) }
                    #expect(refused == "impossible.notDisproportionate")
                    try await house.act(said("naissances"), on: receipt)
                } else {
                    try await house.act(outOfProportion, on: receipt)
                }
                try await close(in: house)
                #expect(try await house.view(receipt).state == .underReview, "one is still awaited")

                try await house.act(said("registre"), on: receipt)
                let told = try await house.view(receipt).tasks.impossible
                #expect(told.map(\.database) == ["naissances", "registre"])
                #expect(told.allSatisfy { $0.reasons == "Sa clé a été détruite." })
                #expect(told[0].isDisproportionate == (right == "erasure"))
                let asked = try await tasks(of: receipt, in: house).tasks
                #expect(asked.contains { $0.database == "registre" && $0.isOpen })
                try await close(in: house)
                let closed = try await house.view(receipt)
                #expect(closed.state == .closed)
                #expect(closed.events.last?.event.data == ["notApplied": ["naissances", "registre"]])
                await #expect(throws: RightsError.transition(.notIn(.closed, .impossible))) {
                    try await house.act(said("registre"), on: receipt)
                }
                // It answers after all.
                #expect(try await take(.nothingHeld, from: "registre", of: receipt, in: house).isNew)
                #expect(try await house.view(receipt).tasks.impossible.map(\.database) == ["naissances"])
            }
        }
    }

    @Test(
        "What was said of a database counts no more once it is asked, or the person was another",
        arguments: EngineUnderTest.allCases)
    func lapsing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            let receipt = try await ask("restriction", in: house)
            for database in ["cohorte", "registre"] {
                try await house.act(
                    ["type": "impossible", "database": .string(database), "reasons": "Hors service."], on: receipt)
            }
            let all: JSON = ["type": "taskSent", "allDatabases": true]
            #expect(await code { try await house.act(all, on: receipt) } == "task.asked", "nobody is left to ask")
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            #expect(try await tasks(of: receipt, in: house).impossible.map(\.database) == ["registre"])
            try await house.act(["type": "identityCorrected", "subject": Person(3).subject], on: receipt)
            #expect(try await tasks(of: receipt, in: house).impossible.isEmpty)
        }
    }

    @Test(
        "What the citizen takes back is asked no more, and a refusal closes at once",
        arguments: EngineUnderTest.allCases)
    func ending(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            let ways: [(JSON?, RequestOutcome)] = [(House.refusal, .refused), (nil, .withdrawn)]
            for (act, outcome) in ways {
                let receipt = try await ask("access", in: house)
                try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
                if let act { try await house.act(act, on: receipt) } else { try await house.withdraw(receipt) }
                #expect(try await tasks(of: receipt, in: house).tasks.map(\.state) == [.cancelled, .cancelled])
                #expect(try await house.view(receipt).tasks.tasks.isEmpty)
                await #expect(throws: TaskRefusal.cancelled) {
                    _ = try await take(.done, from: "cohorte", of: receipt, in: house)
                }
                try await close(in: house)
                let view = try await house.view(receipt)
                #expect(view.outcome == outcome && view.state == .closed)
            }
            #expect(try await house.count("request_task", where: "sealed_identifiers IS NOT NULL") == 0)
            #expect(try await house.count("audit_event", where: "act = 'task.answerRefused'") == 2)
            // Taken up again, it is asked anew.
            let receipt = try await ask("access", in: house)
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            try await house.act(House.refusal, on: receipt)
            try await close(in: house)
            try await house.act(["type": "reopened", "reasons": "Une erreur."], on: receipt)
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            #expect(try await tasks(of: receipt, in: house).tasks.map(\.state) == [.waiting, .cancelled])
        }
    }

    @Test("Where the identity was another's, answers count no more either", arguments: EngineUnderTest.allCases)
    func correcting(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            let receipt = try await ask("access", in: house)
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            #expect(try await take(.nothingHeld, from: "cohorte", of: receipt, in: house).isNew)
            try await house.act(["type": "identityCorrected", "subject": Person(3).subject], on: receipt)
            let standing = try await tasks(of: receipt, in: house)
            #expect(standing.tasks.map(\.state) == [.cancelled, .cancelled])
            #expect(standing.toAsk.map(\.id) == ["cohorte", "registre"])
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            #expect(try await tasks(of: receipt, in: house).tasks.filter(\.isOpen).count == 2)
        }
    }

    @Test("An answer counts once, for the database that was asked alone", arguments: EngineUnderTest.allCases)
    func answering(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", "registre", in: house)
            let receipt = try await ask("access", in: house)
            try await house.act(
                ["type": "taskSent", "databases": ["cohorte"], "instruction": "Depuis 2019."], on: receipt)
            let task = try #require(try await tasks(of: receipt, in: house).tasks.first)
            let answers = try answers(in: house)
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
            let read = try #require(try await tasks(of: receipt, in: house).tasks.first)
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
            try await link("cohorte", in: house)
            let answers = TaskAnswers(
                database: house.database, cases: try house.store.casesKeys(), policy: house.policy,
                scan: { $0.starts(with: Array("EICAR".utf8)) ? .infected : .clean }, now: house.clock.source)
            func file(_ content: String, _ type: String, _ name: String = "séjours.csv") -> OfferedFile {
                OfferedFile(name: name, size: content.utf8.count, content: Array(content.utf8), type: type)
            }
            func taken(_ files: [OfferedFile], of receipt: FilingReceipt) async throws {
                let task = try #require(try await tasks(of: receipt, in: house).tasks.first)
                try await answers.take(
                    TaskAnswer(id: task.id, kind: .done, words: nil, files: files), from: "cohorte",
                    by: .program(of: "cohorte"))
            }
            let erasure = try await ask("erasure", in: house)
            try await house.act(["type": "taskSent", "allDatabases": true], on: erasure)
            let stays = file("séjour;2019\n", "text/csv")
            #expect(await code { try await taken([stays], of: erasure) } == "file.notHere")

            let access = try await ask("access", in: house)
            try await house.act(["type": "taskSent", "allDatabases": true], on: access)
            let long = file(String(repeating: "x", count: TaskAnswer.mostFileBytes + 1), "text/plain")
            for (wrong, expected) in [
                (file("{", "application/json"), "file.damaged"), (file("texte", "application/pdf"), "file.answerType"),
                (file("%PDF-1.4", "text/csv"), "file.answerType"), (file("<html>", "text/html"), "file.answerType"),
                (file("a\0b", "text/plain"), "file.damaged"), (file("", "text/csv"), "file.empty"),
                (file("EICAR", "text/plain"), "file.infected"), (long, "file.answerTooLarge"),
            ] {
                #expect(await code { try await taken([stays, wrong], of: access) } == expected)
            }
            #expect(try await house.count("task_file") == 0)
            try await taken([stays, file("[1]", "application/json", "a/b.json")], of: access)
            try await taken([stays], of: access)
            let held = try #require(try await tasks(of: access, in: house).tasks.first)
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

    @Test(
        "An answer is awaited before the citizen's own is due, and a late one is said to be late",
        arguments: EngineUnderTest.allCases)
    func dates(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await link("cohorte", in: house)
            let receipt = try await ask("access", in: house)
            // Received on 5 March, due on 7 April; asked on 30 March.
            house.clock.advance(seconds: 25 * 86_400)
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            let task = try #require(try await tasks(of: receipt, in: house).tasks.first)
            let due = try await house.view(receipt).clock.due
            #expect(task.askedOn == CalendarDate("2026-03-30") && task.answerBy == due)
            #expect(!task.isLate(on: due) && task.isLate(on: due.adding(days: 1)))
            // One that is linked no more keeps nothing open.
            try await house.act(["type": "granted", "text": "Voici."], on: receipt)
            let isRemoved = try await house.database.write {
                try LinkedDatabaseStore.set(.removed, of: "cohorte", on: $0)
            }
            #expect(isRemoved)
            #expect(try await tasks(of: receipt, in: house).tasks.map(\.state) == [.cancelled])
        }
    }
}
