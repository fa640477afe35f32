import CivilTime
import Foundation
import RightsRegistry

// The due date of a million requests, as the queue and the statistics compute it: each with a pause and every third
// with an extension, under the calendar of France. Prints the processor seconds and the seconds that it took, and the
// dates' sum, so that none is left out.

let zone = TimeZone(identifier: "Europe/Paris")!
let holidays = HolidayCalendar(
    [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)].map {
        .init(rule: .fixed(month: $0.0, day: $0.1), names: [:])
    } + [1, 39, 50].map { .init(rule: .afterEaster(days: $0), names: [:]) })
let first = Instant(milliseconds: 1_767_222_000_000)
let count = 1_000_000

let start = ContinuousClock.now
let worked = clock()
var sum = 0
for number in 0..<count {
    let received = first.adding(seconds: number * 31)
    let day = received.date(in: zone)
    let reading = LegalClock.evaluate(
        receivedAt: received, zone: zone,
        suspensions: [ClockSuspension(asked: day.adding(days: 2), answered: day.adding(days: 9))],
        extendedOn: number % 3 == 0 ? day.adding(days: 20) : nil, rules: ClockRules(), holidays: holidays)
    sum += reading.due.daysSinceEpoch
}
let processor = Double(clock() - worked) / Double(CLOCKS_PER_SEC)
let taken = ContinuousClock.now - start
print(processor, Double(taken.components.attoseconds) / 1e18 + Double(taken.components.seconds), sum)
