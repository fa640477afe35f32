import CivilTime
import Foundation

/// How dates, times and numbers are written for people. By hand: what is printed must not depend on the
/// machine's locale data.
struct Words: Sendable {
    let language: Language

    init(_ language: Language) { self.language = language }

    private static let months = (
        fr: [
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
            "décembre",
        ],
        en: [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
    )
    private static let weekdays = (
        fr: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        en: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    )

    /// “23 novembre 2026”, “1er avril 2026”; “23 November 2026”.
    func date(_ date: CalendarDate) -> String {
        let month = language.pick(fr: Self.months.fr, en: Self.months.en)[date.month - 1]
        let day = language == .fr && date.day == 1 ? "1er" : String(date.day)
        return "\(day)\u{A0}\(month) \(date.year)"
    }

    /// “23 novembre”; “23 November”: where the year goes without saying.
    func day(_ date: CalendarDate) -> String {
        String(self.date(date).dropLast(" \(date.year)".count))
    }

    /// “novembre 2026”; “November 2026”.
    func month(_ date: CalendarDate) -> String {
        "\(language.pick(fr: Self.months.fr, en: Self.months.en)[date.month - 1]) \(date.year)"
    }

    /// “lundi 23 novembre 2026”; “Monday 23 November 2026”.
    func dateWithWeekday(_ date: CalendarDate) -> String {
        let names = language.pick(fr: Self.weekdays.fr, en: Self.weekdays.en)
        return "\(names[date.weekday - 1]) \(self.date(date))"
    }

    /// “23 novembre 2026 à 9 h 05”; “23 November 2026 at 9:05”.
    func moment(_ instant: Instant, in zone: TimeZone) -> String {
        let (day, time) = (date(instant.date(in: zone)), clock(instant, in: zone))
        return language.pick(fr: "\(day) à \(time)", en: "\(day) at \(time)")
    }

    /// “9 h 05”; “9:05”.
    func clock(_ instant: Instant, in zone: TimeZone) -> String {
        let (hour, minute) = instant.clockTime(in: zone)
        let minutes = minute < 10 ? "0\(minute)" : String(minute)
        return language.pick(fr: "\(hour)\u{A0}h\u{A0}\(minutes)", en: "\(hour):\(minutes)")
    }

    /// “12 345” with a narrow no-break space in French; “12,345” in English.
    func number(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += language.pick(fr: "\u{202F}", en: ",") }
            grouped.append(digit)
        }
        return value < 0 ? "−" + grouped : grouped
    }

    /// “1 projet”, “2 projets”. In French zero is singular, in English it is plural.
    func count(_ value: Int, fr: (one: String, many: String), en: (one: String, many: String)) -> String {
        "\(number(value))\u{A0}\(unit(value, fr: fr, en: en))"
    }

    /// The word that goes with a number, where the number stands apart.
    func unit(_ value: Int, fr: (one: String, many: String), en: (one: String, many: String)) -> String {
        let isSingular = language.pick(fr: value < 2, en: value == 1)
        let forms = language.pick(fr: fr, en: en)
        return isSingular ? forms.one : forms.many
    }

    /// How long something has lasted: “moins d’une minute”, “12 minutes”, “5 heures”, “3 jours”.
    func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: language.pick(fr: "moins d’une minute", en: "less than a minute")
        case ..<7200: count(seconds / 60, fr: ("minute", "minutes"), en: ("minute", "minutes"))
        case ..<172_800: count(seconds / 3600, fr: ("heure", "heures"), en: ("hour", "hours"))
        default: count(seconds / 86_400, fr: ("jour", "jours"), en: ("day", "days"))
        }
    }

    /// A number of tenths: “1,4”; “1.4”.
    func tenths(_ tenths: Int) -> String {
        tenths % 10 == 0
            ? number(tenths / 10) : "\(number(tenths / 10))\(language.pick(fr: ",", en: "."))\(tenths % 10)"
    }

    /// “97 %”; “97%”.
    func percent(_ value: Int) -> String { "\(value)\(language.pick(fr: "\u{A0}%", en: "%"))" }

    /// “24 heures”, “30 jours”: days from two whole ones on.
    func hours(_ value: Int) -> String {
        value >= 48 && value % 24 == 0
            ? count(value / 24, fr: ("jour", "jours"), en: ("day", "days"))
            : count(value, fr: ("heure", "heures"), en: ("hour", "hours"))
    }

    func projects(_ value: Int) -> String { count(value, fr: ("projet", "projets"), en: ("project", "projects")) }

    func datasets(_ value: Int) -> String {
        count(value, fr: ("base de données", "bases de données"), en: ("database", "databases"))
    }

    func tables(_ value: Int) -> String { count(value, fr: ("table", "tables"), en: ("table", "tables")) }

    func variables(_ value: Int) -> String {
        count(value, fr: ("variable", "variables"), en: ("variable", "variables"))
    }

    func requests(_ value: Int) -> String { count(value, fr: ("demande", "demandes"), en: ("request", "requests")) }

    func releases(_ value: Int) -> String {
        count(value, fr: ("mise à disposition", "mises à disposition"), en: ("release", "releases"))
    }

    /// The size of a file: “820 Ko”, “1,4 Mo”; “820 KB”, “1.4 MB”.
    func bytes(_ count: Int) -> String {
        let kilobytes = max(1, (count + 512) / 1024)
        guard kilobytes >= 1000 else { return "\(kilobytes)\u{A0}\(language.pick(fr: "Ko", en: "KB"))" }
        let tenths = (count * 10 + 512 * 1024) / (1024 * 1024)
        let point = language.pick(fr: ",", en: ".")
        return
            "\(tenths / 10)\(tenths % 10 == 0 ? "" : "\(point)\(tenths % 10)")\u{A0}\(language.pick(fr: "Mo", en: "MB"))"
    }

    /// A social security number in its usual groups: “1 85 05 78 006 084 91”. Anything else comes back unchanged.
    static func nir(_ text: String) -> String {
        let characters = text.filter { !$0.isWhitespace }
        guard characters.count == 15 else { return text }
        var rest = Substring(characters)
        return [1, 2, 2, 2, 3, 3, 2].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }.joined(separator: "\u{A0}")
    }
}
