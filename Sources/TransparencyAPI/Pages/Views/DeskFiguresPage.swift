import CivilTime
import Foundation
import RightsRegistry

/// `/operateur/statistiques`: load, age, answers in time, arrivals and departures, drawn, each drawing with its table below it.
struct DeskFiguresPage: Page {
    static let template = PageTemplate.operatorStatistics

    /// The request that has been open for longest.
    struct Oldest: Sendable {
        let reference: String
        let href: String
        /// “depuis 40 jours”.
        let since: String
    }

    let frame: PageFrame
    let keys: [FiguresPage.Key]
    let sections: [FiguresPage.Section]
    let oldest: Oldest?
    /// “à 10 h 05”.
    let countedAt: String
    /// Whether others' lines are told together, without names.
    let isOwn: Bool
    /// All tables for machines.
    let dataHref: String

    /// - Parameter asker: whose line is marked as their own.
    init(frame: PageFrame, _ figures: DeskFigures, of asker: Operator, seesOperators: Bool, zone: TimeZone) {
        let language = frame.words
        let words = Words(language)
        let sheets = DeskSheets(figures, words, asker: asker.name)
        self.frame = frame
        keys = sheets.keys
        sections = [sheets.load, sheets.age, sheets.answers, sheets.weeks, sheets.times]
        oldest = figures.oldest.map {
            let days = words.count($0.days, fr: ("jour", "jours"), en: ("day", "days"))
            return Oldest(
                reference: $0.reference, href: PagePath.operatorCase($0.reference).path(in: language),
                since: $0.days == 0
                    ? language.pick(fr: "arrivée aujourd’hui", en: "come today")
                    : language.pick(fr: "ouverte depuis \(days)", en: "open for \(days)"))
        }
        countedAt = words.moment(figures.countedAt, in: zone)
        isOwn = !seesOperators
        dataHref = "\(Portal.api)/operator/statistics"
    }
}

/// The sections of the page.
private struct DeskSheets {
    private let figures: DeskFigures
    private let words: Words
    private let asker: String

    init(_ figures: DeskFigures, _ words: Words, asker: String) {
        (self.figures, self.words, self.asker) = (figures, words, asker)
    }

    private var language: Language { words.language }

