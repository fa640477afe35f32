/// A project as the index takes it in.
struct ProjectDocument: Sendable {
    /// Terms of one field or of several that weigh alike.
    struct Field: Sendable {
        /// 1 to 15: how much a term here says about the project.
        let weight: UInt8
        let terms: [String]
    }

    let summary: ProjectSummary
    /// The title in lower case without accents, by which lists are sorted.
    let sortTitle: String
    let fields: [Field]
    /// What it has of each facet, in their order.
    let facets: [[String]]
    /// Its texts beyond those that lists show, for excerpts.
    let texts: [Text]

    struct Text: Sendable {
        /// As the record calls it.
        let field: String
        /// `fr` or `en`.
        let language: String
        let text: String
    }

    var place: Place { Place(title: sortTitle, reference: summary.reference) }

    /// Where it stands in the order of titles.
    struct Place: Sendable, Hashable, Comparable {
        let title: String
        let reference: String

        static func < (left: Place, right: Place) -> Bool {
            left.title == right.title ? left.reference < right.reference : left.title < right.title
        }
    }
}

extension ProjectDocument {
    init(_ project: Project, _ summary: ProjectSummary, sortTitle: String) {
        func terms(_ texts: [String?]) -> [String] {
            // A phrase does not go on from one text into the next.
            texts.compactMap { $0 }.map(SearchTerm.terms).joined(separator: [Self.border]).map { $0 }
        }
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
                text.map { Text(field: field, language: language, text: $0) }
            }
        }
    }

    /// No term: what stands between two texts.
    static let border = ""
}
