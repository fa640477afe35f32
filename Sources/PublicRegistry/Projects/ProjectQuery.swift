import StrictJSON

/// What to look for among the projects that are shown.
public struct ProjectQuery: Sendable, Hashable {
    /// Words that must all occur, the last one perhaps only begun, and phrases between quotation marks. Text without a letter
    /// or digit is no filter.
    public let text: String
    /// Of each facet, the values of which a project must have one; none is no filter.
    public var facets: [ProjectFacet: Set<String>]
    public let sort: ProjectSort
    public var limit: PageLimit
    /// The `nextCursor` of the page before, asked for with the same filters and in the same order.
    public var cursor: String?

    /// What `text` comes to.
    let words: SearchText?

    /// - Parameter sort: nil for what suits: relevance where there are words, and titles otherwise.
    public init(
        text: String = "", facets: [ProjectFacet: Set<String>] = [:], sort: ProjectSort? = nil,
        limit: PageLimit = .standard, cursor: String? = nil
    ) {
        let words = SearchText(text)
        self.text = text
        self.words = words
        self.facets = facets
        // Without words everything is as relevant.
        self.sort = words == nil && sort != .date ? .title : sort ?? .relevance
        self.limit = limit
        self.cursor = cursor
    }

    /// The same as the index is asked.
    var asked: IndexQuery {
        IndexQuery(
            words: words, chosen: Dictionary(uniqueKeysWithValues: facets.map { ($0.key.index, $0.value) }), order: sort
        )
    }

    /// What a cursor is bound to.
    var filters: JSON {
        var members: [String: JSON] = ["list": "projects", "sort": .string(sort.rawValue)]
        for (facet, values) in facets where !values.isEmpty {
            members[facet.rawValue] = .array(values.sorted().map { .string($0) })
        }
        if let words { members.merge(words.filters) { $1 } }
        return .object(members)
    }
}

/// What was found.
public struct ProjectResults: Sendable {
    public let items: [ProjectSummary]
    /// How many there are on all pages together.
    public let total: Int
    /// What to ask for the next page with; nil on the last one.
    public let nextCursor: String?
    /// By reference, where in an item the words were found; nothing for those where that is the title, or a name.
    public let excerpts: [String: Excerpt]
    /// In the order of `ProjectFacet`; empty where none were asked for.
    public let facets: [FacetCounts]
    /// The search as it may have been meant, where nothing was found; nil where nothing is near.
    public let suggestion: String?

    public init(
        items: [ProjectSummary] = [], total: Int = 0, nextCursor: String? = nil, excerpts: [String: Excerpt] = [:],
        facets: [FacetCounts] = [], suggestion: String? = nil
    ) {
        (self.items, self.total, self.nextCursor) = (items, total, nextCursor)
        (self.excerpts, self.facets, self.suggestion) = (excerpts, facets, suggestion)
    }
}
