public import StrictJSON

/// A column of a table that the register is handed out as, with what it means.
public struct TableColumn<Record: Sendable>: Sendable {
    public let name: String
    let meaning: LocalizedText
    /// An XML Schema type, as CSVW names them.
    let datatype: String
    /// What stands between several values of a cell; nil where there is one.
    let separator: String?
    let values: @Sendable (Record) -> [String]

    init(
        _ name: String, fr: String, en: String, datatype: String = "string",
        _ value: @escaping @Sendable (Record) -> String?
    ) {
        self.init(name, fr: fr, en: en, datatype: datatype, separator: nil) { [value($0)].compactMap { $0 } }
    }

    init(_ name: String, fr: String, en: String, many: @escaping @Sendable (Record) -> [String]) {
        self.init(name, fr: fr, en: en, datatype: "string", separator: CSV.separator, many)
    }

    private init(
        _ name: String, fr: String, en: String, datatype: String, separator: String?,
        _ values: @escaping @Sendable (Record) -> [String]
    ) {
        self.name = name
        // A word of each language is always there.
        meaning = LocalizedText(fr: fr, en: en)!
        (self.datatype, self.separator, self.values) = (datatype, separator, values)
    }
}

/// Comma-separated values (RFC 4180), UTF-8.
public enum CSV {
    /// Between several values of one cell. A bar or a backslash that is part of a value has a backslash before it.
    static let separator = " | "

    /// One of several values of a cell.
    static func value(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
    }

    /// The values of a cell that was written so.
    static func values(of cell: String) -> [String] {
        guard !cell.isEmpty else { return [] }
        var values: [[UInt8]] = [[]]
        var bytes = Array(cell.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = bytes.first, next == byte || next == UInt8(ascii: "|") {
                values[values.count - 1].append(next)
                bytes.removeFirst()
            } else if byte == UInt8(ascii: "|") {
                if values[values.count - 1].last == UInt8(ascii: " ") { values[values.count - 1].removeLast() }
                if bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
                values.append([])
            } else {
                values[values.count - 1].append(byte)
            }
        }
        return values.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A line of cells, ended.
    public static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    /// The line of names.
    public static func header<Record>(_ columns: [TableColumn<Record>]) -> String { line(columns.map(\.name)) }

    public static func line<Record>(_ record: Record, _ columns: [TableColumn<Record>]) -> String {
        line(
            columns.map { column in
                let values = column.values(record)
                return column.separator.map { values.map(value).joined(separator: $0) } ?? values.first ?? ""
            })
    }

    /// What a spreadsheet would take for a formula is marked as text, and so is what looks marked already: whoever reads the
    /// file takes one mark off.
    public static func cell(_ text: String) -> String {
        let marked = isFormula(text.utf8.drop { $0 == UInt8(ascii: "'") }) ? "'" + text : text
        guard marked.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return marked }
        return "\"" + marked.replacing("\"", with: "\"\"") + "\""
    }

    /// What a cell was written from.
    static func text(ofCell cell: String) -> String {
        cell.hasPrefix("'") && isFormula(cell.utf8.drop { $0 == UInt8(ascii: "'") }) ? String(cell.dropFirst()) : cell
    }

    private static func isFormula(_ text: some Collection<UInt8>) -> Bool {
        text.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
    }

    /// What describes such a file to machines (W3C, CSV on the Web).
    ///
    /// - Parameters:
    ///   - file: its name, relative to this document.
    ///   - key: the columns that name a line, all together.
    public static func metadata<Record>(
        of file: String, title: LocalizedText, _ columns: [TableColumn<Record>], key: [String]
    ) -> JSON {
        [
            "@context": ["http://www.w3.org/ns/csvw", ["@language": "fr"]], "url": .string(file),
            "dc:title": title.json,
            "dialect": ["delimiter": ",", "header": true, "encoding": "utf-8", "lineTerminators": ["\r\n"]],
            "tableSchema": [
                "primaryKey": key.count == 1 ? .string(key[0]) : .array(key.map(JSON.string)),
                "columns": .array(
                    columns.map { column in
                        .object(ofPresent: [
                            "name": .string(column.name), "titles": .string(column.name),
                            "dc:description": column.meaning.json, "datatype": .string(column.datatype),
                            "separator": column.separator.map(JSON.string),
                            "required": .bool(key.contains(column.name)),
                        ])
                    }),
            ],
        ]
    }
}
