public import CivilTime
public import StrictJSON
public import Vault

/// What an operator does to a request: the body of `POST /operator/requests/{reference}/events`, checked.
public struct OperatorAct: Sendable {
    public let type: EventType
    /// The number of the last event that the operator had seen; the act is refused where another has come since.
    public private(set) var after: Int?
    /// The objection that a granted withdrawal ends.
    public let objection: RequestReference?
    /// The project whose controller was told, or has answered.
    let project: String?
    /// What is asked of linked databases, or answered by one; nil where it is about a controller.
    let task: TaskAct?
    /// The linked database that can't apply the objection, or can't answer the request.
    let impossibleIn: String?
    /// Whether it could, by a disproportionate effort (GDPR, article 19).
    let isDisproportionate: Bool
    /// Who the request is about, put right.
    let subject: Subject?
    /// To whom the request goes; nil for whoever acts.
    let assignee: String?
    /// Whether a death is recorded, or taken back, in all requests that are certainly about the same person.
    let isForSamePerson: Bool
    /// The number of the citizen's message that answers the question of identity.
    let message: Int?
    /// What everybody who sees the event may read.
    let data: JSON
    /// Words of the case, to be sealed.
    let words: JSON?
    /// The template that its text began with.
    let template: TemplateReference?
    /// The body as it was sent, but for `after`: it reads as the same act again.
    private(set) var body: JSON = .null

    /// Whether it refuses the request, in whole or in part.
    public var isRefusal: Bool { type == .refused || type == .partiallyGranted }

    /// Whether it says something to the citizen, and so may be recalled for a moment where it was done on a page.
    public var isHeld: Bool { Self.heldTypes.contains(type) }

    /// What speaks to the citizen.
    static let heldTypes: [EventType] = [
        .message, .identityRequested, .extended, .granted, .partiallyGranted, .refused, .transferred,
    ]

    /// The types that operators write themselves.
    public static let types: [EventType] = [
        .assigned, .identityRequested, .identityProvided, .identityVerified, .identityCorrected, .message, .noted,
        .extended, .granted,
        .partiallyGranted, .refused, .transferred, .voided, .reopened, .taskSent, .taskCompleted,
        .impossible, .unreadable, .deathRecorded, .deathUnrecorded,
    ]

    /// The same act, on a case of which the event of that number was the last one seen.
    func after(_ n: Int?) -> OperatorAct {
        var act = self
        act.after = n
        return act
    }

    /// Whether it gives a colleague's case to a third. Anybody may take a case, from a colleague too; what is a colleague's is not
    /// theirs to give on.
    func takesFromThird(_ stored: StoredRequest, by signedIn: Operator) -> Bool {
        guard let assignee, assignee != signedIn.name, let holder = stored.assignee else { return false }
        return holder != signedIn.name
    }

    /// Whether files for the citizen may go with it: a message, and whatever answers.
    var mayHaveFiles: Bool {
        switch type {
        case .message, .granted, .partiallyGranted, .refused, .extended, .transferred: true
        default: false
        }
    }

    /// Which permission the act needs.
    public var permission: Permission { Self.permission(for: type) }

    /// Which permission an act of that type needs.
    public static func permission(for type: EventType) -> Permission {
        switch type {
        // Who somebody is, and whether they live.
        case .identityRequested, .identityProvided, .identityVerified, .identityCorrected, .deathRecorded,
            .deathUnrecorded:
            .verifyIdentity
        case .assigned: .assign
        case .message, .taskSent, .taskCompleted: .message
        case .granted, .extended, .transferred, .reopened, .impossible: .decide
        // What takes away from the citizen.
        case .refused, .partiallyGranted, .voided, .unreadable: .refuse
        default: .note
        }
    }

    /// Reads an act. A refusal, even partial, states its grounds, its reasons, the complaint and the judicial remedy, or
    /// is rejected.
    ///
    /// - Parameter today: no corrected birth date lies after it.
    public init(_ body: JSON, today: CalendarDate) throws(FieldErrors) {
        self = try ObjectReader.read(body) { OperatorAct(reading: &$0, today: today) }
        var members = body.object ?? [:]
        members["after"] = nil
        self.body = .object(members)
    }

