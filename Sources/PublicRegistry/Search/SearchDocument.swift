import CivilTime

/// Something that is looked for in memory, as lists show it.
protocol SearchedItem: Sendable {
    /// By what it can be narrowed: how many facets its documents have.
    static var facets: Int { get }
    /// The record that it is of: with that, it is replaced.
    var record: String { get }
    /// Its own name, of which there is one; what lists are sorted by last.
    var reference: String { get }
    var recordedAt: Instant { get }
    /// What lists show of it, as people wrote it.
    var shownTexts: [String] { get }
}

/// An item as the index takes it in.
struct SearchDocument<Item: SearchedItem>: Sendable {
    /// Terms of one field or of several that weigh alike.
    struct Field: Sendable {
        /// 1 to 15: how much a term here says about the item.
        let weight: UInt8
        let terms: [String]
    }

    let summary: Item
    /// The title in lower case without accents, by which lists are sorted.
    let sortTitle: String
    let fields: [Field]
    /// What it has of each facet, in their order.
    let facets: [[String]]
    /// Its texts beyond those that lists show, for excerpts.
    let texts: [SearchedText]

    var place: SearchPlace { SearchPlace(title: sortTitle, reference: summary.reference) }
}

/// A text of an item.
struct SearchedText: Sendable {
    /// As the record calls it.
    let field: String
    /// `fr` or `en`.
    let language: String
    let text: String
}

/// Where an item stands in the order of titles.
struct SearchPlace: Sendable, Hashable, Comparable {
    let title: String
    let reference: String

    static func < (left: SearchPlace, right: SearchPlace) -> Bool {
        left.title == right.title ? left.reference < right.reference : left.title < right.title
    }
}

/// The terms of an item's fields.
enum SearchedTerms {
    /// No term: what stands between two texts.
    static let border = ""

    /// A phrase does not go on from one text into the next.
    static func of(_ texts: [String?]) -> [String] {
        texts.compactMap { $0 }.map(SearchTerm.terms).joined(separator: [border]).map { $0 }
    }
}
