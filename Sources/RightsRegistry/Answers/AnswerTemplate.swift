public import CivilTime
import SQLDatabase
public import StrictJSON

/// What a template is for: the act that it begins.
public enum TemplatePurpose: String, Sendable, CaseIterable, Hashable {
    case message, identityRequested, granted, refused, extended, transferred

    /// The form that it fills on a case's page.
    public var form: DraftForm {
        switch self {
        case .message, .identityRequested: .message
        case .granted: .answer
        case .refused: .refusal
        case .extended: .extension
        case .transferred: .transfer
        }
    }
}

/// Which template, in which version, the text of an act began with.
public struct TemplateReference: Sendable, Hashable {
    public let id: String
    public let version: Int

    public init(id: String, version: Int) {
        self.id = id
        self.version = version
    }

    init?(reading reader: inout ObjectReader) {
        let id = reader.string("id", maxLength: AnswerTemplate.longestID)
        let version = reader.int("version", in: 1...1_000_000)
        guard let id, let version else { return nil }
        self.init(id: id, version: version)
    }

    var json: JSON { ["id": .string(id), "version": .integer(Int64(version))] }
}

/// What an editor writes of a template, checked: both languages are there, and every merge field is one.
public struct TemplateContent: Sendable, Hashable {
    public let title: LocalizedWords
    public let text: LocalizedWords
    /// Whether it is offered no more.
    public let isRetired: Bool

    /// A text in both languages of citizens.
    public struct LocalizedWords: Sendable, Hashable {
        public let fr: String
        public let en: String

        public subscript(language: FilingLanguage) -> String { language == .fr ? fr : en }

        public var json: JSON { ["fr": .string(fr), "en": .string(en)] }
    }

    /// The longest text: an act's own words may be longer once the fields are filled in.
    public static let longestText = 4000
    public static let longestTitle = 120

    /// Reads the members `title`, `text` (`{"fr", "en"}` each) and `retired`; nil where `reader` has recorded errors:
    /// a missing language is `required` at `/text/en`, a broken field one of `MergeText`'s codes.
    init?(reading reader: inout ObjectReader) {
        func words(_ reader: inout ObjectReader, maxLength: Int, isMerged: Bool) -> LocalizedWords? {
            func one(_ reader: inout ObjectReader, _ key: String) -> String? {
                guard let text = reader.string(key, maxLength: maxLength)?.replacing("\r\n", with: "\n") else {
                    return nil
                }
                guard !text.allSatisfy(\.isWhitespace) else {
                    reader.fail(key, "required")
                    return nil
                }
                guard isMerged else { return text }
                do {
                    _ = try MergeText(text, at: JSONPointer.member(key, of: reader.pointer))
                    return text
                } catch {
                    for found in error.errors { reader.record(found) }
                    return nil
                }
            }
            let (fr, en) = (one(&reader, "fr"), one(&reader, "en"))
            return fr.flatMap { fr in en.map { LocalizedWords(fr: fr, en: $0) } }
        }
        let title = reader.object("title") { words(&$0, maxLength: Self.longestTitle, isMerged: false) }
        let text = reader.object("text") { words(&$0, maxLength: Self.longestText, isMerged: true) }
        isRetired = reader.optionalBool("retired") ?? false
        guard let title, let text else { return nil }
        self.title = title
        self.text = text
    }

    init(title: LocalizedWords, text: LocalizedWords, isRetired: Bool) {
        self.title = title
        self.text = text
        self.isRetired = isRetired
    }
}

/// A template of answers, in one of its versions.
public struct AnswerTemplate: Sendable, Hashable {
    /// `a-z`, `0-9` and hyphens; it never changes.
    public let id: String
    public let purpose: TemplatePurpose
    /// From 1.
    public let version: Int
    public let content: TemplateContent
    public let editor: String
    public let writtenAt: Instant

    public static let longestID = 60

    public var reference: TemplateReference { TemplateReference(id: id, version: version) }

