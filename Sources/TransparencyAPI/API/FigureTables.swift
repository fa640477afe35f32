import CivilTime
import PublicRegistry
import RightsRegistry
import StrictJSON

/// All figures, as pages and files are made of them.
struct Figures: Sendable, Hashable {
    let register: RegisterFigures
    let requests: RequestFigures
    let delays: MeasuredDelays
    let databases: [Database]

    struct Database: Sendable, Hashable {
        let id: String
        let name: LocalizedText?
        let targetHours: Int
    }

    /// A linked database and its delay; nil where too few choices went there to say.
    var confirmations: [(database: Database, delay: DelayFigures?)] {
        databases.map { ($0, delays.byDatabase[$0.id]) }
    }
}

/// One of the published tables: the same rows in the page, in JSON and in CSV.
enum FigureTable: String, Sendable, Hashable, CaseIterable {
    case projectsByYear = "projects-by-year"
    case projectsByDomain = "projects-by-domain"
    case accessDelays = "access-delays"
    case requests
    case answers
    case answersByMonth = "answers-by-month"
    case answerTimes = "answer-times"
    case confirmations
    case datasetUses = "dataset-uses"

    struct Column: Sendable {
        let name: String
        /// A type of Frictionless Table Schema.
        let type: String
        let meaning: LocalisedText

        init(_ name: String, _ type: String = "string", fr: String, en: String) {
            (self.name, self.type, meaning) = (name, type, LocalisedText(fr: fr, en: en))
        }
    }

    /// Where it is had as CSV.
    var path: String { "\(Portal.api)/statistics/\(rawValue).csv" }

    var title: LocalisedText {
        switch self {
        case .projectsByYear: LocalisedText(fr: "Projets par année et par statut", en: "Projects by year and status")
        case .projectsByDomain: LocalisedText(fr: "Projets par domaine", en: "Projects by domain")
        case .accessDelays: LocalisedText(fr: "Délais d’accès, étape par étape", en: "Access delays, step by step")
        case .requests: LocalisedText(fr: "Demandes par mois et par droit", en: "Requests by month and right")
        case .answers: LocalisedText(fr: "Réponses dans les temps, par droit", en: "Answers in time, by right")
        case .answersByMonth: LocalisedText(fr: "Réponses dans les temps, par mois", en: "Answers in time, by month")
        case .answerTimes: LocalisedText(fr: "Temps de réponse, par droit", en: "Time to answer, by right")
        case .confirmations:
            LocalisedText(
                fr: "Du choix à sa confirmation, par base liée", en: "From choice to confirmation, by database")
        case .datasetUses: LocalisedText(fr: "Projets de chaque base", en: "Projects of each database")
        }
    }

    /// What is counted and what is not: said beside the table and in its description for machines.
    var counted: LocalisedText {
        switch self {
        case .projectsByYear:
            LocalisedText(
                fr:
                    "Tous les projets que le répertoire montre, refusés et retirés compris, chacun une fois. L’année est "
                    + "celle de sa première date connue : déposé, décidé ou commencé. Le statut est celui d’aujourd’hui.",
                en:
                    "All projects that the register shows, refused and withdrawn ones included, each once. The year is that "
                    + "of its first known date: filed, decided or begun. The status is today’s.")
        case .projectsByDomain:
            LocalisedText(
                fr:
                    "Tous les projets que le répertoire montre, refusés et retirés compris. Un projet compte dans chacun "
                    + "de ses domaines.",
                en:
                    "All projects that the register shows, refused and withdrawn ones included. A project counts in each of "
                    + "its domains.")
        case .accessDelays:
            LocalisedText(
                fr: "Les projets de tout statut dont le répertoire donne les deux dates de l’étape ; les autres ne "
                    + "comptent pas.",
                en:
                    "The projects of any status of which the register gives both dates of the step; others do not count."
            )
        case .requests:
            LocalisedText(
                fr: "Toutes les demandes reçues, par mois de réception, jusqu’à la fin du mois dernier.",
                en: "All requests received, by month of receipt, until the end of last month.")
        case .answers, .answersByMonth:
            LocalisedText(
                fr:
                    "Les demandes qui ont eu une première réponse, ou dont le délai est passé. Celles qui ont encore le "
                    + "temps, attendent une identité, sont retirées ou abandonnées ne comptent pas.",
                en: "The requests that had a first answer, or whose time is over. Those still in time, waiting for an "
                    + "identity, withdrawn or abandoned do not count.")
        case .answerTimes:
            LocalisedText(
                fr: "Les demandes qui ont eu une première réponse, des 24 derniers mois.",
                en: "The requests that had a first answer, of the last 24 months.")
        case .confirmations:
            LocalisedText(
                fr:
                    "Les choix des 90 derniers jours, à chaque base liée. Ce qui attend encore compte avec son attente.",
                en: "The choices of the last 90 days, at each linked database. What still waits counts with its wait.")
        case .datasetUses:
            LocalisedText(
                fr:
                    "Les projets qui utilisent la base, l’ont utilisée ou le demandent. Les projets refusés et retirés ne "
                    + "comptent pas : la page d’une base les liste aussi.",
                en: "The projects that use the database, have used it or ask to. Refused and withdrawn projects do not "
                    + "count: a database’s own page lists them too.")
        }
    }

