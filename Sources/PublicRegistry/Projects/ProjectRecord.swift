public import CivilTime
public import StrictJSON

/// One version of a project, whole.
public struct ProjectRecord: Sendable {
    public let project: Project
    /// This version's ordinal within the project.
    public let n: Int
    /// The ordinal of the project's newest version.
    public let newestN: Int
    public let recordedAt: Instant
    /// SHA-256, in hexadecimal, of the version's canonical JSON: it never changes for one `n`.
    public let contentHash: String
    /// The datasets of `project.datasets` in the same order, with the catalogue's titles as they are today.
    public let datasets: [NamedDataset]
    let content: JSON

    /// The version's own content with its ordinal, its time and its links beside it.
    public func json(api: String) -> JSON {
        let own = "\(api)/projects/\(project.reference)"
        var members = content.object ?? [:]
        members["version"] = .integer(Int64(n))
        members["recordedAt"] = .string(recordedAt.description)
        members["links"] = [
            "self": .string(n == newestN ? own : "\(own)/versions/\(n)"), "current": .string(own),
            "versions": .string("\(own)/versions"), "releases": .string("\(own)/releases"),
            "datasets": .array(datasets.filter(\.isInCatalogue).map { .string("\(api)/datasets/\($0.reference)") }),
        ]
        return .object(members)
    }
}

/// A dataset as a project names it.
public struct NamedDataset: Sendable, Hashable {
    public let reference: String
    /// Nil where the catalogue does not show such a dataset.
    public let title: LocalizedText?

    public init(reference: String, title: LocalizedText?) {
        self.reference = reference
        self.title = title
    }

    /// Whether there is a page to link to.
    public var isInCatalogue: Bool { title != nil }
}

/// A line of a project's history.
public struct ProjectVersion: Sendable, Hashable {
    public let n: Int
    /// The source's label; it may repeat.
    public let sourceVersion: String?
    public let recordedAt: Instant
    /// Names of the fields that say something else than in the version before, sorted; none for the first version.
    public let changedFields: [String]
    /// Whether it differs from the version before by typography alone, which is not shown as a change.
    public let isTypographyOnly: Bool
}
