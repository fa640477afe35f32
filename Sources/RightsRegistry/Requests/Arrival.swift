import CivilTime
import StrictJSON

/// By which way a filing came where nobody sent it here themself; the event `filed` says so.
public enum FilingChannel: String, Sendable, CaseIterable {
    case post, telephone
    /// Received before this portal, and taken over as it stands.
    case imported
}

/// How and when a filing came in, and so who has looked at it.
struct Arrival: Sendable {
    /// From when the clock runs.
    let receivedAt: Instant
    let channel: FilingChannel?
    /// Whether an operator has to look at it, whatever it says.
    var hasDoubt = false
    /// Whether it is proven who files, by a provider of identities.
    var isProven = false

    /// Whether it is granted in the filing itself.
    func isConfirmed(_ filing: Filing, _ policy: RightsPolicy) -> Bool {
        if channel == .imported { return true }
        return !hasDoubt && policy.confirms(filing, isProven: isProven)
    }

    /// Whether its secret goes out by post. Whoever objected before this portal is not written to for that: they find
    /// their objection by proving who they are.
    func hasLetter(_ filing: Filing) -> Bool {
        switch channel {
        case .post, .telephone: filing.contact?.postal != nil
        case .imported, nil: false
        }
    }

    /// What has happened once the filing is in. Where there is no reasonable doubt it is granted at once: nobody is asked
    /// who they are without a reason (GDPR, article 12(6)), and operators see the doubtful ones alone.
    ///
    /// - Parameters:
    ///   - hasMessage: whether the citizen wrote something that is to be answered.
    ///   - moment: now, which is later than the receipt of what came by another way.
    func firstEvents(isConfirmed: Bool, hasMessage: Bool, at moment: Instant) -> [RequestEvent] {
        var timeline = Timeline([])
        func add(_ type: EventType, at moment: Instant, _ actor: ActingRole, _ data: JSON = [:]) {
            timeline.record(RequestEvent(n: timeline.nextNumber, type: type, at: moment, actor: actor, data: data))
        }
        let needsIdentity = !isConfirmed || isProven
        add(
            .filed, at: receivedAt, .citizen,
            Timeline.filedData(needsIdentity: needsIdentity, channel: channel, hasMessage: hasMessage))
        if isProven { add(.identityVerified, at: moment, .system, Timeline.bySignIn) }
        if isConfirmed { add(.granted, at: moment, .system) }
        return timeline.events
    }
}

extension Timeline {
    /// Whether the citizen was ever handed a code: who objected before this portal is written to once they have one.
    var hasReader: Bool {
        events.first?.data["channel"]?.string != FilingChannel.imported.rawValue
            || events.contains { $0.type == .secretReissued }
    }
}

extension RequestView {
    /// By which way it came; nil where it was sent here.
    public var channel: FilingChannel? {
        events.first?.event.data["channel"]?.string.flatMap(FilingChannel.init(rawValue:))
    }
}
