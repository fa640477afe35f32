public import CivilTime
import SQLDatabase
public import StrictJSON

/// A dataset as lists show it.
public struct DatasetSummary: Sendable, Hashable {
    public let reference: String
    public let title: LocalizedText
    public let acronym: String?
    public let description: LocalizedText?
    public let domain: String?
    /// The publisher's name.
    public let publisher: String?
    public let linkedDatabase: String?
    /// How many of the projects that are shown use it.
    public internal(set) var projects: Int
    /// The newest version's ordinal.
    public let n: Int
    public let recordedAt: Instant

    /// The column `projects` beside those of `dataset`.
    static let projectCount = """
        (SELECT count(*) FROM project_dataset JOIN project ON project.reference = project_dataset.project
         WHERE project_dataset.dataset = dataset.reference AND project.shown = 1) AS projects
        """

    init(_ row: Row) throws {
        guard let title = LocalizedText(fr: try row["title_fr"], en: try row["title_en"]) else {
            throw SQLError.decoding("a dataset without title is marked as shown")
        }
        reference = try row["reference"]
        self.title = title
        acronym = try row["acronym"]
        description = LocalizedText(fr: try row["description_fr"], en: try row["description_en"])
        domain = try row["domain"]
        publisher = try row["publisher"]
        linkedDatabase = try row["linked_database"]
        projects = 0
        n = try row["n"]
        recordedAt = try row["recorded_at"]
    }

    /// What the API's lists write; `api` is the path that the API stands under.
    public func json(api: String) -> JSON {
        .object(ofPresent: [
            "reference": reference.json, "title": title.json, "acronym": acronym?.json,
            "description": description?.json, "domain": domain?.json,
            "publisher": publisher.map { ["name": $0.json] }, "linkedDatabase": linkedDatabase?.json,
            "projects": .integer(Int64(projects)), "version": .integer(Int64(n)),
            "recordedAt": .string(recordedAt.description),
            "links": ["self": .string("\(api)/datasets/\(reference)")],
        ])
    }
}

/// A dataset, whole, as its newest version has it.
public struct DatasetRecord: Sendable {
    public let dataset: Dataset
    public let n: Int
    public let recordedAt: Instant
    /// SHA-256, in hexadecimal, of the version's canonical JSON.
    public let contentHash: String
    /// How many of the projects that are shown use it: those that `ProjectQuery.dataset` finds.
    public let projects: Int
    let content: JSON

    /// The dataset's own content, with its ordinal, its time, the count of its projects and its links beside it.
    public func json(api: String) -> JSON {
        var members = content.object ?? [:]
        members["version"] = .integer(Int64(n))
        members["recordedAt"] = .string(recordedAt.description)
        members["projects"] = .integer(Int64(projects))
        members["links"] = [
            "self": .string("\(api)/datasets/\(dataset.reference)"),
            "projects": .string("\(api)/projects?dataset=\(dataset.reference)"),
        ]
        return .object(members)
    }
}
