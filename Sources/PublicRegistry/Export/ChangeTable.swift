import CivilTime

/// The register's log as a table.
public enum ChangeTable {
    public static let columns: [TableColumn<LoggedChange>] = [
        TableColumn("change", fr: "Numéro du changement", en: "The change's number", datatype: "integer") {
            "\($0.change)"
        },
        TableColumn("kind", fr: "Sorte de fiche", en: "Kind of record") { $0.kind.rawValue },
        TableColumn("reference", fr: "Référence de la fiche", en: "The record's reference") { $0.reference },
        TableColumn("version", fr: "Rang de la version", en: "The version's ordinal", datatype: "integer") {
            "\($0.n)"
        },
        TableColumn(
            "act", fr: "Ce qui s’est passé : added, changed, corrected, removed, typography",
            en: "What happened: added, changed, corrected, removed, typography"
        ) { $0.act.rawValue },
        TableColumn("recordedAt", fr: "Date d’enregistrement", en: "When it was recorded", datatype: "dateTime") {
            "\($0.recordedAt)"
        },
        TableColumn("effectiveOn", fr: "Jour d’effet", en: "The day from which it holds", datatype: "date") {
            $0.effectiveOn?.description
        },
        TableColumn("sourceVersion", fr: "Version selon la source", en: "The version as its source calls it") {
            $0.sourceVersion
        },
        TableColumn("titleFr", fr: "Titre en français", en: "Title in French") { $0.title?.fr },
        TableColumn("titleEn", fr: "Titre en anglais", en: "Title in English") { $0.title?.en },
        TableColumn(
            "changedFields", fr: "Champs qui disent autre chose", en: "Fields that say something else",
            many: { $0.changedFields }),
        TableColumn(
            "typographyFields", fr: "Champs dont seule la typographie change",
            en: "Fields of which typography alone changes",
            many: { $0.typographyFields }),
        TableColumn("reasonFr", fr: "Raison du retrait, en français", en: "Why it was removed, in French") {
            $0.reason?.fr
        },
        TableColumn("reasonEn", fr: "Raison du retrait, en anglais", en: "Why it was removed, in English") {
            $0.reason?.en
        },
        TableColumn("note", fr: "Motif de l’éditeur", en: "Why the version was made") { $0.note },
        TableColumn(
            "contentWithheld", fr: "Le contenu n’est plus public", en: "The content is no longer public",
            datatype: "boolean"
        ) { $0.isWithheld ? "true" : "false" },
    ]
}
