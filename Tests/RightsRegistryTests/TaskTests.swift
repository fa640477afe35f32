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
    @Test(
        "Nobody is asked about a stranger, for an objection, twice, or what the request does not cover",
        arguments: EngineUnderTest.allCases)
    func refusals(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte", "registre")
            let all: JSON = ["type": "taskSent", "allDatabases": true]
            let stranger = try await house.ask("access", isVerified: false)
            await #expect(throws: RightsError.transition(.identityNotVerified)) {
                try await house.act(all, on: stranger)
            }
            let objection = try await house.file(Person(1).body())
            #expect(await refusalCode { try await house.act(all, on: objection) } == "task.notForRight")
            let narrow = try await house.ask("erasure", scope: ["kind": "databases", "ids": ["cohorte"]])
            let other: JSON = ["type": "taskSent", "databases": ["registre"]]
            #expect(await refusalCode { try await house.act(other, on: narrow) } == "task.outOfScope")
            #expect(
                await refusalCode { try await house.act(["type": "taskSent", "databases": []], on: narrow) }
                    == "required")
            try await house.act(all, on: narrow)
            #expect(try await house.tasks(of: narrow).tasks.map(\.database) == ["cohorte"])
            #expect(await refusalCode { try await house.act(all, on: narrow) } == "task.asked")
            #expect(
                await refusalCode { try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: narrow) }
                    == "task.asked")
            let numberless = try await house.file(
                Person(2).body([
                    "right": "access",
                    "subject": .object(Person(2).subject.object!.filter { $0.key != "nir" }),
                ]))
            try await house.act(["type": "identityVerified"], on: numberless)
            #expect(await refusalCode { try await house.act(all, on: numberless) } == "task.noIdentifier")
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
            try await house.linkManual("cohorte")
            try await house.linkManual("naissances", matching: .insTraits)
            let receipt = try await house.ask("access")
            let named: JSON = ["type": "taskSent", "databases": ["cohorte", "naissances"]]
            #expect(await refusalCode { try await house.act(named, on: receipt) } == "task.noIdentifier")
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            let standing = try await house.tasks(of: receipt)
            #expect(standing.tasks.map(\.database) == ["cohorte"] && standing.toAsk.map(\.id) == ["naissances"])
        }
    }

    @Test(
        "A granted request closes when each database in scope has answered, and not before",
        arguments: EngineUnderTest.allCases)
    func closing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte", "registre")
            let receipt = try await house.ask("erasure")
            try await house.act(["type": "granted", "text": "Nous effaçons."], on: receipt)
            try await house.closeComplete()
            #expect(try await house.view(receipt).state == .underReview)
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            #expect(try await house.tasks(of: receipt).toAsk.map(\.id) == ["registre"])
            #expect(try await house.take(.done, from: "cohorte", of: receipt).isNew)
            // One was never asked.
            try await house.closeComplete()
            #expect(try await house.view(receipt).state == .underReview)
            // One that is linked after the decision is not what was promised.
            house.clock.advance(seconds: 60)
            try await house.linkManual("tardive")
            try await house.act(["type": "taskSent", "databases": ["registre"]], on: receipt)
            try await house.closeComplete()
            #expect(try await house.view(receipt).state == .underReview)
            // It answered by letter.
            let noted: JSON = [
                "type": "taskCompleted", "database": "registre", "answer": "refused", "text": "Courrier du 5 mars.",
            ]
            try await house.act(noted, on: receipt)
            #expect(await refusalCode { try await house.act(noted, on: receipt) } == "task.notOpen")
            let found = try await house.tasks(of: receipt).tasks
            #expect(found.map(\.answer) == [.done, .refused] && found[1].words == "Courrier du 5 mars.")
            let completed = try await house.view(receipt).events.filter { $0.event.type == .taskCompleted }
            #expect(completed.map(\.event.actor) == [.custodian, .supervisor])
            try await house.closeComplete()
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
            try await house.linkManual("cohorte", "registre")
            try await house.linkManual("naissances", matching: .insTraits)
            func said(_ database: String, disproportionate: Bool? = nil) -> JSON {
                .object(ofPresent: [
                    "type": "impossible", "database": .string(database), "reasons": "Sa clé a été détruite.",
                    "disproportionate": disproportionate.map(JSON.bool),
                ])
            }
            for right in ["access", "erasure"] {
                let receipt = try await house.ask(right)
                try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
                #expect(try await house.tasks(of: receipt).toAsk.map(\.id) == ["naissances"])
                #expect(try await house.take(.done, from: "cohorte", of: receipt).isNew)
                try await house.act(["type": "granted", "text": "Voici."], on: receipt)

                // Not without the right to decide, nor of what has answered or is not covered.
                await #expect(throws: RightsError.forbidden(.decide)) {
                    try await house.act(said("registre"), on: receipt, by: House.auditor)
                }
                #expect(
                    await refusalCode { try await house.act(said("cohorte"), on: receipt) } == "impossible.answered")
                #expect(await refusalCode { try await house.act(said("ailleurs"), on: receipt) } == "task.outOfScope")
                // Nobody is spared an effort for an access.
                let outOfProportion = said("naissances", disproportionate: true)
                if right == "access" {
                    let refused = await refusalCode { try await house.act(outOfProportion, on: receipt) }
                    #expect(refused == "impossible.notDisproportionate")
                    try await house.act(said("naissances"), on: receipt)
                } else {
                    try await house.act(outOfProportion, on: receipt)
                }
                try await house.closeComplete()
                #expect(try await house.view(receipt).state == .underReview, "one is still awaited")

                try await house.act(said("registre"), on: receipt)
                let told = try await house.view(receipt).tasks.impossible
                #expect(told.map(\.database) == ["naissances", "registre"])
                #expect(told.allSatisfy { $0.reasons == "Sa clé a été détruite." })
                #expect(told[0].isDisproportionate == (right == "erasure"))
                let asked = try await house.tasks(of: receipt).tasks
                #expect(asked.contains { $0.database == "registre" && $0.isOpen })
                try await house.closeComplete()
                let closed = try await house.view(receipt)
                #expect(closed.state == .closed)
                #expect(closed.events.last?.event.data == ["notApplied": ["naissances", "registre"]])
                await #expect(throws: RightsError.transition(.notIn(.closed, .impossible))) {
                    try await house.act(said("registre"), on: receipt)
                }
                // It answers after all.
                #expect(try await house.take(.nothingHeld, from: "registre", of: receipt).isNew)
                #expect(try await house.view(receipt).tasks.impossible.map(\.database) == ["naissances"])
            }
        }
    }

    @Test(
        "What was said of a database counts no more once it is asked, or the person was another",
        arguments: EngineUnderTest.allCases)
    func lapsing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte", "registre")
            let receipt = try await house.ask("restriction")
            for database in ["cohorte", "registre"] {
                try await house.act(
                    ["type": "impossible", "database": .string(database), "reasons": "Hors service."], on: receipt)
            }
            let all: JSON = ["type": "taskSent", "allDatabases": true]
            #expect(
                await refusalCode { try await house.act(all, on: receipt) } == "task.asked", "nobody is left to ask")
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            #expect(try await house.tasks(of: receipt).impossible.map(\.database) == ["registre"])
            try await house.act(["type": "identityCorrected", "subject": Person(3).subject], on: receipt)
            #expect(try await house.tasks(of: receipt).impossible.isEmpty)
        }
    }

    @Test(
        "What the citizen takes back is asked no more, and a refusal closes at once",
        arguments: EngineUnderTest.allCases)
    func ending(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte", "registre")
            let ways: [(JSON?, RequestOutcome)] = [(House.refusal, .refused), (nil, .withdrawn)]
            for (act, outcome) in ways {
                let receipt = try await house.ask("access")
                try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
                if let act { try await house.act(act, on: receipt) } else { try await house.withdraw(receipt) }
                #expect(try await house.tasks(of: receipt).tasks.map(\.state) == [.cancelled, .cancelled])
                #expect(try await house.view(receipt).tasks.tasks.isEmpty)
                await #expect(throws: TaskRefusal.cancelled) {
                    _ = try await house.take(.done, from: "cohorte", of: receipt)
                }
                try await house.closeComplete()
                let view = try await house.view(receipt)
                #expect(view.outcome == outcome && view.state == .closed)
            }
            #expect(try await house.count("request_task", where: "sealed_identifiers IS NOT NULL") == 0)
            #expect(try await house.count("audit_event", where: "act = 'task.answerRefused'") == 2)
            // Taken up again, it is asked anew.
            let receipt = try await house.ask("access")
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            try await house.act(House.refusal, on: receipt)
            try await house.closeComplete()
            try await house.act(["type": "reopened", "reasons": "Une erreur."], on: receipt)
            try await house.act(["type": "taskSent", "databases": ["cohorte"]], on: receipt)
            #expect(try await house.tasks(of: receipt).tasks.map(\.state) == [.waiting, .cancelled])
        }
    }

    @Test("Where the identity was another's, answers count no more either", arguments: EngineUnderTest.allCases)
    func correcting(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte", "registre")
            let receipt = try await house.ask("access")
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            #expect(try await house.take(.nothingHeld, from: "cohorte", of: receipt).isNew)
            try await house.act(["type": "identityCorrected", "subject": Person(3).subject], on: receipt)
            let standing = try await house.tasks(of: receipt)
            #expect(standing.tasks.map(\.state) == [.cancelled, .cancelled])
            #expect(standing.toAsk.map(\.id) == ["cohorte", "registre"])
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            #expect(try await house.tasks(of: receipt).tasks.filter(\.isOpen).count == 2)
        }
    }

    @Test(
        "An answer is awaited before the citizen's own is due, and a late one is said to be late",
        arguments: EngineUnderTest.allCases)
    func dates(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.linkManual("cohorte")
            let receipt = try await house.ask("access")
            // Received on 5 March, due on 7 April; asked on 30 March.
            house.clock.advance(seconds: 25 * 86_400)
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            let task = try #require(try await house.tasks(of: receipt).tasks.first)
            let due = try await house.view(receipt).clock.due
            #expect(task.askedOn == CalendarDate("2026-03-30") && task.answerBy == due)
            #expect(!task.isLate(on: due) && task.isLate(on: due.adding(days: 1)))
            // One that is linked no more keeps nothing open.
            try await house.act(["type": "granted", "text": "Voici."], on: receipt)
            let isRemoved = try await house.database.write {
                try LinkedDatabaseStore.set(.removed, of: "cohorte", on: $0)
            }
            #expect(isRemoved)
            #expect(try await house.tasks(of: receipt).tasks.map(\.state) == [.cancelled])
        }
    }
}
