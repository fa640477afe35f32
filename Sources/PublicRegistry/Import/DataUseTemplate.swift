import CivilTime
import Crypto
import StrictJSON

/// The data-use register's template of HDR UK, as a table of projects: English texts, dates in several spellings, words
/// that differ from ours.
///
/// What says the same as a field of ours goes there. Whatever else a line says is kept under the column's own name in
/// `otherFields`, and told; nothing is guessed. See docs/editing.md for the whole map.
struct DataUseTemplate: TableReading {
    let remarks: [FieldError] = []
    /// The columns in order, each by the name that we know it by.
    private let columns: [(name: String, key: String)]
    private let catalogue: KnownDatasets

    private static let marks: Set<String> = [
        "project_title", "lay_summary", "organisation_name", "public_benefit_statement", "dataset_names",
        "latest_approval_date", "request_category_type", "data_sensitivity_level",
    ]

    /// Whether a line of names is the template's: its title, and two more of the columns that only it has.
    static func fits(_ names: [String]) -> Bool {
        let keys = Set(names.map(key))
        return keys.contains("project_title") && marks.intersection(keys).count >= 3
    }

    init(_ names: [String], catalogue: KnownDatasets) {
        columns = names.map { ($0, Self.key($0)) }
        self.catalogue = catalogue
    }

    /// `Project Title*` is `project_title`.
    private static func key(_ name: String) -> String { FoldedText.words(of: name).joined(separator: "_") }

    func patch(_ cells: [String], line: Int) -> Result<RecordPatch, FieldError> {
        guard cells.count == columns.count else {
            return .failure(FieldError(pointer: "", code: "cells", arguments: ["\(cells.count)", "\(columns.count)"]))
        }
        var row = Row(line: line, catalogue: catalogue)
        for (column, cell) in zip(columns, cells) {
            let text = CSV.text(ofCell: cell).trimming(while: \.isWhitespace)
            row.texts[column.key] = text.isEmpty ? nil : text
            if !text.isEmpty { row.names[column.key] = column.name }
        }
        return row.patch()
    }

    /// One line while it is read: what was used is taken out, and what remains is kept as it is.
    private struct Row {
        let line: Int
        let catalogue: KnownDatasets
        var texts: [String: String] = [:]
        var names: [String: String] = [:]
        private var referenceColumn = "project_title"
        private var parts: [RecordPatch.Part] = []
        private var others: [JSON] = []
        private var remarks: [FieldError] = []

        init(line: Int, catalogue: KnownDatasets) {
            self.line = line
            self.catalogue = catalogue
        }

        mutating func patch() -> Result<RecordPatch, FieldError> {
            guard let reference = reference() else {
                return .failure(FieldError(pointer: "project_title", code: "required"))
            }
            for (key, field) in [
                ("project_title", "title"), ("lay_summary", "summary"), ("public_benefit_statement", "publicInterest"),
                ("technical_summary", "methods"), ("dataset_linkage_description", "linkage"),
            ] { text(key, [field, "en"]) }
            controller()
            organisations("funders_and_sponsors", "funders")
            organisations("funders", "funders")
            word("status", "status", Self.statuses)
            word("project_status", "status", Self.statuses)
            word("data_sensitivity_level", "sensitivity", Self.sensitivities)
            word("access_type", "accessType", Self.accessTypes)
            date("project_start_date", "startsOn")
            date("project_end_date", "endsOn")
            lists()
            datasets()
            timeline()
            optOut()
            outputs()
            for key in texts.keys.sorted() { keep(key) }
            set(["otherFields"], others.isEmpty ? nil : .array(others), "")
            var patch = RecordPatch(
                line: line, reference: reference, referenceColumn: referenceColumn, parts: parts, remarks: remarks)
            patch.remarks.sort { $0.pointer < $1.pointer }
            return .success(patch)
        }

        /// The source's id where it can be an address of ours, else a name that title and organisation make: the same in each
        /// file that has them.
        private mutating func reference() -> String? {
            for key in ["project_id_text", "project_id", "reference", "project_reference", "id"] {
                guard let text = texts[key], let reference = RecordReference(text) else { continue }
                texts[key] = nil
                referenceColumn = names[key] ?? key
                return reference.text
            }
            guard let title = texts["project_title"] else { return nil }
            let name = FoldedText.words(of: "\(title) \(texts["organisation_name"] ?? "")").joined(separator: " ")
            let reference = "datause-" + SHA256.hash(data: Array(name.utf8)).hexadecimal.prefix(12)
            remarks.append(FieldError(pointer: "project_title", code: "referenceMade", arguments: [reference]))
            return reference
        }

        private mutating func set(_ path: [String], _ value: JSON?, _ column: String) {
            parts.append(RecordPatch.Part(path: path, change: .value(value), column: names[column] ?? column))
        }

        private mutating func text(_ key: String, _ path: [String]) {
            guard let text = texts.removeValue(forKey: key) else { return }
            set(path, .string(text), key)
        }

        private mutating func controller() {
            guard let name = texts.removeValue(forKey: "organisation_name") else { return }
            var controller: [String: JSON] = ["name": .string(name)]
            controller["sector"] = texts.removeValue(forKey: "organisation_sector").map(JSON.string)
            set(["controllers"], [.object(controller)], "organisation_name")
        }

        private mutating func organisations(_ key: String, _ field: String) {
            guard let text = texts.removeValue(forKey: key) else { return }
            parts.append(
                RecordPatch.Part(
                    path: [field], change: .named(Self.items(text), main: "name"), column: names[key] ?? key))
        }

