import StrictJSON

/// Reads the fields of one object of a register file.
///
/// Lenient where people's files are: `null` and blank text are as if the field were not there, and a field that nobody
/// asked for is left out and named in the findings. A wrong type or a bad value is an error.
struct RecordReader {
    private let members: [String: JSON]
    private let pointer: String
    private var asked: Set<String> = []
    private var findings = Findings()

    init(_ members: [String: JSON], at pointer: String) {
        self.members = members
        self.pointer = pointer
    }

    /// The field's value, or nil where it is absent or wrong.
    mutating func one<Value: RecordValue>(_ key: String) -> Value? {
        guard let json = member(key) else { return nil }
        return Value(reading: json, at: JSONPointer.member(key, of: pointer), into: &findings)
    }

    /// The field's values in order; blank ones are left out, unless they say something.
    mutating func list<Value: RecordValue>(_ key: String, keepingBlank: Bool = false) -> [Value] {
        guard let json = member(key) else { return [] }
        guard case .array(let items) = json else {
            findings.fail(JSONPointer.member(key, of: pointer), "wrongType", "array")
            return []
        }
        var values: [Value] = []
        let list = JSONPointer.member(key, of: pointer)
        for (index, item) in items.enumerated() where keepingBlank || !Self.isBlank(item) {
            let element = JSONPointer.element(index, of: list)
            if let value = Value(reading: item, at: element, into: &findings) { values.append(value) }
        }
        return values
    }

    /// The field's value under the first of several names that it has: profiles of catalogues spell some differently. The others
    /// are then unknown fields.
    mutating func one<Value: RecordValue>(_ key: String, or others: String...) -> Value? {
        one(name(of: key, others))
    }

    /// The field's values under the first of several names. A single value need not be a list where another spelling has one.
    mutating func list<Value: RecordValue>(_ key: String, or others: String...) -> [Value] {
        let name = name(of: key, others)
        guard let json = members[name], !Self.isBlank(json), case .array = json else {
            return [one(name) as Value?].compactMap { $0 }
        }
        return list(name)
    }

    private func name(of key: String, _ others: [String]) -> String {
        ([key] + others).first { members[$0].map { !Self.isBlank($0) } ?? false } ?? key
    }

    /// The field that a record is nothing without; its absence is an error.
    mutating func required<Value: RecordValue>(_ key: String) -> Value? {
        if member(key) == nil {
            findings.fail(JSONPointer.member(key, of: pointer), "required")
        }
        return one(key)
    }

    /// The field without which this part of a record says nothing; its absence is told, and the part left out.
    mutating func main<Value: RecordValue>(_ key: String) -> Value? {
        if member(key) == nil {
            findings.ignore(JSONPointer.member(key, of: pointer), "required")
        }
        return one(key)
    }

    /// Leaves these out without a word: they say nothing of the record.
    mutating func ignore(_ keys: String...) { asked.formUnion(keys) }

    /// Adds a remark on a field that is kept as it is.
    mutating func remark(_ key: String, _ code: String, _ argument: String) {
        findings.ignore(JSONPointer.member(key, of: pointer), code, argument)
    }

    /// Hands over the findings, with every field that was not asked for. Call it last.
    func finish(into other: inout Findings) {
        other.errors += findings.errors
        other.ignored += findings.ignored
        for key in members.keys.filter({ !asked.contains($0) }).sorted() {
            other.ignore(JSONPointer.member(key, of: pointer), "unknownField")
        }
    }

    private mutating func member(_ key: String) -> JSON? {
        asked.insert(key)
        return members[key].flatMap { Self.isBlank($0) ? nil : $0 }
    }

    private static func isBlank(_ json: JSON) -> Bool {
        switch json {
        case .null: true
        case .string(let text): text.allSatisfy(\.isWhitespace)
        default: false
        }
    }
}
