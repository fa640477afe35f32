import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@Suite struct OperatorDeskTests {
    @Test(arguments: EngineUnderTest.allCases)
    func aRequestIsTakenUpVerifiedAndGranted(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.act(["type": "assigned"], on: receipt, by: House.agent)
            await #expect(throws: RightsError.transition(.identityNotVerified)) {
                try await house.act(["type": "granted"], on: receipt)
            }
            try await house.act(["type": "identityVerified"], on: receipt)
            house.clock.advance(seconds: 60)
            try await house.act(["type": "granted", "after": 3], on: receipt)
            await #expect(throws: RightsError.transition(.alreadyDecided(.granted))) {
                try await house.act(["type": "granted"], on: receipt)
            }
            await #expect(throws: RightsError.transition(.alreadyDecided(.granted))) {
                try await house.act(House.refusal, on: receipt)
            }
            let view = try await house.view(receipt)
            #expect(view.state == .underReview)
            #expect(view.outcome == .granted)
            #expect(view.decidedAt == house.clock.source())
            #expect(view.isIdentityVerified)
            #expect(view.assignee == "camille")
            #expect(view.isInForce)
            #expect(view.events.map(\.event.actor) == [.citizen, .agent, .supervisor, .supervisor])
            let acts: [String] = try await house.database.read {
                try $0.query("SELECT act FROM audit_event ORDER BY at, act").map { try $0["act"] }
            }
            #expect(acts == ["requestEvent.assigned", "requestEvent.identityVerified", "requestEvent.granted"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aRefusalStatesItsReasonsAndTheCitizenReadsThem(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.act(["type": "assigned"], on: receipt)
            try await house.act(["type": "noted", "note": "Rappeler lundi"], on: receipt)
            try await house.act(House.refusal, on: receipt)
            let view = try await house.view(receipt)
            #expect(view.outcome == .refused)
            #expect(!view.isInForce)
            let last = try #require(view.events.last)
            #expect(last.event.data == ["grounds": "identityNotEstablished"])
            #expect(last.words?["reasons"] == House.refusal["reasons"])
            #expect(last.words?["complaint"] == House.refusal["complaint"])
            #expect(last.words?["judicialRemedy"] == House.refusal["judicialRemedy"])
            // The note is the operators' own.
            #expect(view.events.map(\.event.type) == [.filed, .assigned, .refused])
            for reader in [House.agent, House.auditor] {
                let inside = try await house.operators.request(receipt.reference, for: reader)
                #expect(inside.events.map(\.event.type) == [.filed, .assigned, .noted, .refused])
                // Whoever may not open an identity reads what happened, and no words of it.
                #expect(inside.events[2].words == (reader == House.agent ? ["note": "Rappeler lundi"] : nil))
            }
        }
    }

    @Test func anActThatIsIncompleteIsRefusedFieldByField() {
        func pointers(_ body: JSON) -> [String] {
            do throws(FieldErrors) {
                _ = try OperatorAct(body, today: CalendarDate("2026-03-05")!)
                return []
            } catch {
                return error.errors.map(\.pointer)
            }
        }
        for member in ["grounds", "reasons", "complaint", "judicialRemedy"] {
            var body = House.refusal.object ?? [:]
            body[member] = nil
            #expect(pointers(.object(body)) == ["/\(member)"])
            body[member] = ""
            #expect(pointers(.object(body)) == ["/\(member)"])
        }
        #expect(pointers(["type": "refused"]).count == 4)
        #expect(pointers(["type": "noted"]) == ["/note"])
        #expect(pointers(["type": "granted", "reasons": "none needed"]) == ["/reasons"])
        #expect(pointers(["type": "closed"]) == ["/type"])
        #expect(pointers(["type": "withdrawn"]) == ["/type"])
        #expect(pointers([:]) == ["/type"])
    }

    @Test(arguments: EngineUnderTest.allCases)
    func eachRoleDoesWhatTheInstitutionSet(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.act(["type": "assigned"], on: receipt, by: House.agent)
            await #expect(throws: RightsError.forbidden(.refuse)) {
                try await house.act(House.refusal, on: receipt, by: House.agent)
            }
            await #expect(throws: RightsError.forbidden(.verifyIdentity)) {
                try await house.act(["type": "identityVerified"], on: receipt, by: House.auditor)
            }
            await #expect(throws: RightsError.forbidden(.openIdentity)) {
                _ = try await house.operators.openIdentity(
                    receipt.reference, motive: .identityCheck, for: House.auditor)
            }
            let editor = Operator(name: "fabre", role: .editor)
            await #expect(throws: RightsError.forbidden(.readRequests)) {
                _ = try await house.operators.request(receipt.reference, for: editor)
            }
            await #expect(throws: RightsError.forbidden(.readRequests)) {
                _ = try await house.operators.queue(QueueQuery(), for: editor)
            }
            await #expect(throws: RightsError.notFound) {
                try await house.operators.perform(
                    try OperatorAct(["type": "assigned"], today: house.today), on: "R-2026-000000", by: House.agent)
            }
            #expect(try await house.view(receipt).events.count == 2)
        }
    }

    @Test(
        "A right is refused on the grounds that the law knows for it, and on no others",
        arguments: EngineUnderTest.allCases)
    func groundsOfAnotherRight(engine: EngineUnderTest) async throws {
        func refusal(_ type: String, _ grounds: RefusalGrounds) -> JSON {
            var act = House.refusal.object ?? [:]
            act["type"] = .string(type)
            act["grounds"] = .string(grounds.rawValue)
            return .object(act)
        }
        try await withHouse(engine) { house in
            for right in Right.allCases where right != .objectionWithdrawal {
                let receipt = try await house.file(
                    Person(0).body(["right": .string(right.rawValue), "details": "Un prénom est faux."]))
                try await house.act(["type": "assigned"], on: receipt)
                let known = RefusalGrounds.known(for: right)
                for grounds in RefusalGrounds.allCases where !known.contains(grounds) {
                    for type in ["refused", "partiallyGranted"] {
                        let act = refusal(type, grounds)
                        await #expect(
                            throws: RightsError.invalid(
                                FieldErrors([
                                    FieldError(
                                        pointer: "/grounds", code: "notOneOf", arguments: known.map(\.rawValue))
                                ]))
                        ) { try await house.act(act, on: receipt) }
                    }
                }
                try await house.act(refusal("refused", known[0]), on: receipt)
                #expect(try await house.view(receipt).outcome == .refused)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func openingAnIdentityLeavesItsTraces(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let person = Person(0)
            let receipt = try await house.file(person.body())
            let opened = try await house.operators.openIdentity(
                receipt.reference, motive: .identityCheck, for: House.agent)
            #expect(opened["subject"]?["birthName"] == .string(person.birthName))
            #expect(opened["subject"]?["nir"] == .string(person.nir))
            #expect(opened["capacity"] == "dataSubject")
            #expect(opened["contact"]?["email"] == .string(person.email))

            let seen = try #require(try await house.view(receipt).events.last)
            #expect(seen.event.type == .identityOpened)
            #expect(seen.event.actor == .agent)
            let audit = try #require(
                try await house.database.read { try $0.first("SELECT * FROM audit_event") })
            #expect(try audit["act"] == "requestEvent.identityOpened")
            #expect(try audit["actor"] == "camille")
            #expect(try audit["subject"] == receipt.reference)
            #expect(try JSON(parsing: (audit["detail"] as String).utf8)["motive"] == "identityCheck")

            await #expect(throws: RightsError.notFound) {
                _ = try await house.operators.openIdentity("R-2026-000000", motive: .identityCheck, for: House.agent)
            }
            #expect(try await house.count("audit_event") == 1)
            #expect(try await house.view(receipt).events.count == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aProcessWithoutTheKeyOpensNothingAndSaysNothingWasOpened(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            let desk = OperatorDesk(
                database: house.database, keys: try RightsKeys(from: house.store, servesOperators: false),
                policy: house.policy, now: house.clock.source)
            await #expect(throws: RightsError.sealed) {
                _ = try await desk.openIdentity(receipt.reference, motive: .identityCheck, for: House.agent)
            }
            #expect(try await house.view(receipt).events.count == 1)
            #expect(try await house.count("audit_event") == 0)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func ofTwoGrantsAtOnceOneSucceeds(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for number in 0..<5 {
                let receipt = try await house.file(Person(number).body())
                try await house.act(["type": "identityVerified"], on: receipt)
                let results = await withTaskGroup(of: RightsError?.self) { group in
                    for signedIn in [House.agent, House.supervisor] {
                        group.addTask {
                            do {
                                try await house.act(["type": "granted"], on: receipt, by: signedIn)
                                return nil
                            } catch {
                                return error as? RightsError ?? .notFound
                            }
                        }
                    }
                    return await group.reduce(into: [RightsError?]()) { $0.append($1) }
                }
                #expect(results.count { $0 == nil } == 1)
                #expect(results.contains(.transition(.alreadyDecided(.granted))))
                #expect(try await house.view(receipt).events.count == 3)
            }
            #expect(try await house.count("audit_event", where: "act = 'requestEvent.granted'") == 5)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func anActOnWhatHasChangedMeanwhileIsOutdated(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.act(["type": "assigned", "after": 1], on: receipt)
            await #expect(throws: RightsError.outdated) {
                try await house.act(["type": "identityVerified", "after": 1], on: receipt)
            }
            try await house.act(["type": "identityVerified", "after": 2], on: receipt)
            #expect(try await house.view(receipt).events.count == 3)
        }
    }

    // MARK: The queue

    @Test(arguments: EngineUnderTest.allCases)
    func theQueueIsPagedByDueDateAndFiltered(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var receipts: [FilingReceipt] = []
            for number in 0..<7 {
                receipts.append(try await house.file(Person(number).body()))
                house.clock.advance(seconds: 60)
                if number.isMultiple(of: 3) { house.clock.advance(seconds: 3 * 86_400) }
            }
            try await house.act(["type": "assigned"], on: receipts[2], by: House.agent)
            // Those due first first; of one day, in the order in which they were received.
            let expected = receipts.enumerated().sorted {
                ($0.element.dueOn, $0.offset) < ($1.element.dueOn, $1.offset)
            }
            .map(\.element.reference)

            var query = QueueQuery(limit: 3)
            var seen: [String] = []
            while true {
                let page = try await house.operators.queue(query, for: House.auditor)
                #expect(page.total == 7)
                seen += page.items.map(\.reference)
                guard page.hasMore, let last = page.items.last else { break }
                query.after = last.place
            }
            #expect(seen == expected)

            func references(_ change: (inout QueueQuery) -> Void) async throws -> [String] {
                var query = QueueQuery()
                change(&query)
                return try await house.operators.queue(query, for: House.agent).items.map(\.reference)
            }
            #expect(try await references { $0.state = .underReview } == [receipts[2].reference])
            #expect(try await references { $0.assignees = ["camille"] } == [receipts[2].reference])
            #expect(
                try await references { $0.reference = receipts[4].reference.lowercased() } == [receipts[4].reference])
            #expect(try await references { $0.reference = "R-2026" }.count == 7)
            #expect(try await references { $0.reference = "%" } == [])
            #expect(try await references { $0.reference = "_" } == [])
            #expect(try await references { $0.right = .access } == [])
            #expect(try await references { $0.dueBy = receipts[0].dueOn } == [receipts[0].reference])
        }
    }

    // MARK: The audit

    @Test(arguments: EngineUnderTest.allCases)
    func theAuditHoldsAndAnAlteredEventIsFound(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            for type in ["assigned", "identityVerified"] {
                try await house.act(["type": .string(type)], on: receipt)
                try await house.sequencer.drain()
            }
            try await house.act(["type": "granted"], on: receipt)
            for _ in 0..<3 {
                _ = try await house.operators.openIdentity(receipt.reference, motive: .identityCheck, for: House.agent)
            }
            try await house.sequencer.drain()
            @Sendable func firstBreak() async throws -> Int64? {
                try await house.database.read { try AuditTrail.firstBreak(on: $0) }
            }
            #expect(try await house.count("audit_event", where: "number IS NOT NULL") == 6)
            #expect(try await firstBreak() == nil)

            func tampered(_ change: String, undo: String) async throws -> Int64? {
                try await house.database.write { try $0.script(change) }
                let found = try await firstBreak()
                try await house.database.write { try $0.script(undo) }
                #expect(try await firstBreak() == nil)
                return found
            }
            #expect(
                try await tampered(
                    "UPDATE audit_event SET actor = 'x' || actor WHERE number = 4",
                    undo: "UPDATE audit_event SET actor = substr(actor, 2) WHERE number = 4") == 4)
            #expect(
                try await tampered(
                    "UPDATE audit_event SET at = at + 1 WHERE number = 1",
                    undo: "UPDATE audit_event SET at = at - 1 WHERE number = 1") == 1)
            try await house.database.write { try $0.script("DELETE FROM audit_event WHERE number = 3") }
            #expect(try await firstBreak() == 3)
        }
    }
}
