import CivilTime

/// An all-day event as a calendar takes it (RFC 5545).
///
/// It says nothing about health or rights: calendars are shared, and synchronised with others.
struct CalendarFile: Sendable {
    let text: String

    /// - Parameters:
    ///   - uid: the same for the same event, so that a calendar that takes it twice keeps one.
    ///   - stamp: when it was made.
    init(uid: String, on day: CalendarDate, title: String, description: String, stamp: Instant) {
        func digits(_ date: CalendarDate) -> String { date.description.filter { $0 != "-" } }
        let lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Regard//Regard//FR", "BEGIN:VEVENT", "UID:\(uid)",
            "DTSTAMP:\(stamp.description.filter { $0 != "-" && $0 != ":" })", "DTSTART;VALUE=DATE:\(digits(day))",
            "DTEND;VALUE=DATE:\(digits(day.adding(days: 1)))", "SUMMARY:\(Self.escaped(title))",
            "DESCRIPTION:\(Self.escaped(description))", "TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR",
        ]
        text = lines.map(Self.folded).joined()
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\", ";", ",": result += "\\\(character)"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }

    /// A line of at most 75 bytes goes on in the next after a space; it is never cut within a character.
    private static func folded(_ line: String) -> String {
        var (result, length) = ("", 0)
        for scalar in line.unicodeScalars {
            let width = String(scalar).utf8.count
            if length + width > 75 {
                result += "\r\n "
                length = 1
            }
            result.unicodeScalars.append(scalar)
            length += width
        }
        return result + "\r\n"
    }
}
