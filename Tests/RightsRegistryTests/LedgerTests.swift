import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@Suite struct LedgerTests {
    @Test(arguments: EngineUnderTest.allCases)
    func eachFilingEntersTheLedgerOnceAndIsNumberedDensely(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for number in 0..<30 { _ = try await house.file(Person(number).body()) }
            #expect(try await house.ledger().allSatisfy { $0.position == nil })
            #expect(try await house.database.read { try LedgerStore.head(on: $0) } == 0)
            try await house.sequencer.drain()
            let ledger = try await house.ledger()
            #expect(ledger.map(\.position) == Array(1...30))
            #expect(ledger.allSatisfy { $0.effect == "register" && $0.ordinal == 1 })
            #expect(Set(ledger.map(\.objection)).count == 30)
            #expect(try await house.database.read { try LedgerStore.head(on: $0) } == 30)
            #expect(try await house.count("ledger_segment") == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theHubReadsWhatWasSealedAndNobodyElseDoes(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let people = (0..<3).map(Person.init)
            for person in people { _ = try await house.file(person.body()) }
            try await house.sequencer.drain()
            let entries = try await house.database.read { try LedgerStore.entries(after: 0, limit: 10, on: $0) }
            let reader = LedgerReader(privateKey: try house.store.privateKey(.ledger))
            let identifiers = try await reader.identifiers(of: entries, in: house.database)
            #expect(Set(entries.map { identifiers[$0.id] }) == Set(people.map { [$0.canonical] }))

            let stranger = LedgerReader(privateKey: try house.store.privateKey(.cases))
            await #expect(throws: SealError.doesNotOpen) {
                _ = try await stranger.identifiers(of: entries, in: house.database)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func anEntryThatLostItsWordsIsNotPassedOver(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.file(Person(0).body())
            try await house.sequencer.drain()
            try await house.database.write { try $0.execute("UPDATE ledger_entry SET sealed = NULL") }
            let entries = try await house.database.read { try LedgerStore.entries(after: 0, limit: 10, on: $0) }
            let reader = LedgerReader(privateKey: try house.store.privateKey(.ledger))
            await #expect(throws: SealError.doesNotOpen) {
                _ = try await reader.identifiers(of: entries, in: house.database)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aWithdrawalEndsTheObjectionOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            let bystander = try await house.file(Person(1).body())
            try await house.withdraw(receipt)
            try await house.withdraw(receipt)
            try await house.sequencer.drain()
            let ledger = try await house.ledger()
            // All were numbered together, and still what registers comes before what ends it.
            #expect(ledger.map(\.effect) == ["register", "register", "withdraw"])
            #expect(ledger.map(\.position) == [1, 2, 3])
            #expect(ledger[2].ordinal == 2)

            let view = try await house.view(receipt)
            #expect(view.outcome == .withdrawn)
            #expect(!view.isInForce)
            #expect(view.events.map(\.event.type) == [.filed, .withdrawn])
            #expect(try await house.view(bystander).isInForce)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func withdrawalsThatArriveTogetherEndItOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await house.withdraw(receipt) } }
                try await group.waitForAll()
            }
            #expect(try await house.count("ledger_entry", where: "effect = 'withdraw'") == 1)
            #expect(try await house.count("request_event", where: "type = 'withdrawn'") == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aForgedSecondFilingThatIsRefusedEndsItselfAlone(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let own = try await house.file(Person(0).body())
            let forged = try await house.file(Person(0).body())
            try await house.act(["type": "assigned"], on: forged)
            try await house.act(House.refusal, on: forged)
            try await house.sequencer.drain()
            let ledger = try await house.ledger()
            #expect(ledger.map(\.effect) == ["register", "register", "withdraw"])
            #expect(try await house.view(own).isInForce)
            #expect(try await !house.view(forged).isInForce)
            #expect(Set(ledger.map(\.objection)).count == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whereThePolicyWaitsForTheGrantOnlyTheGrantRegisters(engine: EngineUnderTest) async throws {
        try await withHouse(engine, register: .onGrant) { house in
            let receipt = try await house.file(Person(0).body())
            let refused = try await house.file(Person(1).body())
            #expect(try await house.count("ledger_entry") == 0)
            #expect(try await !house.view(receipt).isInForce)

            try await house.act(["type": "identityVerified"], on: receipt)
            #expect(try await house.count("ledger_entry") == 0)
            try await house.act(["type": "granted"], on: receipt)
            try await house.act(["type": "assigned"], on: refused)
            try await house.act(House.refusal, on: refused)
            try await house.sequencer.drain()
            #expect(try await house.ledger().map(\.effect) == ["register"])
            #expect(try await house.view(receipt).isInForce)

            let entries = try await house.database.read { try LedgerStore.entries(after: 0, limit: 10, on: $0) }
            let reader = LedgerReader(privateKey: try house.store.privateKey(.ledger))
            let identifiers = try await reader.identifiers(of: entries, in: house.database)
            #expect(identifiers[entries[0].id] == [Person(0).canonical])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aRequestWithNothingToWaitForCloses(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            let undecided = try await house.file(Person(0).body())
            let refused = try await house.file(Person(1).body())
            let withdrawn = try await house.file(Person(2).body())
            try await house.act(["type": "assigned"], on: refused)
            try await house.act(House.refusal, on: refused)
            try await house.withdraw(withdrawn)
            // Their entries have no position yet: no database can have confirmed them.
            #expect(try await closing.closeComplete() == 0)
            try await house.sequencer.drain()
            #expect(try await closing.closeComplete() == 2)
            #expect(try await closing.closeComplete() == 0)
            #expect(try await house.view(undecided).state == .received)
            #expect(try await house.view(refused).closedAt == house.clock.source())
            #expect(try await house.view(refused).outcome == .refused)
            #expect(try await house.view(withdrawn).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aGrantWithoutAnIdentifierStaysOpen(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(
                Person(0).body([
                    "subject": ["birthName": "Le Goff", "givenNames": ["Anne"], "birthDate": "1970-01-01", "sex": "F"]
                ]))
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.act(["type": "granted"], on: receipt)
            try await house.sequencer.drain()
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            #expect(try await closing.closeComplete() == 0)
        }
    }
}
