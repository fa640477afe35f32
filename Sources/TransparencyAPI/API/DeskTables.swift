import CivilTime
import PublicRegistry
import RightsRegistry
import StrictJSON

/// One of the tables of the desk's figures: the same rows in the console, in JSON and in CSV. The numbers are exact: whoever is
/// handed them sees each of these requests anyway.
enum DeskTable: String, Sendable, Hashable, CaseIterable {
    case open
    case openByOperator = "open-by-operator"
    case ages
    case answersByMonth = "answers-by-month"
    case answersByRight = "answers-by-right"
    case answersByOperator = "answers-by-operator"
    case weeks
    case times

    /// Where it is had as CSV.
    var path: String { "\(Portal.api)/operator/statistics/\(rawValue).csv" }

    var title: LocalisedText {
        switch self {
        case .open:
            LocalisedText(fr: "Demandes ouvertes, par état et par droit", en: "Open requests, by state and right")
        case .openByOperator: LocalisedText(fr: "Demandes ouvertes, par agent", en: "Open requests, by operator")
        case .ages: LocalisedText(fr: "Âge des demandes ouvertes", en: "Age of open requests")
        case .answersByMonth: LocalisedText(fr: "Réponses dans les temps, par mois", en: "Answers in time, by month")
        case .answersByRight: LocalisedText(fr: "Réponses dans les temps, par droit", en: "Answers in time, by right")
        case .answersByOperator:
            LocalisedText(fr: "Réponses dans les temps, par agent", en: "Answers in time, by operator")
        case .weeks: LocalisedText(fr: "Arrivées et sorties, par semaine", en: "Arrivals and departures, by week")
        case .times: LocalisedText(fr: "Temps de réponse, par droit", en: "Time to answer, by right")
        }
    }

    private typealias Column = FigureTable.Column

    private var columns: [Column] {
        switch self {
        case .open:
            [
                Column("state", fr: "État", en: "State"), Column("right", fr: "Droit exercé", en: "Right exercised"),
                Column("requests", "integer", fr: "Demandes ouvertes", en: "Open requests"),
                Column("overdue", "integer", fr: "Dont en retard", en: "Of which overdue"),
            ]
        case .openByOperator:
            [
                Self.operatorColumn,
                Column("requests", "integer", fr: "Demandes ouvertes", en: "Open requests"),
                Column("overdue", "integer", fr: "Dont en retard", en: "Of which overdue"),
            ]
        case .ages:
            [
                Column("fromDays", "integer", fr: "Depuis tant de jours, ou plus", en: "For so many days, or more"),
                Column("toDays", "integer", fr: "Ou moins ; vide sans fin", en: "Or fewer; empty without an end"),
                Column("requests", "integer", fr: "Demandes ouvertes", en: "Open requests"),
            ]
        case .answersByMonth:
            [Column("month", "yearmonth", fr: "Mois de la réponse", en: "Month of the answer")] + Self.shares
        case .answersByRight: [Column("right", fr: "Droit exercé", en: "Right exercised")] + Self.shares
        case .answersByOperator: [Self.operatorColumn] + Self.shares
        case .weeks:
            [
                Column("week", "date", fr: "Lundi de la semaine", en: "Monday of the week"),
                Column("received", "integer", fr: "Demandes reçues", en: "Requests received"),
                Column("answered", "integer", fr: "Répondues par un agent", en: "Answered by an operator"),
                Column(
                    "otherwise", "integer", fr: "Retirées, abandonnées ou annulées sans réponse",
                    en: "Withdrawn, set aside or voided without an answer"),
            ]
        case .times:
            [
                Column("right", fr: "Droit exercé ; vide pour tous", en: "Right exercised; empty for all"),
                Column("answers", "integer", fr: "Réponses mesurées", en: "Answers measured"),
                Column(
                    "medianDays", "integer", fr: "La moitié ont pris tant de jours, ou moins",
                    en: "Half took so many days, or fewer"),
                Column(
                    "percentile90Days", "integer", fr: "Neuf sur dix ont pris tant de jours, ou moins",
                    en: "Nine in ten took so many days, or fewer"),
            ]
        }
    }

    private static let operatorColumn = Column(
        "operator", fr: "Agent ; vide pour personne, * pour tous les autres",
        en: "Operator; empty for nobody, * for all others")

