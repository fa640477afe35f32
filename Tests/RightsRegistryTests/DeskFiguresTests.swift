import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("What the desk’s work comes to")
struct DeskFiguresTests {
    @Test("A small set, counted by hand", arguments: EngineUnderTest.allCases)
    func counted(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            func refuse(_ receipt: FilingReceipt) async throws {
                try await house.act(["type": "identityVerified"], on: receipt)
                try await house.act(House.refusal, on: receipt)
            }
            func file(_ number: Int, _ right: JSON) async throws -> FilingReceipt {
                try await house.file(Person(number).body(["right": right, "message": nil]))
            }
            // Thursday, 5 March: five for the desk, and an objection that grants itself.
            let (prompt, tardy, taken) = (
                try await file(1, "access"), try await file(2, "access"), try await file(3, "erasure")
            )
            let (asked, given) = (try await file(4, "erasure"), try await file(6, "access"))
            #expect(try await file(5, "objection").isConfirmed)
            for receipt in [prompt, taken] { try await house.act(["type": "assigned"], on: receipt, by: House.agent) }
            try await house.act(["type": "identityRequested", "text": "Qui êtes-vous ?"], on: asked)
            // Sunday, 15 March.
            house.clock.advance(seconds: 10 * 86_400)
            try await refuse(prompt)
            // Wednesday, 8 April: two days late.
            house.clock.advance(seconds: 24 * 86_400)
            try await refuse(tardy)
            try await house.withdraw(given)
            let fresh = try await file(7, "access")
            house.clock.advance(seconds: 3600)

            let figures = try await house.operators.statistics(for: House.supervisor)
            func open(_ state: RequestState, _ right: Right, _ assignee: String?, late: Int) -> DeskFigures.Open {
                DeskFigures.Open(state: state, right: right, assignee: assignee, count: 1, late: late)
            }
            #expect(
                Set(figures.open) == [
                    open(.underReview, .erasure, "camille", late: 1), open(.awaitingIdentity, .erasure, nil, late: 0),
                    open(.received, .access, nil, late: 0),
                ])
            #expect(figures.openCount == 3 && figures.openByAge == [1, 0, 0, 0, 2, 0, 0])
            #expect(figures.oldest?.days == 34 && figures.oldest?.reference == min(taken.reference, asked.reference))
            #expect(figures.months.count == 13 && figures.months.last == CalendarDate("2026-04-01"))
            #expect(
                Set(figures.answered) == [
                    DeskFigures.Answered(month: 11, right: .access, by: "camille", inTime: 1, late: 0),
                    DeskFigures.Answered(month: 12, right: .access, by: "dominique", inTime: 0, late: 1),
                ])
            #expect(figures.weeks.count == 26 && figures.weeks[25].monday == CalendarDate("2026-04-06"))
            let busy = figures.weeks.enumerated().filter { $1.received + $1.answered + $1.otherwise > 0 }
            #expect(busy.map(\.offset) == [20, 21, 25])
            #expect(busy.map(\.element.received) == [5, 0, 1])
            #expect(busy.map(\.element.answered) == [0, 1, 1])
            #expect(busy.map(\.element.otherwise) == [0, 0, 1])
            #expect(figures.times == [.access: DeskFigures.Time(count: 2, median: 10, percentile90: 34)])
            #expect(figures.time == figures.times[.access])

            // An agent finds their own line, and the others' without a name; an editor nothing.
            let own = try await house.operators.statistics(for: House.agent)
            #expect(Set(own.answered.map(\.by)) == ["camille", DeskFigures.others])
            #expect(Set(own.open.map(\.assignee)) == ["camille", nil] && own.openCount == 3)
            #expect(own.weeks == figures.weeks && own.times == figures.times)
            let other = try await house.operators.statistics(for: Operator(name: "autre", role: .agent))
            #expect(Set(other.open.map(\.assignee)) == [DeskFigures.others, nil] && other.openCount == 3)
            #expect(try await house.operators.statistics(for: House.auditor) == figures)
            await #expect(throws: RightsError.forbidden(.readStatistics)) {
                try await house.operators.statistics(for: Operator(name: "editrice", role: .editor))
            }

            // What was decided before there were columns is read from its events.
            try await house.database.write {
                try $0.execute("UPDATE rights_request SET decided_in_time = NULL WHERE is_desks = 1")
            }
            #expect(try await house.operators.statistics(for: House.supervisor) != figures)
            _ = try await ClockAlerts(
                database: house.database, policy: house.policy, hour: 7, now: house.clock.source
            ).runOnce()
            #expect(try await house.operators.statistics(for: House.supervisor) == figures)

            // What is taken up again is open again, and its answer counts no more.
            #expect(
                try await RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
                    .closeComplete() == 3)
            try await house.act(["type": "reopened", "reasons": "Des pièces manquaient."], on: prompt)
            let reopened = try await house.operators.statistics(for: House.supervisor)
            #expect(reopened.openCount == 4 && reopened.answered.map(\.by) == ["dominique"])
            #expect(reopened.weeks[20].received == 5 && reopened.weeks[21].answered == 0)
            #expect(try await house.view(fresh).outcome == nil)
        }
    }

    @Test(
        "An answer is theirs who had the case then, and a grant that was voided is none",
        arguments: EngineUnderTest.allCases)
    func whoHadIt(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for (name, role) in [("camille", Role.agent), ("dominique", .supervisor)] {
                _ = try await house.accounts.add(name: name, role: role, password: "une-phrase-de-passe-longue")
            }
            let (kept, forged) = (
                try await house.file(Person(1).body(["right": "access"])),
                try await house.file(Person(2).body(["right": "access"]))
            )
            for receipt in [kept, forged] {
                try await house.act(["type": "assigned"], on: receipt, by: House.agent)
                try await house.act(["type": "identityVerified"], on: receipt, by: House.agent)
                try await house.act(["type": "granted", "text": "Voici."], on: receipt, by: House.supervisor)
            }
            let before = try await house.operators.statistics(for: House.supervisor)
            #expect(before.answered.map(\.by) == ["camille"] && before.answered.map(\.inTime) == [2])
            // Given to somebody else since; and the other one was forged.
            try await house.act(["type": "assigned", "assignee": "dominique"], on: kept)
            try await house.act(["type": "voided", "reasons": "Une seule main."], on: forged)
            let after = try await house.operators.statistics(for: House.supervisor)
            #expect(after.answered.map(\.by) == ["camille"] && after.answered.map(\.inTime) == [1])
            #expect(after.weeks.last?.answered == 1 && after.weeks.last?.otherwise == 1)
            #expect(after.time?.count == 1)
            // Read from the events, as for what was decided before there were columns: the same.
            let stored = try await house.stored(forged)
            let decision = DecisionColumns(stored.timeline, receivedAt: stored.receivedAt, house.policy)
            #expect(decision?.decidedAs == .voided)
        }
    }

    @Test("The middle and nine in ten, by the nearest rank")
    func percentiles() {
        #expect(DeskFigures.Time([:]) == nil)
        #expect(DeskFigures.Time([3: 1]) == DeskFigures.Time(count: 1, median: 3, percentile90: 3))
        #expect(
            DeskFigures.Time([0: 5, 10: 4, 40: 1]) == DeskFigures.Time(count: 10, median: 0, percentile90: 10))
        #expect(
            DeskFigures.Time([0: 5, 10: 4, 40: 2]) == DeskFigures.Time(count: 11, median: 10, percentile90: 40))
    }
}
