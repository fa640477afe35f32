import CivilTime
import Foundation
import RightsRegistry
import Testing

@Suite struct ClockTests {
    private static let paris = TimeZone(identifier: "Europe/Paris")!
    private static let france = HolidayCalendar(
        [
            (.fixed(month: 1, day: 1), "New Year"), (.afterEaster(days: 1), "Easter Monday"),
            (.fixed(month: 5, day: 1), "Labour Day"), (.fixed(month: 5, day: 8), "Victory Day"),
            (.afterEaster(days: 39), "Ascension"), (.afterEaster(days: 50), "Whit Monday"),
            (.fixed(month: 7, day: 14), "National Day"), (.fixed(month: 8, day: 15), "Assumption"),
            (.fixed(month: 11, day: 1), "All Saints"), (.fixed(month: 11, day: 11), "Armistice"),
            (.fixed(month: 12, day: 25), "Christmas"),
        ].map { HolidayCalendar.Holiday(rule: $0, names: ["en": $1]) })

    private func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    private func reading(
        receivedOn day: String, asked: [(String, String?)] = [], extendedOn: String? = nil,
        rules: ClockRules = ClockRules()
    ) throws -> ClockReading {
        LegalClock.evaluate(
            receivedAt: try #require(Instant("\(day)T11:00:00Z")), zone: Self.paris,
            suspensions: try asked.map { ClockSuspension(asked: try date($0), answered: try $1.map(date)) },
            extendedOn: try extendedOn.map(date), rules: rules, holidays: Self.france)
    }

    private func words(_ skipped: [ClockReading.SkippedDay]) -> [String] {
        skipped.map { day in
            switch day.closure {
            case .weekend: day.date.weekday == 6 ? "Saturday" : "Sunday"
            case .holiday(let holiday): holiday.names["en"] ?? ""
            }
        }
    }

    @Test(arguments: [
        ("2025-03-05", "2025-04-05", "2025-04-07", ["Saturday", "Sunday"]),
        ("2026-03-05", "2026-04-05", "2026-04-07", ["Sunday", "Easter Monday"]),
        ("2027-03-05", "2027-04-05", "2027-04-05", []),
        ("2026-08-31", "2026-09-30", "2026-09-30", []),
        ("2026-01-30", "2026-02-28", "2026-03-02", ["Saturday", "Sunday"]),
        ("2028-01-31", "2028-02-29", "2028-02-29", []),
        ("2026-04-14", "2026-05-14", "2026-05-15", ["Ascension"]),
        ("2026-04-25", "2026-05-25", "2026-05-26", ["Whit Monday"]),
        ("2026-06-14", "2026-07-14", "2026-07-15", ["National Day"]),
        ("2026-11-25", "2026-12-25", "2026-12-28", ["Christmas", "Saturday", "Sunday"]),
        ("2026-12-31", "2027-01-31", "2027-02-01", ["Sunday"]),
    ])
    func aRequestIsDueAMonthLaterOnAWorkingDay(
        received: String, nominal: String, due: String, skipped: [String]
    ) throws {
        let reading = try reading(receivedOn: received)
        #expect(reading.receivedOn.description == received)
        #expect(reading.nominalDue.description == nominal)
        #expect(reading.due.description == due)
        #expect(words(reading.skipped) == skipped)
        #expect(reading.alertOn == reading.due)
        #expect(!reading.isExtended && !reading.isPaused && reading.pauses.isEmpty)
    }

    @Test(arguments: [
        ("2026-08-31", "2026-09-30", "2026-11-30", "2026-11-30"),
        ("2028-01-31", "2028-02-29", "2028-04-30", "2028-05-02"),
        ("2026-01-31", "2026-02-27", "2026-04-30", "2026-04-30"),
    ])
    func anExtensionGivesThreeMonthsFromReceipt(
        received: String, notified: String, nominal: String, due: String
    ) throws {
        let reading = try reading(receivedOn: received, extendedOn: notified)
        #expect(reading.extendedOn?.description == notified)
        #expect(reading.nominalDue.description == nominal)
        #expect(reading.due.description == due)
    }

    @Test func anExtensionIsNotifiedWithinTheFirstMonthAndOnce() throws {
        let reading = try reading(receivedOn: "2026-08-31")
        #expect(reading.extendableUntil.description == "2026-09-30")
        #expect(reading.mayExtend(on: try date("2026-08-31")))
        #expect(reading.mayExtend(on: try date("2026-09-30")))
        #expect(!reading.mayExtend(on: try date("2026-10-01")))
        #expect(!reading.mayExtend(on: try date("2026-08-30")))
        let extended = try self.reading(receivedOn: "2026-08-31", extendedOn: "2026-09-01")
        #expect(!extended.mayExtend(on: try date("2026-09-02")))
    }