        /// A word of theirs for one of ours; another word stays among what is kept.
        private mutating func word(_ key: String, _ field: String, _ known: [String: [String]]) {
            guard let text = texts[key] else { return }
            let word = FoldedText.words(of: text).joined(separator: " ")
            guard
                let ours = known.first(where: {
                    FoldedText.words(of: $0.key).joined() == word || $0.value.contains(word)
                })
            else { return }
            texts[key] = nil
            set([field], .string(ours.key), key)
        }

        private mutating func date(_ key: String, _ field: String) {
            guard let text = texts[key], let date = SpelledDate.date(text) else { return }
            texts[key] = nil
            set([field], .string(date.description), key)
        }

        private mutating func lists() {
            let bases = ["legal_basis_for_data_article6", "legal_basis_for_data_article9"]
            let found = bases.compactMap { texts.removeValue(forKey: $0) }.flatMap(Self.items)
            if !found.isEmpty { set(["legalBases"], .array(found.map(JSON.string)), bases[0]) }
            if let text = texts.removeValue(forKey: "request_category_type") {
                set(["domains"], .array(Self.items(text).map(JSON.string)), "request_category_type")
            }
            if let text = texts.removeValue(forKey: "keywords") {
                let words = text.contains { ";|\n".contains($0) } ? Self.items(text) : Self.items(text, also: ",")
                set(["keywords", "en"], .array(words.map(JSON.string)), "keywords")
            }
        }

        /// Datasets that the catalogue knows by reference, title or acronym; the others by the name that they have here.
        private mutating func datasets() {
            guard let text = texts.removeValue(forKey: "dataset_names") else { return }
            var (listed, unlisted): ([JSON], [JSON]) = ([], [])
            for name in Self.items(text) {
                if let reference = catalogue.reference(of: name) {
                    listed.append(.string(reference))
                } else {
                    unlisted.append(["en": .string(name)])
                }
            }
            set(["datasets"], listed.isEmpty ? nil : .array(listed), "dataset_names")
            set(["unlistedDatasets"], unlisted.isEmpty ? nil : .array(unlisted), "dataset_names")
        }

        private mutating func timeline() {
            var steps: [JSON] = []
            for (key, step) in [("latest_approval_date", "Latest approval"), ("access_date", "delivery")] {
                guard let text = texts[key], let date = SpelledDate.date(text) else { continue }
                texts[key] = nil
                steps.append(["step": .string(step), "date": .string(date.description)])
            }
            if !steps.isEmpty { set(["timeline"], .array(steps), "latest_approval_date") }
        }

        private mutating func optOut() {
            let key = "national_data_optout"
            guard let text = texts[key], let applies = RecordColumn.flag(text) else { return }
            texts[key] = nil
            set(["objection", "applies"], applies, key)
        }

        /// Addresses of web pages, each on a line of its own or in a list, with the words before them; other words alone are a
        /// title.
        private mutating func outputs() {
            guard let text = texts.removeValue(forKey: "research_outputs") else { return }
            let results = Self.items(text).map { item -> JSON in
                guard let range = item.firstRange(of: /https?:\/\/\S+/) else { return ["title": ["en": .string(item)]] }
                let url = String(item[range])
                let words = item.replacing(url, with: "").trimming { $0.isWhitespace || ":-–,".contains($0) }
                return ["title": ["en": .string(words.isEmpty ? url : words)], "url": .string(url)]
            }
            if !results.isEmpty { set(["results"], .array(results), "research_outputs") }
        }

        private mutating func keep(_ key: String) {
            guard let text = texts[key] else { return }
            let name = names[key] ?? key
            others.append(["name": .string(name), "value": .string(text)])
            remarks.append(FieldError(pointer: name, code: "keptAsItIs"))
        }

        private static func items(_ text: String) -> [String] { items(text, also: ";") }

        private static func items(_ text: String, also separator: Character) -> [String] {
            text.split { $0 == ";" || $0 == "|" || $0.isNewline || $0 == separator }
                .map { String($0).trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
        }

        private static let statuses: [String: [String]] = [
            "submitted": ["pending", "application submitted"], "underReview": ["in review", "under review"],
            "authorised": ["approved", "authorized"], "active": ["ongoing", "in progress", "live", "current"],
            "completed": ["complete", "closed", "finished", "archived"],
            "refused": ["rejected", "declined"], "withdrawn": ["cancelled", "canceled"],
        ]

        private static let sensitivities: [String: [String]] = [
            "identifiable": ["personally identifiable", "personally identifiable data", "identifiable data"],
            "pseudonymised": [
                "de personalised", "depersonalised", "de identified", "deidentified", "pseudonymized",
                "pseudonymised data", "de personalised data",
            ],
            "aggregated": ["aggregate", "aggregate data", "aggregated data"],
            "anonymous": ["anonymised", "anonymized", "anonymous data", "anonymised data"],
        ]

        private static let accessTypes: [String: [String]] = [
            "secureEnvironment": [
                "tre", "trusted research environment", "secure environment", "secure data environment", "sde",
                "secure research environment", "data safe haven", "safe haven",
            ],
            "release": ["data release", "extract", "data extract", "download", "dissemination", "data sharing"],
        ]
    }
}

/// By what names the catalogue knows its datasets.
struct KnownDatasets: Sendable {
    private var references: [String: String] = [:]

    init() {}

    mutating func add(_ reference: String, names: [String]) {
        for name in [reference] + names { references[Self.key(name)] = reference }
    }

    func reference(of name: String) -> String? { references[Self.key(name)] }

    private static func key(_ name: String) -> String { FoldedText.words(of: name).joined(separator: " ") }
}
