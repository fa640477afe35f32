public import StrictJSON

extension DatasetTable {
    /// The table as a Frictionless Table Schema, in one language: titles and descriptions have none there.
    public func tableSchema(preferring language: SchemaLanguage) -> JSON {
        .object(ofPresent: [
            "name": name.json, "title": language.pick(title)?.json, "description": language.pick(description)?.json,
            "fields": .array(
                variables.map { variable in
                    .object(ofPresent: [
                        "name": variable.name.json, "title": language.pick(variable.title)?.json,
                        "description": language.pick(variable.description)?.json, "type": variable.type?.json,
                        "format": variable.format?.json, "coding": variable.coding?.json,
                        "constraints": variable.constraints?.json,
                    ])
                }),
            "primaryKey": primaryKey.json, "foreignKeys": foreignKeys.json, "missingValues": missingValues.json,
        ])
    }
}

/// The language of a Table Schema's texts, which does not say it.
public enum SchemaLanguage: String, Sendable, Hashable, CaseIterable {
    case fr, en

    func text(_ plain: String?) -> LocalizedText? {
        self == .fr ? LocalizedText(fr: plain) : LocalizedText(en: plain)
    }

    func pick(_ text: LocalizedText?) -> String? { self == .fr ? text?.frenchFirst : text?.englishFirst }
}

/// What a file of Table Schemas says: one, or the resources of a data package.
struct TableSchemaFile {
    let tables: [DatasetTable]
    let findings: Findings

    /// - Parameter name: of the table, where the file does not say it: that of the file.
    init(_ json: JSON, name: String, language: SchemaLanguage) {
        var findings = Findings()
        guard let members = json.object else {
            findings.fail("", "wrongType", "object")
            (tables, self.findings) = ([], findings)
            return
        }
        if let resources = members["resources"]?.array {
            tables = resources.enumerated().compactMap { index, resource in
                Self.table(
                    resource, at: JSONPointer.element(index, of: "/resources"), name: nil, language, &findings)
            }
        } else {
            tables = [Self.table(json, at: "", name: name, language, &findings)].compactMap { $0 }
        }
        if tables.isEmpty, findings.errors.isEmpty { findings.fail("/fields", "required") }
        self.findings = findings
    }

    /// A schema, or a resource that has one.
    private static func table(
        _ json: JSON, at pointer: String, name: String?, _ language: SchemaLanguage, _ findings: inout Findings
    ) -> DatasetTable? {
        guard let outer = json.object else {
            findings.fail(pointer, "wrongType", "object")
            return nil
        }
        let isResource = outer["schema"]?.object != nil
        let members = outer["schema"]?.object ?? outer
        let place = isResource ? JSONPointer.member("schema", of: pointer) : pointer
        var reader = RecordReader(members, at: place)
        let own: String? = reader.one("name")
        let title: String? = reader.one("title")
        let description: String? = reader.one("description")
        let fields: [SchemaField] = reader.list("fields")
        let primaryKey: [String] = reader.list("primaryKey", or: "primaryKeys")
        let foreignKeys: [RawJSON] = reader.list("foreignKeys")
        let missingValues: [RawJSON] = Self.missingValues(members)
        reader.ignore("missingValues", "$schema", "profile")
        reader.finish(into: &findings)
        guard let known = outer["name"]?.string ?? own ?? name, !known.allSatisfy(\.isWhitespace) else {
            findings.fail(JSONPointer.member("name", of: pointer), "required")
            return nil
        }
        if fields.isEmpty { findings.fail(JSONPointer.member("fields", of: place), "required") }
        var seen: Set<String> = []
        for (index, field) in fields.enumerated() where !seen.insert(field.name).inserted {
            let element = JSONPointer.element(index, of: JSONPointer.member("fields", of: place))
            findings.fail(JSONPointer.member("name", of: element), "duplicate")
        }
        return DatasetTable(
            name: known, title: language.text(outer["title"]?.string ?? title),
            description: language.text(outer["description"]?.string ?? description),
            variables: fields.map { $0.variable(language) }, primaryKey: primaryKey, foreignKeys: foreignKeys,
            missingValues: missingValues)
    }

    /// An empty text stands for something here.
    private static func missingValues(_ members: [String: JSON]) -> [RawJSON] {
        var findings = Findings()
        return (members["missingValues"]?.array ?? []).compactMap { RawJSON(reading: $0, at: "", into: &findings) }
    }
}

/// A field of a Table Schema.
private struct SchemaField: RecordObject {
    let name: String
    private let title: String?
    private let type: String?
    private let format: String?
    private let description: String?
    private let coding: String?
    private let constraints: RawJSON?

    /// What a value says that says nothing: the default, and the mark of the SNDS for “none”.
    private static let nothing = ["default", "-"]

    init?(from reader: inout RecordReader) {
        let name: String? = reader.required("name")
        title = reader.one("title")
        type = reader.one("type")
        let format: String? = reader.one("format")
        description = reader.one("description")
        let coding: String? = reader.one("coding", or: "nomenclature")
        constraints = reader.one("constraints")
        self.format = format.flatMap { Self.nothing.contains($0) ? nil : $0 }
        self.coding = coding.flatMap { Self.nothing.contains($0) ? nil : $0 }
        guard let name else { return nil }
        self.name = name
    }

    var members: KeyValuePairs<String, JSON?> { ["name": name.json] }

    func variable(_ language: SchemaLanguage) -> Variable {
        Variable(
            name: name, title: language.text(title), type: type, format: format,
            description: language.text(description), coding: coding, constraints: constraints)
    }
}
