import StrictJSON

/// How the lines of a table are read as records: by its line of names.
protocol TableReading: Sendable {
    /// What a line of cells says.
    func patch(_ cells: [String], line: Int) -> Result<RecordPatch, FieldError>
    /// What is told of the line of names.
    var remarks: [FieldError] { get }
}

/// A column of our own tables, and where its values go.
struct RecordColumn: Sendable {
    let name: String
    let path: [String]
    /// How a value is written; nil where the cell names several objects by their field `main`.
    let shape: FieldShape
    let isMany: Bool
    let main: String?

    /// The columns that a field's values come in, by the names that our exports give them: `titleFr`, `objectionApplies`,
    /// `controllers` with their names alone.
    static func all(of fields: [RecordField], at path: [String] = []) -> [RecordColumn] {
        fields.flatMap { field -> [RecordColumn] in
            let own = path + [field.name]
            let name = own.dropFirst().reduce(own[0]) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
            func column(
                _ shape: FieldShape, suffix: String = "", isMany: Bool = false, main: String? = nil
            ) -> RecordColumn {
                let path = suffix.isEmpty ? own : own + [suffix.lowercased()]
                return RecordColumn(name: name + suffix, path: path, shape: shape, isMany: isMany, main: main)
            }
            switch field.shape {
            case .localized: return [column(.line, suffix: "Fr"), column(.line, suffix: "En")]
            case .localizedWords:
                return [column(.lines, suffix: "Fr", isMany: true), column(.lines, suffix: "En", isMany: true)]
            case .lines, .terms: return [column(field.shape, isMany: true)]
            case .groups(_, let main): return main.map { [column(field.shape, isMany: true, main: $0)] } ?? []
            case .variables: return []
            case .group(let inner, let main):
                let named = main.map { main in
                    [RecordColumn(name: name, path: own + [main], shape: .line, isMany: false, main: nil)]
                }
                return (named ?? []) + all(of: inner, at: own)
            case .line, .text, .date, .number, .flag, .choice: return [column(field.shape)]
            }
        }
    }

    /// The same under another name.
    func named(_ name: String) -> RecordColumn {
        RecordColumn(name: name, path: path, shape: shape, isMany: isMany, main: main)
    }

    func change(_ cell: String) -> RecordPatch.Change {
        if isMany {
            let values = CSV.values(of: cell).filter { !$0.allSatisfy(\.isWhitespace) }
            if let main { return .named(values, main: main) }
            if case .terms = shape { return .terms(values) }
            return .value(values.isEmpty ? nil : .array(values.map(JSON.string)))
        }
        guard !cell.allSatisfy(\.isWhitespace) else { return .value(nil) }
        switch shape {
        case .flag: return .value(Self.flag(cell) ?? .string(cell))
        case .number: return .value(Int64(cell.trimming(while: \.isWhitespace)).map(JSON.integer) ?? .string(cell))
        case .date, .choice: return .value(.string(cell.trimming(while: \.isWhitespace)))
        default: return .value(.string(cell))
        }
    }

    static func flag(_ text: String) -> JSON? {
        switch text.trimming(while: \.isWhitespace).lowercased() {
        case "true", "yes", "y", "1", "oui", "vrai": .bool(true)
        case "false", "no", "n", "0", "non", "faux": .bool(false)
        default: nil
        }
    }
}

/// A table whose columns are named as our exports name them; some may be missing, in any order.
struct RecordTable: TableReading {
    /// What our exports have and no record says: an import gives its own.
    private static let given: Set<String> = ["version", "recordedAt", "projects", "releases", "variables"]

    /// Names that the export of datasets has, and those that they would have by the rule.
    private static let otherNames: KeyValuePairs<String, String> = [
        "types": "type", "individuals": "coverageIndividuals", "records": "coverageRecords",
        "placesFr": "coveragePlacesFr", "placesEn": "coveragePlacesEn",
        "periodStartsOn": "coveragePeriodStartsOn", "periodEndsOn": "coveragePeriodEndsOn",
    ]

    let remarks: [FieldError]
    private let referenceField: String
    private let referenceIndex: Int
    private let columns: [RecordColumn?]

    /// Whether `names` are those of such a table.
    static func fits(_ names: [String], _ fields: [RecordField], referenceField: String) -> Bool {
        let known = Set(RecordColumn.all(of: fields).map(\.name) + [referenceField])
        return names.contains(where: known.contains)
    }

    /// Throws where the table does not name its records, or a name comes twice.
    init(_ names: [String], _ fields: [RecordField], referenceField: String) throws(FieldError) {
        guard let index = names.firstIndex(of: referenceField) else {
            throw FieldError(pointer: referenceField, code: "noColumn")
        }
        if let twice = names.first(where: { name in !name.isEmpty && names.filter { $0 == name }.count > 1 }) {
            throw FieldError(pointer: twice, code: "columnTwice")
        }
        var known = Dictionary(uniqueKeysWithValues: RecordColumn.all(of: fields).map { ($0.name, $0) })
        for (name, other) in Self.otherNames where known[name] == nil {
            known[name] = known[other].map { $0.named(name) }
        }
        self.referenceField = referenceField
        referenceIndex = index
        columns = names.map { [known] in known[$0] }
        remarks = names.filter { $0 != referenceField && known[$0] == nil && !Self.given.contains($0) }
            .map { FieldError(pointer: $0, code: "unknownColumn") }
    }

    func patch(_ cells: [String], line: Int) -> Result<RecordPatch, FieldError> {
        guard cells.count == columns.count else {
            return .failure(FieldError(pointer: "", code: "cells", arguments: ["\(cells.count)", "\(columns.count)"]))
        }
        var patch = RecordPatch(
            line: line, reference: cells[referenceIndex].trimming(while: \.isWhitespace),
            referenceColumn: referenceField)
        for (column, cell) in zip(columns, cells) {
            guard let column else { continue }
            let change = column.change(CSV.text(ofCell: cell))
            patch.parts.append(RecordPatch.Part(path: column.path, change: change, column: column.name))
        }
        return .success(patch)
    }
}

extension String {
    /// The text without the characters at both ends that `predicate` names.
    func trimming(while predicate: (Character) -> Bool) -> String {
        var text = self[...].drop(while: predicate)
        while let last = text.last, predicate(last) { text.removeLast() }
        return String(text)
    }
}
