import PublicRegistry

/// `/bases/{reference}/tables/{name}`: one table of a dataset with its variables.
struct DatasetTablePage: Page {
    static let template = PageTemplate.datasetTable

    struct Row: Sendable {
        let name: String
        let text: Phrase?
        let type: String
        let coding: String?
        let isKey: Bool
    }

    /// Variables of one page: a page stays light.
    private static let most = 200

    let frame: PageFrame
    let dataset: Phrase
    let datasetHref: String
    let name: String
    let title: Phrase
    let description: Prose?
    let total: String
    let rows: [Row]
    let pager: Pager?
    let dataHref: String

    /// - Parameter number: of the page, from 1 on.
    init(frame: PageFrame, dataset: Dataset, table: DatasetTable, title: Phrase, number: Int, api: String) {
        let language = frame.words
        let (first, count) = ((number - 1).multipliedReportingOverflow(by: Self.most), table.variables.count)
        let start = first.overflow ? count : min(first.partialValue, count)
        self.frame = frame
        self.dataset = Phrase(dataset.title, in: language) ?? Phrase(dataset.reference)
        datasetHref = PagePath.dataset(dataset.reference).path(in: language)
        name = table.name
        self.title = title
        description = Prose(Phrase(table.description, in: language))
        total = Words(language).variables(count)
        rows = table.variables[start..<min(start + Self.most, count)].map { variable in
            Row(
                name: variable.name,
                text: Phrase(variable.description, in: language) ?? Phrase(variable.title, in: language),
                type: VariableWords.type(variable.type, language), coding: variable.coding,
                isKey: table.primaryKey.contains(variable.name))
        }
        let path = PagePath.datasetTable(dataset.reference, table.name).path(in: language)
        pager = Pager(
            first: number > 1 ? path : nil, next: start + Self.most < count ? "\(path)?page=\(number + 1)" : nil)
        dataHref =
            "\(api)/datasets/\(PagePath.encoded(dataset.reference))/tables/\(PagePath.encoded(table.name))"
            + language.pick(fr: "", en: "?language=en")
    }
}

/// `/variables`: which database holds this?
struct VariablesPage: Page {
    static let template = PageTemplate.variables

    struct Item: Sendable {
        let name: String
        let text: Phrase?
        let type: String
        let tableHref: String
        let table: Phrase
        let datasetHref: String
        let dataset: Phrase
    }

    struct Holder: Sendable {
        let href: String
        let label: String
        let count: String
        let isChosen: Bool
    }

    let frame: PageFrame
    let query: String
    /// The dataset that the search keeps to.
    let dataset: String?
    let total: String
    let isFiltered: Bool
    /// The databases that hold some of what was found.
    let holders: [Holder]
    /// “et 3 autres”.
    let others: String?
    let items: [Item]
    let pager: Pager?
    let files: [DataFile]

    /// - Parameter titles: of the catalogue, by reference.
    init(
        frame: PageFrame, query: VariableQuery, results: VariableResults, titles: [String: String], pager: Pager?
    ) {
        let language = frame.words
        let words = Words(language)
        self.frame = frame
        self.query = query.text
        dataset = query.dataset
        total = words.variables(results.page.total)
        isFiltered = !query.text.isEmpty || query.dataset != nil
        let list = PagePath.variables.path(in: language)
        holders = results.datasets.map { holder in
            let isChosen = holder.reference == query.dataset
            return Holder(
                href: list
                    + PageQuery([("q", query.text), ("dataset", isChosen ? "" : holder.reference)]).text,
                label: titles[holder.reference] ?? holder.reference, count: words.number(holder.variables),
                isChosen: isChosen)
        }
        others =
            results.others > 0
            ? language.pick(
                fr: "et \(words.datasets(results.others)) de plus", en: "and \(words.datasets(results.others)) more")
            : nil
        items = results.page.items.map { variable in
            Item(
                name: variable.name,
                text: Phrase(variable.description, in: language) ?? Phrase(variable.title, in: language),
                type: VariableWords.type(variable.type, language),
                tableHref: PagePath.datasetTable(variable.dataset, variable.table).path(in: language),
                table: Phrase(variable.tableTitle, in: language) ?? Phrase(variable.table),
                datasetHref: PagePath.dataset(variable.dataset).path(in: language),
                dataset: Phrase(variable.datasetTitle, in: language) ?? Phrase(variable.dataset))
        }
        self.pager = pager
        files = DataFile.all(
            of: "\(Portal.api)/variables", query: PageQuery([("q", query.text), ("dataset", query.dataset ?? "")]).text)
    }
}

/// The words for what variables hold.
enum VariableWords {
    /// A type of Table Schema; another word as it stands.
    static func type(_ type: String?, _ language: Language) -> String {
        switch type {
        case "string": language.pick(fr: "texte ou code", en: "text or code")
        case "integer": language.pick(fr: "nombre entier", en: "whole number")
        case "number": language.pick(fr: "nombre", en: "number")
        case "boolean": language.pick(fr: "oui ou non", en: "yes or no")
        case "date": language.pick(fr: "date", en: "date")
        case "time": language.pick(fr: "heure", en: "time")
        case "datetime": language.pick(fr: "date et heure", en: "date and time")
        case "year": language.pick(fr: "année", en: "year")
        case "yearmonth": language.pick(fr: "mois", en: "month")
        case "duration": language.pick(fr: "durée", en: "duration")
        case "geopoint", "geojson": language.pick(fr: "lieu", en: "place")
        case let other?: other
        case nil: language.pick(fr: "non précisé", en: "not said")
        }
    }
}
