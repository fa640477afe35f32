import CivilTime
import StrictJSON

/// A dataset of the catalogue.
///
/// Everything but the reference may be missing; `missing` says what keeps it from being shown.
public struct Dataset: Sendable, Hashable {
    public let reference: String
    public let sourceVersion: String?
    public let title: LocalizedText?
    public let acronym: String?
    public let doi: String?
    /// Its name in another catalogue.
    public let catalogueReference: String?
    public let domain: String?
    public let keywords: LocalizedWords?
    public let description: LocalizedText?
    public let funding: LocalizedText?
    public let contacts: [Contact]
    public let publisher: Organisation?
    public let coverage: Coverage?
    public let updateFrequency: LocalizedText?
    public let accessRights: String?
    public let legislation: [String]
    public let provenance: LocalizedText?
    public let type: String?
    public let healthCategories: [String]
    public let healthThemes: [String]
    public let healthDataAccessBody: Organisation?
    public let distributions: [Distribution]
    public let sample: Distribution?
    public let standards: [String]
    public let codings: [String]
    public let tables: [DatasetTable]
    /// The id of the linked database that carries objections into this dataset.
    public let linkedDatabase: String?
}

extension Dataset: RecordObject {
    init?(from reader: inout RecordReader) {
        let reference: RecordReference? = reader.required("reference")
        let linkedDatabase: RecordReference? = reader.one("linkedDatabase")
        sourceVersion = reader.one("sourceVersion")
        title = reader.one("title")
        acronym = reader.one("acronym")
        doi = reader.one("doi")
        catalogueReference = reader.one("catalogueReference")
        domain = reader.one("domain")
        keywords = reader.one("keywords")
        description = reader.one("description")
        funding = reader.one("funding")
        contacts = reader.list("contacts")
        publisher = reader.one("publisher")
        coverage = reader.one("coverage")
        updateFrequency = reader.one("updateFrequency")
        accessRights = reader.one("accessRights")
        legislation = reader.list("legislation")
        provenance = reader.one("provenance")
        type = reader.one("type")
        healthCategories = reader.list("healthCategories")
        healthThemes = reader.list("healthThemes")
        healthDataAccessBody = reader.one("healthDataAccessBody")
        distributions = reader.list("distributions")
        sample = reader.one("sample")
        standards = reader.list("standards")
        codings = reader.list("codings")
        tables = reader.list("tables")
        self.linkedDatabase = linkedDatabase?.text
        guard let reference else { return nil }
        self.reference = reference.text
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "reference": reference.json, "sourceVersion": sourceVersion?.json, "title": title?.json,
            "acronym": acronym?.json, "doi": doi?.json, "catalogueReference": catalogueReference?.json,
            "domain": domain?.json, "keywords": keywords?.json, "description": description?.json,
            "funding": funding?.json, "contacts": contacts.json, "publisher": publisher?.json,
            "coverage": coverage?.json, "updateFrequency": updateFrequency?.json,
            "accessRights": accessRights?.json, "legislation": legislation.json, "provenance": provenance?.json,
            "type": type?.json, "healthCategories": healthCategories.json, "healthThemes": healthThemes.json,
            "healthDataAccessBody": healthDataAccessBody?.json, "distributions": distributions.json,
            "sample": sample?.json, "standards": standards.json, "codings": codings.json, "tables": tables.json,
            "linkedDatabase": linkedDatabase?.json,
        ]
    }
}

extension Dataset: RegisterRecord {
    static let kind = RecordKind.dataset
    static let referenceField = "reference"

    var missing: [String] { title == nil ? ["title"] : [] }
}
