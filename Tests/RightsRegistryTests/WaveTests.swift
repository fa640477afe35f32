import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@Suite("Waves of forged filings")
struct WaveTests {
    private func index(_ house: House) async throws {
        let indexing = try #require(
            PersonIndexing(database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true)))
        while try await indexing.indexNext() > 0 {}
    }

    @Test(
        "They are found by what they share, voided in one act, and restored in one", arguments: EngineUnderTest.allCases
    )
    func voided(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = house.operators
            let moment = house.clock.source()
            try await house.database.write { connection in
                try LinkedDatabaseStore.add(
                    id: "registre", name: nil, connector: "manual:", datasets: [], at: moment, on: connection)
            }
            var forged: [FilingReceipt] = []
            for number in 0..<25 {
                forged.append(
                    try await house.file(
                        Person(number).body([
                            "message": .string("Je  m’oppose à TOUT\ncela."),
                            "contact": ["email": "robot@faux.example"],
                        ])))
                house.clock.advance(seconds: 4 * 3600)
            }
            // One that is granted by itself, with nothing to answer, and answers to the same address.
            forged.append(
                try await house.file(Person(25).body(["message": nil, "contact": ["email": "Robot@faux.example"]])))
            let honest = try await house.file(Person(26).body())
            // One of them is of somebody honest, who had taken a part back.
            try await house.following.withdraw(
                ["scope": ["kind": "databases", "ids": ["registre"]]], of: forged[0].reference,
                secret: try TrackingSecret(entered: forged[0].secret))
            try await index(house)
            try await house.sequencer.drain()

            let found = try await desk.waves(for: House.supervisor)
            #expect(found.map(\.kind) == [.contact, .message] && found.map(\.count) == [26, 25])
            await #expect(throws: RightsError.forbidden(.refuse)) { try await desk.waves(for: House.agent) }
            await #expect(throws: RightsError.notFound) {
                try await desk.void(wave: "message:00", reasons: "x", by: House.supervisor)
            }

            #expect(found[0].examples.count == 8)
            await #expect(throws: RightsError.outdated, "it has grown since somebody looked") {
                try await desk.void(wave: found[0].id, seen: 25, reasons: "x", by: House.supervisor)
            }
            let voided = try await desk.void(
                wave: found[0].id, seen: 26, reasons: "Une seule main.", by: House.supervisor)
            #expect(voided.count == 26 && voided.allSatisfy(\.isDone))
            #expect(try await desk.waves(for: House.supervisor) == [])
            #expect(try await house.count("rights_request", where: "outcome = 'voided'") == 26)
            #expect(try await house.view(forged[25]).isInForce == false, "what was granted by itself ends too")
            #expect(try await house.view(honest).isInForce)
            #expect(
                try await house.view(forged[3]).events.contains { $0.words?["reasons"]?.string == "Une seule main." })

            let wave = try #require(try await desk.voidedWaves(for: House.supervisor).first)
            #expect(wave.count == 26 && wave.restoredAt == nil && wave.voidedBy == "dominique")
            let restored = try await desk.restore(wave: wave.id, reasons: "Une association.", by: House.supervisor)
            #expect(restored.count == 26 && restored.allSatisfy(\.isDone))
            for receipt in [forged[0], forged[25]] {
                let view = try await house.view(receipt)
                #expect(view.isInForce && view.outcome == nil && view.state == .underReview)
            }
            #expect(
                try await house.view(forged[0]).exceptions == [.databases(["registre"])],
                "what had been taken back stays so")
            await #expect(throws: RightsError.notFound, "once") {
                try await desk.restore(wave: wave.id, reasons: "x", by: House.supervisor)
            }
            #expect(try await desk.voidedWaves(for: House.supervisor).first?.restoredAt != nil)
            #expect(try await house.count("audit_event", where: "act IN ('wave.voided', 'wave.restored')") == 2)
        }
    }

    @Test("An hour that brings far more than usual is one", arguments: EngineUnderTest.allCases)
    func rate(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for number in 0..<19 { _ = try await house.file(Person(number).body(["message": nil])) }
            #expect(try await house.operators.waves(for: House.supervisor) == [], "nineteen are a busy hour")
            _ = try await house.file(Person(19).body(["message": nil]))
            let found = try await house.operators.waves(for: House.supervisor)
            #expect(found.map(\.kind) == [.rate] && found.map(\.count) == [20] && found.map(\.usual) == [0])
            house.clock.advance(seconds: 15 * 86_400)
            #expect(try await house.operators.waves(for: House.supervisor) == [])
        }
    }

    @Test("A withdrawal that was granted is not voided", arguments: EngineUnderTest.allCases)
    func grantedWithdrawal(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let objection = try await house.file(Person(0).body())
            let withdrawal = try await house.file(Person(0).body(["right": "objectionWithdrawal"]))
            try await house.act(["type": "identityVerified"], on: withdrawal)
            try await house.act(["type": "granted", "objection": .string(objection.reference)], on: withdrawal)
            await #expect(throws: RightsError.transition(.alreadyDecided(.granted))) {
                try await house.act(["type": "voided", "reasons": "Une seule main."], on: withdrawal)
            }
            #expect(try await house.view(withdrawal).outcome == .granted)
            #expect(try await house.count("request_event", where: "type = 'voided'") == 0)
        }
    }
}
