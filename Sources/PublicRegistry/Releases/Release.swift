public import CivilTime
import SQLDatabase
import StrictJSON

/// Data that was handed to a project.
public struct Release: Sendable, Hashable {
    public let id: String
    /// The source's label of this version of the release's own record.
    public let sourceVersion: String?
    /// The project's reference.
    public let project: String?
    /// The source's label of the project's version that the data was released under.
    public let projectVersion: String?
    public let dataset: String?
    /// The name of who received it.
    public let recipient: String?
    public let sensitivity: Sensitivity?
    public let legalBasis: String?
    public let recurrence: Recurrence?
    public let releasedOn: CalendarDate?
    /// Whether persons who had opted out were taken out before.
    public let optOutsApplied: Bool?
    /// The name of the release gate's certificate.
    public let certificate: String?
}

/// Whether a release is repeated.
public enum Recurrence: String, Sendable, Hashable, CaseIterable {
    case oneOff, ongoing
}

extension Recurrence: RecordChoice {}

extension Release: RecordObject {
    init?(from reader: inout RecordReader) {
        let id: RecordReference? = reader.required("id")
        let project: RecordReference? = reader.one("project")
        let dataset: RecordReference? = reader.one("dataset")
        sourceVersion = reader.one("sourceVersion")
        self.project = project?.text
        projectVersion = reader.one("projectVersion")
        self.dataset = dataset?.text
        recipient = reader.one("recipient")
        sensitivity = reader.one("sensitivity")
        legalBasis = reader.one("legalBasis")
        recurrence = reader.one("recurrence")
        releasedOn = reader.one("releasedOn")
        optOutsApplied = reader.one("optOutsApplied")
        certificate = reader.one("certificate")
        guard let id else { return nil }
        self.id = id.text
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "id": id.json, "sourceVersion": sourceVersion?.json, "project": project?.json,
            "projectVersion": projectVersion?.json, "dataset": dataset?.json, "recipient": recipient?.json,
            "sensitivity": sensitivity?.json, "legalBasis": legalBasis?.json, "recurrence": recurrence?.json,
            "releasedOn": releasedOn?.json, "optOutsApplied": optOutsApplied?.json,
            "certificate": certificate?.json,
        ]
    }
}

extension Release: RegisterRecord {
    static let kind = RecordKind.release
    static let referenceField = "id"

    var reference: String { id }

    var missing: [String] {
        [
            project == nil ? "project" : nil, dataset == nil ? "dataset" : nil,
            recipient == nil ? "recipient" : nil,
        ].compactMap { $0 }
    }

    static func publish(_ newest: [NewestVersion<Release>], on connection: any SQLConnection) throws {
        try connection.upsert(
            into: "release",
            columns: [
                "id", "n", "recorded_at", "shown", "project", "project_version", "dataset", "recipient",
                "sensitivity", "legal_basis", "recurrence", "released_on", "opt_outs_applied", "certificate",
            ],
            rows: newest.map(\.columns))
    }
}

extension NewestVersion<Release> {
    fileprivate var columns: [any SQLConvertible] {
        [
            record.id, n, recordedAt, record.missing.isEmpty, record.project, record.projectVersion, record.dataset,
            record.recipient, record.sensitivity?.rawValue, record.legalBasis, record.recurrence?.rawValue,
            record.releasedOn?.description ?? "", record.optOutsApplied, record.certificate,
        ]
    }
}
