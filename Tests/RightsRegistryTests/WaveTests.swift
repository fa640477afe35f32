import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("Waves of forged filings")
struct WaveTests {
    private func index(_ house: House) async throws {
        let indexing = try #require(
            PersonIndexing(
                database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true),
                policy: house.policy, now: house.clock.source))
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

    @Test(
        "Where a refusal takes two, so does voiding many: proposed by one, confirmed or declined by another",
        arguments: EngineUnderTest.allCases)
    func takesTwo(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var policy = house.policy
            policy.refusals = .confirmed
            policy.deputies = ["sacha"]
            let deputy = Operator(name: "sacha", role: .agent)
            let desk = OperatorDesk(
                database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true),
                policy: policy, now: house.clock.source)
            func isForbidden(_ act: () async throws -> Void) async -> Bool {
                do {
                    try await act()
                    return false
                } catch {
                    if case RightsError.forbidden = error { return true }
                    return false
                }
            }
            var forged: [FilingReceipt] = []
            for number in 0..<22 {
                forged.append(
                    try await house.file(Person(number).body(["message": .string("Je m’oppose à tout cela.")])))
                house.clock.advance(seconds: 4 * 3600)
            }
            try await index(house)
            let wave = try #require(try await desk.waves(for: House.agent).first)
            let direct = OperatorDesk.wrong("/type", "voiding.confirmed")
            await #expect(throws: direct) {
                _ = try await desk.void(wave: wave.id, reasons: "x", by: House.supervisor)
            }
            await #expect(throws: direct) {
                _ = try await desk.perform(
                    try desk.voiding("x"), onEach: forged.prefix(2).map { SeenCase($0.reference) },
                    by: House.supervisor)
            }
            // Who may neither propose nor confirm sees nothing of it, and that is written down.
            #expect(await isForbidden { _ = try await desk.voidingProposals(for: House.auditor) })
            #expect(
                await isForbidden {
                    try await desk.proposeVoiding(wave: wave.id, reasons: "x", by: House.auditor)
                })
            #expect(try await house.count("audit_event", where: "act = 'operator.refused'") == 2)

            // Declined with a note, which its proposer reads and puts away.
            try await desk.proposeVoiding(wave: wave.id, seen: 22, reasons: "Une main.", by: House.agent)
            await #expect(throws: RightsError.outdated, "it is proposed already") {
                try await desk.proposeVoiding(wave: wave.id, seen: 22, reasons: "Deux.", by: House.supervisor)
            }
            let first = try #require(try await desk.voidingProposals(for: House.supervisor).first)
            #expect(first.count == 22 && first.reasons == "Une main." && first.examples.count == 8)
            #expect(try await desk.voidingsToConfirm(by: House.supervisor) == 1)
            #expect(try await desk.voidingsToConfirm(by: House.agent) == 0)
            for stranger in [House.agent, Operator(name: "charlie", role: .agent), House.auditor] {
                #expect(await isForbidden { _ = try await desk.confirmVoiding(first.id, by: stranger) })
                #expect(await isForbidden { try await desk.declineVoiding(first.id, note: "x", by: stranger) })
            }
            await #expect(throws: OperatorDesk.wrong("/note", "required")) {
                try await desk.declineVoiding(first.id, note: " ", by: House.supervisor)
            }
            try await desk.declineVoiding(first.id, note: "C’est une association.", by: House.supervisor)
            #expect(try await desk.voidingProposals(for: House.supervisor) == [])
            let declined = try #require(try await desk.voidingProposals(for: House.agent).first)
            #expect(declined.decline?.note == "C’est une association." && declined.decline?.name == "dominique")
            #expect(declined.reasons == "Une main.")
            await #expect(throws: RightsError.outdated) {
                _ = try await desk.confirmVoiding(first.id, by: House.supervisor)
            }
            #expect(try await house.count("rights_request", where: "outcome = 'voided'") == 0)

            // Proposed anew; somebody writes meanwhile, and that one is spared. A deputy confirms, who may not refuse alone.
            try await desk.proposeVoiding(wave: wave.id, reasons: "Une seule main.", by: House.supervisor)
            let second = try #require(try await desk.voidingProposals(for: deputy).first)
            #expect(try await house.count("voiding_proposal") == 1, "what was declined gives way")
            #expect(await isForbidden { _ = try await desk.confirmVoiding(second.id, by: House.supervisor) })
            try await house.following.write(
                ["text": "C’est bien moi."], to: forged[4].reference,
                secret: try TrackingSecret(entered: forged[4].secret))
            let results = try await desk.confirmVoiding(second.id, by: deputy)
            #expect(results.filter { !$0.isDone }.map(\.reference) == [forged[4].reference])
            #expect(try await house.count("rights_request", where: "outcome = 'voided'") == 21)
            #expect(try await house.count("voiding_proposal") + house.count("voiding_proposal_case") == 0)
            #expect(
                try await house.view(forged[3]).events.last { $0.event.type == .voided }?.words?["reasons"]
                    == "Une seule main.")
            let voided = try #require(try await desk.voidedWaves(for: House.agent).first)
            #expect(voided.count == 21 && voided.voidedBy == "sacha" && voided.proposedBy == "dominique")
            let audited: String? = try await house.database.read {
                try $0.first("SELECT detail FROM audit_event WHERE act = 'requestEvent.voided' AND actor = 'sacha'")?[
                    "detail"]
            }
            #expect(audited?.contains("\"proposedBy\":\"dominique\"") == true)
            #expect(await isForbidden { _ = try await desk.restore(wave: voided.id, reasons: "x", by: House.agent) })
            let restored = try await desk.restore(wave: voided.id, reasons: "Une erreur.", by: House.supervisor)
            #expect(restored.count == 21 && restored.allSatisfy(\.isDone))

            // Chosen by hand, and taken back.
            try await desk.proposeVoiding(
                forged.prefix(3).map { SeenCase($0.reference) }, reasons: "Trois.", by: House.agent)
            let own = try #require(try await desk.voidingProposals(for: House.agent).first)
            #expect(own.kind == .chosen && own.wave == nil && own.count == 3)
            #expect(await isForbidden { try await desk.takeBackVoiding(own.id, by: House.supervisor) })
            try await desk.takeBackVoiding(own.id, by: House.agent)
            #expect(try await house.count("voiding_proposal_case") == 0)
            // One alone stays one person's act.
            try await desk.perform(try desk.voiding("Fausse."), on: forged[0].reference, by: House.supervisor)
            let acts = ["proposed": 3, "declined": 1, "takenBack": 1, "voided": 1, "restored": 1]
            for (act, count) in acts {
                #expect(try await house.count("audit_event", where: "act = 'wave.\(act)'") == count, "\(act)")
            }
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
