import CivilTime
import Logging
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("After the keys were changed")
struct KeyRotationTests {
    @Test("an erased case opens in no backup, and its neighbours open for both", arguments: EngineUnderTest.allCases)
    func backups(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let erased = try await house.refused(Person(0))
            house.advance(days: 1000)
            let live = try await house.refused(Person(1))
            // What a backup of now holds, and keeps.
            let backup = try await house.stored(erased)
            let opensBefore = try house.opens(backup, erased)
            #expect(opensBefore.operators && opensBefore.citizen)
            house.advance(days: 96)
            #expect(try await house.erasure().runOnce() == 1)
            let opensStill = try house.opens(backup, erased)
            #expect(opensStill.operators, "the keys are the same")

            let outcome = try await house.rotation.run()
            #expect(outcome.epoch == 2 && outcome.ended == [1] && outcome.unreadable == [])
            #expect(try await house.rotation.oldCodes() == nil)
            #expect(!house.store.existsCasesPrivateKey(of: 1))
            #expect(!house.store.exists(.pepper(1)))
            let opens = try house.opens(backup, erased)
            #expect(!opens.operators && !opens.citizen)
            let neighbour = try house.opens(try await house.stored(live), live)
            #expect(neighbour.operators && neighbour.citizen)
            let words = try await house.operatorsNow.request(live.reference, for: House.agent).events.last {
                $0.event.type == .refused
            }?.words
            #expect(words?["reasons"]?.string == "Les pièces ne concordent pas.")
            #expect(try await house.follow(live).outcome == .refused)
            // `init`, run again, brings no old key back.
            try house.store.initialise()
            #expect(!house.store.existsCasesPrivateKey(of: 1) && !house.store.exists(.pepper(1)))
            #expect(try await house.rotation.run().epoch == 3)
        }
    }

    @Test("whatever else is wrapped to them opens too", arguments: EngineUnderTest.allCases)
    func otherWraps(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["right": "access"]))
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.confirmAll()
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            try await house.act(
                ["type": "taskCompleted", "database": "cohorte", "answer": "done", "text": "Douze séjours."],
                on: receipt)
            func lostCodes() throws -> LostCodeDesk {
                try #require(
                    LostCodeDesk(
                        database: house.database, keys: try house.keysNow, policy: house.policy, printsLetters: true,
                        now: house.clock.source))
            }
            let asked: JSON = [
                "birthName": "Kervézec", "givenNames": "Maëlys", "birthDate": "1969-05-07", "postal": "1 rue",
            ]
            try await lostCodes().receive(try LostCodeRequest(asked, today: house.today))
            _ = try await house.rotation.run()
            let tasks = try await house.operatorsNow.request(receipt.reference, for: House.agent).tasks
            #expect(tasks.tasks.first?.words == "Douze séjours.")
            let item = try #require(try await lostCodes().waiting(for: House.agent).first)
            #expect(try await lostCodes().open(item.id, for: House.agent).asked.birthName == "Kervézec")
        }
    }

    @Test(
        "a package has what was answered under the old ones, and who has those alone makes none",
        arguments: EngineUnderTest.allCases)
    func packages(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.answered(Person(0))
            let stale = try house.assembly
            _ = try await house.rotation.run()
            await #expect(throws: RightsError.keysOutdated) { _ = try await stale.runOnce() }
            let (made, failed) = try await house.assembly.runOnce()
            #expect(made == 1 && failed.isEmpty)
            let view = try await house.operatorsNow.request(receipt.reference, for: House.agent)
            #expect(view.package?.names?.contains { $0.hasSuffix("cohorte-1.csv") } == true)
            #expect(view.tasks.tasks.first?.files.map(\.senderName) == ["séjours.csv"])
        }
    }

    @Test("who holds the old ones loses no words that they can't open", arguments: EngineUnderTest.allCases)
    func heldActs(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let reference = try await house.file(Person(0).body()).reference
            _ = try await house.accounts.add(
                name: House.agent.name, role: House.agent.role, password: "une-phrase-de-passe-longue")
            let stale = try house.desk(recallSeconds: 60)
            let message = try OperatorAct(["type": "message", "text": "Un mot."], today: house.today)
            try await stale.send(message, on: reference, by: House.agent)
            let held = try #require(try await stale.answering(reference, for: House.agent).held)
            _ = try await house.rotation.run()
            await #expect(throws: RightsError.keysOutdated) {
                try await stale.recall(held.id, on: reference, by: House.agent)
            }
            house.clock.advance(seconds: 60)
            _ = try await HeldActWorker(stale, logger: Logger(label: "test")).runOnce()
            #expect(try await house.count("held_act") == 1, "it waits")
            let desk = try house.desk(recallSeconds: 60)
            try await desk.recall(held.id, on: reference, by: House.agent)
            let draft = try await desk.answering(reference, for: House.agent)[.message]
            #expect(draft?.fields == ["text": "Un mot."])
        }
    }

    @Test("processes that hold the old ones seal nothing to them", arguments: EngineUnderTest.allCases)
    func staleProcesses(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            let stale = try #require(
                PersonIndexing(
                    database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source))
            _ = try await house.rotation.run()
            await #expect(throws: RightsError.keysOutdated) { try await house.file(Person(1).body()) }
            await #expect(throws: RightsError.keysOutdated) { try await house.view(receipt) }
            #expect(try await house.count("rights_request") == 1)
            // What they can't open is not taken for erased.
            #expect(try await stale.indexNext() == 0)
            #expect(try await house.count("rights_request", where: "indexing = 'waiting'") == 1)
            let keys = try house.keysNow
            let desk = FilingDesk(
                database: house.database, keys: keys, policy: house.policy, now: house.clock.source)
            let body = Person(1).body()
            let filed = try await desk.file(
                try Filing(body, today: house.today, parentActsUnderAge: 15), idempotencyKey: nil,
                body: body.canonicalBytes)
            #expect(try await house.stored(filed).epoch == 2)
        }
    }

    @Test("that were being changed when the process died, every case opens", arguments: EngineUnderTest.allCases)
    func interrupted(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var receipts: [FilingReceipt] = []
            for number in 0..<210 { receipts.append(try await house.file(Person(number).body())) }
            // Dies once a first part is moved.
            let rotation = house.rotation
            let task = Task {
                try await rotation.run { done, _ in if done > 0 { withUnsafeCurrentTask { $0?.cancel() } } }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await house.count("rights_request", where: "epoch = 2") == 200)
            for receipt in receipts {
                let opens = try house.opens(try await house.stored(receipt), receipt)
                #expect(opens.operators && opens.citizen)
            }
            #expect(house.store.existsCasesPrivateKey(of: 1))
            let outcome = try await house.rotation.run()
            #expect(outcome.isResumed && outcome.epoch == 2 && outcome.ended == [1])
            #expect(try await house.count("rights_request", where: "epoch = 2 AND citizen_epoch = 2") == 210)
            for receipt in receipts {
                let opens = try house.opens(try await house.stored(receipt), receipt)
                #expect(opens.operators && opens.citizen)
            }
        }
    }

    @Test(
        "codes from before two layers keep their pepper, until their citizens come", arguments: EngineUnderTest.allCases
    )
    func oldCodes(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (first, second) = (try await house.refused(Person(0)), try await house.refused(Person(1)))
            for receipt in [first, second] { try await house.makeOld(receipt) }
            // Whoever comes before the change is moved with the others.
            #expect(try await house.follow(first).filed?.hasNumber == true)
            let outcome = try await house.rotation.run()
            #expect(outcome.ended == [1])
            #expect(try await house.rotation.oldCodes()?.count == 1)
            #expect(!house.store.existsCasesPrivateKey(of: 1))
            #expect(house.store.exists(.pepper(1)))
            try await house.rotation.settle()
            #expect(house.store.exists(.pepper(1)), "somebody needs it")
            #expect(try await house.follow(second).filed?.hasNumber == true)
            #expect(try await house.stored(second).citizenEpoch == 2)
            try await house.rotation.settle()
            #expect(!house.store.exists(.pepper(1)))
            for receipt in [first, second] { #expect(try await house.follow(receipt).filed != nil) }
        }
    }

    @Test("what can't be opened keeps its key, and is named", arguments: EngineUnderTest.allCases)
    func damaged(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (damaged, whole) = (try await house.refused(Person(0)), try await house.refused(Person(1)))
            _ = try await house.database.write {
                try $0.execute(
                    "UPDATE rights_request SET operator_wrap = $1 WHERE reference = $2", [1, 2, 3] as [UInt8],
                    damaged.reference)
            }
            let outcome = try await house.rotation.run()
            #expect(outcome.unreadable == [damaged.reference] && outcome.ended == [])
            #expect(house.store.existsCasesPrivateKey(of: 1))
            let opens = try house.opens(try await house.stored(whole), whole)
            #expect(opens.operators && opens.citizen)
            // It is erased at its end like any other, and then the key goes.
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 2)
            #expect(try await house.rotation.run().ended == [1])
            #expect(!house.store.existsCasesPrivateKey(of: 1))
        }
    }

    @Test("another database's keys are left alone", arguments: EngineUnderTest.allCases)
    func anotherFolder(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.rotation.run()
            let other = try KeyStore.create(at: house.place.folder + "/other")
            try other.initialise()
            let stranger = KeyRotation(database: house.database, store: other, now: house.clock.source)
            try await stranger.settle()
            #expect(other.existsCasesPrivateKey(of: 1) && other.exists(.pepper(1)))
            await #expect(throws: (any Error).self) { try await stranger.run() }
            #expect(try await house.database.read { try KeyEpochs.standing(on: $0) }.current == 2)
        }
    }
}
