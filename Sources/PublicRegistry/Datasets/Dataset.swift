public import CivilTime
import StrictJSON

/// A dataset of the catalogue.
///
/// Everything but the reference may be missing; `missing` says what keeps it from being shown.
public struct Dataset: Sendable, Hashable {
    public let reference: String
    public let sourceVersion: String?
    /// The day from which this version holds, as its source says.
    public let effectiveOn: CalendarDate?
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
    public let legislation: [CodedTerm]
    public let provenance: LocalizedText?
    /// What kind of data it is: registry, cohort…
    public let types: [CodedTerm]
    public let healthCategories: [CodedTerm]
    public let healthThemes: [CodedTerm]
    public let healthDataAccessBody: Organisation?
    public let distributions: [Distribution]
    public let sample: Distribution?
    public let standards: [CodedTerm]
    public let codings: [CodedTerm]
    /// What the data may be used for.
    public let purposes: [CodedTerm]
    public let tables: [DatasetTable]
    /// The id of the linked database that carries objections into this dataset.
    public let linkedDatabase: String?
}

extension Dataset: RecordObject {
    init?(from reader: inout RecordReader) {
        let reference: RecordReference? = reader.required("reference")
        let linkedDatabase: RecordReference? = reader.one("linkedDatabase")
        sourceVersion = reader.one("sourceVersion")
        effectiveOn = reader.one("effectiveOn")
        title = reader.one("title")
        acronym = reader.one("acronym")
        doi = reader.one("doi")
        catalogueReference = reader.one("catalogueReference")
        domain = reader.one("domain")
        keywords = reader.one("keywords", or: "keyword")
        description = reader.one("description")
        funding = reader.one("funding")
        contacts = reader.list("contacts", or: "contactPoint")
        publisher = reader.one("publisher")
        coverage = Coverage(ofDataset: &reader)
        updateFrequency = reader.one("updateFrequency", or: "accrualPeriodicity")
        accessRights = reader.one("accessRights")
        legislation = reader.list("legislation", or: "applicableLegislation")
        provenance = reader.one("provenance")
        types = reader.list("type", or: "types")
        healthCategories = reader.list("healthCategories", or: "healthCategory")
        healthThemes = reader.list("healthThemes", or: "healthTheme")
        healthDataAccessBody = reader.one("healthDataAccessBody", or: "hdab")
        distributions = reader.list("distributions", or: "distribution")
        sample = reader.one("sample")
        standards = reader.list("standards", or: "conformsTo")
        codings = reader.list("codings", or: "hasCodingSystem")
        purposes = reader.list("purposes", or: "hasPurpose", "purpose")
        tables = reader.list("tables")
        self.linkedDatabase = linkedDatabase?.text
        guard let reference else { return nil }
        self.reference = reference.text
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "reference": reference.json, "sourceVersion": sourceVersion?.json, "effectiveOn": effectiveOn?.json,
            "title": title?.json,
            "acronym": acronym?.json, "doi": doi?.json, "catalogueReference": catalogueReference?.json,
            "domain": domain?.json, "keywords": keywords?.json, "description": description?.json,
            "funding": funding?.json, "contacts": contacts.json, "publisher": publisher?.json,
            "coverage": coverage?.json, "updateFrequency": updateFrequency?.json,
            "accessRights": accessRights?.json, "legislation": legislation.json, "provenance": provenance?.json,
            "type": types.count == 1 ? types[0].json : types.json, "healthCategories": healthCategories.json,
            "healthThemes": healthThemes.json,
            "healthDataAccessBody": healthDataAccessBody?.json, "distributions": distributions.json,
            "sample": sample?.json, "standards": standards.json, "codings": codings.json, "purposes": purposes.json,
            "tables": tables.json,
            "linkedDatabase": linkedDatabase?.json,
        ]
    }
}

extension Dataset: RegisterRecord {
    static let kind = RecordKind.dataset
    static let referenceField = "reference"

    var missing: [String] { title == nil ? ["title"] : [] }
}
