public import CivilTime
public import SQLDatabase
import StrictJSON

/// What the register comes to, counted over the newest version of each project that is shown. Projects are no persons: nothing
/// of this is held back.
public struct RegisterFigures: Sendable, Hashable {
    /// The projects of a year, by where they stand now.
    public struct Year: Sendable, Hashable {
        /// When the register first knows of them: filed, decided or begun. Nil where they bear no date.
        public let year: Int?
        public let byStatus: [ProjectStatus: Int]

        public var projects: Int { byStatus.values.reduce(0, +) }
    }

    public struct Domain: Sendable, Hashable {
        /// In the register's words; nil for projects that name none.
        public let domain: String?
        public let projects: Int
    }

    public struct DatasetUse: Sendable, Hashable {
        public let reference: String
        /// Nil where the catalogue does not show it.
        public let title: LocalizedText?
        /// Those that use it, have used it or ask to; neither refused nor withdrawn ones.
        public let projects: Int
        /// Of them, those that are authorised or under way.
        public let running: Int
    }

    public let projects: Int
    /// Those without a date last.
    public let years: [Year]
    /// The most frequent first. A project may have several.
    public let domains: [Domain]
    /// The steps that at least one project has gone through with dates.
    public let delays: [AccessStep: Quartiles]
    /// The most used first.
    public let uses: [DatasetUse]

    public func count(_ status: ProjectStatus) -> Int { years.reduce(0) { $0 + ($1.byStatus[status] ?? 0) } }
}

extension RegisterFigures {
    /// Takes in one project after the other.
    struct Tally {
        private var projects = 0
        private var years: [Int?: [ProjectStatus: Int]] = [:]
        private var domains: [String?: Int] = [:]
        private var durations: [AccessStep: [Int]] = [:]
        private var uses: [String: (projects: Int, running: Int)] = [:]
        private let isWorkingDay: (CalendarDate) -> Bool

        init(isWorkingDay: @escaping (CalendarDate) -> Bool) { self.isWorkingDay = isWorkingDay }

        mutating func add(_ project: Project) {
            guard let status = project.status else { return }
            projects += 1
            years[project.firstYear, default: [:]][status, default: 0] += 1
            for domain in project.domains.isEmpty ? [nil] : Set(project.domains).map(Optional.some) {
                domains[domain, default: 0] += 1
            }
            for (step, days) in AccessStep.durations(of: project, isWorkingDay: isWorkingDay) {
                durations[step, default: []].append(days)
            }
            guard status != .refused, status != .withdrawn else { return }
            for dataset in Set(project.datasets) {
                uses[dataset, default: (0, 0)].projects += 1
                if status.isRunning { uses[dataset, default: (0, 0)].running += 1 }
            }
        }

        /// - Parameter titles: of the datasets that the catalogue shows. Those that nobody uses are counted with none.
        func figures(titles: [String: LocalizedText]) -> RegisterFigures {
            RegisterFigures(
                projects: projects,
                years: years.map { Year(year: $0.key, byStatus: $0.value) }
                    .sorted { ($0.year ?? .max) < ($1.year ?? .max) },
                domains: domains.map { Domain(domain: $0.key, projects: $0.value) }.sorted {
                    if ($0.domain == nil) != ($1.domain == nil) { return $1.domain == nil }
                    return $0.projects == $1.projects
                        ? ($0.domain ?? "") < ($1.domain ?? "") : $0.projects > $1.projects
                },
                delays: durations.compactMapValues { Quartiles($0) },
                uses: Set(uses.keys).union(titles.keys).map { reference in
                    DatasetUse(
                        reference: reference, title: titles[reference], projects: uses[reference]?.projects ?? 0,
                        running: uses[reference]?.running ?? 0)
                }.sorted { $0.projects == $1.projects ? $0.reference < $1.reference : $0.projects > $1.projects })
        }
    }

    /// Projects that are read at once, so that no reading is long.
    private static let pageLength = 500

    /// Reads the whole register, page by page.
    public static func read(
        from database: SQLDatabase, isWorkingDay: @escaping @Sendable (CalendarDate) -> Bool
    ) async throws -> RegisterFigures {
        var tally = Tally(isWorkingDay: isWorkingDay)
        var after = ""
        while true {
            let rows = try await database.read { [after] connection in
                try connection.query(
                    """
                    SELECT p.reference, v.content FROM project p
                    JOIN record_version v ON v.kind = 'project' AND v.reference = p.reference AND v.n = p.n
                    WHERE p.shown = 1 AND p.reference > $1 ORDER BY p.reference LIMIT \(pageLength)
                    """, after
                ).map { (reference: try $0["reference"] as String, content: try $0["content"] as String) }
            }
            guard let last = rows.last else { break }
            after = last.reference
            for row in rows { tally.add(try Project(stored: try JSON(parsing: row.content.utf8))) }
            await Task.yield()
        }
        let titles = try await database.read { connection in
            try connection.query("SELECT reference, title_fr, title_en FROM dataset WHERE shown = 1").reduce(
                into: [String: LocalizedText]()
            ) { titles, row in
                titles[try row["reference"]] = LocalizedText(fr: try row["title_fr"], en: try row["title_en"])
            }
        }
        return tally.figures(titles: titles)
    }
}

extension ProjectStatus {
    /// Whether a project of this status may use data now.
    public var isRunning: Bool { self == .authorised || self == .active }
}