    @Test func theFirstMonthEndsOnItsWorkingDayAndItsPausesCount() throws {
        let saturday = try reading(receivedOn: "2025-03-05")
        #expect(saturday.mayExtend(on: try date("2025-04-07")))
        #expect(!saturday.mayExtend(on: try date("2025-04-08")))
        let paused = try reading(receivedOn: "2026-01-05", asked: [("2026-01-08", "2026-01-22")])
        #expect(paused.mayExtend(on: try date("2026-02-19")))
        #expect(!paused.mayExtend(on: try date("2026-02-20")))
    }

    @Test func anExtensionNotifiedTooLateChangesNothing() throws {
        let reading = try reading(receivedOn: "2026-08-31", extendedOn: "2026-10-01")
        #expect(!reading.isExtended)
        #expect(reading.due.description == "2026-09-30")
    }

    @Test(arguments: [
        ("2026-01-05", "2026-01-08", "2026-01-22", 14, "2026-02-19", "2026-02-05"),
        ("2026-03-05", "2026-03-06", "2026-03-20", 14, "2026-04-20", "2026-04-07"),
    ])
    func askingWhoAsksAddsTheDaysUntilTheAnswerAndTheEarlierDateWarns(
        received: String, asked: String, answered: String, days: Int, due: String, alert: String
    ) throws {
        let reading = try reading(receivedOn: received, asked: [(asked, answered)])
        #expect(reading.pausedDays == days)
        #expect(reading.due.description == due)
        #expect(reading.alertOn.description == alert)
        #expect(reading.dueWithoutPauses.description == alert)
        #expect(!reading.isPaused)
    }

    @Test func theDateRollsAfterThePausesAndNotBefore() throws {
        // 5 April 2026 is a Sunday; with 14 days more it is Sunday 19 April, and the Monday after it no holiday.
        let reading = try reading(receivedOn: "2026-03-05", asked: [("2026-03-06", "2026-03-20")])
        #expect(reading.nominalDue.description == "2026-04-05")
        #expect(words(reading.skipped) == ["Sunday"])
    }

    @Test func whileTheAnswerIsAwaitedTheClockStands() throws {
        let reading = try reading(receivedOn: "2026-01-05", asked: [("2026-01-08", nil)])
        #expect(reading.isPaused)
        #expect(reading.due.description == "2026-02-05")
    }

    @Test func aQuestionThatCameTooLateStopsNothing() throws {
        let lastDay = try reading(receivedOn: "2026-01-05", asked: [("2026-01-12", "2026-01-14")])
        #expect(lastDay.pausedDays == 2)
        let late = try reading(receivedOn: "2026-01-05", asked: [("2026-01-13", "2026-01-15"), ("2026-01-20", nil)])
        #expect(late.pauses.map(\.stopsTheClock) == [false, false])
        #expect(!late.isPaused)
        #expect(late.due.description == "2026-02-05")
    }

    @Test func daysThatTwoPausesShareCountOnce() throws {
        let reading = try reading(
            receivedOn: "2026-01-05",
            asked: [
                ("2026-01-09", "2026-01-12"), ("2026-01-06", "2026-01-10"), ("2026-01-07", "2026-01-08"),
                ("2026-01-12", "2026-01-12"),
            ])
        #expect(reading.pauses.map(\.days) == [4, 0, 2, 0])
        #expect(reading.due.description == "2026-02-11")
    }

    @Test func pausesAreAddedToAnExtendedPeriodToo() throws {
        let reading = try reading(
            receivedOn: "2026-01-05", asked: [("2026-01-08", "2026-01-22")], extendedOn: "2026-02-19")
        #expect(reading.due.description == "2026-04-20")
        #expect(reading.alertOn.description == "2026-04-07")
    }

    @Test func theDayOfReceiptIsTheOneInParis() throws {
        let reading = LegalClock.evaluate(
            receivedAt: try #require(Instant("2026-03-31T22:30:00Z")), zone: Self.paris, rules: ClockRules(),
            holidays: Self.france)
        #expect(reading.receivedOn.description == "2026-04-01")
        // 1 May is a Friday and a holiday.
        #expect(reading.due.description == "2026-05-04")
    }

    @Test func thePeriodsAreThoseOfTheInstitution() throws {
        let rules = ClockRules(months: 2, extendedMonths: 4, promptQuestionDays: 0)
        #expect(try reading(receivedOn: "2026-08-31", rules: rules).due.description == "2026-11-02")
        let extended = try reading(
            receivedOn: "2026-08-31", asked: [("2026-09-01", "2026-09-09")], extendedOn: "2026-11-02", rules: rules)
        #expect(extended.due.description == "2026-12-31")
    }
}
