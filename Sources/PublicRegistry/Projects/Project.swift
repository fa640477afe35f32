public import CivilTime
import StrictJSON

/// A project that uses health data, as the public register has it (R.1461-9 CSP, EHDS art. 58).
///
/// Everything but the reference may be missing: import is lenient, and `missing` says what keeps it from being shown.
public struct Project: Sendable, Hashable {
    public let reference: String
    /// The source's label of this version; it may repeat with another content.
    public let sourceVersion: String?
    /// The day from which this version holds, as its source says.
    public let effectiveOn: CalendarDate?
    public let title: LocalizedText?
    public let acronym: String?
    /// For everybody, up to 3,000 characters.
    public let summary: LocalizedText?
    public let purpose: LocalizedText?
    public let publicInterest: LocalizedText?
    public let methods: LocalizedText?
    public let expectedOutputs: LocalizedText?
    public let status: ProjectStatus?
    public let procedure: Procedure?
    public let controllers: [Organisation]
    public let processors: [Organisation]
    public let funders: [Organisation]
    /// References of the catalogue's datasets, whether or not it has them.
    public let datasets: [String]
    /// Data that no catalogue lists.
    public let unlistedDatasets: [LocalizedText]
    public let linkage: LocalizedText?
    public let legalBases: [String]
    public let sensitivity: Sensitivity?
    public let accessType: AccessType?
    public let authorisations: [Authorisation]
    public let timeline: [TimelineStep]
    public let startsOn: CalendarDate?
    public let endsOn: CalendarDate?
    public let retentionEndsOn: CalendarDate?
    public let transfersOutsideEU: Bool?
    public let objection: ObjectionTerms?
    public let results: [ProjectResult]
    public let resultsDueOn: CalendarDate?
    public let contact: Contact?
    public let keywords: LocalizedWords?
    public let domains: [String]
    /// What the source says that none of the fields above has room for, in its own words.
    public let otherFields: [SourceField]
}

extension Project: RecordObject {
    /// The length up to which a summary is one.
    private static let longestSummary = 3000

    init?(from reader: inout RecordReader) {
        let reference: RecordReference? = reader.required("reference")
        sourceVersion = reader.one("sourceVersion")
        effectiveOn = reader.one("effectiveOn")
        title = reader.one("title")
        acronym = reader.one("acronym")
        summary = reader.one("summary")
        purpose = reader.one("purpose")
        publicInterest = reader.one("publicInterest")
        methods = reader.one("methods")
        expectedOutputs = reader.one("expectedOutputs")
        status = reader.one("status")
        procedure = reader.one("procedure")
        controllers = reader.list("controllers")
        processors = reader.list("processors")
        funders = reader.list("funders")
        let datasets: [RecordReference] = reader.list("datasets")
        self.datasets = datasets.map(\.text)
        unlistedDatasets = reader.list("unlistedDatasets")
        linkage = reader.one("linkage")
        legalBases = reader.list("legalBases")
        sensitivity = reader.one("sensitivity")
        accessType = reader.one("accessType")
        authorisations = reader.list("authorisations")
        timeline = reader.list("timeline")
        startsOn = reader.one("startsOn")
        endsOn = reader.one("endsOn")
        retentionEndsOn = reader.one("retentionEndsOn")
        transfersOutsideEU = reader.one("transfersOutsideEU")
        objection = reader.one("objection")
        results = reader.list("results")
        resultsDueOn = reader.one("resultsDueOn")
        contact = reader.one("contact")
        keywords = reader.one("keywords")
        domains = reader.list("domains")
        otherFields = reader.list("otherFields")
        if let summary, summary.all.contains(where: { $0.count > Self.longestSummary }) {
            reader.remark("summary", "tooLong", String(Self.longestSummary))
        }
        guard let reference else { return nil }
        self.reference = reference.text
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "reference": reference.json, "sourceVersion": sourceVersion?.json, "effectiveOn": effectiveOn?.json,
            "title": title?.json,
            "acronym": acronym?.json, "summary": summary?.json, "purpose": purpose?.json,
            "publicInterest": publicInterest?.json, "methods": methods?.json,
            "expectedOutputs": expectedOutputs?.json, "status": status?.json, "procedure": procedure?.json,
            "controllers": controllers.json, "processors": processors.json, "funders": funders.json,
            "datasets": datasets.json, "unlistedDatasets": unlistedDatasets.json, "linkage": linkage?.json,
            "legalBases": legalBases.json, "sensitivity": sensitivity?.json, "accessType": accessType?.json,
            "authorisations": authorisations.json, "timeline": timeline.json, "startsOn": startsOn?.json,
            "endsOn": endsOn?.json, "retentionEndsOn": retentionEndsOn?.json,
            "transfersOutsideEU": transfersOutsideEU?.json, "objection": objection?.json, "results": results.json,
            "resultsDueOn": resultsDueOn?.json, "contact": contact?.json, "keywords": keywords?.json,
            "domains": domains.json, "otherFields": otherFields.json,
        ]
    }
}

extension Project: RegisterRecord {
    static let kind = RecordKind.project
    static let referenceField = "reference"

    var missing: [String] {
        [
            title == nil ? "title" : nil, summary == nil ? "summary" : nil, status == nil ? "status" : nil,
            controllers.isEmpty ? "controllers" : nil,
        ].compactMap { $0 }
    }
}
