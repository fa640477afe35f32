public import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// A form of a case's page whose words can be kept before they are sent.
///
/// Who a request is about is put right in a form of its own, which keeps no draft: its fields are an identity, and that is
/// opened with a motive alone.
public enum DraftForm: String, Sendable, CaseIterable, Hashable {
    /// A message, or a question of identity.
    case message
    /// What a grant states.
    case answer
    /// A refusal, in whole or in part.
    case refusal
    case `extension`
    case transfer
    case voiding
    case reopening
    case note

    /// The form that an act is written in; nil where it has no words to keep.
    public init?(of type: EventType) {
        switch type {
        case .message, .identityRequested: self = .message
        case .granted: self = .answer
        case .refused, .partiallyGranted: self = .refusal
        case .extended: self = .extension
        case .transferred: self = .transfer
        case .voided: self = .voiding
        case .reopened: self = .reopening
        case .noted: self = .note
        default: return nil
        }
    }

    /// The fields that are kept: members of an act's body.
    public var fields: [String] {
        switch self {
        case .message: ["text"] + Self.template
        case .answer: ["text", "objection"] + Self.template
        case .refusal: ["grounds", "reasons", "complaint", "judicialRemedy"] + Self.template
        case .extension: ["reasons"] + Self.template
        case .transfer: ["recipient", "text"] + Self.template
        case .voiding, .reopening: ["reasons"]
        case .note: ["note"]
        }
    }

    /// The field that a template fills; nil where it takes none.
    public var templateField: String? {
        switch self {
        case .message, .answer, .transfer: "text"
        case .refusal, .extension: "reasons"
        case .voiding, .reopening, .note: nil
        }
    }

    private static let template = ["template", "templateVersion"]
}

/// What an operator has typed and not sent.
public struct OperatorDraft: Sendable, Hashable {
    /// Why what was sent did not go, and is a draft again.
    public enum Failure: String, Sendable, CaseIterable {
        /// Something had happened to the case meanwhile, or its state no longer allowed it.
        case changed
        /// The operator's role no longer included it.
        case role
        /// It lacked something.
        case incomplete
        /// Its operator called it back.
        case recalled
        /// A refusal that was proposed, and sent back.
        case sentBack
    }

    public let form: DraftForm
    public let fields: [String: String]
    public let savedAt: Instant
    /// Nil for what was merely kept.
    public let failure: Failure?
    /// How many files went with it, which are to be chosen again.
    public let lostFiles: Int

    /// The most that is kept of a form, in bytes: more than its longest fields together.
    static let longest = 64 * 1024
}

/// A draft sealed for its operator, ready to be written.
struct SealedDraft: Sendable {
    fileprivate let reference: String
    fileprivate let form: DraftForm
    fileprivate let name: String
    fileprivate let sealed: [UInt8]
    fileprivate let failure: OperatorDraft.Failure?

    /// Throws `RightsError.invalid` for what is too long to be a form of ours.
    init(
        _ fields: [String: String], _ form: DraftForm, of name: String, in reference: String, under key: CaseKey,
        failure: OperatorDraft.Failure? = nil, lostFiles: Int = 0, random: RandomSource
    ) throws {
        let kept = fields.filter { form.fields.contains($0.key) && !$0.value.isEmpty }
        let content: JSON = [
            "fields": .object(kept.mapValues(JSON.string)), "lostFiles": .integer(Int64(lostFiles)),
        ]
        let bytes = content.canonicalBytes
        guard bytes.count <= OperatorDraft.longest else {
            throw OperatorDesk.wrong("/\(form.templateField ?? "note")", "tooLong")
        }
        self.reference = reference
        self.form = form
        self.name = name
        self.failure = failure
        sealed = try key.seal(bytes, at: CaseLocation.draft(form, of: name, in: reference), random: random)
    }
}

/// The SQL of drafts.
enum OperatorDraftStore {
    /// Throws `RightsError.erased` where the case was erased since it was sealed: nothing sealed is left behind an erasure.
    static func save(_ draft: SealedDraft, at moment: Instant, on connection: any SQLConnection) throws {
        try ErasureStore.requireStanding(draft.reference, on: connection)
        try connection.execute(
            """
            INSERT INTO operator_draft (reference, operator, form, sealed, saved_at, failure)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (reference, operator, form)
            DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at, failure = excluded.failure
            """,
            draft.reference, draft.name, draft.form.rawValue, draft.sealed, moment, draft.failure?.rawValue)
    }

    static func discard(
        _ form: DraftForm, of name: String, in reference: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM operator_draft WHERE reference = $1 AND operator = $2 AND form = $3", reference, name,
            form.rawValue)
    }

    /// An operator's own drafts in a case, opened; what does not open any more is left out.
    static func drafts(
        of name: String, in reference: String, under key: CaseKey?, on connection: any SQLConnection
    ) throws -> [OperatorDraft] {
        let rows = try connection.query(
            "SELECT * FROM operator_draft WHERE reference = $1 AND operator = $2 ORDER BY form", reference, name)
        return try rows.compactMap { row in
            guard let form = DraftForm(rawValue: try row["form"]),
                let bytes = try? key?.open(
                    try row["sealed"], at: CaseLocation.draft(form, of: name, in: reference)),
                let content = try? JSON(parsing: bytes)
            else { return nil }
            return OperatorDraft(
                form: form, fields: (content["fields"]?.object ?? [:]).compactMapValues(\.string),
                savedAt: try row["saved_at"],
                failure: (try row["failure"] as String?).flatMap(OperatorDraft.Failure.init),
                lostFiles: content["lostFiles"]?.int ?? 0)
        }
    }
}

extension OperatorDesk {
    /// Keeps what an operator has typed into a form, for them alone, until it is sent or thrown away. Fields that the form
    /// does not have are left out.
    ///
    /// Throws `RightsError.forbidden`, `.notFound`, `.sealed`, `.erased`, and `.invalid` for what is longer than any form.
    public func keepDraft(
        _ fields: [String: String], of form: DraftForm, in reference: String, by signedIn: Operator
    ) async throws {
        try await demand(.readRequests, of: signedIn, asking: "draft \(reference)")
        guard let stored = try await database.read({ try RequestStore.load(reference, on: $0) }) else {
            throw RightsError.notFound
        }
        let draft = try SealedDraft(
            fields, form, of: signedIn.name, in: reference, under: try opened(stored), random: random)
        let moment = now()
        try await database.write { try OperatorDraftStore.save(draft, at: moment, on: $0) }
    }

    /// Throws a draft away; nothing where there is none.
    public func discardDraft(of form: DraftForm, in reference: String, by signedIn: Operator) async throws {
        try await demand(.readRequests, of: signedIn, asking: "draft \(reference)")
        try await database.write {
            try OperatorDraftStore.discard(form, of: signedIn.name, in: reference, on: $0)
        }
    }
}

extension OperatorAct {
    /// What its form would hold to say the same.
    var formFields: [String: String] {
        var fields = (body.object ?? [:]).compactMapValues(\.string)
        fields["template"] = template?.id
        fields["templateVersion"] = template.map { String($0.version) }
        return fields
    }
}
