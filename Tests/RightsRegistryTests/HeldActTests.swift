import CivilTime
import Logging
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// What was sent and waits to be recalled: that it goes, and goes in time.
@Suite("What is held goes in time")
struct HeldActTests {
    private func send(
        _ body: JSON, on receipt: FilingReceipt, _ desk: OperatorDesk, in house: House
    ) async throws -> Bool {
        try await desk.send(
            try OperatorAct(body, today: house.today), on: receipt.reference, by: House.supervisor)
    }

    private func addSupervisor(_ house: House) async throws {
        _ = try await house.accounts.add(
            name: House.supervisor.name, role: .supervisor, password: "une-phrase-de-passe-longue")
    }

    @Test("What can’t be done just now holds up nothing else", arguments: EngineUnderTest.allCases)
    func failing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await addSupervisor(house)
            let desk = try house.desk(recallSeconds: 60)
            for number in 0..<20 {
                let receipt = try await house.file(Person(number).body())
                #expect(try await send(["type": "message", "text": "Bonjour."], on: receipt, desk, in: house))
            }
            // Under keys that this process does not have: another has to do them.
            try await house.database.write { try $0.execute("UPDATE rights_request SET epoch = 99") }
            house.clock.advance(seconds: 1)
            let last = try await house.file(Person(20).body())
            #expect(try await send(["type": "message", "text": "Bonjour."], on: last, desk, in: house))
            house.clock.advance(seconds: 61)
            let worker = HeldActWorker(desk, logger: Logger(label: "test"))
            #expect(try await worker.runOnce() == 21)
            #expect(try await house.view(last).events.last?.event.type == .message)
            #expect(try await house.count("held_act") == 20)
        }
    }

    @Test("What would miss its last day goes at once", arguments: EngineUnderTest.allCases)
    func lastDay(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await addSupervisor(house)
            let desk = try house.desk(recallSeconds: 60)
            // Received on 5 March, due on 6 April; half a minute before midnight in Paris.
            let extended = try await house.file(Person(1).body(["right": "access"]))
            let granted = try await house.file(Person(2).body(["right": "access"]))
            let written = try await house.file(Person(3).body(["right": "access"]))
            for receipt in [extended, granted] { try await house.act(["type": "identityVerified"], on: receipt) }
            let late = Instant("2026-04-06T21:59:30Z")!
            house.clock.advance(seconds: late.seconds(since: house.clock.source()) - 3600)
            let extending: JSON = ["type": "extended", "reasons": "Plusieurs bases."]
            let early = try await house.file(Person(4).body(["right": "access"]))
            house.clock.advance(seconds: 3600)
            #expect(try await send(extending, on: extended, desk, in: house) == false)
            #expect(try await send(["type": "granted", "text": "Voici."], on: granted, desk, in: house) == false)
            #expect(try await send(["type": "message", "text": "Bonjour."], on: written, desk, in: house))
            #expect(try await send(extending, on: early, desk, in: house), "its month has only begun")
            #expect(try await house.view(extended).clock.isExtended)
            #expect(try await house.count("rights_request", where: "decided_in_time = 1") == 1)
            #expect(try await house.count("held_act") == 2)
        }
    }

    @Test("Nothing sealed is written behind an erasure", arguments: EngineUnderTest.allCases)
    func behindAnErasure(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.refused(Person(0))
            let stored = try await house.stored(receipt)
            let key = try house.operators.opened(stored)
            // Sealed while the case stood, and written after it was erased: as when both come at once.
            let draft = try SealedDraft(
                ["note": "Un mot."], .note, of: "camille", in: receipt.reference, under: key, random: systemRandom)
            let held = try SealedHeldAct(
                try OperatorAct(["type": "message", "text": "Bonjour."], today: house.today), on: stored,
                by: House.agent, files: [], proposal: nil, under: key, random: systemRandom)
            let moment = house.clock.source()
            try await house.database.write { try ErasureStore.erase(stored, keepsSecret: false, at: moment, on: $0) }
            await #expect(throws: RightsError.erased) {
                try await house.database.write { try OperatorDraftStore.save(draft, at: moment, on: $0) }
            }
            await #expect(throws: RightsError.erased) {
                _ = try await house.database.write { try held.insert(at: moment, dueAt: moment, on: $0) }
            }
            for table in ErasureStore.answering { #expect(try await house.count(table) == 0, "\(table)") }
        }
    }
}
