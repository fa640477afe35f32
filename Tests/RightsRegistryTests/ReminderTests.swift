import CivilTime
import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

private let asking: JSON = ["type": "identityRequested", "text": "Envoyez-nous une copie."]

extension House {
    fileprivate var reminders: IdentityReminders {
        get throws {
            IdentityReminders(
                database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: policy,
                now: clock.source)
        }
    }

    fileprivate func types(_ receipt: FilingReceipt) async throws -> [EventType] {
        try await view(receipt).events.map(\.event.type)
    }

    /// Lets the time of a question of identity run out, day by day.
    fileprivate func letItRunOut(days: Int = 61) async throws {
        for _ in 0..<days {
            advance(days: 1)
            _ = try await reminders.runOnce()
        }
    }

    fileprivate func reopen(_ receipt: FilingReceipt) async throws {
        try await following.reopen(receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }
}

@Suite struct ReminderTests {
    /// A timeline of events at noon of days after 1 March 2026.
    private func timeline(_ events: (EventType, ActingRole, day: Int)...) -> Timeline {
        let start = Instant("2026-03-01T11:00:00Z")!
        return Timeline(
            events.enumerated().map { place, event in
                RequestEvent(
                    n: place + 1, type: event.0, at: start.adding(seconds: event.day * 24 * 3600), actor: event.1)
            })
    }

    private let policy = RightsPolicy(
        zone: TimeZone(identifier: "Europe/Paris")!, clock: ClockRules(), holidays: HolidayCalendar([]),
        register: .onFiling, roles: RoleMatrix([:]))

    private func step(_ timeline: Timeline, day: Int) -> EventType? {
        policy.identityStep(timeline, on: CalendarDate("2026-03-01")!.adding(days: day))
    }

    @Test func twoRemindersAndThenItIsSetAside() {
        let asked = timeline((.filed, .citizen, 0), (.identityRequested, .agent, 0))
        #expect(step(asked, day: 14) == nil)
        #expect(step(asked, day: 15) == .reminded)
        let once = timeline((.filed, .citizen, 0), (.identityRequested, .agent, 0), (.reminded, .system, 15))
        #expect(step(once, day: 29) == nil)
        #expect(step(once, day: 30) == .reminded)
        let twice = timeline(
            (.filed, .citizen, 0), (.identityRequested, .agent, 0), (.reminded, .system, 15), (.reminded, .system, 30))
        #expect(step(twice, day: 59) == nil)
        #expect(step(twice, day: 60) == .abandoned)
        #expect(policy.identityAbandonedOn(asked) == CalendarDate("2026-04-30"))
        #expect(policy.identityAbandonedOn(twice) == CalendarDate("2026-04-30"))
    }

    @Test func nobodyIsSetAsideWhoWasRemindedTooLate() {
        let late = timeline(
            (.filed, .citizen, 0), (.identityRequested, .agent, 0), (.reminded, .system, 70), (.reminded, .system, 85))
        #expect(step(timeline((.filed, .citizen, 0), (.identityRequested, .agent, 0)), day: 70) == .reminded)
        #expect(
            step(
                timeline((.filed, .citizen, 0), (.identityRequested, .agent, 0), (.reminded, .system, 70)), day: 84)
                == nil)
        #expect(step(late, day: 99) == nil)
        #expect(step(late, day: 100) == .abandoned)
    }

    @Test func whoHasWrittenOrAnsweredIsLeftToAnOperator() {
        let written = timeline(
            (.filed, .citizen, 0), (.identityRequested, .agent, 0), (.reminded, .system, 15), (.reminded, .system, 30),
            (.message, .citizen, 40))
        #expect(step(written, day: 365) == nil)
        let answered = timeline(
            (.filed, .citizen, 0), (.identityRequested, .agent, 0), (.identityProvided, .citizen, 3))
        #expect(step(answered, day: 365) == nil)
        #expect(policy.identityAbandonedOn(answered) == nil)
        // The body's own words are no answer, and a second question has a time of its own.
        let again = timeline(
            (.filed, .citizen, 0), (.identityRequested, .agent, 0), (.identityProvided, .citizen, 3),
            (.identityRequested, .agent, 10), (.message, .agent, 12))
        #expect(step(again, day: 24) == nil)
        #expect(step(again, day: 25) == .reminded)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func anObjectionThatWasNeverProvedEndsAndIsTakenUpAgainWithItsSecret(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body())
            try await house.act(asking, on: receipt)
            #expect(try await house.view(receipt).isInForce)
            try await house.letItRunOut()
            #expect(
                try await house.types(receipt) == [.filed, .identityRequested, .reminded, .reminded, .abandoned])
            var view = try await house.view(receipt)
            #expect(view.state == .closed)
            #expect(view.outcome == .abandoned)
            #expect(!view.isInForce)
            #expect(view.canReopen)
            #expect(try await house.ledger().map(\.effect) == ["register", "withdraw"])

