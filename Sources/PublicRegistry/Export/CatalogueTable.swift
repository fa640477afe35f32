import CivilTime
import SQLDatabase
public import StrictJSON

/// A dataset as files of the whole catalogue have it.
public struct ExportedDataset: Sendable {
    public let dataset: Dataset
    let n: Int
    let recordedAt: Instant
    private let content: JSON

    /// The record itself with its version and time: a line of JSON Lines.
    public var json: JSON {
        var members = content.object ?? [:]
        members["version"] = .integer(Int64(n))
        members["recordedAt"] = .string(recordedAt.description)
        return .object(members)
    }

    fileprivate init(_ row: Row) throws {
        content = try JSON(parsing: (try row["content"] as String).utf8)
        dataset = try Dataset(stored: content)
        n = try row["n"]
        recordedAt = try row["recorded_at"]
    }
}

extension DatasetRegistry {
    /// Datasets that are read at once: their tables may be long.
    public static let exportedAtOnce = 50

    /// The newest versions of some datasets, in this order. One that is no longer shown is left out.
    public func exported(_ references: some Collection<String> & Sendable) async throws -> [ExportedDataset] {
        let references = Array(references)
        guard !references.isEmpty else { return [] }
        let rows = try await database.read { connection in
            try connection.query(
                """
                SELECT d.reference, d.n, d.recorded_at, v.content FROM dataset d
                JOIN record_version v ON v.kind = 'dataset' AND v.reference = d.reference AND v.n = d.n
                WHERE d.shown = 1 AND d.reference IN (\(Placeholders.list(references.count, from: 1)))
                """, parameters: references)
        }
        let datasets = try rows.map(ExportedDataset.init)
        let byReference = Dictionary(uniqueKeysWithValues: datasets.map { ($0.dataset.reference, $0) })
        return references.compactMap { byReference[$0] }
    }
}

/// The catalogue's datasets as a table.
public enum CatalogueTable {
    public static let columns: [TableColumn<ExportedDataset>] = [
        TableColumn("reference", fr: "Référence de la base", en: "The dataset's reference") { $0.dataset.reference },
        TableColumn("version", fr: "Rang de la version", en: "The version's ordinal", datatype: "integer") {
            "\($0.n)"
        },
        TableColumn("recordedAt", fr: "Date d’enregistrement", en: "When it was recorded", datatype: "dateTime") {
            "\($0.recordedAt)"
        },
        TableColumn("titleFr", fr: "Titre en français", en: "Title in French") { $0.dataset.title?.fr },
        TableColumn("titleEn", fr: "Titre en anglais", en: "Title in English") { $0.dataset.title?.en },
        TableColumn("acronym", fr: "Sigle", en: "Acronym") { $0.dataset.acronym },
        TableColumn("doi", fr: "DOI", en: "DOI") { $0.dataset.doi },
        TableColumn("catalogueReference", fr: "Référence au catalogue", en: "Catalogue reference") {
            $0.dataset.catalogueReference
        },
        TableColumn("domain", fr: "Domaine", en: "Domain") { $0.dataset.domain },
        TableColumn("descriptionFr", fr: "Description en français", en: "Description in French") {
            $0.dataset.description?.fr
        },
        TableColumn("descriptionEn", fr: "Description en anglais", en: "Description in English") {
            $0.dataset.description?.en
        },
        TableColumn(
            "keywordsFr", fr: "Mots-clés en français", en: "Keywords in French",
            many: {
                $0.dataset.keywords?.fr ?? []
            }),
        TableColumn(
            "keywordsEn", fr: "Mots-clés en anglais", en: "Keywords in English",
            many: {
                $0.dataset.keywords?.en ?? []
            }),
        TableColumn("publisher", fr: "Tenue par", en: "Held by") { $0.dataset.publisher?.name },
        TableColumn("individuals", fr: "Nombre de personnes", en: "Number of persons", datatype: "integer") {
            $0.dataset.coverage?.individuals.map { "\($0)" }
        },
        TableColumn("records", fr: "Nombre d’enregistrements", en: "Number of records", datatype: "integer") {
            $0.dataset.coverage?.records.map { "\($0)" }
        },
        TableColumn("placesFr", fr: "Territoire, en français", en: "Places, in French") {
            $0.dataset.coverage?.places?.fr
        },
        TableColumn("periodStartsOn", fr: "Début de la période", en: "Start of the period", datatype: "date") {
            $0.dataset.coverage?.period?.startsOn?.description
        },
        TableColumn("periodEndsOn", fr: "Fin de la période", en: "End of the period", datatype: "date") {
            $0.dataset.coverage?.period?.endsOn?.description
        },
        TableColumn("accessRights", fr: "Accès", en: "Access") { $0.dataset.accessRights },
        TableColumn("types", fr: "Types", en: "Types", many: { words($0.dataset.types) }),
        TableColumn(
            "legislation", fr: "Textes applicables", en: "Applicable law",
            many: {
                words($0.dataset.legislation)
            }),
        TableColumn(
            "healthCategories", fr: "Catégories de données de santé", en: "Health categories",
            many: {
                words($0.dataset.healthCategories)
            }),
        TableColumn(
            "healthThemes", fr: "Thèmes de santé", en: "Health themes",
            many: {
                words($0.dataset.healthThemes)
            }),
        TableColumn("standards", fr: "Standards", en: "Standards", many: { words($0.dataset.standards) }),
        TableColumn("codings", fr: "Nomenclatures", en: "Codings", many: { words($0.dataset.codings) }),
        TableColumn("tables", fr: "Tables", en: "Tables", many: { $0.dataset.tables.map(\.name) }),
        TableColumn("variables", fr: "Nombre de variables", en: "Number of variables", datatype: "integer") {
            "\($0.dataset.tables.reduce(0) { $0 + $1.variables.count })"
        },
        TableColumn("linkedDatabase", fr: "Base liée", en: "Linked database") { $0.dataset.linkedDatabase },
    ]

    /// The IRI where there is one: it is what machines know.
    private static func words(_ terms: [CodedTerm]) -> [String] { terms.map { $0.iri?.text ?? $0.words.frenchFirst } }
}
