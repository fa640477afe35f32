import CivilTime
import PublicRegistry
import RightsRegistry

/// `/chiffres`: what there is to count, drawn, with each drawing's table below it.
struct FiguresPage: Page {
    static let template = PageTemplate.figures

    /// A number to begin with.
    struct Key: Sendable {
        let value: String
        let label: String
    }

    struct Section: Sendable {
        let id: String
        let heading: String
        let lede: String
        let charts: [Chart]
        /// How it is counted.
        let note: String?
    }

    struct Chart: Sendable {
        let heading: String
        var strip: StripDrawing?
        var columns: ColumnDrawing?
        /// What the marks mean, where they need it.
        var legend: String?
        /// Instead of a drawing of nothing.
        var empty: String?
        let sheet: FigureSheet
    }

    let frame: PageFrame
    let keys: [Key]
    let sections: [Section]
    /// All tables for machines.
    let dataHref: String

    init(frame: PageFrame, _ figures: Figures, vocabulary: Vocabulary, today: CalendarDate) {
        let language = frame.words
        self.frame = frame
        dataHref = "\(Portal.api)/statistics"
        keys = Self.keys(figures, language)
        sections = [
            .projects(figures.register, vocabulary, language), .access(figures.register, language),
            .requests(figures.requests, language), .answers(figures.requests, language),
            .confirmations(figures, language), .uses(figures.register, language),
        ]
    }

    private static func keys(_ figures: Figures, _ language: Language) -> [Key] {
        let words = Words(language)
        let register = figures.register
        var keys = [
            Key(
                value: words.number(register.projects),
                label: language.pick(fr: "projets publiés", en: "projects published")),
            Key(
                value: words.number(ProjectStatus.allCases.filter(\.isRunning).reduce(0) { $0 + register.count($1) }),
                label: language.pick(fr: "autorisés ou en cours", en: "authorised or under way")),
        ]
        if let whole = register.delays[.whole] {
            keys.append(
                Key(
                    value: words.number(whole.median),
                    label: language.pick(
                        fr: "jours du dépôt aux données, pour la moitié des projets",
                        en: "days from filing to data, for half of the projects")))
        }
        if let share = figures.requests.shareInTime() {
            keys.append(
                Key(
                    value: words.percent(share.atLeast),
                    label: language.pick(
                        fr: "au moins des demandes répondues dans les temps",
                        en: "at least of requests answered in time")))
        }
        return keys
    }
}

/// A table below a drawing, and where it is had as a file.
struct FigureSheet: Sendable {
    struct Cell: Sendable {
        /// The column's name, for telephones.
        let label: String
        let text: String
        /// What is not told is said to be so.
        let isUntold: Bool
    }

    struct Row: Sendable {
        let label: String
        let head: String
        let lang: String?
        let href: String?
        let cells: [Cell]
    }

    let caption: String
    /// What is counted and what is not.
    let counted: String?
    let columns: [String]
    let rows: [Row]
    let href: String

    /// A row before it has its columns' names.
    struct Line {
        let head: String
        let lang: String?
        let href: String?
        /// Nil is not told.
        let cells: [String?]

        init(_ head: String, lang: String? = nil, href: String? = nil, _ cells: [String?]) {
            (self.head, self.lang, self.href, self.cells) = (head, lang, href, cells)
        }
    }

    /// - Parameters:
    ///   - saysCounted: false where the section's own note says what is counted.
    ///   - columns: with that of the heads first.
    init(
        _ table: FigureTable, saysCounted: Bool = true, columns: [String], _ lines: [Line], _ language: Language
    ) {
        self.init(
            table.title[language], counted: saysCounted ? table.counted[language] : nil, href: table.path,
            columns: columns, lines, language)
    }

    /// - Parameters:
    ///   - columns: with that of the heads first.
    ///   - href: where it is had as CSV.
    init(
        _ caption: String, counted: String? = nil, href: String, columns: [String], _ lines: [Line],
        _ language: Language
    ) {
        self.caption = caption
        self.counted = counted
        self.columns = columns
        self.href = href
        let untold = language.pick(fr: "trop peu", en: "too few")
        rows = lines.map { line in
            Row(
                label: columns[0], head: line.head, lang: line.lang, href: line.href,
                cells: zip(columns.dropFirst(), line.cells).map { column, text in
                    Cell(label: column, text: text ?? untold, isUntold: text == nil)
                })
        }
    }
}
