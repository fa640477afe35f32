public import CivilTime
import SQLDatabase
import StrictJSON
public import Vault

/// A letter opened to be printed. It holds a person's address, and for some kinds their code: it is printed and forgotten.
public struct LetterContent: Sendable, Redacted {
    public let id: String
    public let reference: String
    public let kind: LetterKind
    public let language: FilingLanguage
    public let right: Right
    /// The lines of the envelope, name and address.
    public let envelope: [String]
    /// Whether it may be opened by the family of a minor who acts alone, so that nothing in it may tell.
    public let isForMinor: Bool
    public let receivedAt: Instant
    public let dueOn: CalendarDate
    /// What it tells of, with the body's words.
    public let events: [RequestView.Event]
    /// The last day to answer a question of ours; nil where none is open.
    public let answerBy: CalendarDate?
    /// The tracking code in seven groups of four, in a letter that carries one.
    public let secret: String?
}

extension LetterContent {
    /// Opens a letter; nil where the case can't be opened or has no postal address.
    ///
    /// - Parameters:
    ///   - sealed: what is sealed in it, where it carries a code.
    ///   - numbers: of the events that it tells of.
    init?(
        _ item: LetterItem, sealed: [UInt8]? = nil, telling numbers: [Int], of stored: StoredRequest,
        _ keys: RightsKeys, _ policy: RightsPolicy, today: CalendarDate
    ) {
        guard let opened = OpenedCase(stored, keys, policy, on: today), !opened.envelope.isEmpty else { return nil }
        var secret: String?
        if let sealed {
            guard let content = try? opened.caseKey.open(sealed, at: LetterStore.location(of: item.id)),
                let code = try? JSON(parsing: content)["secret"]?.string
            else { return nil }
            secret = code
        }
        id = item.id
        reference = item.reference
        kind = item.kind
        language = stored.language
        right = stored.right
        envelope = opened.envelope
        isForMinor = opened.isMinor(on: today, adultAge: policy.adultAge)
        receivedAt = stored.receivedAt
        dueOn = policy.clock(of: stored.timeline, receivedAt: stored.receivedAt).due
        events = stored.timeline.events.filter { numbers.contains($0.n) && $0.type.isPublic }.map { event in
            RequestView.Event(
                event: event,
                words: stored.sealedWords[event.n].flatMap { sealed in
                    (try? opened.caseKey.open(sealed, at: CaseLocation.event(stored.reference, event.n)))
                        .flatMap { try? JSON(parsing: $0) }
                })
        }
        answerBy = policy.identityAbandonedOn(stored.timeline)
        self.secret = secret
    }

    /// Everything that opening takes, in one reading; nil for what is not to go out any more.
    static func load(
        _ id: String, on connection: any SQLConnection
    ) throws -> (item: LetterItem, numbers: [Int], stored: StoredRequest)? {
        guard let item = try LetterStore.load(id, on: connection), !item.isWithheld,
            let stored = try RequestStore.load(item.reference, on: connection)
        else { return nil }
        return (item, try LetterStore.events(of: id, on: connection), stored)
    }
}
