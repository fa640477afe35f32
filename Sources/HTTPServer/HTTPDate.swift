import CivilTime

/// The fixed-length date of HTTP headers, RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(_ instant: Instant) -> String {
        let seconds = Int(instant.milliseconds / 1_000)
        let day = CalendarDate(daysSinceEpoch: seconds / 86_400)
        let time = seconds % 86_400
        return "\(days[day.weekday - 1]), \(padded(day.day)) \(months[day.month - 1]) \(day.year) "
            + "\(padded(time / 3_600)):\(padded(time / 60 % 60)):\(padded(time % 60)) GMT"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