    private func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }

    private func short(_ right: Right) -> String { FiguresPage.Section.short(right, language) }

    private func days(_ count: Int) -> String { words.count(count, fr: ("jour", "jours"), en: ("day", "days")) }

    private func name(_ who: String?) -> String {
        switch who {
        case nil: pick("Personne", "Nobody")
        case DeskFigures.others?: pick("Les autres, ensemble", "All others")
        case asker?: pick("\(asker) (vous)", "\(asker) (you)")
        case let other?: other
        }
    }

    private func sheet(_ table: DeskTable, _ columns: [String], _ lines: [FigureSheet.Line]) -> FigureSheet {
        FigureSheet(table.title[language], href: table.path, columns: columns, lines, language)
    }

    private func strip(
        _ id: String, _ table: DeskTable, _ rows: [StripDrawing.Row], most: Double? = nil
    ) -> StripDrawing? {
        rows.isEmpty ? nil : StripDrawing(id: id, title: table.title[language], rows, most: most)
    }

    /// How many, and how many of them are late.
    private func value(_ load: (count: Int, late: Int)) -> String {
        let count = words.number(load.count)
        return load.late == 0
            ? count
            : pick(
                "\(count), dont \(words.number(load.late)) en retard", "\(count), \(words.number(load.late)) overdue")
    }

    var keys: [FiguresPage.Key] {
        let (open, answers) = (figures.load { _ in true }, figures.answers { _ in true })
        var keys = [
            FiguresPage.Key(value: words.number(open.count), label: pick("demandes ouvertes", "open requests")),
            FiguresPage.Key(value: words.number(open.late), label: pick("en retard", "overdue")),
        ]
        if let percent = answers.percent {
            keys.append(
                FiguresPage.Key(
                    value: words.percent(percent),
                    label: pick("répondues dans les temps, sur un an", "answered in time, over a year")))
        }
        if let time = figures.time {
            keys.append(
                FiguresPage.Key(
                    value: words.number(time.median),
                    label: words.unit(time.median, fr: ("jour", "jours"), en: ("day", "days"))
                        + pick("\u{A0}: la moitié des réponses vient plus vite", ": half of the answers come sooner")))
        }
        return keys
    }

    // MARK: Load and age

    var load: FiguresPage.Section {
        let labels = Labels(language)
        let states = RequestState.allCases.filter { $0 != .closed }
        let empty = figures.openCount == 0 ? pick("Aucune demande ouverte.", "No open request.") : nil
        func rows(_ lines: [(name: String, load: (count: Int, late: Int))]) -> [StripDrawing.Row] {
            empty != nil
                ? []
                : lines.map {
                    StripDrawing.Row(name: $0.name, value: value($0.load), bar: 0...Double($0.load.count))
                }
        }
        let byState = states.map { state in
            (labels.requestState(state.rawValue).label, figures.load { $0.state == state })
        }
        let byRight = Right.allCases.map { right in (short(right), figures.load { $0.right == right }) }
        let byOperator = figures.assignees.map { who in (name(who), figures.load { $0.assignee == who }) }
        return FiguresPage.Section(
            id: "load", heading: pick("La charge", "Load"),
            lede: pick(
                "Les demandes qui attendent une décision, maintenant.", "The requests that wait for a decision, now."),
            charts: [
                FiguresPage.Chart(
                    heading: pick("Par état", "By state"), strip: strip("by-state", .open, rows(byState)), empty: empty,
                    sheet: sheet(
                        .open, [pick("État", "State")] + Right.allCases.map(short) + [pick("Ensemble", "All")],
                        states.map { state in
                            FigureSheet.Line(
                                labels.requestState(state.rawValue).label,
                                Right.allCases.map { right in
                                    words.number(figures.load { $0.state == state && $0.right == right }.count)
                                } + [words.number(figures.load { $0.state == state }.count)])
                        })),
                FiguresPage.Chart(
                    heading: pick("Par droit", "By right"), strip: strip("by-right", .open, rows(byRight)),
                    empty: empty,
                    sheet: sheet(.open, [pick("Droit", "Right")] + loadColumns, byRight.map { line($0.0, $0.1) })),
                FiguresPage.Chart(
                    heading: pick("Par agent", "By operator"),
                    strip: strip("by-operator", .openByOperator, rows(byOperator)), empty: empty,
                    sheet: sheet(
                        .openByOperator, [pick("Agent", "Operator")] + loadColumns, byOperator.map { line($0.0, $0.1) })
                ),
            ],
            note: pick(
                "En retard : le plus proche des deux jours que donne le calcul du délai est passé, et rien ne le suspend.",
                "Overdue: the nearer of the two days that the time limit may end on is over, and nothing pauses it."))
    }

    private var loadColumns: [String] { [pick("Ouvertes", "Open"), pick("Dont en retard", "Of which overdue")] }

    private func line(_ head: String, _ load: (count: Int, late: Int)) -> FigureSheet.Line {
        FigureSheet.Line(head, [words.number(load.count), words.number(load.late)])
    }

    var age: FiguresPage.Section {
        let names = DeskFigures.ages.map { age in
            age.to.map { to in pick("\(age.from) à \(days(to))", "\(age.from) to \(days(to))") }
                ?? pick("\(days(age.from)) ou plus", "\(days(age.from)) or more")
        }
        let isEmpty = figures.openCount == 0
        return FiguresPage.Section(
            id: "age", heading: pick("L’âge", "Age"),
            lede: pick(
                "Depuis combien de jours les demandes ouvertes ont été reçues.",
                "For how many days the open requests have been there."),
            charts: [
                FiguresPage.Chart(
                    heading: pick("Par âge", "By age"),
                    strip: strip(
                        "ages", .ages,
                        isEmpty
                            ? []
                            : zip(names, figures.openByAge).map {
                                StripDrawing.Row(name: $0, value: words.number($1), bar: 0...Double($1))
                            }),
                    empty: isEmpty ? pick("Aucune demande ouverte.", "No open request.") : nil,
                    sheet: sheet(
                        .ages, [pick("Âge", "Age"), pick("Ouvertes", "Open")],
                        zip(names, figures.openByAge).map { FigureSheet.Line($0, [words.number($1)]) }))
            ], note: nil)
    }

    // MARK: Answers

    var answers: FiguresPage.Section {
        let columns = [
            pick("Dans les temps", "In time"), pick("En retard", "Late"), pick("Part dans les temps", "Share in time"),
        ]
        let none = pick("Aucune réponse encore.", "No answer yet.")
        func chart(
            _ id: String, _ table: DeskTable, _ heading: String, _ head: String,
            _ lines: [(name: String, share: DeskFigures.Share)]
        ) -> FiguresPage.Chart {
            let drawn = lines.compactMap { line in line.share.percent.map { (line.name, line.share, $0) } }
            return FiguresPage.Chart(
                heading: heading,
                strip: strip(
                    id, table,
                    drawn.map { name, share, percent in
                        let all = words.number(share.inTime + share.late)
                        return StripDrawing.Row(
                            name: name,
                            value: pick("\(words.percent(percent)) de \(all)", "\(words.percent(percent)) of \(all)"),
                            bar: 0...Double(percent))
                    }, most: 100),
                empty: drawn.isEmpty ? none : nil,
                sheet: sheet(
                    table, [head] + columns,
                    lines.map {
                        FigureSheet.Line(
                            $0.name,
                            [
                                words.number($0.share.inTime), words.number($0.share.late),
                                $0.share.percent.map(words.percent) ?? "–",
                            ])
                    }))
        }
        return FiguresPage.Section(
            id: "answers", heading: pick("Les réponses dans les temps", "Answers in time"),
            lede: pick(
                "La part des réponses venues au plus tard le dernier jour, ce mois-ci et les douze mois d’avant.",
                "The share of answers that came by the last day, in this month and the twelve before it."),
            charts: [
                chart(
                    "answers-by-month", .answersByMonth, pick("Par mois de la réponse", "By month of the answer"),
                    pick("Mois", "Month"),
                    figures.months.indices.reversed().map { month in
                        (words.month(figures.months[month]), figures.answers { $0.month == month })
                    }),
                chart(
                    "answers-by-right", .answersByRight, pick("Par droit", "By right"), pick("Droit", "Right"),
                    Right.allCases.map { right in (short(right), figures.answers { $0.right == right }) }),
                chart(
                    "answers-by-operator", .answersByOperator, pick("Par agent", "By operator"),
                    pick("Agent", "Operator"),
                    figures.answerers.map { who in (name(who), figures.answers { $0.by == who }) }),
            ],
            note: pick(
                "Chaque demande compte pour l’agent qui la suit, ou à défaut pour celui qui a répondu. Le délai est celui qui "
                    + "courait alors, pauses et prolongation comprises. Une demande reprise compte par sa nouvelle réponse.",
                "Each request counts for the operator who has taken it, or else for the one who answered. The time limit is the "
                    + "one that ran then, pauses and extension included. A request taken up again counts by its new answer."
            ))
    }

    // MARK: Weeks and times

    var weeks: FiguresPage.Section {
        let weeks = figures.weeks
        let last = weeks.count - 1
        let marks = [0, last / 2, last].map { (place: $0, text: words.day(weeks[$0].monday)) }
        func columns(_ id: String, _ title: String, _ values: [Int]) -> ColumnDrawing? {
            let (most, total) = (values.max() ?? 0, values.reduce(0, +))
            guard most > 0 else { return nil }
            return ColumnDrawing(
                id: id, title: title,
                summary: pick(
                    "\(words.number(total)) en 26 semaines ; \(words.number(most)) la semaine la plus chargée ; "
                        + "\(words.number(values[last])) cette semaine.",
                    "\(words.number(total)) in 26 weeks; \(words.number(most)) in the busiest week; "
                        + "\(words.number(values[last])) this week."),
                top: pick("au plus haut : \(words.number(most))", "highest: \(words.number(most))"), values,
                marks: marks)
        }
        let (received, left) = (weeks.map(\.received), weeks.map { $0.answered + $0.otherwise })
        let heads = [
            pick("Semaine du", "Week of"), pick("Reçues", "Received"), pick("Répondues", "Answered"),
            pick("Closes sans réponse", "Ended without an answer"),
        ]
        let table = sheet(
            .weeks, heads,
            weeks.reversed().map {
                FigureSheet.Line(
                    words.date($0.monday),
                    [words.number($0.received), words.number($0.answered), words.number($0.otherwise)])
            })
        let none = pick("Aucune ces 26 semaines.", "None in these 26 weeks.")
        func chart(_ id: String, _ heading: String, _ title: String, _ values: [Int]) -> FiguresPage.Chart {
            let drawing = columns(id, title, values)
            return FiguresPage.Chart(
                heading: heading, columns: drawing, empty: drawing == nil ? none : nil, sheet: table)
        }
        return FiguresPage.Section(
            id: "weeks", heading: pick("Arrivées et sorties", "Arrivals and departures"),
            lede: pick(
                "Semaine par semaine, celle-ci en dernier.", "Week by week, the present one last."),
            charts: [
                chart(
                    "received", pick("Reçues", "Received"),
                    pick("Demandes reçues par semaine", "Requests received by week"), received),
                chart(
                    "left", pick("Répondues ou closes sans réponse", "Answered, or ended without an answer"),
                    pick("Demandes sorties par semaine", "Requests that left by week"), left),
            ],
            note: pick(
                "Les oppositions acceptées dès leur dépôt ne passent par personne et ne comptent pas ici.",
                "Objections that were granted when they were filed pass nobody’s desk and are not counted here."))
    }

    var times: FiguresPage.Section {
        let measured = Right.allCases.compactMap { right in figures.times[right].map { (short(right), $0) } }
        let all = measured + (figures.time.map { [(pick("Tous", "All"), $0)] } ?? [])
        return FiguresPage.Section(
            id: "times", heading: pick("Le temps de réponse", "Time to answer"),
            lede: pick(
                "De la réception à la réponse, ce mois-ci et les douze mois d’avant.",
                "From receipt to the answer, in this month and the twelve before it."),
            charts: [
                FiguresPage.Chart(
                    heading: pick("Par droit", "By right"),
                    strip: strip(
                        "times-drawing", .times,
                        all.map { name, time in
                            StripDrawing.Row(
                                name: name,
                                value: pick("médiane : \(days(time.median))", "median: \(days(time.median))"),
                                bar: 0...Double(time.percentile90), stroke: Double(time.median))
                        }),
                    legend: all.isEmpty
                        ? nil
                        : pick(
                            "Barre : neuf réponses sur dix. Trait : la médiane.",
                            "Bar: nine in ten answers. Stroke: the median."),
                    empty: all.isEmpty ? pick("Aucune réponse encore.", "No answer yet.") : nil,
                    sheet: sheet(
                        .times,
                        [
                            pick("Droit", "Right"), pick("Réponses", "Answers"), pick("Médiane", "Median"),
                            pick("Neuf sur dix en", "Nine in ten within"),
                        ],
                        all.map { name, time in
                            FigureSheet.Line(
                                name, [words.number(time.count), days(time.median), days(time.percentile90)])
                        }))
            ], note: nil)
    }
}
