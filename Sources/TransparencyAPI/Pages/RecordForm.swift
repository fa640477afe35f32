import HTTPServer
import PublicRegistry
import StrictJSON

/// A record between its content and the inputs of a form. Each input is named by the JSON pointer of what it holds.
struct RecordForm {
    /// Rows of a repeated group that a form shows; a record with more of them keeps them as they are.
    static let mostRows = 60

    private let form: FormFields

    init(_ form: FormFields) { self.form = form }

    /// The input that says how many rows a group has.
    static func count(of pointer: String) -> String { "count:\(pointer)" }

    /// The content as the form has it. What has no input stays as it is in `base`; rows that say nothing stay as empty
    /// objects, so that a row that was added is there to be filled.
    func content(_ fields: [RecordField], onto base: JSON) -> JSON {
        .object(members(fields, at: "", onto: base.object ?? [:]))
    }

    /// The content without what says nothing. Rows keep their places, so that what is wrong with one can be shown there.
    static func pruned(_ content: JSON) -> JSON {
        switch content {
        case .object(let members):
            let kept = members.mapValues(pruned).filter { !$0.value.isNull }
            return kept.isEmpty ? .null : .object(kept)
        case .array(let items): return .array(items.map(pruned))
        default: return content
        }
    }

    private func members(_ fields: [RecordField], at pointer: String, onto base: [String: JSON]) -> [String: JSON] {
        var members = base
        for field in fields {
            members[field.name] = value(field.shape, at: "\(pointer)/\(field.name)", onto: base[field.name])
        }
        return members
    }

    private func value(_ shape: FieldShape, at pointer: String, onto base: JSON?) -> JSON? {
        switch shape {
        case .line, .text, .date, .choice, .number, .flag:
            guard let text = self.text(pointer) else { return base }
            guard !text.allSatisfy(\.isWhitespace) else { return nil }
            switch shape {
            case .number: return Int64(text.filter { !$0.isWhitespace }).map(JSON.integer) ?? .string(text)
            case .flag: return text == "true" ? true : text == "false" ? false : .string(text)
            default: return .string(text)
            }
        case .localized: return languages(pointer, onto: base) { .string($0) }
        case .localizedWords: return languages(pointer, onto: base) { .array(Self.lines($0).map(JSON.string)) }
        case .lines: return list(pointer, onto: base) { .string($0) }
        case .terms: return list(pointer, onto: base, Self.term)
        case .variables:
            // What a form has no room for stays with the variable of that name.
            let known = (base?.array ?? []).reduce(into: [String: JSON]()) { found, variable in
                if let name = variable["name"]?.string { found[name] = variable }
            }
            return list(pointer, onto: base) { Self.variable($0, known) }
        case .group(let fields, _):
            let members = members(fields, at: pointer, onto: base?.object ?? [:])
            return members.isEmpty ? nil : .object(members)
        case .groups(let fields, _):
            guard let count = form[Self.count(of: pointer)].flatMap({ Int($0) }), (0...Self.mostRows).contains(count)
            else { return base }
            let rows = base?.array ?? []
            let items = (0..<count).map { index in
                JSON.object(
                    members(
                        fields, at: "\(pointer)/\(index)",
                        onto: rows.indices.contains(index) ? rows[index].object ?? [:] : [:]))
            }
            return items.isEmpty ? nil : .array(items)
        }
    }

    /// Browsers send line ends as CR LF.
    private func text(_ name: String) -> String? { form[name]?.replacing("\r\n", with: "\n") }

    private func languages(_ pointer: String, onto base: JSON?, _ value: (String) -> JSON) -> JSON? {
        guard form["\(pointer)/fr"] != nil || form["\(pointer)/en"] != nil else { return base }
        var members: [String: JSON] = [:]
        for language in ["fr", "en"] {
            guard let text = text("\(pointer)/\(language)"), !text.allSatisfy(\.isWhitespace) else { continue }
            members[language] = value(text)
        }
        return members.isEmpty ? nil : .object(members)
    }

