public import StrictJSON

/// What an operator does to a request: the body of `POST /operator/requests/{reference}/events`, checked.
public struct OperatorAct: Sendable {
    public let type: EventType
    /// The number of the last event that the operator had seen; the act is refused where another has come since.
    public let after: Int?
    /// What everybody who sees the event may read.
    let data: JSON
    /// Words of the case, to be sealed.
    let words: JSON?

    /// The types that operators write themselves.
    private enum Kind: String, CaseIterable {
        case identityVerified, assigned, granted, refused, noted

        var eventType: EventType {
            switch self {
            case .identityVerified: .identityVerified
            case .assigned: .assigned
            case .granted: .granted
            case .refused: .refused
            case .noted: .noted
            }
        }
    }

    /// Which permission the act needs.
    public var permission: Permission {
        switch type {
        case .identityVerified: .verifyIdentity
        case .assigned: .assign
        case .granted: .decide
        case .refused: .refuse
        default: .note
        }
    }

    /// Reads an act. A refusal states its grounds, its reasons, the complaint and the judicial remedy, or is rejected.
    public init(_ body: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(body) { OperatorAct(reading: &$0) }
    }

    private init?(reading reader: inout ObjectReader) {
        guard let kind = reader.choice("type", of: Kind.self) else { return nil }
        after = reader.optionalInt("after", in: 0...1_000_000)
        type = kind.eventType
        switch kind {
        case .identityVerified, .assigned, .granted:
            data = [:]
            words = nil
        case .noted:
            data = [:]
            words = reader.string("note", maxLength: 5000).map { ["note": .string($0)] }
        case .refused:
            let grounds = reader.choice("grounds", of: RefusalGrounds.self)
            let reasons = reader.string("reasons", maxLength: 5000)
            let complaint = reader.string("complaint", maxLength: 2000)
            let remedy = reader.string("judicialRemedy", maxLength: 2000)
            data = .object(ofPresent: ["grounds": grounds.map { .string($0.rawValue) }])
            words = .object(ofPresent: [
                "reasons": reasons.map(JSON.string), "complaint": complaint.map(JSON.string),
                "judicialRemedy": remedy.map(JSON.string),
            ])
        }
        if !reader.errors.isEmpty { return nil }
    }
}
