import StrictJSON

/// What a version changed against the one before it.
struct VersionChanges: Equatable {
    /// Names of the fields that say something else now, sorted.
    let fields: [String]
    /// Names of the fields whose typography alone differs, sorted.
    let typographyFields: [String]
    /// Whether the content differs in nothing but typography; see `Typography`.
    var isTypographyOnly: Bool { fields.isEmpty && !typographyFields.isEmpty }

    init(from old: JSON, to new: JSON) {
        let (before, after) = (old.object ?? [:], new.object ?? [:])
        var (fields, typography): ([String], [String]) = ([], [])
        for key in Set(before.keys).union(after.keys).sorted() {
            // Canonical bytes, since JSON holds equal what Unicode does.
            guard before[key]?.canonicalBytes != after[key]?.canonicalBytes else { continue }
            let isSame = before[key].map { Self.plain($0, key) } == after[key].map { Self.plain($0, key) }
            if isSame { typography.append(key) } else { fields.append(key) }
        }
        (self.fields, typographyFields) = (fields, typography)
    }

    /// The value with typography taken out of the texts that people read.
    private static func plain(_ json: JSON, _ key: String) -> JSON {
        switch json {
        case .string(let text): Typography.exactFields.contains(key) ? json : .string(Typography.folded(text))
        case .array(let items): .array(items.map { plain($0, key) })
        case .object(let members):
            .object(Dictionary(uniqueKeysWithValues: members.map { ($0.key, plain($0.value, $0.key)) }))
        case .null, .bool, .integer, .number: json
        }
    }
}
