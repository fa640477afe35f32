public import CivilTime
public import StrictJSON
import Vault

/// The language in which the citizen is answered.
public enum FilingLanguage: String, Sendable, CaseIterable {
    case fr, en
}

/// What a citizen sends to exercise a right, checked.
public struct Filing: Sendable {
    public let right: Right
    public var scope: Scope { sentScope.scope }
    let sentScope: SentScope
    public let subject: Subject
    public let capacity: Capacity
    public let requester: Requester?
    public let contact: Contact?
    public let message: String?
    /// What is to be rectified, restricted, erased or shown.
    public let details: String?
    public let language: FilingLanguage

    /// Longest message, in characters.
    public static let longestMessage = 5000

    /// Reads the body of `POST /requests`. Throws every error found, each with its pointer.
    ///
    /// - Parameter parentActsUnderAge: the age from which a minor acts alone.
    public init(_ body: JSON, today: CalendarDate, parentActsUnderAge: Int) throws(FieldErrors) {
        self = try ObjectReader.read(body) {
            Filing(reading: &$0, today: today, parentActsUnderAge: parentActsUnderAge)
        }
    }

    /// Reads the members of a filing among others; nil where `reader` has recorded errors.
    init?(reading reader: inout ObjectReader, today: CalendarDate, parentActsUnderAge: Int) {
        let right = reader.choice("right", of: Right.self)
        let scope = reader.object("scope", SentScope.read)
        let subject = reader.object("subject") { Subject(reading: &$0, today: today) }
        let capacity = reader.choice("capacity", of: Capacity.self)
        requester =
            capacity?.actsForAnother == true
            ? reader.object("requester") { Requester(reading: &$0) }
            : reader.optionalObject("requester") { Requester(reading: &$0) }
        if let capacity, let age = subject?.age(on: today) {
            if capacity == .parentalAuthorityHolder, age >= parentActsUnderAge {
                reader.fail("capacity", "capacity.ofAge", String(parentActsUnderAge))
            } else if capacity == .dataSubject, age < parentActsUnderAge {
                reader.fail("capacity", "capacity.tooYoung", String(parentActsUnderAge))
            }
        }
        contact = reader.optionalObject("contact") { Contact(reading: &$0) }
        message = reader.optionalString("message", maxLength: Self.longestMessage)
        details =
            right?.needsDetails == true
            ? reader.string("details", maxLength: Self.longestMessage)
            : reader.optionalString("details", maxLength: Self.longestMessage)
        language = reader.optionalChoice("language", of: FilingLanguage.self) ?? .fr
        guard let right, let scope, let subject, let capacity, reader.errors.isEmpty else { return nil }
        self.right = right
        sentScope = scope
        self.subject = subject
        self.capacity = capacity
    }

    /// What is sealed under the case's key: everything that is about a person.
    var sealedMembers: JSON {
        .object(ofPresent: [
            "subject": subject.json, "capacity": .string(capacity.rawValue), "requester": requester?.json,
            "contact": contact?.json, "message": message.map(JSON.string),
            "details": details.map(JSON.string),
        ])
    }

    /// Whether whoever a provider has recognised files for themself: it is they whom the request is about.
    ///
    /// For somebody else a sign-in proves who asks, and not that they may.
    public func isProven(by traits: ProvenTraits?) -> Bool {
        capacity == .dataSubject && traits?.agree(with: subject) ?? false
    }

    /// Whether nothing gives reasonable doubt on who files what, so that no operator needs to look at it: an objection
    /// for oneself or one's child, under a number that fits, without a word to answer. Somebody's other request is no
    /// doubt: each objection stands and ends alone.
    ///
    /// - Parameter isProven: whether it is proven who files. Then a parent's number is no doubt either, since birth date
    ///   and sex are the person's own. What a proof of identity says nothing of stays doubtful: a missing number, under
    ///   which nothing can be registered, and one that does not fit.
    func isBeyondDoubt(isProven: Bool) -> Bool {
        guard right == .objection, message == nil, subject.nir != nil, subject.otherIdentifiers.isEmpty else {
            return false
        }
        switch capacity {
        case .dataSubject: return subject.nirHolder == nil || isProven && subject.nirHolder == .insuredParent
        case .parentalAuthorityHolder: return subject.nirHolder != .own
        case .guardian, .authorisedAgent, .heir: return false
        }
    }
}

/// Where a request's sealed values stand.
enum CaseLocation {
    static func filing(_ reference: String) -> BoxLocation {
        BoxLocation(table: "rights_request", row: reference, column: "sealed_filing", version: 1)
    }

    static func event(_ reference: String, _ n: Int) -> BoxLocation {
        BoxLocation(table: "request_event", row: "\(reference)/\(n)", column: "sealed", version: 1)
    }

    static func answer(_ keyIndex: [UInt8]) -> BoxLocation {
        BoxLocation(table: "filing_answer", row: Hex.encode(keyIndex), column: "sealed_answer", version: 1)
    }
}

/// What the citizen is handed when a filing is durable. The secret is given here and nowhere else.
public struct FilingReceipt: Sendable, Hashable {
    public let reference: String
    /// The tracking secret in seven groups of four; empty for whoever entered the filing for somebody else.
    public let secret: String
    public let receivedAt: Instant
    public let dueOn: CalendarDate
    /// Whether it was confirmed at once, since nothing about it gives reasonable doubt.
    public let isConfirmed: Bool
    /// The projects of its scope on data that no connector reaches, whole or in part: their controllers are told.
    public let unreached: [String]

    /// The same for whoever may not know the secret.
    var withoutSecret: FilingReceipt {
        FilingReceipt(
            reference: reference, secret: "", receivedAt: receivedAt, dueOn: dueOn, isConfirmed: isConfirmed,
            unreached: unreached)
    }

    var json: JSON {
        [
            "isConfirmed": .bool(isConfirmed),
            "reference": .string(reference), "secret": .string(secret),
            "receivedAt": .integer(receivedAt.milliseconds), "dueOn": .string(dueOn.description),
            "unreached": .array(unreached.map(JSON.string)),
        ]
    }

    init(
        reference: String, secret: String, receivedAt: Instant, dueOn: CalendarDate, isConfirmed: Bool,
        unreached: [String]
    ) {
        self.reference = reference
        self.secret = secret
        self.receivedAt = receivedAt
        self.dueOn = dueOn
        self.isConfirmed = isConfirmed
        self.unreached = unreached
    }

    init?(json: JSON) {
        guard let reference = json["reference"]?.string, let secret = json["secret"]?.string,
            let milliseconds = json["receivedAt"]?.int, let dueOn = json["dueOn"]?.string.flatMap({ CalendarDate($0) })
        else { return nil }
        self.init(
            reference: reference, secret: secret, receivedAt: Instant(milliseconds: Int64(milliseconds)), dueOn: dueOn,
            isConfirmed: json["isConfirmed"]?.bool ?? false,
            unreached: json["unreached"]?.array?.compactMap(\.string) ?? [])
    }
}
