import CivilTime
import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import RightsRegistry

@Suite("Requests by right and month, and those answered in time")
struct RequestFiguresTests {
    private static func event(_ n: Int, _ type: EventType, _ at: String, _ data: JSON = [:]) -> RequestEvent {
        RequestEvent(n: n, type: type, at: Instant("\(at)T10:00:00Z")!, actor: .agent, data: data)
    }

    private static let policy = RightsPolicy(
        zone: .gmt, clock: ClockRules(), holidays: HolidayCalendar([]), register: .onFiling, roles: House.roles)

    private func answer(_ events: [RequestEvent], by end: String = "2026-06-01") -> RequestFigures.Answer {
        RequestFigures.answer(
            of: events, receivedAt: events[0].at, by: Instant("\(end)T00:00:00Z")!, Self.policy)
    }

    @Test("The first answer counts, by the clock that ran until then")
    func answers() {
        let filed = Self.event(1, .filed, "2026-03-05")
        // Due on 5 April, a Sunday, and on Monday 6 without holidays.
        #expect(answer([filed, Self.event(2, .refused, "2026-04-06")]) == .inTime)
        #expect(answer([filed, Self.event(2, .refused, "2026-04-07")]) == .late)
        #expect(
            answer([filed, Self.event(2, .extended, "2026-03-20"), Self.event(3, .refused, "2026-05-20")]) == .inTime)
        #expect(
            answer([
                filed, Self.event(2, .identityRequested, "2026-03-06"), Self.event(3, .identityVerified, "2026-03-20"),
                Self.event(4, .refused, "2026-04-20"),
            ]) == .inTime)
        // Taken up again it is judged anew, but was answered once.
        #expect(
            answer([
                filed, Self.event(2, .refused, "2026-04-07"), Self.event(3, .reopened, "2026-04-10"),
                Self.event(4, .transferred, "2026-04-11"),
            ]) == .late)
        #expect(answer([filed, Self.event(2, .transferred, "2026-03-06")]) == .inTime)
    }

    @Test("What is past due without an answer is late; what still has time, waits or was taken back is neither")
    func unanswered() {
        let filed = Self.event(1, .filed, "2026-03-05")
        #expect(answer([filed]) == .late)
        #expect(answer([filed], by: "2026-04-01") == .other)
        #expect(answer([filed, Self.event(2, .identityRequested, "2026-03-06")]) == .other)
        #expect(answer([filed, Self.event(2, .withdrawn, "2026-03-06")]) == .other)
        #expect(answer([filed, Self.event(2, .abandoned, "2026-05-06")]) == .other)
        // What comes after the end is not known yet.
        #expect(answer([filed, Self.event(2, .refused, "2026-03-10")], by: "2026-03-10") == .other)
        #expect(
            answer([
                Self.event(1, .filed, "2026-03-05", ["channel": "imported"]), Self.event(2, .granted, "2026-05-05"),
            ]) == .other)
    }

    @Test("The time to answer says nothing of what fewer than eleven make up, month by month and answer by answer")
    func answerTimes() {
        func figures(_ days: [RequestFigures.Cell: [Int: Int]]) -> RequestFigures {
            RequestFigures(
                months: [CalendarDate("2026-02-01")!, CalendarDate("2026-03-01")!], exactly: [:], days: days)
        }
        func cell(_ month: Int, _ answer: RequestFigures.Answer = .inTime) -> RequestFigures.Cell {
            RequestFigures.Cell(right: .access, month: month, answer: answer)
        }
        #expect(figures([cell(0): [1: 10], cell(1): [2: 10]]).answerTime(.access) == nil)
        let alone = figures([cell(0): [4: 6, 9: 7]])
        #expect(alone.answerTime(.access)?.medianDays == 9 && alone.answerTime(.access)?.cases.atLeast == 11)
        for small in 0...10 {
            #expect(figures([cell(0): [4: 6, 9: 7], cell(0, .late): [90: small], cell(1): [1: small]]) == alone)
        }
        let both = figures([cell(0): [4: 13], cell(1): [9: 14]])
        #expect(both.answerTime(.access)?.medianDays == 9 && both.answerTime(.access)?.cases.atLeast == 22)
    }

    @Test("They are read without a key, up to the beginning of this month", arguments: EngineUnderTest.allCases)
    func read(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            func figures() async throws -> RequestFigures {
                try await RequestFigures.read(from: house.database, at: house.clock.source(), house.policy)
            }
            func refuse(_ receipts: [FilingReceipt]) async throws {
                for receipt in receipts {
                    try await house.act(["type": "identityVerified"], on: receipt)
                    try await house.act(House.refusal, on: receipt)
                }
            }
            // Thirteen objections, granted at once; twelve wishes for a copy, refused soon; eleven for erasure, refused late;
            // ten for restriction, never answered.
            for number in 1...13 { _ = try await house.file(Person(number).body(["message": nil])) }
            var soon: [FilingReceipt] = []
            for number in 20..<32 { soon.append(try await house.file(Person(number).body(["right": "access"]))) }
            var late: [FilingReceipt] = []
            for number in 40..<51 { late.append(try await house.file(Person(number).body(["right": "erasure"]))) }
            for number in 60..<70 {
                _ = try await house.file(Person(number).body(["right": "restriction", "details": "Tout."]))
            }
            #expect(try await figures().count().atLeast == 0)
            house.clock.advance(seconds: 86_400)
            try await refuse(soon)
            // In March nothing is told of March; in April all that had happened by its beginning.
            #expect(try await figures().count().atLeast == 0)
            house.clock.advance(seconds: 27 * 86_400)
            let april = try await figures()
            let march = april.months.count - 1
            #expect(april.months[march] == CalendarDate("2026-03-01") && april.months.count == 24)
            #expect(april.count(.objection, month: march).atLeast == 11)
            #expect(april.count(.objection, month: march, .inTime).atLeast == 11)
            #expect(april.count(.access, month: march, .inTime).atLeast == 11)
            #expect(april.count(.erasure, month: march, .other).atLeast == 11)
            #expect(!april.count(.restriction).isTold && !april.count(.rectification).isTold)
            #expect(april.count(month: march).atLeast == 33 && april.count().atLeast == 33)
            // How long the first answer took, of those that are told of.
            #expect(april.answerTime(.objection)?.medianDays == 0 && april.answerTime(.objection)?.cases.atLeast == 11)
            #expect(april.answerTime(.access)?.medianDays == 1 && april.answerTime(.access)?.cases.atLeast == 11)
            #expect(april.answerTime(.erasure) == nil && april.answerTime(.restriction) == nil)
            // Answered after the due date, and seen to be so in May.
            house.clock.advance(seconds: 14 * 86_400)
            try await refuse(late)
            #expect(try await figures() == april)
            house.clock.advance(seconds: 20 * 86_400)
            let may = try await figures()
            #expect(may.count(.erasure, month: march - 1, .late).atLeast == 11)
            #expect(may.shareInTime(.erasure)?.atMost == 48 && may.shareInTime(.erasure)?.atLeast == 0)
            #expect(may.answerTime(.erasure)?.medianDays == 42 && may.answerTime(.restriction) == nil)
            // Eleven or more of 21 or fewer were in time.
            #expect(may.shareInTime(.access)?.atLeast == 52 && may.shareInTime(.access)?.atMost == 100)
            // Two years later nothing of it is told any more.
            house.clock.advance(seconds: 760 * 86_400)
            #expect(try await figures().count().atLeast == 0)
        }
    }
}
