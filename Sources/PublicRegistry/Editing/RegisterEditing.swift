public import CivilTime
public import SQLDatabase
public import StrictJSON

/// What editors do to the register, one record at a time. Who may is the caller's to ask.
public enum RegisterEditing {
    /// All fields of a kind of record but its reference, in the order in which they are filled.
    public static func fields(of kind: RecordKind) -> [RecordField] {
        switch kind {
        case .project: Project.fields
        case .dataset: Dataset.fields
        case .release: Release.fields
        }
    }

    /// A record as it stands, shown or not; nil where there never was one.
    public static func record(
        _ reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> EditedRecord? {
        guard let stored = try RecordStore.version(of: reference, kind: kind, on: connection) else { return nil }
        let content = try JSON(parsing: stored.content)
        return EditedRecord(
            kind: kind, reference: reference, n: stored.n, content: content, recordedAt: stored.recordedAt,
            missing: judge(content, kind).missing)
    }

    /// What a content would be as a record.
    public static func judge(_ content: JSON, _ kind: RecordKind) -> RecordJudgement {
        switch kind {
        case .project: judge(content, as: Project.self)
        case .dataset: judge(content, as: Dataset.self)
        case .release: judge(content, as: Release.self)
        }
    }

    private static func judge<Record: RegisterRecord>(_ content: JSON, as type: Record.Type) -> RecordJudgement {
        let (record, findings) = Record.read(content)
        let members = record?.json.object ?? [:]
        return RecordJudgement(
            content: record?.json, errors: findings.errors, ignored: findings.ignored, missing: record?.missing ?? [],
            empty: Record.fields.map(\.name).filter { members[$0] == nil }, gaps: (record as? Dataset)?.gaps ?? [])
    }

    /// The content of the version that an edit began from, and what others have done since; nil for none of either.
    public static func standing(
        of reference: String, _ kind: RecordKind, onto base: Int, on connection: any SQLConnection
    ) throws -> (base: JSON?, conflict: EditConflict?) {
        let version = try RecordStore.version(of: reference, kind: kind, n: base, on: connection)
        let newest = try RecordStore.version(of: reference, kind: kind, on: connection)?.n ?? 0
        return (
            try version.map { try JSON(parsing: $0.content) },
            newest == base ? nil : try EditConflict.since(base, of: reference, kind, on: connection)
        )
    }

    /// How two contents differ, word by word; typography alone is no difference.
    public static func differences(from before: JSON?, to content: JSON) -> [FieldDifference] {
        FieldDifference.all(from: before ?? [:], to: content, isRaw: false).filter { $0.field != "reference" }
    }

    /// The names of the fields in which two contents differ, beyond typography.
    public static func changes(from before: JSON?, to content: JSON) -> [String] {
        VersionChanges(from: before ?? [:], to: content).fields.filter { $0 != "reference" }
    }

    /// What an edit changes of its base, field by field, upon another content.
    public static func rebased(_ edited: JSON, from base: JSON?, onto newest: JSON) -> JSON {
        let (edited, base) = (edited.object ?? [:], base?.object ?? [:])
        var members = newest.object ?? [:]
        for key in Set(edited.keys).union(base.keys) where edited[key] != base[key] { members[key] = edited[key] }
        return .object(members)
    }

    /// Writes a version, unless it says the same as the newest one.
    ///
    /// - Parameters:
    ///   - base: the version that the editor began from; 0 for a record that is new.
    ///   - id: of the version, random.
    ///
    /// Throws `FieldErrors` for what is no record, and `EditConflict` where another version has come meanwhile.
    public static func save(
        _ content: JSON, _ kind: RecordKind, of reference: String, onto base: Int, because reason: EditReason,
        by editor: String, id: String, at moment: Instant, on connection: any SQLConnection
    ) throws -> SavedVersion {
        switch kind {
        case .project:
            try save(content, as: Project.self, reference, base, reason, editor, id, moment, connection)
        case .dataset:
            try save(content, as: Dataset.self, reference, base, reason, editor, id, moment, connection)
        case .release:
            try save(content, as: Release.self, reference, base, reason, editor, id, moment, connection)
        }
    }

    private static func save<Record: RegisterRecord>(
        _ content: JSON, as type: Record.Type, _ reference: String, _ base: Int, _ reason: EditReason, _ editor: String,
        _ id: String, _ moment: Instant, _ connection: any SQLConnection
    ) throws -> SavedVersion {
        let (read, findings) = Record.read(content)
        guard let record = read else { throw FieldErrors(findings.errors) }
        guard record.reference == reference else {
            throw FieldErrors([FieldError(pointer: "/\(Record.referenceField)", code: "reference.other")])
        }
        let line = ImportLine(number: 0, record: record)
        let newest = try RecordStore.version(of: reference, kind: Record.kind, on: connection)
        guard newest?.n ?? 0 == base else {
            throw try EditConflict.since(base, of: reference, Record.kind, on: connection)
        }
        // What left the register comes back with the same words, if so published.
        let isRemoved = try Removal.find(reference, Record.kind, on: connection) != nil
        guard newest?.contentHash != line.hash || isRemoved else {
            return SavedVersion(n: base, isNew: false, fields: [], isUnchanged: true)
        }
        let before = try newest.map { try JSON(parsing: $0.content) }
        // Never before the version that it follows, whatever the clock does.
        let recordedAt = max(moment, newest?.recordedAt ?? moment)
        try RecordStore.insert(
            [
                NewVersion(
                    id: id, reference: reference, n: base + 1, sourceVersion: record.sourceVersion,
                    content: line.content, hash: line.hash, recordedAt: recordedAt)
            ], kind: Record.kind, on: connection)
        // A record's first version has nothing to put right.
        let given = EditReason(reason.text, isCorrection: reason.isCorrection && base > 0)
        try VersionReasons.record(
            VersionReasons.Given(reason: given, editor: editor), for: [(reference, base + 1)], Record.kind,
            on: connection)
        try Record.publish([NewestVersion(record: record, n: base + 1, recordedAt: recordedAt)], on: connection)
        return SavedVersion(
            n: base + 1, isNew: base == 0,
            fields: before.map { VersionChanges(from: $0, to: record.json).fields } ?? [], isUnchanged: false)
    }
}

/// A record as editors see it.
public struct EditedRecord: Sendable {
    public let kind: RecordKind
    public let reference: String
    /// The newest version's ordinal.
    public let n: Int
    public let content: JSON
    public let recordedAt: Instant
    /// What keeps it from being shown.
    public let missing: [String]
}

/// What a content would be as a record.
public struct RecordJudgement: Sendable {
    /// As it would be stored; nil where `errors` has any.
    public let content: JSON?
    public let errors: [FieldError]
    /// What would be left out.
    public let ignored: [FieldError]
    /// The fields without which it would not be shown.
    public let missing: [String]
    /// All fields that say nothing.
    public let empty: [String]
    /// What profiles of catalogues ask for and a dataset lacks.
    public let gaps: [DatasetGap]
}

/// What a save did.
public struct SavedVersion: Sendable, Hashable {
    public let n: Int
    public let isNew: Bool
    /// Names of the fields that say something else now.
    public let fields: [String]
    public let isUnchanged: Bool
}

/// Somebody else has changed the record since the editor began: what they did.
public struct EditConflict: Error, Sendable {
    /// One of the versions that have come.
    public struct Version: Sendable, Hashable {
        public let n: Int
        public let recordedAt: Instant
        /// Who, where it was an editor.
        public let editor: String?
        public let reason: String?
        public let fields: [String]
    }

