import StrictJSON

/// What one line of a table says of a record: the fields that it has columns for. The others stay as they are.
struct RecordPatch: Sendable {
    enum Change: Sendable {
        /// The value at a path; nil takes it away.
        case value(JSON?)
        /// The objects that these names stand for in their field `main`. Those that the record has keep what else is known
        /// of them.
        case named([String], main: String)
        /// Words of vocabularies, by IRI or label; those that the record has keep what else is known of them.
        case terms([String])
    }

    struct Part: Sendable {
        let path: [String]
        let change: Change
        let column: String
    }

    let line: Int
    /// The record's name as the line has it, which may be no reference, and the column that it is in.
    let reference: String
    let referenceColumn: String
    var parts: [Part] = []
    /// What is told of the line whatever becomes of it.
    var remarks: [FieldError] = []

    /// The record's content with this line's fields in it.
    func applied(to base: JSON?, referenceField: String) -> JSON {
        var content = base?.object ?? [:]
        content[referenceField] = .string(reference)
        for part in parts {
            switch part.change {
            case .value(let value): content = Self.set(value, at: part.path[...], in: content)
            case .named(let names, let main):
                let field = Self.member(at: part.path, of: content)
                let known: [JSON] = field?.array ?? [field].compactMap { $0 }
                let objects = names.map { name in
                    known.first { $0[main]?.string == name } ?? .object([main: .string(name)])
                }
                content = Self.set(objects.isEmpty ? nil : .array(objects), at: part.path[...], in: content)
            case .terms(let words):
                let field = Self.member(at: part.path, of: content)
                let known: [JSON] = field?.array ?? [field].compactMap { $0 }
                let terms = words.map { word in known.first { Self.names(of: $0).contains(word) } ?? .string(word) }
                content = Self.set(terms.isEmpty ? nil : .array(terms), at: part.path[...], in: content)
            }
        }
        return .object(content)
    }

    /// What a word of a vocabulary goes by.
    private static func names(of term: JSON) -> [String] {
        let label = term["label"]
        return [term, term["iri"], label, label?["fr"], label?["en"]].compactMap { $0?.string }
    }

    /// The errors with the names of columns in the place of pointers.
    func inColumns(_ errors: [FieldError], referenceField: String) -> [FieldError] {
        errors.map { error in
            if error.pointer == "/\(referenceField)" {
                return FieldError(pointer: referenceColumn, code: error.code, arguments: error.arguments)
            }
            let found = parts.filter { part in
                let pointer = "/" + part.path.joined(separator: "/")
                return error.pointer == pointer || error.pointer.hasPrefix(pointer + "/")
                    || pointer.hasPrefix(error.pointer + "/")
            }.max { $0.path.count < $1.path.count }
            guard let found else { return error }
            return FieldError(pointer: found.column, code: error.code, arguments: error.arguments)
        }
    }

    private static func member(at path: [String], of content: [String: JSON]) -> JSON? {
        path.dropFirst().reduce(path.first.flatMap { content[$0] }) { $0?[$1] }
    }

    private static func set(_ value: JSON?, at path: ArraySlice<String>, in content: [String: JSON]) -> [String: JSON] {
        guard let name = path.first else { return content }
        var content = content
        guard path.count > 1 else {
            content[name] = value
            return content
        }
        let inner = set(value, at: path.dropFirst(), in: content[name]?.object ?? [:])
        content[name] = inner.isEmpty ? nil : .object(inner)
        return content
    }
}
