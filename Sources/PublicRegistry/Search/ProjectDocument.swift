import CivilTime
import SQLDatabase
import StrictJSON

extension ProjectSummary: SearchedItem {
    static var facets: Int { ProjectFacet.allCases.count }
    var record: String { reference }
    var shownTexts: [String] { title.all + summary.all }
}

/// The projects that are shown, in memory.
typealias ProjectSnapshot = SearchSnapshot<ProjectSummary>
typealias ProjectDocument = SearchDocument<ProjectSummary>

extension RecordIndex<ProjectSummary> {
    /// The register's projects.
    static func projects(in database: SQLDatabase) -> RecordIndex {
        RecordIndex(database: database, kind: .project, table: "project") { row in
            let content: String = try row["content"]
            let project = try Project(stored: try JSON(parsing: content.utf8))
            return [ProjectDocument(project, try ProjectSummary(row), sortTitle: try row["sort_title"])]
        }
    }
}

extension SearchDocument<ProjectSummary> {
    init(_ project: Project, _ summary: ProjectSummary, sortTitle: String) {
        func terms(_ texts: [String?]) -> [String] { SearchedTerms.of(texts) }
        func both(_ texts: LocalizedText?...) -> [String?] { texts.flatMap { [$0?.fr, $0?.en] } }
        let names = (project.controllers + project.processors + project.funders).map(\.name)
        self.summary = summary
        self.sortTitle = sortTitle
        fields = [
            Field(weight: 12, terms: terms([project.reference, project.acronym] + both(project.title))),
            Field(
                weight: 6, terms: terms((project.keywords?.fr ?? []) + (project.keywords?.en ?? []) + project.domains)),
            Field(weight: 4, terms: terms(names + both(project.summary))),
            Field(
                weight: 1,
                terms: terms(
                    both(
                        project.purpose, project.publicInterest, project.methods, project.expectedOutputs,
                        project.linkage) + project.unlistedDatasets.flatMap { [$0.fr, $0.en] })),
        ].filter { !$0.terms.isEmpty }
        facets = ProjectFacet.allCases.map { $0.values(of: project) }
        texts = [
            ("purpose", project.purpose), ("publicInterest", project.publicInterest), ("methods", project.methods),
            ("expectedOutputs", project.expectedOutputs), ("linkage", project.linkage),
        ].flatMap { field, text in
            [("fr", text?.fr), ("en", text?.en)].compactMap { language, text in
                text.map { SearchedText(field: field, language: language, text: $0) }
            }
        }
    }
}

extension SearchSnapshot.Hit where Item == ProjectSummary {
    /// Where the words stand: in the summary, or else in another text of the record; nil where that is the title, a name or
    /// a keyword.
    func excerpt(_ words: SoughtWords) -> Excerpt? {
        for (language, text) in [("fr", summary.summary.fr), ("en", summary.summary.en)] {
            if let text, let excerpt = Excerpt(of: text, field: "summary", language: language, words) {
                return excerpt
            }
        }
        if summary.title.all.contains(where: words.occur) { return nil }
        return segment.texts.excerpt(of: document, words)
    }
}