    private func list(_ pointer: String, onto base: JSON?, _ value: (String) -> JSON) -> JSON? {
        guard let text = text(pointer) else { return base }
        let items = Self.lines(text).map(value)
        return items.isEmpty ? nil : .array(items)
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0).trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }

    private static func parts(_ line: String) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false)
            .map { String($0).trimming(while: \.isWhitespace) }
    }

    private static func term(_ line: String) -> JSON {
        let parts = parts(line)
        guard parts.count > 1 else { return .string(line) }
        var term: [String: JSON] = parts[0].isEmpty ? [:] : ["iri": .string(parts[0])]
        if parts.count == 2 {
            // In no language.
            term["label"] = .string(parts[1])
        } else {
            var label: [String: JSON] = [:]
            if !parts[1].isEmpty { label["fr"] = .string(parts[1]) }
            if !parts[2].isEmpty { label["en"] = .string(parts[2]) }
            term["label"] = .object(label)
        }
        return .object(term)
    }

    private static func variable(_ line: String, _ known: [String: JSON]) -> JSON {
        let parts = parts(line) + ["", "", ""]
        var members = known[parts[0]]?.object ?? [:]
        members["name"] = .string(parts[0])
        members["type"] = parts[1].isEmpty ? nil : .string(parts[1])
        var description: [String: JSON] = [:]
        if !parts[2].isEmpty { description["fr"] = .string(parts[2]) }
        if !parts[3].isEmpty { description["en"] = .string(parts[3]) }
        members["description"] = description.isEmpty ? nil : .object(description)
        return .object(members)
    }

    // MARK: Writing

    /// What an input of that shape shows.
    static func text(_ json: JSON?, _ shape: FieldShape) -> String {
        switch (json, shape) {
        case (nil, _), (.null?, _): return ""
        case (.string(let text)?, _): return text
        case (.integer(let number)?, _): return String(number)
        case (.bool(let flag)?, _): return flag ? "true" : "false"
        case (.array(let items)?, .variables): return items.map(variableLine).joined(separator: "\n")
        case (.array(let items)?, _): return items.map(line).joined(separator: "\n")
        default: return json.map(line) ?? ""
        }
    }

    private static func line(_ item: JSON) -> String {
        if let text = item.string { return text }
        let (iri, label) = (item["iri"]?.string, item["label"])
        guard iri != nil || label != nil else { return item.canonical }
        let words = label?.string.map { [$0] } ?? [label?["fr"]?.string ?? "", label?["en"]?.string ?? ""]
        return ([iri ?? ""] + words).map { $0.replacing("\n", with: " ") }.joined(separator: " | ")
    }

    private static func variableLine(_ item: JSON) -> String {
        let description = item["description"]
        return trimmedEnd([
            item["name"]?.string ?? "", item["type"]?.string ?? "", description?["fr"]?.string ?? "",
            description?["en"]?.string ?? "",
        ])
    }

    private static func trimmedEnd(_ parts: [String]) -> String {
        var parts = parts.map { $0.replacing("\n", with: " ") }
        while parts.count > 1, parts.last == "" { parts.removeLast() }
        return parts.joined(separator: " | ")
    }

    // MARK: Rows

    /// The content with one more row in the group at `pointer`, and the row's pointer.
    static func adding(rowTo pointer: String, of content: JSON) -> (content: JSON, row: String) {
        let count = value(at: pointer, of: content)?.array?.count ?? 0
        guard count < mostRows else { return (content, pointer) }
        return (changing(content, at: pointer) { .array(($0?.array ?? []) + [.object([:])]) }, "\(pointer)/\(count)")
    }

    /// The content without the row at `pointer`.
    static func removing(rowAt pointer: String, of content: JSON) -> JSON {
        guard let slash = pointer.lastIndex(of: "/"), let index = Int(pointer[pointer.index(after: slash)...]) else {
            return content
        }
        return changing(content, at: String(pointer[..<slash])) { rows in
            var rows = rows?.array ?? []
            if rows.indices.contains(index) { rows.remove(at: index) }
            return rows.isEmpty ? nil : .array(rows)
        }
    }

    static func value(at pointer: String, of content: JSON) -> JSON? {
        pointer.split(separator: "/").reduce(content) { json, part in
            if let index = Int(part), let items = json?.array {
                return items.indices.contains(index) ? items[index] : nil
            }
            return json?[String(part)]
        }
    }

    private static func changing(_ content: JSON, at pointer: String, _ change: (JSON?) -> JSON?) -> JSON {
        func changed(_ json: JSON?, _ path: ArraySlice<Substring>) -> JSON? {
            guard let part = path.first else { return change(json) }
            if let index = Int(part), var items = json?.array {
                guard items.indices.contains(index) else { return json }
                items[index] = changed(items[index], path.dropFirst()) ?? .null
                return .array(items)
            }
            var members = json?.object ?? [:]
            members[String(part)] = changed(members[String(part)], path.dropFirst())
            return .object(members)
        }
        return changed(content, pointer.split(separator: "/")[...]) ?? content
    }
}
