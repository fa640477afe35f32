import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@Suite("Six rights, for oneself and for others")
struct RightsTests {
    private static let parent: JSON = ["name": "Nour Kervézec"]

    private func codes(_ body: JSON) -> [String] {
        do throws(FieldErrors) {
            _ = try Filing(body, today: CalendarDate("2026-03-05")!, parentActsUnderAge: 15)
            return []
        } catch {
            return error.errors.map { "\($0.pointer) \($0.code)" }
        }
    }

    /// A filing about someone born on that day, without a number.
    private func body(bornOn day: String, _ members: KeyValuePairs<String, JSON?>) -> JSON {
        var body = Person(0).body(members).object ?? [:]
        body["subject"] = [
            "birthName": "Kervézec", "givenNames": ["Lou"], "birthDate": .string(day), "sex": "F",
        ]
        return .object(body)
    }

    private func subject(_ person: Person, _ members: KeyValuePairs<String, JSON?>) -> JSON {
        var subject = person.subject.object ?? [:]
        for (key, value) in members { subject[key] = value }
        return .object(subject)
    }

    // MARK: Who may file what

    @Test("A parent acts until fifteen, and the minor alone from that day on")
    func ageDecidesWhoFiles() {
        let parent: KeyValuePairs<String, JSON?> = [
            "capacity": "parentalAuthorityHolder", "requester": Self.parent,
        ]
        #expect(codes(body(bornOn: "2011-03-06", parent)) == [])
        #expect(codes(body(bornOn: "2011-03-05", parent)) == ["/capacity capacity.ofAge"])
        #expect(codes(body(bornOn: "2011-03-05", [:])) == [])
        #expect(codes(body(bornOn: "2011-03-06", [:])) == ["/capacity capacity.tooYoung"])
        #expect(codes(body(bornOn: "2011-03-05", ["contact": nil])) == [], "a minor needs neither e-mail nor address")
    }

    @Test("Whoever acts for another is named", arguments: Capacity.allCases.filter(\.actsForAnother))
    func whoActsForAnotherIsNamed(capacity: Capacity) {
        let born = capacity == .parentalAuthorityHolder ? "2020-01-01" : "1950-01-01"
        let without = body(bornOn: born, ["capacity": .string(capacity.rawValue)])
        #expect(codes(without) == ["/requester required"])
        #expect(codes(body(bornOn: born, ["capacity": .string(capacity.rawValue), "requester": Self.parent])) == [])
    }

    @Test("A number that contradicts the birth date or the sex is asked about, and no other")
    func aContradictingNumberIsAskedAbout() {
        let person = Person(0)
        #expect(codes(person.body()) == [])
        let otherSex = person.sex == .male ? "F" : "M"
        let contradictions: [KeyValuePairs<String, JSON?>] = [
            ["sex": .string(otherSex)], ["birthDate": "1931-01-01"], ["birthDate": "1930-02-01"],
        ]
        for members in contradictions {
            let wrong = person.body(["subject": subject(person, members)])
            #expect(codes(wrong) == ["/subject/nirHolder nir.holder"])
            for holder in NIRHolder.allCases {
                var told = subject(person, members).object ?? [:]
                told["nirHolder"] = .string(holder.rawValue)
                #expect(codes(person.body(["subject": .object(told)])) == [])
            }
        }
        // A month from 20 on stands for one that is not known; a number from 3 to 8 tells nothing.
        for nir in ["2302029019000", "7300229019000"] {
            let key = 97 - Int(nir)! % 97
            let full = nir + (key < 10 ? "0\(key)" : "\(key)")
            #expect(codes(person.body(["subject": subject(person, ["nir": .string(full)])])) == [])
        }
    }

    // MARK: Confirmed at once

