import CivilTime
import PublicRegistry

/// The way of a project: each step with its date, and the same drawn on a line of time.
struct ProjectTimeline: Sendable {
    /// A step, in words.
    struct Step: Sendable {
        /// As the drawing names it; nil for a step without a date, which it can't show.
        let number: String?
        let label: String
        let date: String?
        /// “43 jours plus tard”, “à venir”.
        let note: String?
        let isToCome: Bool
    }

    let steps: [Step]
    /// Nil where there are not two days to draw a line between.
    let drawing: TimelineDrawing?

    /// A day of the project before it is put into words.
    private struct Day {
        let label: String
        let date: CalendarDate?
    }

    /// Nil where the register names no step and no date.
    init?(_ project: Project, today: CalendarDate, resultsDueOn: CalendarDate?, language: Language) {
        let (words, labels) = (Words(language), Labels(language))
        var days = project.timeline.map { Day(label: labels.projectStep($0.step), date: $0.date) }
        func add(_ date: CalendarDate?, fr: String, en: String) {
            let label = language.pick(fr: fr, en: en)
            guard let date, !days.contains(where: { $0.label == label && ($0.date == nil || $0.date == date) })
            else { return }
            days.append(Day(label: label, date: date))
        }
        add(project.startsOn, fr: "Début du projet", en: "Start of the project")
        add(project.endsOn, fr: "Fin du projet", en: "End of the project")
        add(resultsDueOn, fr: "Résultats attendus", en: "Results due")
        add(project.retentionEndsOn, fr: "Données effacées", en: "Data erased")
        guard !days.isEmpty else { return nil }
        let dated = days.enumerated().filter { $0.element.date != nil }.sorted { first, second in
            guard let one = first.element.date, let other = second.element.date, one != other else {
                return first.offset < second.offset
            }
            return one < other
        }.map(\.element)
        var before: CalendarDate?
        var steps: [Step] = []
        for (index, day) in dated.enumerated() {
            guard let date = day.date else { continue }
            let isToCome = date > today
            let passed = before.map { date.daysSinceEpoch - $0.daysSinceEpoch } ?? 0
            let note =
                isToCome
                ? language.pick(fr: "à venir", en: "to come")
                : passed > 0 ? Self.later(passed, words) : nil
            steps.append(
                Step(
                    number: String(index + 1), label: day.label, date: words.date(date), note: note,
                    isToCome: isToCome))
            before = date
        }
        steps += days.filter { $0.date == nil }.map {
            Step(number: nil, label: $0.label, date: nil, note: nil, isToCome: false)
        }
        self.steps = steps
        drawing = TimelineDrawing(
            dates: dated.compactMap(\.date), period: (project.startsOn, project.endsOn),
            keptUntil: project.retentionEndsOn, today: today, language: language)
    }

    private static func later(_ days: Int, _ words: Words) -> String {
        let time =
            days < 60
            ? words.count(days, fr: ("jour", "jours"), en: ("day", "days"))
            : words.count(days * 10 / 305, fr: ("mois", "mois"), en: ("month", "months"))
        return words.language.pick(fr: "\(time) plus tard", en: "\(time) later")
    }
}

/// A line of time with a project's steps on it, numbered as in the list below it. Places are shares of the width, so that its
/// writing keeps its size on a telephone.
struct TimelineDrawing: Sendable {
    struct Mark: Sendable {
        let number: String
        let x: String
        let y: String
        let textY: String
        let isToCome: Bool
    }

    struct Tick: Sendable {
        let x: String
        let label: String
        /// `start`, `middle` or `end`.
        let anchor: String
    }

    struct Bar: Sendable {
        let x: String
        let width: String
    }

    let title: String
    let height: String
    /// Where the line lies, and what is written under it.
    let axis: String
    let barY: String
    let labelY: String
    let marks: [Mark]
    let ticks: [Tick]
    /// While the project runs.
    let period: Bar?
    /// While it keeps the data after that.
    let kept: Bar?
    let today: String?

    private static let (left, right, closest, row) = (4.0, 96.0, 8.5, 28.0)

    /// - Parameter dates: of the steps, in order.
    init?(
        dates: [CalendarDate], period: (from: CalendarDate?, until: CalendarDate?), keptUntil: CalendarDate?,
        today: CalendarDate, language: Language
    ) {
        guard let first = dates.first, let last = dates.last, first < last else { return nil }
        let words = Words(language)
        let (start, end) = (Double(first.daysSinceEpoch), Double(last.daysSinceEpoch))
        func place(_ date: CalendarDate) -> Double {
            Self.left + (Self.right - Self.left) * (Double(date.daysSinceEpoch) - start) / (end - start)
        }
        func bar(_ from: CalendarDate?, _ until: CalendarDate?) -> Bar? {
            guard let from, let until, from < until else { return nil }
            return Bar(x: Self.share(place(from)), width: Self.share(place(until) - place(from)))
        }
        // Each mark in the lowest row where it covers none.
        var ends: [Double] = []
        let placed = dates.map { date in
            let x = place(date)
            let row = ends.firstIndex { $0 + Self.closest <= x } ?? ends.count
            if row == ends.count { ends.append(x) } else { ends[row] = x }
            return (x: x, row: row, isToCome: date > today)
        }
        let axis = Double(ends.count) * Self.row + 10
        marks = placed.enumerated().map { index, mark in
            let y = axis - 14 - Double(mark.row) * Self.row
            return Mark(
                number: String(index + 1), x: Self.share(mark.x), y: Self.digits(y), textY: Self.digits(y + 5),
                isToCome: mark.isToCome)
        }
        self.axis = Self.digits(axis)
        barY = Self.digits(axis + 4)
        labelY = Self.digits(axis + 34)
        height = Self.digits(axis + 42)
        let years = (first.year + 1...max(first.year + 1, last.year)).filter { $0 <= last.year }
        let apart = max(1, (years.count + 4) / 5)
        let firsts = years.enumerated().filter { $0.offset % apart == 0 }.compactMap {
            CalendarDate(year: $0.element, month: 1, day: 1)
        }
        ticks =
            firsts.count > 1
            ? firsts.map { Tick(x: Self.share(place($0)), label: String($0.year), anchor: Self.anchor(place($0))) }
            : [(first, "start"), (last, "end")].map {
                Tick(x: Self.share(place($0.0)), label: words.date($0.0), anchor: $0.1)
            }
        self.period = bar(period.from, period.until)
        kept = bar(period.until ?? period.from, keptUntil)
        self.today = first <= today && today <= last ? Self.share(place(today)) : nil
        title = language.pick(
            fr: "Les étapes du projet, du \(words.date(first)) au \(words.date(last)). La liste qui suit les donne "
                + "toutes.",
            en: "The project’s steps, from \(words.date(first)) to \(words.date(last)). The list below names them all.")
    }

    private static func anchor(_ x: Double) -> String { x < 10 ? "start" : x > 90 ? "end" : "middle" }

    private static func share(_ value: Double) -> String { "\(digits(value))%" }

    /// To a tenth, without locale.
    private static func digits(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