            try await house.reopen(receipt)
            try await house.reopen(receipt)
            view = try await house.view(receipt)
            #expect(view.events.suffix(2).map(\.event.type) == [.reopened, .identityRequested])
            #expect(view.events.last?.words?["text"]?.string == "Envoyez-nous une copie.")
            #expect(view.state == .awaitingIdentity)
            #expect(view.outcome == nil)
            #expect(view.isInForce)
            #expect(view.clock.receivedOn == house.today)
            #expect(try await house.ledger().map(\.effect) == ["register", "withdraw", "register"])
            #expect(Set(try await house.ledger().map(\.objection)).count == 1)

            // Somebody who never proves it does not keep it for ever.
            try await house.letItRunOut()
            try await house.reopen(receipt)
            view = try await house.view(receipt)
            #expect(view.state == .awaitingIdentity)
            #expect(!view.isInForce)
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.act(["type": "granted"], on: receipt)
            #expect(try await house.view(receipt).isInForce)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func severalProcessesRemindOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var receipts: [FilingReceipt] = []
            for number in 1...5 {
                receipts.append(try await house.file(Person(number).body()))
                try await house.act(asking, on: receipts[number - 1])
            }
            house.advance(days: 15)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { _ = try await house.reminders.runOnce() } }
                try await group.waitForAll()
            }
            for receipt in receipts {
                #expect(try await house.types(receipt) == [.filed, .identityRequested, .reminded])
            }
        }
    }

    @Test func onlyWhatWasSetAsideIsTakenUpAgainAndOnlyWithItsSecret() async throws {
        try await withHouse(.sqlite) { house in
            let receipt = try await house.file(Person(1).body())
            await #expect(throws: RightsError.transition(.notIn(.received, .reopened))) {
                try await house.reopen(receipt)
            }
            await #expect(throws: RightsError.notFound) {
                try await house.following.reopen(receipt.reference, secret: TrackingSecret())
            }
            try await house.act(["type": "assigned"], on: receipt)
            try await house.act(House.refusal, on: receipt)
            await #expect(throws: RightsError.transition(.notIn(.underReview, .reopened))) {
                try await house.reopen(receipt)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aChildWhoHasComeOfAgeIsLeftToAnOperator(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            func filed(_ number: Int, born: String) async throws -> FilingReceipt {
                var subject = Person(number).subject.object ?? [:]
                (subject["birthDate"], subject["nir"]) = (.string(born), nil)
                return try await house.file(
                    Person(number).body([
                        "subject": .object(subject), "capacity": "parentalAuthorityHolder",
                        "requester": ["name": "Une Mère"],
                    ]))
            }
            // Fifteen on 20 March 2026, the day of the first reminder; and a year later.
            let older = try await filed(1, born: "2011-03-20")
            let younger = try await filed(2, born: "2012-03-20")
            for receipt in [older, younger] { try await house.act(asking, on: receipt) }
            try await house.letItRunOut()
            await #expect(throws: RightsError.comeOfAge) { try await house.view(older) }
            let view = try await house.operators.request(older.reference, for: House.agent)
            #expect(view.events.map(\.event.type) == [.filed, .identityRequested])
            #expect(view.state == .awaitingIdentity && view.isInForce)
            #expect(
                try await house.types(younger) == [.filed, .identityRequested, .reminded, .reminded, .abandoned])
            var query = QueueQuery()
            query.needsOperator = true
            let queued = try await house.operators.queue(query, for: House.agent).items.map(\.reference)
            #expect(queued == [older.reference])
        }
    }
}
