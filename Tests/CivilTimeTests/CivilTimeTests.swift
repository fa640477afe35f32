import CivilTime
import Foundation
import Testing

@Suite struct CalendarDateTests {
    @Test func everyDayOfFourCenturiesIsReachedFromItsNumberAndBack() {
        var previous = CalendarDate(year: 1799, month: 12, day: 31)!
        for number in previous.daysSinceEpoch + 1...CalendarDate(year: 2200, month: 1, day: 1)!.daysSinceEpoch {
            let date = CalendarDate(daysSinceEpoch: number)
            #expect(date.daysSinceEpoch == number)
            #expect(previous < date)
            #expect(date.weekday == previous.weekday % 7 + 1)
            previous = date
        }
        #expect(CalendarDate("1970-01-01")?.daysSinceEpoch == 0)
        #expect(CalendarDate("2026-11-23")?.weekday == 1)
    }

    @Test(arguments: [
        "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20260101", "2026-01-01 ", "٢٠٢٦-٠١-٠١", "",
    ])
    func whatIsNotADateIsRefused(text: String) { #expect(CalendarDate(text) == nil) }

    @Test(arguments: [
        (2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05"), (2027, "2027-03-28"), (2038, "2038-04-25"),
        (2049, "2049-04-18"),
    ])
    func easterFallsWhereTheChurchesSaid(year: Int, expected: String) {
        #expect(CalendarDate.easterSunday(of: year).description == expected)
    }

    @Test func aMonthLaterIsClampedToItsEnd() {
        #expect(CalendarDate("2026-01-31")?.adding(months: 1).description == "2026-02-28")
        #expect(CalendarDate("2028-01-31")?.adding(months: 1).description == "2028-02-29")
        #expect(CalendarDate("2026-12-31")?.adding(months: 3).description == "2027-03-31")
    }
}

@Suite struct InstantTests {
    @Test func theDayDependsOnTheZone() throws {
        let paris = try #require(TimeZone(identifier: "Europe/Paris"))
        let instant = try #require(Instant("2026-03-31T22:30:00Z"))
        #expect(instant.date(in: paris).description == "2026-04-01")
        #expect(instant.date(in: .gmt).description == "2026-03-31")
        #expect(instant.clockTime(in: paris) == (0, 30))
        #expect(instant.description == "2026-03-31T22:30:00Z")
    }

    @Test(arguments: [
        ("Europe/Paris", "2026-04-01", "2026-03-31T22:00:00Z"), ("Europe/Paris", "2026-01-15", "2026-01-14T23:00:00Z"),
        ("Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z"), ("Europe/Paris", "2026-10-25", "2026-10-24T22:00:00Z"),
        // Clocks there went from midnight to one o'clock.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        ("Pacific/Auckland", "2026-03-05", "2026-03-04T11:00:00Z"),
    ])
    func aDayBeginsWhereItsClocksSay(name: String, day: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        let date = try #require(CalendarDate(day))
        #expect(date.start(in: zone).description == expected)
        #expect(date.start(in: zone).date(in: zone) == date)
    }

    @Test func fractionsAreMilliseconds() {
        #expect(Instant("1970-01-01T00:00:01.5Z")?.milliseconds == 1500)
        #expect(Instant("1970-01-01T00:00:01.123456Z")?.milliseconds == 1123)
    }

    @Test(arguments: ["2026-03-31", "2026-03-31T25:00:00Z", "2026-03-31T22:30:00+02:00", "2026-03-31T22:30Z", "T"])
    func whatIsNotAnInstantInUTCIsRefused(text: String) { #expect(Instant(text) == nil) }
}
