public import CivilTime
public import StrictJSON

/// A record's versions, newest first.
public struct RecordChronicle: Sendable {
    public let kind: RecordKind
    public let reference: String
    /// As the newest version has it; nil where that is withheld.
    public let title: LocalizedText?
    /// Where it has left the register: how.
    public let removal: Removal?
    public let versions: [RecordVersion]
}

/// A line of a record's history.
public struct RecordVersion: Sendable, Hashable {
    public let n: Int
    /// The source's label; it may repeat.
    public let sourceVersion: String?
    /// The day from which it holds, as its source says.
    public let effectiveOn: CalendarDate?
    /// When it was published here.
    public let recordedAt: Instant
    /// Names of the fields that say something else than in the version before, sorted; none for the first version.
    public let changedFields: [String]
    /// Names of the fields that differ by typography alone.
    public let typographyFields: [String]
    /// Where this version took the record out of the register.
    public let removal: Removal?
    /// Why it was made, where an editor said so.
    public let reason: EditReason?
    /// Whether its content must not be shown.
    public let isWithheld: Bool

    /// Whether it differs from the version before by typography alone, which is not shown as a change.
    public var isTypographyOnly: Bool { changedFields.isEmpty && !typographyFields.isEmpty }

    /// - Parameter record: the path of the record in the API.
    public func json(record: String) -> JSON {
        var links: [String: JSON] = [:]
        if !isWithheld {
            links["self"] = .string("\(record)/versions/\(n)")
            if n > 1 { links["differences"] = .string("\(record)/differences?from=\(n - 1)&to=\(n)") }
        }
        return .object(ofPresent: [
            "version": .integer(Int64(n)), "sourceVersion": sourceVersion?.json, "effectiveOn": effectiveOn?.json,
            "recordedAt": .string(recordedAt.description),
            "changedFields": .array(changedFields.map(\.json)),
            "typographyFields": .array(typographyFields.map(\.json)), "typographyOnly": .bool(isTypographyOnly),
            "removed": removal?.json, "reason": reason?.text.json,
            "correction": reason?.isCorrection == true ? true : nil, "contentWithheld": isWithheld ? true : nil,
            "links": .object(links),
        ])
    }
}

/// A version, whole.
public struct VersionContent: Sendable {
    public let kind: RecordKind
    public let reference: String
    public let n: Int
    public let newestN: Int
    public let recordedAt: Instant
    public let effectiveOn: CalendarDate?
    public let sourceVersion: String?
    public let content: JSON

    /// The version's own content with its ordinal, its time and its links beside it.
    public func json(api: String) -> JSON {
        let own = "\(api)/\(kind.collection)/\(reference)"
        var members = content.object ?? [:]
        members["version"] = .integer(Int64(n))
        members["recordedAt"] = .string(recordedAt.description)
        members["links"] = [
            "self": .string("\(own)/versions/\(n)"), "current": .string(own), "versions": .string("\(own)/versions"),
        ]
        return .object(members)
    }
}

extension RecordKind {
    /// Its list in the API's paths.
    public var collection: String { rawValue + "s" }
}

/// What is left of a record that left the register.
public struct Tombstone: Sendable {
    public let removal: Removal
    /// Nil where the content is withheld.
    public let title: LocalizedText?
    /// The last content; nil where it is withheld.
    public let content: VersionContent?

    public func json(api: String) -> JSON {
        var members = content?.json(api: api).object ?? ["reference": .string(removal.reference)]
        members["removed"] = removal.json
        return .object(members)
    }
}

/// How two versions of a record differ, field by field.
public struct VersionDifference: Sendable {
    public let kind: RecordKind
    public let reference: String
    /// As the newest version has it.
    public let title: LocalizedText?
    public let from: VersionContent
    public let to: VersionContent
    public let fields: [FieldDifference]
    /// Names of the fields whose typography alone differs: folded away, unless the raw difference was asked for.
    public let typographyFields: [String]
    public let isRaw: Bool

    init(_ from: VersionContent, _ to: VersionContent, title: LocalizedText?, isRaw: Bool) {
        (kind, reference, self.title) = (to.kind, to.reference, title)
        (self.from, self.to, self.isRaw) = (from, to, isRaw)
        fields = FieldDifference.all(from: from.content, to: to.content, isRaw: isRaw)
        typographyFields = VersionChanges(from: from.content, to: to.content).typographyFields
    }

    public func json(api: String) -> JSON {
        let own = "\(api)/\(kind.collection)/\(reference)"
        func side(_ version: VersionContent) -> JSON {
            .object(ofPresent: [
                "version": .integer(Int64(version.n)), "sourceVersion": version.sourceVersion?.json,
                "effectiveOn": version.effectiveOn?.json, "recordedAt": .string(version.recordedAt.description),
                "links": ["self": .string("\(own)/versions/\(version.n)")],
            ])
        }
        return [
            "reference": reference.json, "from": side(from), "to": side(to),
            "fields": .array(fields.map(\.json)), "typographyFields": .array(typographyFields.map(\.json)),
            "raw": .bool(isRaw),
            "links": [
                "self": .string("\(own)/differences?from=\(from.n)&to=\(to.n)\(isRaw ? "&raw=true" : "")"),
                "raw": .string("\(own)/differences?from=\(from.n)&to=\(to.n)&raw=true"),
            ],
        ]
    }
}
