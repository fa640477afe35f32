/// A field of a record as people write it: in the inputs of a form, in the columns of a table.
public struct RecordField: Sendable {
    public let name: String
    public let shape: FieldShape

    init(_ name: String, _ shape: FieldShape) {
        self.name = name
        self.shape = shape
    }
}

/// What a field holds. The record's own reader judges the values; a shape only says how they are written.
public indirect enum FieldShape: Sendable {
    /// A text of one line.
    case line
    /// A text of several lines in no language.
    case text
    /// A date YYYY-MM-DD.
    case date
    /// A count.
    case number
    /// Yes, no, or nothing said.
    case flag
    /// One of these code words.
    case choice([String])
    /// A text in French and in English; long ones get several lines.
    case localized(isLong: Bool)
    /// Lists of words in French and in English.
    case localizedWords
    /// Texts, one a line.
    case lines
    /// Words of vocabularies, one a line: a text or an IRI, or `IRI | French | English`.
    case terms
    /// The variables of a table, one a line: `name | type | French | English`, as far as there is something to say.
    case variables
    /// An object with fields of its own. `main` is the field that the object may be named by.
    case group([RecordField], main: String?)
    /// Several such objects.
    case groups([RecordField], main: String?)
}

/// The fields of the records, in the order in which an editor fills them.
enum RecordFields {
    static let organisation: [RecordField] = [
        RecordField("name", .line), RecordField("sector", .line), RecordField("country", .line),
        RecordField("homepage", .line), RecordField("email", .line), RecordField("type", .line),
        RecordField("note", .localized(isLong: true)), RecordField("trustedDataHolder", .flag),
    ]

    static let contact: [RecordField] = [
        RecordField("name", .line), RecordField("email", .line), RecordField("telephone", .line),
        RecordField("postal", .text), RecordField("url", .line),
    ]

    static let distribution: [RecordField] = [
        RecordField("title", .localized(isLong: false)), RecordField("description", .localized(isLong: true)),
        RecordField("url", .line), RecordField("format", .line), RecordField("byteSize", .number),
        RecordField("rights", .line),
    ]

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> FieldShape {
        .choice(type.allCases.map(\.rawValue))
    }
}

extension Project {
    static let fields: [RecordField] = [
        RecordField("title", .localized(isLong: false)), RecordField("acronym", .line),
        RecordField("status", RecordFields.choice(ProjectStatus.self)),
        RecordField("procedure", RecordFields.choice(Procedure.self)),
        RecordField("summary", .localized(isLong: true)), RecordField("purpose", .localized(isLong: true)),
        RecordField("publicInterest", .localized(isLong: true)), RecordField("methods", .localized(isLong: true)),
        RecordField("expectedOutputs", .localized(isLong: true)),
        RecordField("controllers", .groups(RecordFields.organisation, main: "name")),
        RecordField("processors", .groups(RecordFields.organisation, main: "name")),
        RecordField("funders", .groups(RecordFields.organisation, main: "name")),
        RecordField("datasets", .lines),
        RecordField("unlistedDatasets", .groups([RecordField("fr", .line), RecordField("en", .line)], main: nil)),
        RecordField("linkage", .localized(isLong: true)), RecordField("legalBases", .lines),
        RecordField("sensitivity", RecordFields.choice(Sensitivity.self)),
        RecordField("accessType", RecordFields.choice(AccessType.self)),
        RecordField(
            "authorisations",
            .groups(
                [
                    RecordField("body", .line), RecordField("reference", .line), RecordField("date", .date),
                    RecordField("outcome", .line),
                ], main: "body")),
        RecordField("timeline", .groups([RecordField("step", .line), RecordField("date", .date)], main: "step")),
        RecordField("startsOn", .date), RecordField("endsOn", .date), RecordField("retentionEndsOn", .date),
        RecordField("transfersOutsideEU", .flag),
        RecordField(
            "objection",
            .group([RecordField("applies", .flag), RecordField("reason", .localized(isLong: true))], main: nil)),
        RecordField(
            "results",
            .groups(
                [
                    RecordField("kind", .line), RecordField("title", .localized(isLong: false)),
                    RecordField("url", .line), RecordField("date", .date),
                ], main: nil)),
        RecordField("resultsDueOn", .date), RecordField("contact", .group(RecordFields.contact, main: "name")),
        RecordField("keywords", .localizedWords), RecordField("domains", .lines),
        RecordField("sourceVersion", .line), RecordField("effectiveOn", .date),
        RecordField("otherFields", .groups([RecordField("name", .line), RecordField("value", .text)], main: "name")),
    ]
}

extension Dataset {
    static let fields: [RecordField] = [
        RecordField("title", .localized(isLong: false)), RecordField("acronym", .line), RecordField("doi", .line),
        RecordField("catalogueReference", .line), RecordField("domain", .line),
        RecordField("keywords", .localizedWords), RecordField("description", .localized(isLong: true)),
        RecordField("funding", .localized(isLong: true)),
        RecordField("contacts", .groups(RecordFields.contact, main: "name")),
        RecordField("publisher", .group(RecordFields.organisation, main: "name")),
        RecordField(
            "coverage",
            .group(
                [
                    RecordField("population", .localized(isLong: true)), RecordField("individuals", .number),
                    RecordField("records", .number), RecordField("places", .localized(isLong: true)),
                    RecordField("spatial", .terms), RecordField("careKinds", .lines), RecordField("regions", .lines),
                    RecordField(
                        "period",
                        .group([RecordField("startsOn", .date), RecordField("endsOn", .date)], main: nil)),
                    RecordField("ages", .group([RecordField("from", .number), RecordField("to", .number)], main: nil)),
                ], main: nil)),
        RecordField("updateFrequency", .localized(isLong: false)), RecordField("accessRights", .line),
        RecordField("legislation", .terms), RecordField("provenance", .localized(isLong: true)),
        RecordField("type", .terms), RecordField("healthCategories", .terms), RecordField("healthThemes", .terms),
        RecordField("healthDataAccessBody", .group(RecordFields.organisation, main: "name")),
        RecordField("distributions", .groups(RecordFields.distribution, main: nil)),
        RecordField("sample", .group(RecordFields.distribution, main: nil)), RecordField("standards", .terms),
        RecordField("codings", .terms), RecordField("purposes", .terms), RecordField("linkedDatabase", .line),
        RecordField(
            "tables",
            .groups(
                [
                    RecordField("name", .line), RecordField("title", .localized(isLong: false)),
                    RecordField("description", .localized(isLong: true)),
                    RecordField("variables", .variables),
                ], main: "name")),
        RecordField("sourceVersion", .line), RecordField("effectiveOn", .date),
    ]
}

extension Release {
    static let fields: [RecordField] = [
        RecordField("project", .line), RecordField("projectVersion", .line), RecordField("dataset", .line),
        RecordField("recipient", .line), RecordField("sensitivity", RecordFields.choice(Sensitivity.self)),
        RecordField("legalBasis", .line), RecordField("recurrence", RecordFields.choice(Recurrence.self)),
        RecordField("releasedOn", .date), RecordField("optOutsApplied", .flag), RecordField("certificate", .line),
        RecordField("sourceVersion", .line),
    ]
}
