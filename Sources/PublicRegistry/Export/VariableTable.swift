/// The variables of the catalogue's datasets as a table.
public enum VariableTable {
    public static let columns: [TableColumn<VariableSummary>] = [
        TableColumn("dataset", fr: "Référence de la base", en: "The dataset's reference") { $0.dataset },
        TableColumn("datasetTitleFr", fr: "Titre de la base, en français", en: "The dataset's title, in French") {
            $0.datasetTitle.fr
        },
        TableColumn("datasetTitleEn", fr: "Titre de la base, en anglais", en: "The dataset's title, in English") {
            $0.datasetTitle.en
        },
        TableColumn("table", fr: "Nom de la table", en: "The table's name") { $0.table },
        TableColumn("tableTitleFr", fr: "Titre de la table, en français", en: "The table's title, in French") {
            $0.tableTitle?.fr
        },
        TableColumn("tableTitleEn", fr: "Titre de la table, en anglais", en: "The table's title, in English") {
            $0.tableTitle?.en
        },
        TableColumn("name", fr: "Nom de la variable", en: "The variable's name") { $0.name },
        TableColumn("titleFr", fr: "Titre en français", en: "Title in French") { $0.title?.fr },
        TableColumn("titleEn", fr: "Titre en anglais", en: "Title in English") { $0.title?.en },
        TableColumn("descriptionFr", fr: "Description en français", en: "Description in French") { $0.description?.fr },
        TableColumn("descriptionEn", fr: "Description en anglais", en: "Description in English") { $0.description?.en },
        TableColumn("type", fr: "Type, selon Table Schema", en: "Type, as Table Schema names it") { $0.type },
    ]
    /// A variable has no name of its own: its dataset, its table and its name together.
    public static let key = ["dataset", "table", "name"]
}
