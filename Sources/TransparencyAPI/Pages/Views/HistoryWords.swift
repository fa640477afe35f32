import CivilTime
import PublicRegistry
import StrictJSON

/// The words of a record's history.
struct HistoryWords: Sendable {
    let kind: RecordKind
    let language: Language
    /// What other records are called; empty where values are not shown.
    var names = RecordNames()

    /// A field, with a capital: “Intérêt public”.
    func field(_ name: String) -> String {
        let word =
            switch (kind, name) {
            case (.dataset, "title"): language.pick(fr: "titre", en: "title")
            case (.dataset, "acronym"): language.pick(fr: "sigle", en: "acronym")
            case (.dataset, "description"): language.pick(fr: "présentation", en: "description")
            case (.dataset, "publisher"): language.pick(fr: "tenue par", en: "held by")
            case (.dataset, "coverage"): language.pick(fr: "qui elle couvre", en: "whom it covers")
            case (.dataset, "contacts"): language.pick(fr: "contacts", en: "contacts")
            case (.dataset, "keywords"): language.pick(fr: "mots-clés", en: "keywords")
            case (.dataset, "tables"): language.pick(fr: "tables et variables", en: "tables and variables")
            case (.dataset, "distributions"): language.pick(fr: "formes", en: "distributions")
            case (.dataset, "sample"): language.pick(fr: "échantillon", en: "sample")
            case (.dataset, "codings"): language.pick(fr: "nomenclatures", en: "codings")
            case (.dataset, "healthCategories"): language.pick(fr: "catégories de données", en: "health categories")
            case (.dataset, "healthThemes"): language.pick(fr: "thèmes de santé", en: "health themes")
            case (.dataset, "linkedDatabase"): language.pick(fr: "base liée", en: "linked database")
            case (_, "effectiveOn"): language.pick(fr: "en vigueur depuis", en: "in effect since")
            case (_, "reference"): language.pick(fr: "référence", en: "reference")
            case (.project, "startsOn"): language.pick(fr: "date de début", en: "start date")
            case (.project, "endsOn"): language.pick(fr: "date de fin", en: "end date")
            case (.project, "resultsDueOn"): language.pick(fr: "résultats attendus avant le", en: "results due before")
            case (.project, "domains"): language.pick(fr: "domaines", en: "domains")
            case (.project, "unlistedDatasets"):
                language.pick(fr: "données hors catalogue", en: "data outside the catalogue")
            case (_, "sourceVersion"): Labels(language).projectField(name)
            case (.dataset, _): DatasetPage.label(name, language)
            case (_, _): Labels(language).projectField(name)
            }
        return word.prefix(1).uppercased() + word.dropFirst()
    }

    /// Names in a sentence: “méthodes, statut”.
    func fields(_ names: [String]) -> String {
        var words: [String] = []
        for name in names {
            let word = field(name)
            let lower = word.prefix(1).lowercased() + word.dropFirst()
            if !words.contains(lower) { words.append(lower) }
        }
        return words.joined(separator: ", ")
    }

    /// A value that is no text but a code, a date or a truth; nil where it is shown as it stands.
    func value(_ field: String, _ json: JSON?) -> String? {
        if let truth = json?.bool {
            return truth ? language.pick(fr: "Oui", en: "Yes") : language.pick(fr: "Non", en: "No")
        }
        guard let text = json?.string else { return nil }
        let labels = Labels(language)
        return switch (kind, field) {
        case (.project, "status"): labels.projectStatus(text).label
        case (.project, "procedure"): labels.procedure(text).label
        case (.project, "sensitivity"): labels.sensitivity(text).label
        case (.project, "accessType"): labels.accessType(text).label
        case (.dataset, "accessRights"): labels.accessRights(text)
        default: CalendarDate(text).map(Words(language).date)
        }
    }

    /// “Version 7”, with the source's own label after it where it has one.
    static func label(_ n: Int, _ sourceVersion: String?) -> String {
        "Version \(n)" + (sourceVersion.map { " (\($0))" } ?? "")
    }

    func act(_ act: ChangeAct) -> Tag {
        switch act {
        case .added: Tag(language.pick(fr: "Ajout", en: "Added"), .live)
        case .changed: Tag(language.pick(fr: "Changement", en: "Changed"), .wait)
        case .corrected: Tag(language.pick(fr: "Correction", en: "Correction"), .wait)
        case .removed: Tag(language.pick(fr: "Retrait", en: "Removed"), .stop)
        case .typography: Tag(language.pick(fr: "Typographie", en: "Typography"), .done)
        }
    }

    func kindName(_ kind: RecordKind) -> String {
        switch kind {
        case .project: language.pick(fr: "Projet", en: "Project")
        case .dataset: language.pick(fr: "Base", en: "Database")
        case .release: language.pick(fr: "Mise à disposition", en: "Release")
        }
    }
}

/// The addresses of a record's pages.
struct RecordPages: Sendable {
    let kind: RecordKind
    let reference: String

    var record: PagePath { kind == .dataset ? .dataset(reference) : .project(reference) }
    var history: PagePath { kind == .dataset ? .datasetHistory(reference) : .projectHistory(reference) }
    func version(_ n: Int) -> PagePath { versions("\(n)") }
    func difference(_ from: Int, _ to: Int) -> PagePath { versions("\(from)..\(to)") }

    func versions(_ text: String) -> PagePath {
        kind == .dataset ? .datasetVersions(reference, text) : .projectVersions(reference, text)
    }

    var section: PageFrame.Section { kind == .dataset ? .datasets : .projects }
}