    var columns: [Column] {
        switch self {
        case .projectsByYear:
            [
                Column(
                    "year", "integer", fr: "Année où le répertoire le connaît d’abord ; vide sans date",
                    en: "Year in which the register first knows of it; empty without a date"),
                Column("status", fr: "Statut d’aujourd’hui", en: "Status today"),
                Column("projects", "integer", fr: "Nombre de projets", en: "How many projects"),
            ]
        case .projectsByDomain:
            [
                Column("domain", fr: "Domaine ; vide s’il n’est pas dit", en: "Domain; empty where it is not said"),
                Column("projects", "integer", fr: "Nombre de projets", en: "How many projects"),
            ]
        case .accessDelays:
            [
                Column("step", fr: "Étape", en: "Step"),
                Column("unit", fr: "Jours ouvrés ou de calendrier", en: "Working days or days of the calendar"),
                Column("projects", "integer", fr: "Nombre de projets mesurés", en: "How many projects were measured"),
                Column("firstQuartile", "integer", fr: "Premier quartile", en: "First quartile"),
                Column("median", "integer", fr: "Médiane", en: "Median"),
                Column("thirdQuartile", "integer", fr: "Troisième quartile", en: "Third quartile"),
                Column("usual", "integer", fr: "Délai habituel", en: "Usual time"),
                Column("usualRenewed", "integer", fr: "Délai habituel renouvelé", en: "Usual time, renewed"),
            ]
        case .requests:
            [Column("month", "yearmonth", fr: "Mois de réception", en: "Month of receipt"), Self.right]
                + [
                    Self.people("requests", fr: "Demandes, au moins", en: "Requests, at least"),
                    Self.people("inTime", fr: "Répondues dans les temps, au moins", en: "Answered in time, at least"),
                    Self.people("late", fr: "En retard, au moins", en: "Late, at least"),
                    Self.people("other", fr: "Autres, au moins", en: "Others, at least"),
                ]
        case .answers: [Self.right] + Self.shareColumns
        case .answersByMonth:
            [Column("month", "yearmonth", fr: "Mois de réception", en: "Month of receipt")] + Self.shareColumns
        case .answerTimes:
            [
                Self.right,
                Self.people("answers", fr: "Réponses mesurées, au moins", en: "Answers measured, at least"),
                Column(
                    "medianDays", "integer", fr: "La moitié ont pris tant de jours, ou moins",
                    en: "Half took so many days, or fewer"),
            ]
        case .confirmations:
            [
                Column("database", fr: "Base liée", en: "Linked database"),
                Self.people("cases", fr: "Choix mesurés, au moins", en: "Choices measured, at least"),
                Column(
                    "firstQuartileSeconds", "integer", fr: "Premier quartile, en secondes",
                    en: "First quartile, in seconds"),
                Column("medianSeconds", "integer", fr: "Médiane, en secondes", en: "Median, in seconds"),
                Column(
                    "thirdQuartileSeconds", "integer", fr: "Troisième quartile, en secondes",
                    en: "Third quartile, in seconds"),
                Column(
                    "percentile95Seconds", "integer", fr: "95 sur 100 n’ont pas pris plus, en secondes",
                    en: "95 in 100 took no longer, in seconds"),
                Column("targetHours", "integer", fr: "Objectif publié, en heures", en: "Published target, in hours"),
            ]
        case .datasetUses:
            [
                Column("dataset", fr: "Référence de la base", en: "The database's reference"),
                Column("titleFr", fr: "Titre en français", en: "Title in French"),
                Column("titleEn", fr: "Titre en anglais", en: "Title in English"),
                Column(
                    "projects", "integer", fr: "Projets qui l’utilisent, l’ont utilisée ou le demandent",
                    en: "Projects that use it, have used it or ask to"),
                Column("running", "integer", fr: "Dont autorisés ou en cours", en: "Of which authorised or under way"),
            ]
        }
    }

    private static let right = Column("right", fr: "Droit exercé", en: "Right exercised")

    private static let shareColumns: [Column] = [
        people("inTime", fr: "Répondues dans les temps, au moins", en: "Answered in time, at least"),
        people("late", fr: "En retard, au moins", en: "Late, at least"),
        Column(
            "shareAtLeast", "integer", fr: "Part dans les temps, au moins, en %", en: "Share in time, at least, in %"),
        Column("shareAtMost", "integer", fr: "Part dans les temps, au plus, en %", en: "Share in time, at most, in %"),
    ]

    /// A count of people: a multiple of eleven, empty where there are fewer in each cell.
    private static func people(_ name: String, fr: String, en: String) -> Column {
        Column(
            name, "integer", fr: "\(fr) : multiple de 11, vide en dessous", en: "\(en): a multiple of 11, empty below")
    }

