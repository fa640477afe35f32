public import CivilTime
public import StrictJSON

/// What an operator enters of a request that came by post or telephone: the body of `POST /operator/requests`, checked.
/// It is that of `POST /requests`, with how and when it came.
public struct EnteredFiling: Sendable {
    public enum Channel: String, Sendable, CaseIterable {
        case post, telephone

        var filingChannel: FilingChannel {
            switch self {
            case .post: .post
            case .telephone: .telephone
            }
        }
    }

    public let filing: Filing
    public let channel: Channel
    /// The day on which it truly came, from which the clock runs.
    public let receivedOn: CalendarDate
    /// Whether the operator saw a reason to look at it again: it is not granted by itself then.
    public let hasDoubt: Bool

    /// Reads an entry. Throws every error found, each with its pointer; a date of receipt that lies ahead, or too long
    /// ago, is one. Ages count on the day of receipt: what a parent sent in time is not refused for having waited here.
    public init(_ body: JSON, today: CalendarDate, policy: RightsPolicy) throws(FieldErrors) {
        self = try ObjectReader.read(body) { EnteredFiling(reading: &$0, today: today, policy: policy) }
    }

    private init?(reading reader: inout ObjectReader, today: CalendarDate, policy: RightsPolicy) {
        let channel = reader.choice("channel", of: Channel.self)
        let receivedOn = reader.required("receivedOn") { json, pointer throws(FieldError) in
            let text = try JSONValue.string(json, pointer, maxLength: 40)
            guard let date = CalendarDate(text) else { throw FieldError(pointer: pointer, code: "date") }
            guard date <= today else { throw FieldError(pointer: pointer, code: "receivedOn.future") }
            guard date >= today.adding(days: -policy.entryDays) else {
                throw FieldError(pointer: pointer, code: "receivedOn.tooOld", arguments: [String(policy.entryDays)])
            }
            return date
        }
        hasDoubt = reader.optionalBool("doubt") ?? false
        let filing = Filing(
            reading: &reader, today: receivedOn ?? today, parentActsUnderAge: policy.parentActsUnderAge)
        guard let channel, let receivedOn, let filing else { return nil }
        self.channel = channel
        self.receivedOn = receivedOn
        self.filing = filing
    }
}

/// What an operator is told of a request that they entered. The secret is not theirs to see.
public struct EntryReceipt: Sendable {
    public let reference: String
    public let right: Right
    public let channel: EnteredFiling.Channel
    public let receivedOn: CalendarDate
    public let dueOn: CalendarDate
    /// Whether it was granted at once, since nothing about it gives reasonable doubt.
    public let isConfirmed: Bool
    /// Whether a letter takes the tracking code to the citizen.
    public let hasLetter: Bool
    /// The projects of its scope on data that no connector reaches, whole or in part.
    public let unreached: [String]
}
