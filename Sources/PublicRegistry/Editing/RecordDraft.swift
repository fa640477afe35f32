public import CivilTime
public import SQLDatabase
public import StrictJSON

/// What an editor has typed of a record and not published.
public struct RecordDraft: Sendable {
    public let kind: RecordKind
    public let reference: String
    /// The version that it began from; 0 for a new record.
    public let base: Int
    public let content: JSON
    public let savedAt: Instant

    public init(kind: RecordKind, reference: String, base: Int, content: JSON, savedAt: Instant) {
        self.kind = kind
        self.reference = reference
        self.base = base
        self.content = content
        self.savedAt = savedAt
    }

    private init?(_ row: Row) throws {
        guard let kind = RecordKind(rawValue: try row["kind"]) else { return nil }
        self.kind = kind
        reference = try row["reference"]
        base = try row["base_n"]
        content = try JSON(parsing: try row["content"] as String)
        savedAt = try row["saved_at"]
    }

    public static func find(
        _ reference: String, _ kind: RecordKind, of editor: String, on connection: any SQLConnection
    ) throws -> RecordDraft? {
        try connection.first(
            "SELECT * FROM record_draft WHERE editor = $1 AND kind = $2 AND reference = $3", editor, kind.rawValue,
            reference
        ).flatMap(RecordDraft.init)
    }

    /// All of an editor's, the newest first.
    public static func all(of editor: String, on connection: any SQLConnection) throws -> [RecordDraft] {
        try connection.query(
            "SELECT * FROM record_draft WHERE editor = $1 ORDER BY saved_at DESC, reference LIMIT 200", editor
        ).compactMap(RecordDraft.init)
    }

    /// Keeps it in the place of that editor's draft of before.
    public func save(of editor: String, on connection: any SQLConnection) throws {
        try connection.upsert(
            into: "record_draft", columns: ["editor", "kind", "reference", "base_n", "content", "saved_at"],
            keyColumns: 3, rows: [[editor, kind.rawValue, reference, base, content.canonical, savedAt]])
    }

    public static func discard(
        _ reference: String, _ kind: RecordKind, of editor: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM record_draft WHERE editor = $1 AND kind = $2 AND reference = $3", editor, kind.rawValue,
            reference)
    }
}

/// A file that was read as a trial.
public struct RecordUpload: Sendable {
    public let id: String
    public let kind: RecordKind
    public let name: String
    public let content: [UInt8]

    public init(id: String, kind: RecordKind, name: String, content: [UInt8]) {
        self.id = id
        self.kind = kind
        self.name = name
        self.content = content
    }

    /// Keeps it, and drops those that nobody took within a day.
    public func save(of editor: String, at moment: Instant, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM record_upload WHERE received_at < $1", moment.adding(seconds: -86_400))
        try connection.execute(
            """
            INSERT INTO record_upload (id, editor, kind, name, content, received_at) VALUES ($1, $2, $3, $4, $5, $6)
            """, id, editor, kind.rawValue, name, content, moment)
    }

    public static func find(
        _ id: String, of editor: String, on connection: any SQLConnection
    ) throws -> RecordUpload? {
        guard
            let row = try connection.first("SELECT * FROM record_upload WHERE id = $1 AND editor = $2", id, editor),
            let kind = RecordKind(rawValue: try row["kind"])
        else { return nil }
        return RecordUpload(id: id, kind: kind, name: try row["name"], content: try row["content"])
    }

    public static func discard(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM record_upload WHERE id = $1", id)
    }
}

/// What somebody asked to take out of the register, and another person has not agreed to yet.
public struct AskedRemoval: Sendable, Hashable {
    public let kind: RecordKind
    public let reference: String
    /// Public, once the record is gone.
    public let reason: String
    /// Whether its last content stays to be read.
    public let keepsContent: Bool
    public let editor: String
    public let askedAt: Instant

    public init(
        kind: RecordKind, reference: String, reason: String, keepsContent: Bool, editor: String, askedAt: Instant
    ) {
        self.kind = kind
        self.reference = reference
        self.reason = reason
        self.keepsContent = keepsContent
        self.editor = editor
        self.askedAt = askedAt
    }

    private init?(_ row: Row) throws {
        guard let kind = RecordKind(rawValue: try row["kind"]) else { return nil }
        self.init(
            kind: kind, reference: try row["reference"], reason: try row["reason"],
            keepsContent: try row["keeps_content"], editor: try row["editor"], askedAt: try row["asked_at"])
    }

    public static func find(
        _ reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> AskedRemoval? {
        try connection.first(
            "SELECT * FROM record_removal WHERE kind = $1 AND reference = $2", kind.rawValue, reference
        ).flatMap(AskedRemoval.init)
    }

    public static func all(on connection: any SQLConnection) throws -> [AskedRemoval] {
        try connection.query("SELECT * FROM record_removal ORDER BY asked_at, reference LIMIT 200")
            .compactMap(AskedRemoval.init)
    }

    public func save(on connection: any SQLConnection) throws {
        try connection.upsert(
            into: "record_removal",
            columns: ["kind", "reference", "reason", "keeps_content", "editor", "asked_at"], keyColumns: 2,
            rows: [[kind.rawValue, reference, reason, keepsContent, editor, askedAt]])
    }

    public func discard(on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM record_removal WHERE kind = $1 AND reference = $2", kind.rawValue, reference)
    }
}