    public let kind: RecordKind
    public let reference: String
    /// The newest version's ordinal; 0 where there is none.
    public let newest: Int
    /// Oldest first.
    public let since: [Version]

    static func since(
        _ base: Int, of reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> EditConflict {
        let reasons = try VersionReasons.reasons(of: reference, kind: kind, on: connection)
        var before: JSON?
        var since: [Version] = []
        let versions = try RecordStore.versions(of: reference, kind: kind, on: connection)
        for stored in versions {
            let content = try JSON(parsing: stored.content)
            if stored.n > base {
                since.append(
                    Version(
                        n: stored.n, recordedAt: stored.recordedAt, editor: reasons[stored.n]?.editor,
                        reason: reasons[stored.n]?.reason.text,
                        fields: before.map { VersionChanges(from: $0, to: content).fields } ?? []))
            }
            before = content
        }
        return EditConflict(kind: kind, reference: reference, newest: versions.last?.n ?? 0, since: since)
    }

    /// What an API answers beside its words.
    public var json: JSON {
        .array(
            since.map { version in
                .object(ofPresent: [
                    "version": .integer(Int64(version.n)), "recordedAt": .string(version.recordedAt.description),
                    "editor": version.editor.map(JSON.string), "reason": version.reason.map(JSON.string),
                    "changedFields": .array(version.fields.map(JSON.string)),
                ])
            })
    }
}
