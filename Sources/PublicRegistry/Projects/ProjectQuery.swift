import SQLDatabase
import StrictJSON

/// What to look for among the projects that are shown, sorted by title.
public struct ProjectQuery: Sendable, Hashable {
    /// Words that must all occur, the last one perhaps only begun. Text without a letter or digit is no filter.
    public var text: String
    public var status: ProjectStatus?
    /// The reference of a dataset that the project uses.
    public var dataset: String?
    public var limit: PageLimit
    /// The `nextCursor` of the page before, asked for with the same filters.
    public var cursor: String?

    public init(
        text: String = "", status: ProjectStatus? = nil, dataset: String? = nil, limit: PageLimit = .standard,
        cursor: String? = nil
    ) {
        self.text = text
        self.status = status
        self.dataset = dataset
        self.limit = limit
        self.cursor = cursor
    }

    /// What a cursor is bound to.
    var filters: JSON {
        let words = SearchWords(text)
        return .object(ofPresent: [
            "list": "projects", "status": status?.json, "dataset": dataset?.json,
            "words": words.map { .array(($0.whole + [$0.beginning]).map(\.json)) },
        ])
    }

    /// The filters as conditions of a WHERE, built from those that are present.
    func conditions(engine: SQLEngine) -> Conditions {
        var conditions = Conditions("project.shown = 1")
        if let status { conditions.add(status.rawValue) { "project.status = \($0)" } }
        if let dataset {
            conditions.add(dataset) {
                "project.reference IN (SELECT project FROM project_dataset WHERE dataset = \($0))"
            }
        }
        if let words = SearchWords(text) {
            conditions.add(words, kind: .project, column: "project.reference", engine: engine)
        }
        return conditions
    }
}