    /// Reads an act within another body.
    public init?(reading reader: inout ObjectReader, today: CalendarDate) {
        let word = reader.string("type", maxLength: 40)
        guard let word else { return nil }
        guard let type = Self.types.first(where: { $0.rawValue == word }) else {
            reader.fail("type", "notOneOf")
            return nil
        }
        self.type = type
        after = reader.optionalInt("after", in: 0...1_000_000)
        var objection: RequestReference?
        var subject: Subject?
        var project: String?
        var message: Int?
        var assignee: String?
        var task: TaskAct?
        var impossibleIn: String?
        var isDisproportionate = false
        var isForSamePerson = false
        var data: JSON = [:]
        var words: JSON?
        func sealed(_ members: KeyValuePairs<String, String?>) -> JSON {
            .object(members.reduce(into: [:]) { words, member in words[member.key] = member.value.map(JSON.string) })
        }
        switch type {
        case .assigned: assignee = reader.optionalString("assignee", maxLength: 40)
        case .noted: words = sealed(["note": reader.string("note", maxLength: 5000)])
        case .message, .identityRequested: words = sealed(["text": reader.string("text", maxLength: 5000)])
        case .deathRecorded:
            (data, words) = reader.death(today: today)
            isForSamePerson = reader.optionalBool("samePerson") ?? false
        case .deathUnrecorded:
            words = sealed(["reasons": reader.string("reasons", maxLength: 5000)])
            isForSamePerson = reader.optionalBool("samePerson") ?? false
        case .unreadable:
            // There is no key to seal words with.
            data = .object(ofPresent: [
                "reason": reader.choice("reason", of: UnreadableReason.self).map { .string($0.rawValue) }
            ])
        case .extended, .voided, .reopened: words = sealed(["reasons": reader.string("reasons", maxLength: 5000)])
        case .transferred:
            words = sealed([
                "recipient": reader.string("recipient", maxLength: 200), "text": reader.string("text", maxLength: 5000),
            ])
        case .granted:
            words = reader.optionalString("text", maxLength: 5000).map { sealed(["text": $0]) }
            if let entered = reader.optionalString("objection", maxLength: 40) {
                objection = RequestReference(entered: entered)
                if objection == nil { reader.fail("objection", "reference.invalid") }
            }
        case .refused, .partiallyGranted:
            data = .object(ofPresent: [
                "grounds": reader.choice("grounds", of: RefusalGrounds.self).map { .string($0.rawValue) }
            ])
            words = sealed([
                "reasons": reader.string("reasons", maxLength: 5000),
                "complaint": reader.string("complaint", maxLength: 2000),
                "judicialRemedy": reader.string("judicialRemedy", maxLength: 2000),
            ])
        case .taskSent where reader.has("databases") || reader.has("allDatabases"),
            .taskCompleted where reader.has("database"):
            task = TaskAct(reading: &reader, type)
        case .taskSent, .taskCompleted:
            project = reader.string("project", maxLength: 128)
            data = .object(ofPresent: ["project": project.map(JSON.string)])
            // What the controller answers, for the citizen to read: that it is applied, or why it can't be.
            if type == .taskCompleted { words = sealed(["text": reader.string("text", maxLength: 5000)]) }
        case .impossible:
            impossibleIn = reader.string("database", maxLength: 40)
            isDisproportionate = reader.optionalBool("disproportionate") ?? false
            data = .object(ofPresent: [
                "database": impossibleIn.map(JSON.string), "disproportionate": isDisproportionate ? true : nil,
            ])
            // For the citizen to read.
            words = sealed(["reasons": reader.string("reasons", maxLength: 5000)])
        case .identityProvided:
            message = reader.optionalInt("message", in: 1...1_000_000)
            data = .object(ofPresent: ["message": message.map { .integer(Int64($0)) }])
        case .identityCorrected: subject = reader.object("subject") { Subject(reading: &$0, today: today) }
        default: break
        }
        let template =
            Self.heldTypes.contains(type) ? reader.optionalObject("template") { TemplateReference(reading: &$0) } : nil
        if let template { data = .object((data.object ?? [:]).merging(["template": template.json]) { $1 }) }
        self.template = template
        self.subject = subject
        self.project = project
        self.task = task
        self.impossibleIn = impossibleIn
        self.isDisproportionate = isDisproportionate
        self.message = message
        self.isForSamePerson = isForSamePerson
        self.assignee = assignee
        self.objection = objection
        self.data = data
        self.words = words
        if !reader.errors.isEmpty { return nil }
    }
}
