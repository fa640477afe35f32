import StrictJSON

/// A table of a dataset with its variables.
public struct DatasetTable: Sendable, Hashable {
    public let name: String
    public let title: LocalizedText?
    public let description: LocalizedText?
    public let variables: [Variable]
    /// The variables that together tell its lines apart.
    public let primaryKey: [String]
    /// What its variables refer to in other tables, as Table Schema writes it.
    let foreignKeys: [RawJSON]
    /// What stands for a value that is missing, as Table Schema writes it.
    let missingValues: [RawJSON]
}

extension DatasetTable: RecordObject {
    init?(from reader: inout RecordReader) {
        let name: String? = reader.main("name")
        title = reader.one("title")
        description = reader.one("description")
        variables = reader.list("variables")
        primaryKey = reader.list("primaryKey")
        foreignKeys = reader.list("foreignKeys")
        // The empty text is one of them in most tables.
        missingValues = reader.list("missingValues", keepingBlank: true)
        guard let name else { return nil }
        self.name = name
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "name": name.json, "title": title?.json, "description": description?.json, "variables": variables.json,
            "primaryKey": primaryKey.json, "foreignKeys": foreignKeys.json, "missingValues": missingValues.json,
        ]
    }
}

/// A column of a table.
public struct Variable: Sendable, Hashable {
    public let name: String
    public let title: LocalizedText?
    /// The type's name in Frictionless Table Schema: string, integer, date…
    public let type: String?
    /// How its values are written: `%Y-%m-%d`.
    public let format: String?
    public let description: LocalizedText?
    /// The list of codes that its values are of.
    public let coding: String?
    /// What its values must keep to, as Table Schema writes it.
    let constraints: RawJSON?
}

extension Variable: RecordObject {
    init?(from reader: inout RecordReader) {
        let name: String? = reader.main("name")
        title = reader.one("title")
        type = reader.one("type")
        format = reader.one("format")
        description = reader.one("description")
        coding = reader.one("coding")
        constraints = reader.one("constraints")
        guard let name else { return nil }
        self.name = name
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "name": name.json, "title": title?.json, "type": type?.json, "format": format?.json,
            "description": description?.json, "coding": coding?.json, "constraints": constraints?.json,
        ]
    }
}

/// What is handed on as it came.
struct RawJSON: RecordValue, Hashable {
    let json: JSON

    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard !json.canonicalBytes.contains(0), !Self.hasNUL(json) else {
            findings.fail(pointer, "controlCharacter")
            return nil
        }
        self.json = json
    }

    /// No text of PostgreSQL holds one.
    private static func hasNUL(_ json: JSON) -> Bool {
        switch json {
        case .string(let text): text.utf8.contains(0)
        case .array(let items): items.contains(where: hasNUL)
        case .object(let members): members.contains { $0.key.utf8.contains(0) || hasNUL($0.value) }
        case .null, .bool, .integer, .number: false
        }
    }
}
