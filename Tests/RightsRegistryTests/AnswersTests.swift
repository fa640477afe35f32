import CivilTime
import Logging
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// What goes before an answer: a second person, templates, drafts, a moment to recall.
@Suite("Before an answer goes")
struct AnswersTests {
    private static let deputy = Operator(name: "sacha", role: .agent)

    private func desk(
        in house: House, refusals: RightsPolicy.Refusals = .direct, recallSeconds: Int = 0
    ) throws -> OperatorDesk {
        var policy = house.policy
        policy.refusals = refusals
        policy.deputies = [Self.deputy.name]
        policy.recallSeconds = recallSeconds
        return OperatorDesk(
            database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true), policy: policy,
            now: house.clock.source)
    }

    private func refusal(in house: House) throws -> OperatorAct { try OperatorAct(House.refusal, today: house.today) }

    private func message(_ text: String, in house: House) throws -> OperatorAct {
        try OperatorAct(["type": "message", "text": .string(text)], today: house.today)
    }

    private func isForbidden(_ act: () async throws -> Void) async -> Bool {
        do {
            try await act()
            return false
        } catch {
            if case RightsError.forbidden = error { return true }
            return false
        }
    }

    // MARK: A second person

    @Test("A refusal waits for somebody else, and then happens as a direct one", arguments: EngineUnderTest.allCases)
    func aRefusalTakesTwo(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = try desk(in: house, refusals: .confirmed)
            let receipt = try await house.file(Person(0).body())
            let reference = receipt.reference
            try await house.act(["type": "assigned"], on: receipt, by: House.agent)
            await #expect(throws: OperatorDesk.wrong("/type", "refusal.confirmed")) {
                try await desk.perform(try refusal(in: house), on: reference, by: House.supervisor)
            }
            try await desk.propose(try refusal(in: house), on: reference, by: House.agent)
            // One at a time; the citizen sees nothing, and the queue finds it.
            await #expect(throws: RightsError.outdated) {
                try await desk.propose(try refusal(in: house), on: reference, by: House.agent)
            }
            #expect(try await house.view(receipt).events.map(\.event.type) == [.filed, .assigned])
            var query = QueueQuery()
            query.awaitsConfirmation = true
            #expect(try await desk.queue(query, for: House.auditor).items.map(\.reference) == [reference])

            let seen = try #require(try await desk.answering(reference, for: House.supervisor).proposal)
            #expect(seen.body?["reasons"] == House.refusal["reasons"])
            #expect(try await desk.answering(reference, for: House.auditor).proposal?.body == nil)
            // Neither its proposer, nor a colleague who is no deputy; a deputy by name and a supervisor may.
            for stranger in [House.agent, Operator(name: "charlie", role: .agent), House.auditor] {
                #expect(await isForbidden { try await desk.confirm(seen.id, on: reference, by: stranger) })
            }
            #expect(try await house.count("audit_event", where: "act = 'operator.refused'") == 3)
            // Whoever may not learns nothing of what there is, either: the role comes before the proposal.
            #expect(await isForbidden { try await desk.confirm("00", on: reference, by: House.auditor) })
            #expect(await isForbidden { try await desk.sendBack("00", on: reference, note: "x", by: House.auditor) })
            #expect(await isForbidden { try await desk.takeBack("00", on: reference, by: House.auditor) })
            #expect(try await house.count("audit_event", where: "act = 'operator.refused'") == 6)
            await #expect(throws: RightsError.outdated) {
                try await desk.confirm("00", on: reference, by: House.supervisor)
            }
            // Reading and a note change nothing of the case.
            _ = try await desk.openIdentity(reference, motive: .identityCheck, for: House.supervisor)
            try await desk.confirm(seen.id, on: reference, by: Self.deputy)

            let view = try await house.view(receipt)
            #expect(view.outcome == .refused)
            #expect(!view.isInForce)
            #expect(view.events.last?.words?["judicialRemedy"] == House.refusal["judicialRemedy"])
            #expect(try await house.count("refusal_proposal") == 0)
            let audited: String? = try await house.database.read {
                try $0.first("SELECT detail FROM audit_event WHERE act = 'requestEvent.refused' AND actor = 'sacha'")?[
                    "detail"]
            }
            #expect(audited?.contains("\"proposedBy\":\"camille\"") == true)
            await #expect(throws: RightsError.outdated) {
                try await desk.confirm(seen.id, on: reference, by: House.supervisor)
            }
        }
    }

    @Test(
        "A proposal is outdated by whatever happens since, and its words come back to its proposer",
        arguments: EngineUnderTest.allCases)
    func aProposalIsOutdatedAndSentBack(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = try desk(in: house, refusals: .confirmed)
            let receipt = try await house.file(Person(0).body())
            let reference = receipt.reference
            try await house.act(["type": "assigned"], on: receipt)
            try await desk.propose(try refusal(in: house), on: reference, by: House.agent)
            try await desk.perform(try message("Un mot.", in: house), on: reference, by: House.supervisor)
            let outdated = try #require(try await desk.answering(reference, for: House.supervisor).proposal)
            #expect(outdated.isOutdated)
            await #expect(throws: RightsError.outdated) {
                try await desk.confirm(outdated.id, on: reference, by: House.supervisor)
            }
            #expect(try await house.view(receipt).outcome == nil)

            await #expect(throws: OperatorDesk.wrong("/note", "required")) {
                try await desk.sendBack(outdated.id, on: reference, note: " ", by: House.supervisor)
            }
            try await desk.sendBack(outdated.id, on: reference, note: "Relisez.", by: House.supervisor)
            let draft = try #require(try await desk.answering(reference, for: House.agent)[.refusal])
            #expect(draft.failure == .sentBack)
            #expect(draft.fields["reasons"] == House.refusal["reasons"]?.string)
            #expect(try await desk.answering(reference, for: House.supervisor).drafts.isEmpty)
            let inside = try await desk.request(reference, for: House.agent)
            #expect(inside.events.last?.words == ["note": "Relisez."])

            try await desk.propose(try refusal(in: house), on: reference, by: House.agent)
            #expect(try await desk.answering(reference, for: House.agent).drafts.isEmpty)
            let own = try #require(try await desk.answering(reference, for: House.agent).proposal)
            #expect(await isForbidden { try await desk.takeBack(own.id, on: reference, by: House.supervisor) })
            try await desk.takeBack(own.id, on: reference, by: House.agent)
            #expect(try await house.count("refusal_proposal") == 0)
            // What is decided otherwise waits for nobody's confirmation.
            try await desk.propose(try refusal(in: house), on: reference, by: House.agent)
            try await house.withdraw(receipt)
            #expect(try await house.count("refusal_proposal") == 0)
        }
    }

    // MARK: Templates

    @Test("A broken template says what is broken and where, and is not saved", arguments: EngineUnderTest.allCases)
    func brokenTemplates(engine: EngineUnderTest) async throws {
        func body(_ french: String, _ english: JSON? = "Hello {{reference}}") -> JSON {
            [
                "id": "essai", "purpose": "message", "title": ["fr": "Essai", "en": "Trial"],
                "text": .object(ofPresent: ["fr": .string(french), "en": english]),
            ]
        }
        func errors(_ body: JSON) -> [FieldError] {
            do throws(FieldErrors) {
                _ = try NewTemplate(body)
                return []
            } catch {
                return error.errors
            }
        }
        func error(_ code: String, _ arguments: String...) -> [FieldError] {
            [FieldError(pointer: "/text/fr", code: code, arguments: arguments)]
        }
        #expect(errors(body("Bonjour {{ reference }}, {{dueOn}}.")) == [])
        #expect(errors(body("a\nb {{birthName}}")) == error("template.unknownField", "birthName", "2", "3"))
        #expect(errors(body("{{dueOn")) == error("template.unclosed", "1", "1"))
        #expect(errors(body("{{dueOn {{reference}}")) == error("template.unclosed", "1", "1"))
        #expect(errors(body("{{dueOn\n}}")).map(\.code) == ["template.unclosed", "template.unopened"])
        #expect(errors(body("dueOn}}")) == error("template.unopened", "1", "6"))
        #expect(errors(body("a", nil)) == [FieldError(pointer: "/text/en", code: "required")])
        #expect(errors(body("a", " ")).map(\.pointer) == ["/text/en"])

        try await withHouse(engine) { house in
            let desk = TemplateDesk(try desk(in: house))
            let new = try NewTemplate(body("Bonjour {{reference}}"))
            #expect(await isForbidden { try await desk.add(new, by: House.agent) })
            try await desk.add(new, by: House.supervisor)
            await #expect(throws: OperatorDesk.wrong("/id", "template.taken")) {
                try await desk.add(new, by: House.supervisor)
            }
            let change = try ChangedTemplate([
                "version": 1, "title": ["fr": "Essai", "en": "Trial"], "text": ["fr": "Deux", "en": "Two"],
            ])
            try await desk.change("essai", change, by: House.supervisor)
            // Whoever began from the first version is told that there is another.
            await #expect(throws: RightsError.outdated) {
                try await desk.change("essai", change, by: House.supervisor)
            }
            let versions = try await desk.versions(of: "essai", for: House.auditor)
            #expect(versions.map(\.content.text.fr) == ["Deux", "Bonjour {{reference}}"])
            #expect(try await house.count("audit_event", where: "act LIKE 'template.%'") == 2)

            // The event keeps which one was used; another than those that there are is refused.
            let receipt = try await house.file(Person(0).body())
            try await house.act(
                ["type": "message", "text": "Deux", "template": ["id": "essai", "version": 2]], on: receipt)
            let event = try #require(try await house.view(receipt).events.last).event
            #expect(event.data == ["template": ["id": "essai", "version": 2]])
            await #expect(throws: OperatorDesk.wrong("/template", "template.unknown")) {
                try await house.act(
                    ["type": "message", "text": "Trois", "template": ["id": "essai", "version": 3]], on: receipt)
            }
        }
    }

    // MARK: Drafts

    @Test("A draft is its operator's alone, sealed, and gone once it is sent", arguments: EngineUnderTest.allCases)
    func draftsAreKept(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = try desk(in: house)
            let receipt = try await house.file(Person(0).body())
            let reference = receipt.reference
            try await desk.keepDraft(
                ["text": "Des mots à garder.", "after": "1"], of: .message, in: reference, by: House.agent)
            try await desk.keepDraft(["note": "Une note."], of: .note, in: reference, by: House.agent)
            let kept = try await desk.answering(reference, for: House.agent)
            #expect(kept[.message]?.fields == ["text": "Des mots à garder."])
            #expect(kept[.note]?.fields == ["note": "Une note."])
            #expect(try await desk.answering(reference, for: House.supervisor).drafts.isEmpty)
            // Moved under another's name it opens no more.
            try await house.database.write {
                _ = try $0.execute("UPDATE operator_draft SET operator = 'dominique' WHERE form = 'note'")
            }
            #expect(try await desk.answering(reference, for: House.supervisor).drafts.isEmpty)
            let editor = Operator(name: "fabre", role: .editor)
            #expect(
                await isForbidden {
                    try await desk.keepDraft(["note": "x"], of: .note, in: reference, by: editor)
                })
            try await desk.perform(try message("Des mots envoyés.", in: house), on: reference, by: House.agent)
            #expect(try await desk.answering(reference, for: House.agent).drafts.isEmpty)
            let words = try await house.database.read {
                try $0.query("SELECT sealed FROM operator_draft").map { try $0["sealed"] as [UInt8] }
            }
            #expect(!words.isEmpty && words.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("note") })
        }
    }

    // MARK: A moment to recall

    /// An account for an operator who acts after they have left the page.
    private func account(_ signedIn: Operator, in house: House) async throws {
        _ = try await house.accounts.add(
            name: signedIn.name, role: signedIn.role, password: "une-phrase-de-passe-longue")
    }

    @Test(
        "What is sent from a page waits, can be recalled, and then happens once, in its operator's name",
        arguments: EngineUnderTest.allCases)
    func whatIsSentWaits(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = try desk(in: house, recallSeconds: 60)
            try await account(House.agent, in: house)
            let workers = [1, 2].map { _ in HeldActWorker(desk, logger: Logger(label: "test")) }
            let receipt = try await house.file(Person(0).body())
            let reference = receipt.reference
            try await desk.send(try message("Premier.", in: house), on: reference, by: House.agent)
            let held = try #require(try await desk.answering(reference, for: House.supervisor).held)
            #expect(held.dueAt == house.clock.source().adding(seconds: 60))
            // One a case; and nothing has happened.
            await #expect(throws: RightsError.outdated) {
                try await desk.send(try message("Second.", in: house), on: reference, by: House.supervisor)
            }
            #expect(try await house.view(receipt).events.count == 1)
            #expect(await isForbidden { try await desk.recall(held.id, on: reference, by: House.supervisor) })
            house.clock.advance(seconds: 59)
            #expect(try await workers[0].runOnce() == 0)
            try await desk.recall(held.id, on: reference, by: House.agent)
            #expect(try await desk.answering(reference, for: House.agent)[.message]?.failure == .recalled)

            let file = CheckedFile(name: "réponse.pdf", type: .pdf, content: Array(repeating: 7, count: 300_000))
            try await desk.send(
                try message("Deuxième.", in: house), on: reference, by: House.agent, files: [file])
            #expect(try await desk.answering(reference, for: House.agent).drafts.isEmpty)
            // A note is no reason to hold a message back.
            try await desk.perform(
                try OperatorAct(["type": "noted", "note": "Vu."], today: house.today), on: reference,
                by: House.supervisor)
            house.clock.advance(seconds: 60)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in workers { group.addTask { _ = try await worker.runOnce() } }
                try await group.waitForAll()
            }
            let view = try await house.view(receipt)
            #expect(view.events.map(\.event.type) == [.filed, .message])
            #expect(view.events.last?.words == ["text": "Deuxième."])
            #expect(view.events.last?.event.actor == .agent)
            #expect(view.files.map(\.size) == [300_000])
            #expect(view.files.map(\.senderName) == ["réponse.pdf"])
            for table in ["held_act", "held_file", "held_file_part"] { #expect(try await house.count(table) == 0) }
            #expect(try await house.count("audit_event", where: "act = 'requestEvent.message'") == 1)
        }
    }

    @Test(
        "What can't happen any more is its operator's draft again, and says why", arguments: EngineUnderTest.allCases)
    func whatCannotHappenComesBack(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = try desk(in: house, refusals: .confirmed, recallSeconds: 60)
            for signedIn in [House.agent, House.supervisor] { try await account(signedIn, in: house) }
            let worker = HeldActWorker(desk, logger: Logger(label: "test"))
            let changed = try await house.file(Person(0).body())
            let left = try await house.file(Person(1).body())
            let confirmed = try await house.file(Person(2).body())
            try await desk.send(try message("Trop tard.", in: house), on: changed.reference, by: House.agent)
            try await house.withdraw(changed)
            try await house.act(["type": "assigned"], on: confirmed)
            try await desk.propose(try refusal(in: house), on: confirmed.reference, by: House.agent)
            let proposal = try #require(
                try await desk.answering(confirmed.reference, for: House.supervisor).proposal)
            #expect(
                try await desk.sendConfirmation(of: proposal.id, on: confirmed.reference, by: House.supervisor))
            #expect(try await house.view(confirmed).outcome == nil)
            house.clock.advance(seconds: 60)
            #expect(try await worker.runOnce() == 2)
            #expect(try await house.view(changed).events.map(\.event.type) == [.filed, .withdrawn])
            let draft = try #require(try await desk.answering(changed.reference, for: House.agent)[.message])
            #expect(draft.failure == .changed)
            #expect(draft.fields == ["text": "Trop tard."])
            #expect(try await house.view(confirmed).outcome == .refused)

            try await desk.send(try message("Adieu.", in: house), on: left.reference, by: House.agent)
            try await house.accounts.disable(name: House.agent.name)
            house.clock.advance(seconds: 60)
            #expect(try await worker.runOnce() == 1)
            #expect(try await house.view(left).events.count == 1)
            #expect(try await desk.answering(left.reference, for: House.agent)[.message]?.failure == .role)
            #expect(try await house.count("held_act") == 0)
        }
    }
}