    /// 2 to 60 of `a-z`, `0-9` and `-`, beginning with a letter.
    static func isAllowed(id: String) -> Bool {
        (2...longestID).contains(id.utf8.count) && (97...122).contains(id.utf8.first ?? 0)
            && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

/// A template as it is made: the body of `POST /operator/templates`.
public struct NewTemplate: Sendable {
    public let id: String
    public let purpose: TemplatePurpose
    public let content: TemplateContent

    /// Throws every error found, each with its pointer.
    public init(_ body: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(body) { reader in
            let id = reader.string("id", maxLength: AnswerTemplate.longestID)
            if let id, !AnswerTemplate.isAllowed(id: id) { reader.fail("id", "template.id") }
            let purpose = reader.choice("purpose", of: TemplatePurpose.self)
            let content = TemplateContent(reading: &reader)
            guard let id, let purpose, let content else { return nil as NewTemplate? }
            return NewTemplate(id: id, purpose: purpose, content: content)
        }
    }

    private init(id: String, purpose: TemplatePurpose, content: TemplateContent) {
        self.id = id
        self.purpose = purpose
        self.content = content
    }
}

/// A further version: the body of `PUT /operator/templates/{id}`.
public struct ChangedTemplate: Sendable {
    /// The version that it changes.
    public let base: Int
    public let content: TemplateContent

    /// Throws every error found, each with its pointer.
    public init(_ body: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(body) { reader in
            let base = reader.int("version", in: 1...1_000_000)
            let content = TemplateContent(reading: &reader)
            guard let base, let content else { return nil as ChangedTemplate? }
            return ChangedTemplate(base: base, content: content)
        }
    }

    private init(base: Int, content: TemplateContent) {
        self.base = base
        self.content = content
    }
}

/// The SQL of templates.
enum AnswerTemplateStore {
    private static let columns = """
        SELECT t.id, t.purpose, v.* FROM answer_template t JOIN answer_template_version v ON v.template = t.id
        """

    /// Every template in its newest version, by purpose and id.
    static func newest(on connection: any SQLConnection) throws -> [AnswerTemplate] {
        try connection.query("\(columns) AND v.n = t.version ORDER BY t.purpose, t.id").map(template)
    }

    /// One template's versions, the newest first; empty where there is none.
    static func versions(of id: String, on connection: any SQLConnection) throws -> [AnswerTemplate] {
        try connection.query("\(columns) WHERE t.id = $1 ORDER BY v.n DESC", id).map(template)
    }

    /// Throws `RightsError.invalid` where no such version was ever written.
    static func requireKnown(_ reference: TemplateReference, on connection: any SQLConnection) throws {
        let known = try connection.first(
            "SELECT n FROM answer_template_version WHERE template = $1 AND n = $2", reference.id, reference.version)
        guard known != nil else { throw OperatorDesk.wrong("/template", "template.unknown") }
    }

    /// Inserts the first version; false where the id is taken.
    static func insert(_ template: AnswerTemplate, on connection: any SQLConnection) throws -> Bool {
        let inserted = try connection.execute(
            """
            INSERT INTO answer_template (id, purpose, version, is_retired) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """,
            template.id, template.purpose.rawValue, template.version, template.content.isRetired ? 1 : 0)
        guard inserted == 1 else { return false }
        try insertVersion(template, on: connection)
        return true
    }

    /// Writes the version after `base`; false where another was written meanwhile.
    static func change(_ template: AnswerTemplate, from base: Int, on connection: any SQLConnection) throws -> Bool {
        let changed = try connection.execute(
            "UPDATE answer_template SET version = $1, is_retired = $2 WHERE id = $3 AND version = $4",
            template.version, template.content.isRetired ? 1 : 0, template.id, base)
        guard changed == 1 else { return false }
        try insertVersion(template, on: connection)
        return true
    }

    private static func insertVersion(_ template: AnswerTemplate, on connection: any SQLConnection) throws {
        let content = template.content
        try connection.execute(
            """
            INSERT INTO answer_template_version
                (template, n, title_fr, title_en, text_fr, text_en, is_retired, editor, written_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            template.id, template.version, content.title.fr, content.title.en, content.text.fr, content.text.en,
            content.isRetired ? 1 : 0, template.editor, template.writtenAt)
    }

    private static func template(_ row: Row) throws -> AnswerTemplate {
        guard let purpose = TemplatePurpose(rawValue: try row["purpose"]) else {
            throw SQLError.decoding("answer_template.purpose")
        }
        return AnswerTemplate(
            id: try row["id"], purpose: purpose, version: try row["n"],
            content: TemplateContent(
                title: TemplateContent.LocalizedWords(fr: try row["title_fr"], en: try row["title_en"]),
                text: TemplateContent.LocalizedWords(fr: try row["text_fr"], en: try row["text_en"]),
                isRetired: try row["is_retired"] as Int == 1),
            editor: try row["editor"], writtenAt: try row["written_at"])
    }
}