    /// The rows, each with a value for every column.
    func rows(_ figures: Figures) -> [[JSON]] {
        let (register, requests) = (figures.register, figures.requests)
        switch self {
        case .projectsByYear:
            return register.years.flatMap { year -> [[JSON]] in
                ProjectStatus.allCases.compactMap { status -> [JSON]? in
                    guard let count = year.byStatus[status] else { return nil }
                    return [Self.number(year.year), .string(status.rawValue), Self.number(count)]
                }
            }
        case .projectsByDomain:
            return register.domains.map { [Self.text($0.domain), Self.number($0.projects)] }
        case .accessDelays:
            return AccessStep.allCases.compactMap { step in register.delays[step].map { Self.row(step, $0) } }
        case .requests:
            return requests.months.indices.flatMap { month -> [[JSON]] in
                Right.allCases.map { Self.row(requests, month: month, $0) }
            }
        case .answers:
            return Right.allCases.map { [.string($0.rawValue)] + Self.shares(requests, right: $0, month: nil) }
        case .answersByMonth:
            return requests.months.indices.map {
                [Self.month(requests.months[$0])] + Self.shares(requests, right: nil, month: $0)
            }
        case .answerTimes:
            return Right.allCases.map { right in
                let time = requests.answerTime(right)
                return [
                    .string(right.rawValue), time.map { Self.told($0.cases) } ?? .null, Self.number(time?.medianDays),
                ]
            }
        case .confirmations:
            return figures.confirmations.map { Self.row($0.database, $0.delay) }
        case .datasetUses:
            return register.uses.map {
                [
                    .string($0.reference), Self.text($0.title?.fr), Self.text($0.title?.en), Self.number($0.projects),
                    Self.number($0.running),
                ]
            }
        }
    }

    private static func row(_ step: AccessStep, _ quartiles: Quartiles) -> [JSON] {
        [
            .string(step.rawValue), .string(step.countsWorkingDays ? "workingDays" : "days"), number(quartiles.count),
            number(quartiles.first), number(quartiles.median), number(quartiles.third), number(step.usualDays),
            number(step.renewedDays),
        ]
    }

    private static func row(_ figures: RequestFigures, month: Int, _ right: Right) -> [JSON] {
        let answers: [JSON] = RequestFigures.Answer.allCases.map { told(figures.count(right, month: month, $0)) }
        let all = told(figures.count(right, month: month))
        return [Self.month(figures.months[month]), .string(right.rawValue), all] + answers
    }

    private static func row(_ database: Figures.Database, _ delay: DelayFigures?) -> [JSON] {
        [
            .string(database.id), delay.map { told(ToldCount(ofMany: $0.cases)) } ?? .null,
            number(delay?.firstQuartile), number(delay?.median), number(delay?.thirdQuartile),
            number(delay?.percentile95), number(database.targetHours),
        ]
    }

    private static func shares(_ figures: RequestFigures, right: Right?, month: Int?) -> [JSON] {
        let share = figures.shareInTime(right, month: month)
        return [
            told(figures.count(right, month: month, .inTime)), told(figures.count(right, month: month, .late)),
            number(share?.atLeast), number(share?.atMost),
        ]
    }

    private static func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }

    private static func number(_ value: Int?) -> JSON { value.map { .integer(Int64($0)) } ?? .null }

    private static func told(_ count: ToldCount) -> JSON { count.isTold ? number(count.atLeast) : .null }

    /// “2026-03”.
    private static func month(_ date: CalendarDate) -> JSON { .string(String(date.description.prefix(7))) }

    // MARK: Files

    func csv(_ figures: Figures) -> String { file(figures).csv }

    func json(_ figures: Figures) -> JSON { file(figures).json }

    private func file(_ figures: Figures) -> TableFile {
        TableFile(title: title, counted: counted, path: path, columns: columns, rows: rows(figures))
    }
}

/// A table as files hold it: the same rows in JSON and in CSV, each with a value for every column.
struct TableFile: Sendable {
    let title: LocalisedText
    /// What is counted and what is not; nil where the title says it.
    var counted: LocalisedText?
    /// Where it is had as CSV.
    let path: String
    let columns: [FigureTable.Column]
    let rows: [[JSON]]

    var csv: String {
        CSV.line(columns.map(\.name))
            + rows.map { row in CSV.line(row.map { $0 == .null ? "" : $0.string ?? $0.canonical }) }.joined()
    }

    var json: JSON {
        let names = columns.map(\.name)
        return .object(ofPresent: [
            "title": ["fr": .string(title.fr), "en": .string(title.en)],
            "description": counted.map { ["fr": .string($0.fr), "en": .string($0.en)] }, "csv": .string(path),
            "columns": .array(
                columns.map {
                    [
                        "name": .string($0.name), "type": .string($0.type),
                        "description": ["fr": .string($0.meaning.fr), "en": .string($0.meaning.en)],
                    ]
                }),
            "rows": .array(
                rows.map { row in
                    .object(Dictionary(zip(names, row)) { first, _ in first })
                }),
        ])
    }
}