    @Test(
        "An objection that leaves no doubt is granted at once, and no operator has to look at it",
        arguments: EngineUnderTest.allCases)
    func whatLeavesNoDoubtIsGrantedAtOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["message": nil]), key: "0123456789012345678901")
            #expect(receipt.isConfirmed)
            let again = try await house.file(Person(0).body(["message": nil]), key: "0123456789012345678901")
            #expect(again == receipt, "a repetition is told the same")
            let view = try await house.view(receipt)
            #expect(view.events.map(\.event.type) == [.filed, .granted])
            #expect(view.events.map(\.event.actor) == [.citizen, .system])
            #expect(view.state == .underReview)
            #expect(view.outcome == .granted)
            #expect(!view.isIdentityVerified, "nobody has verified anything, and nothing says so")
            #expect(view.isInForce)
            var undecided = QueueQuery()
            undecided.isUndecided = true
            let queue = try await house.operators.queue(undecided, for: House.agent)
            #expect(queue.total == 0)
            // Nothing is done in any database yet.
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            #expect(try await closing.closeComplete() == 0)
        }
    }

    @Test("What leaves a doubt waits for an operator", arguments: EngineUnderTest.allCases)
    func whatLeavesADoubtWaits(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let person = Person(0)
            let doubtful: [JSON] = [
                person.body(),
                body(bornOn: "1950-01-01", ["message": nil]),
                person.body(["message": nil, "capacity": "authorisedAgent", "requester": Self.parent]),
                person.body([
                    "message": nil, "subject": subject(person, ["birthDate": "1931-01-01", "nirHolder": "own"]),
                ]),
                person.body(["message": nil, "right": "access"]),
            ]
            for body in doubtful {
                let receipt = try await house.file(body)
                #expect(!receipt.isConfirmed)
                let view = try await house.view(receipt)
                #expect(view.state == .received)
                #expect(view.outcome == nil)
            }
        }
    }

    // MARK: The other rights

    @Test(
        "Another right than an objection enters no list, is granted with its answer, and is not called done",
        arguments: EngineUnderTest.allCases)
    func otherRightsEnterNoList(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for right in [Right.access, .rectification, .erasure, .restriction] {
                let receipt = try await house.file(
                    Person(0).body(["right": .string(right.rawValue), "details": "L’adresse est fausse."]))
                #expect(try await house.ledger().isEmpty)
                try await house.act(["type": "identityVerified"], on: receipt)
                await #expect(
                    throws: RightsError.invalid(FieldErrors([FieldError(pointer: "/text", code: "required")]))
                ) {
                    try await house.act(["type": "granted"], on: receipt)
                }
                try await house.act(["type": "granted", "text": "C’est corrigé."], on: receipt)
                #expect(try await house.view(receipt).events.last?.words == ["text": "C’est corrigé."])
            }
            let refused = try await house.file(Person(1).body(["right": "access"]))
            try await house.act(["type": "assigned"], on: refused)
            try await house.act(House.refusal, on: refused)
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            #expect(try await closing.closeComplete() == 1)
            #expect(try await house.count("rights_request", where: "state = 'closed'") == 1)
        }
    }

    @Test(
        "A withdrawal without the secret ends the objection that the operator names, once",
        arguments: EngineUnderTest.allCases)
    func aWithdrawalEndsTheObjectionItNames(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let objection = try await house.file(Person(0).body())
            let other = try await house.file(Person(1).body())
            let withdrawal = try await house.file(Person(0).body(["right": "objectionWithdrawal"]))
            #expect(try await house.ledger().count == 2)
            try await house.act(["type": "identityVerified"], on: withdrawal)
            await #expect(
                throws: RightsError.invalid(FieldErrors([FieldError(pointer: "/objection", code: "required")]))
            ) {
                try await house.act(["type": "granted"], on: withdrawal)
            }
            let unknown = FieldErrors([FieldError(pointer: "/objection", code: "objection.unknown")])
            await #expect(throws: RightsError.invalid(unknown)) {
                try await house.act(["type": "granted", "objection": .string(withdrawal.reference)], on: withdrawal)
            }
            #expect(try await house.view(withdrawal).outcome == nil, "nothing is half done")
            try await house.act(["type": "granted", "objection": .string(objection.reference)], on: withdrawal)
            let ended = try await house.view(objection)
            #expect(ended.outcome == .withdrawn)
            #expect(!ended.isInForce)
            #expect(ended.events.last?.event.actor == .supervisor)
            #expect(try await house.view(other).isInForce)
            #expect(try await house.ledger().map(\.effect).sorted() == ["register", "register", "withdraw"])
            // It is done when every database has confirmed, and there is none yet.
            try await house.sequencer.drain()
            #expect(try await house.view(withdrawal).state == .underReview)
        }
    }

    // MARK: Acts and the clock

    @Test("Time is extended once, with its reasons, within the first month", arguments: EngineUnderTest.allCases)
    func timeIsExtendedOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["right": "access"]))
            await #expect(throws: FieldErrors.self) { try await house.act(["type": "extended"], on: receipt) }
            let extending: JSON = ["type": "extended", "reasons": "Onze bases à interroger."]
            try await house.act(extending, on: receipt)
            let view = try await house.view(receipt)
            #expect(view.clock.due == CalendarDate("2026-06-05"))
            #expect(view.events.last?.words == ["reasons": "Onze bases à interroger."])
            await #expect(throws: RightsError.extensionTooLate) { try await house.act(extending, on: receipt) }

            let late = try await house.file(Person(1).body(["right": "access"]))
            house.clock.advance(seconds: 40 * 86_400)
            await #expect(throws: RightsError.extensionTooLate) { try await house.act(extending, on: late) }
            #expect(try await house.view(late).events.count == 1)
        }
    }

    @Test("A request that is reopened has a new clock", arguments: EngineUnderTest.allCases)
    func reopeningStartsANewClock(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["right": "access"]))
            try await house.act(["type": "assigned"], on: receipt)
            try await house.act(House.refusal, on: receipt)
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            #expect(try await closing.closeComplete() == 1)
            house.clock.advance(seconds: 60 * 86_400)
            try await house.act(["type": "reopened", "reasons": "Une pièce est arrivée."], on: receipt)
            let view = try await house.view(receipt)
            #expect(view.state == .underReview)
            #expect(view.outcome == nil)
            #expect(view.clock.receivedOn == CalendarDate("2026-05-04"))
            #expect(view.clock.due == CalendarDate("2026-06-04"))
        }
    }

    private static let grants: [JSON] = [
        ["type": "granted"],
        [
            "type": "partiallyGranted", "grounds": "compellingGrounds", "reasons": "La base principale demeure.",
            "complaint": "CNIL", "judicialRemedy": "Tribunal administratif",
        ],
    ]

    @Test(
        "An objection that was refused and is granted after all, whole or in part, is registered again",
        arguments: EngineUnderTest.allCases, grants)
    func whatIsGrantedAfterAllIsRegisteredAgain(engine: EngineUnderTest, grant: JSON) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.act(["type": "assigned"], on: receipt)
            try await house.act(House.refusal, on: receipt)
            try await house.sequencer.drain()
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            #expect(try await closing.closeComplete() == 1)
            try await house.act(["type": "reopened", "reasons": "Une pièce est arrivée."], on: receipt)
            #expect(try await !house.view(receipt).isInForce)
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.act(grant, on: receipt)
            #expect(try await house.view(receipt).isInForce)
            try await house.sequencer.drain()
            #expect(try await house.ledger().map(\.effect) == ["register", "withdraw", "register"])
            #expect(try await house.ledger().map(\.ordinal) == [1, 2, 3])
        }
    }

    @Test("What the citizen has withdrawn, nobody reopens", arguments: EngineUnderTest.allCases)
    func whatIsWithdrawnIsNotReopened(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.withdraw(receipt)
            try await house.sequencer.drain()
            let closing = RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
            #expect(try await closing.closeComplete() == 1)
            await #expect(throws: RightsError.transition(.alreadyDecided(.withdrawn))) {
                try await house.act(["type": "reopened", "reasons": "Encore"], on: receipt)
            }
        }
    }

    @Test(
        "A corrected identity takes the wrong entry off the lists and puts the right one on, at once",
        arguments: EngineUnderTest.allCases)
    func aCorrectedIdentityIsRegistered(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(body(bornOn: "1950-01-01", [:]))
            let right = subject(Person(3), ["birthName": "Kervézec"])
            let correction: JSON = ["type": "identityCorrected", "subject": right]
            await #expect(throws: RightsError.forbidden(.verifyIdentity)) {
                try await house.act(correction, on: receipt, by: House.auditor)
            }
            await #expect(throws: FieldErrors.self) {
                try await house.act(["type": "identityCorrected", "subject": ["nir": "1"]], on: receipt)
            }
            try await house.act(correction, on: receipt, by: House.agent)
            try await house.sequencer.drain()
            let ledger = try await house.ledger()
            #expect(ledger.map(\.effect) == ["register", "withdraw", "register"])
            #expect(ledger[0].objection == ledger[1].objection && ledger[1].objection != ledger[2].objection)
            #expect(try await house.count("ledger_entry", where: "identifier_count = 1 AND effect = 'register'") == 1)
            let view = try await house.view(receipt)
            #expect(view.isInForce)
            #expect(view.events.last?.event.type == .identityCorrected)
            #expect(view.events.last?.event.data == [:], "nothing of the identity stands in the event")
            let opened = try await house.operators.openIdentity(
                receipt.reference, motive: .correction, for: House.agent)
            #expect(opened["subject"] == right)
            #expect(opened["message"]?.string == "Je suis \(Person(0).birthName).", "the rest of the filing stays")
            // The citizen ends what is in force now, and nothing else is left.
            try await house.withdraw(receipt)
            try await house.sequencer.drain()
            #expect(try await house.ledger().map(\.effect) == ["register", "withdraw", "register", "withdraw"])
        }
    }

    @Test("Both sides write to each other; nobody else reads it", arguments: EngineUnderTest.allCases)
    func messagesGoBothWays(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            let secret = try TrackingSecret(entered: receipt.secret)
            try await house.following.write(["text": "Où en êtes-vous ?"], to: receipt.reference, secret: secret)
            try await house.act(["type": "message", "text": "C’est en route."], on: receipt, by: House.agent)
            await #expect(throws: FieldErrors.self) {
                try await house.following.write(["text": "  "], to: receipt.reference, secret: secret)
            }
            await #expect(throws: RightsError.notFound) {
                try await house.following.write(
                    ["text": "Moi"], to: receipt.reference, secret: TrackingSecret(random: systemRandom))
            }
            for view in [
                try await house.view(receipt),
                try await house.operators.request(receipt.reference, for: House.agent),
            ] {
                #expect(view.events.map(\.event.actor) == [.citizen, .citizen, .agent])
                #expect(
                    view.events.compactMap { $0.words?["text"]?.string } == ["Où en êtes-vous ?", "C’est en route."])
            }
            let stored = try await house.count("request_event", where: "data LIKE '%route%'")
            #expect(stored == 0)
        }
    }
}
