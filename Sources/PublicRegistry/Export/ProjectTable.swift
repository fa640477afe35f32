import CivilTime
import SQLDatabase
public import StrictJSON

/// A project as files of the whole register have it.
public struct ExportedProject: Sendable {
    public let project: Project
    let n: Int
    let recordedAt: String
    private let content: JSON

    /// The record itself with its version and time: a line of JSON Lines.
    public var json: JSON {
        var members = content.object ?? [:]
        members["version"] = .integer(Int64(n))
        members["recordedAt"] = .string(recordedAt)
        return .object(members)
    }

    fileprivate init(_ row: Row) throws {
        content = try JSON(parsing: (try row["content"] as String).utf8)
        project = try Project(stored: content)
        n = try row["n"]
        recordedAt = (try row["recorded_at"] as Instant).description
    }
}

extension ProjectRegistry {
    /// Projects that are read at once.
    public static let exportedAtOnce = 200

    /// The newest versions of some projects, in this order. One that is no longer shown is left out.
    public func exported(_ references: some Collection<String> & Sendable) async throws -> [ExportedProject] {
        let references = Array(references)
        guard !references.isEmpty else { return [] }
        let rows = try await database.read { connection in
            try connection.query(
                """
                SELECT p.reference, p.n, p.recorded_at, v.content FROM project p
                JOIN record_version v ON v.kind = 'project' AND v.reference = p.reference AND v.n = p.n
                WHERE p.shown = 1 AND p.reference IN (\(Placeholders.list(references.count, from: 1)))
                """, parameters: references)
        }
        let projects = try rows.map(ExportedProject.init)
        let byReference = Dictionary(uniqueKeysWithValues: projects.map { ($0.project.reference, $0) })
        return references.compactMap { byReference[$0] }
    }
}

/// The register's projects as a table.
public enum ProjectTable {
    public static let columns: [TableColumn<ExportedProject>] = [
        TableColumn("reference", fr: "Référence du projet", en: "The project's reference") { $0.project.reference },
        TableColumn("version", fr: "Rang de la version", en: "The version's ordinal", datatype: "integer") {
            "\($0.n)"
        },
        TableColumn("recordedAt", fr: "Date d’enregistrement", en: "When it was recorded", datatype: "dateTime") {
            $0.recordedAt
        },
        TableColumn("titleFr", fr: "Titre en français", en: "Title in French") { $0.project.title?.fr },
        TableColumn("titleEn", fr: "Titre en anglais", en: "Title in English") { $0.project.title?.en },
        TableColumn("acronym", fr: "Sigle", en: "Acronym") { $0.project.acronym },
        TableColumn("summaryFr", fr: "Résumé en français", en: "Summary in French") { $0.project.summary?.fr },
        TableColumn("summaryEn", fr: "Résumé en anglais", en: "Summary in English") { $0.project.summary?.en },
        TableColumn("purposeFr", fr: "Finalité en français", en: "Purpose in French") { $0.project.purpose?.fr },
        TableColumn("purposeEn", fr: "Finalité en anglais", en: "Purpose in English") { $0.project.purpose?.en },
        TableColumn("status", fr: "Statut", en: "Status") { $0.project.status?.rawValue },
        TableColumn("procedure", fr: "Procédure", en: "Procedure") { $0.project.procedure?.rawValue },
        TableColumn(
            "controllers", fr: "Responsables de traitement", en: "Controllers",
            many: {
                $0.project.controllers.map(\.name)
            }),
        TableColumn("processors", fr: "Sous-traitants", en: "Processors", many: { $0.project.processors.map(\.name) }),
        TableColumn("funders", fr: "Financeurs", en: "Funders", many: { $0.project.funders.map(\.name) }),
        TableColumn(
            "datasets", fr: "Références des bases utilisées", en: "References of the datasets used",
            many: {
                $0.project.datasets
            }),
        TableColumn("legalBases", fr: "Bases légales", en: "Legal bases", many: { $0.project.legalBases }),
        TableColumn("sensitivity", fr: "Nature des données", en: "Kind of data") { $0.project.sensitivity?.rawValue },
        TableColumn("accessType", fr: "Accès aux données", en: "Access to the data") {
            $0.project.accessType?.rawValue
        },
        TableColumn("startsOn", fr: "Début", en: "Start", datatype: "date") { $0.project.startsOn?.description },
        TableColumn("endsOn", fr: "Fin", en: "End", datatype: "date") { $0.project.endsOn?.description },
        TableColumn("retentionEndsOn", fr: "Fin de conservation", en: "End of retention", datatype: "date") {
            $0.project.retentionEndsOn?.description
        },
        TableColumn(
            "transfersOutsideEU", fr: "Transferts hors de l’Union", en: "Transfers outside the EU", datatype: "boolean"
        ) {
            $0.project.transfersOutsideEU.map { "\($0)" }
        },
        TableColumn(
            "objectionApplies", fr: "L’opposition s’applique", en: "Whether objection applies", datatype: "boolean"
        ) {
            $0.project.objection.map { "\($0.applies)" }
        },
        TableColumn("resultsDueOn", fr: "Résultats attendus le", en: "Results due on", datatype: "date") {
            $0.project.resultsDueOn?.description
        },
        TableColumn("domains", fr: "Domaines", en: "Domains", many: { $0.project.domains }),
        TableColumn(
            "keywordsFr", fr: "Mots-clés en français", en: "Keywords in French",
            many: {
                $0.project.keywords?.fr ?? []
            }),
        TableColumn(
            "keywordsEn", fr: "Mots-clés en anglais", en: "Keywords in English",
            many: {
                $0.project.keywords?.en ?? []
            }),
    ]
}
