public import Foundation

/// A moment, in milliseconds since 1970-01-01T00:00:00Z: what databases store and what the API writes as RFC 3339 UTC.
public struct Instant: Sendable, Hashable, Comparable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment `seconds` later, or earlier where negative.
    public func adding(seconds: Int) -> Instant { Instant(milliseconds: milliseconds + Int64(seconds) * 1000) }

    /// Seconds from `earlier` to this moment, rounded towards zero.
    public func seconds(since earlier: Instant) -> Int { Int((milliseconds - earlier.milliseconds) / 1000) }

    /// The day it is at this moment in `zone`: 22:30Z on 31 March is 1 April in Paris.
    public func date(in zone: TimeZone) -> CalendarDate {
        CalendarDate(daysSinceEpoch: Self.floorDivide(localMilliseconds(in: zone), Self.millisecondsPerDay).quotient)
    }

    /// Hour and minute on the clocks of `zone`.
    public func clockTime(in zone: TimeZone) -> (hour: Int, minute: Int) {
        let minutes = Self.floorDivide(localMilliseconds(in: zone), Self.millisecondsPerDay).remainder / 60_000
        return (minutes / 60, minutes % 60)
    }

    private func localMilliseconds(in zone: TimeZone) -> Int64 {
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
        return milliseconds + Int64(offset) * 1000
    }

    private static let millisecondsPerDay: Int64 = 86_400_000

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int, remainder: Int) {
        let remainder = ((value % divisor) + divisor) % divisor
        return (Int((value - remainder) / divisor), Int(remainder))
    }
}

extension CalendarDate {
    /// The first moment of the day on the clocks of `zone`.
    public func start(in zone: TimeZone) -> Instant {
        let midnight = Int64(daysSinceEpoch) * 86_400_000
        // Where clocks change at midnight, the offset of one of the two days leads to the other day.
        let candidates = [-86_400_000, 86_400_000].map { (aside: Int64) in
            let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(midnight + aside) / 1000))
            return Instant(milliseconds: midnight - Int64(offset) * 1000)
        }
        return candidates.filter { $0.date(in: zone) == self }.min() ?? candidates[0]
    }
}

/// Gives the present moment. Passed in wherever a rule depends on time, so that it can be tested at any date.
public typealias TimeSource = @Sendable () -> Instant

extension Instant {
    /// The system's clock.
    public static let systemClock: TimeSource = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

// MARK: - Text

extension Instant: CustomStringConvertible, Codable {
    /// RFC 3339 in UTC to the second: `2026-03-31T22:30:00Z`.
    public var description: String {
        let (days, inDay) = Self.floorDivide(milliseconds, Self.millisecondsPerDay)
        let seconds = inDay / 1000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Digits.padded($0, to: 2) }
        return "\(CalendarDate(daysSinceEpoch: days))T\(clock.joined(separator: ":"))Z"
    }

    /// Parses RFC 3339 in UTC (`Z`), with or without a fraction of a second; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let date = CalendarDate(parts[0]), parts[1].hasSuffix("Z") else { return nil }
        let clock = parts[1].dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fields = clock[0].split(separator: ":", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { $0.utf8.count == 2 && $0.allSatisfy(\.isWholeNumber) ? Int($0) : nil }
        guard fields.count == 3, numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else {
            return nil
        }
        var fraction = 0
        if clock.count == 2 {
            let digits = clock[1].prefix(3)
            guard !clock[1].isEmpty, clock[1].utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits)
            else {
                return nil
            }
            fraction = value * [1, 100, 10, 1][digits.count]
        }
        let seconds = Int64(numbers[0] * 3600 + numbers[1] * 60 + numbers[2])
        self.init(
            milliseconds: Int64(date.daysSinceEpoch) * Self.millisecondsPerDay + seconds * 1000 + Int64(fraction))
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let instant = Instant(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "“\(text)” is not an RFC 3339 instant in UTC"))
        }
        self = instant
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