    private static let shares: [Column] = [
        Column("inTime", "integer", fr: "Dans les temps", en: "In time"),
        Column("late", "integer", fr: "En retard", en: "Late"),
        Column(
            "share", "integer", fr: "Part dans les temps, en % ; vide sans réponse",
            en: "Share in time, in %; empty without an answer"),
    ]

    private func rows(_ figures: DeskFigures) -> [[JSON]] {
        switch self {
        case .open:
            RequestState.allCases.filter { $0 != .closed }.flatMap { state in
                Right.allCases.compactMap { right in
                    let load = figures.load { $0.state == state && $0.right == right }
                    return load.count == 0
                        ? nil
                        : [
                            .string(state.rawValue), .string(right.rawValue), Self.number(load.count),
                            Self.number(load.late),
                        ]
                }
            }
        case .openByOperator:
            figures.assignees.map { who in
                let load = figures.load { $0.assignee == who }
                return [Self.name(who), Self.number(load.count), Self.number(load.late)]
            }
        case .ages:
            zip(DeskFigures.ages, figures.openByAge).map { age, count in
                [Self.number(age.from), age.to.map(Self.number) ?? .null, Self.number(count)]
            }
        case .answersByMonth:
            figures.months.indices.map { month in
                [.string(String(figures.months[month].description.prefix(7)))]
                    + Self.share(figures.answers { $0.month == month })
            }
        case .answersByRight:
            Right.allCases.map { right in
                [.string(right.rawValue)] + Self.share(figures.answers { $0.right == right })
            }
        case .answersByOperator:
            figures.answerers.map { who in [Self.name(who)] + Self.share(figures.answers { $0.by == who }) }
        case .weeks:
            figures.weeks.map {
                [
                    .string($0.monday.description), Self.number($0.received), Self.number($0.answered),
                    Self.number($0.otherwise),
                ]
            }
        case .times:
            Right.allCases.compactMap { right in
                figures.times[right].map { [.string(right.rawValue)] + Self.time($0) }
            } + (figures.time.map { [[.null] + Self.time($0)] } ?? [])
        }
    }

    private static func number(_ value: Int) -> JSON { .integer(Int64(value)) }

    private static func name(_ who: String?) -> JSON {
        who.map { .string($0 == DeskFigures.others ? "*" : $0) } ?? .null
    }

    private static func share(_ answers: DeskFigures.Share) -> [JSON] {
        [number(answers.inTime), number(answers.late), answers.percent.map(number) ?? .null]
    }

    private static func time(_ time: DeskFigures.Time) -> [JSON] {
        [number(time.count), number(time.median), number(time.percentile90)]
    }

    /// The table as a file.
    func file(_ figures: DeskFigures) -> TableFile {
        TableFile(title: title, path: path, columns: columns, rows: rows(figures))
    }
}

extension DeskFigures {
    /// How many were answered in time.
    struct Share: Sendable, Hashable {
        let inTime: Int
        let late: Int

        /// Rounded down, so that it is never better than it was; nil where nothing was answered.
        var percent: Int? { inTime + late == 0 ? nil : inTime * 100 / (inTime + late) }
    }

    /// The open requests that fit, together.
    func load(_ fits: (Open) -> Bool) -> (count: Int, late: Int) {
        open.filter(fits).reduce(into: (count: 0, late: 0)) { $0 = ($0.count + $1.count, $0.late + $1.late) }
    }

    /// The answers that fit, together.
    func answers(_ fits: (Answered) -> Bool) -> Share {
        let found = answered.filter(fits)
        return Share(
            inTime: found.reduce(0) { $0 + $1.inTime }, late: found.reduce(0) { $0 + $1.late })
    }

    /// Who has taken something, by name, all others and nobody last.
    var assignees: [String?] { Self.ordered(Set(open.map(\.assignee))) }

    /// Who has answered something, in the same order.
    var answerers: [String?] { Self.ordered(Set(answered.map(\.by))) }

    private static func ordered(_ names: Set<String?>) -> [String?] {
        let known = names.compactMap { $0 }
        return known.filter { $0 != others }.sorted() + known.filter { $0 == others }
            + (names.contains(nil) ? [nil] : [])
    }
}
