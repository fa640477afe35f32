public import CivilTime
import SQLDatabase
public import StrictJSON

/// A release as the list of its project shows it: all that is known of it.
public struct ReleaseSummary: Sendable, Hashable {
    public let id: String
    public let project: String
    /// The source's label of the project's version.
    public let projectVersion: String?
    /// The ordinal of that version; nil where none or several versions have that label, so that none is linked.
    public let linkedN: Int?
    public let dataset: NamedDataset
    public let recipient: String
    public let sensitivity: Sensitivity?
    public let legalBasis: String?
    public let recurrence: Recurrence?
    public let releasedOn: CalendarDate?
    public let optOutsApplied: Bool?
    public let certificate: String?
    /// The newest version's ordinal of the release's own record.
    public let n: Int
    public let recordedAt: Instant

    init(_ row: Row) throws {
        id = try row["id"]
        project = try row["project"]
        projectVersion = try row["project_version"]
        linkedN = try row["linked_n"]
        dataset = NamedDataset(
            reference: try row["dataset"],
            title: LocalizedText(fr: try row["title_fr"], en: try row["title_en"]))
        recipient = try row["recipient"]
        sensitivity = try (row["sensitivity"] as String?).flatMap(Sensitivity.init)
        legalBasis = try row["legal_basis"]
        recurrence = try (row["recurrence"] as String?).flatMap(Recurrence.init)
        releasedOn = CalendarDate(try row["released_on"] as String)
        optOutsApplied = try row["opt_outs_applied"]
        certificate = try row["certificate"]
        n = try row["n"]
        recordedAt = try row["recorded_at"]
    }

    static func listing(ofProject reference: String, filters: JSON) -> Listing {
        var conditions = Conditions("release.shown = 1")
        conditions.add(reference) { "release.project = \($0)" }
        return Listing(
            select: """
                release.*, dataset.title_fr, dataset.title_en,
                (SELECT CASE WHEN count(*) = 1 THEN min(version.n) END FROM record_version AS version
                 WHERE version.kind = 'project' AND version.reference = release.project
                   AND version.source_version = release.project_version) AS linked_n
                """,
            from: """
                release LEFT JOIN dataset ON dataset.reference = release.dataset AND dataset.shown = 1
                """,
            conditions: conditions, table: "release", sort: ["released_on", "id"], direction: .descending,
            filters: filters)
    }

    /// What the API's lists write; `api` is the path that the API stands under.
    public func json(api: String) -> JSON {
        .object(ofPresent: [
            "id": id.json, "project": project.json, "projectVersion": projectVersion?.json,
            "dataset": dataset.reference.json, "datasetTitle": dataset.title?.json, "recipient": recipient.json,
            "sensitivity": sensitivity?.json, "legalBasis": legalBasis?.json, "recurrence": recurrence?.json,
            "releasedOn": releasedOn?.json, "optOutsApplied": optOutsApplied?.json,
            "certificate": certificate?.json, "version": .integer(Int64(n)),
            "recordedAt": .string(recordedAt.description),
            "links": .object(ofPresent: [
                "project": .string("\(api)/projects/\(project)"),
                "projectVersion": linkedN.map { .string("\(api)/projects/\(project)/versions/\($0)") },
                "dataset": dataset.isInCatalogue ? .string("\(api)/datasets/\(dataset.reference)") : nil,
            ]),
        ])
    }
}
