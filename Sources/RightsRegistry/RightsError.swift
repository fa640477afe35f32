public import StrictJSON

/// Why a request was not filed, shown or changed. One type; the adapters map it to answers once.
public enum RightsError: Error, Sendable, Hashable {
    /// No such request, or not with this secret: the two are never told apart.
    case notFound
    /// The secret is right, and a parent's whose child now acts alone.
    case comeOfAge
    /// What was sent is wrong, field by field.
    case invalid(FieldErrors)
    /// The event cannot happen now.
    case transition(TransitionError)
    /// Notice of an extension counts within the first month alone, and once.
    case extensionTooLate
    /// Something happened to the request since it was read.
    case outdated
    /// The operator's role does not include it.
    case forbidden(Permission)
    /// The idempotency key was used for another filing.
    case idempotencyKeyReused
    /// A proof was sent and nobody had a reason to ask for one.
    case proofNotAsked
    /// The file was a proof that has served.
    case fileDestroyed
    /// A scanner of files is configured and gives no verdict; the files are not taken.
    case scannerUnavailable
    /// The case's keys are not in this process, or it can't be read.
    case sealed
    /// The case was erased at the end of its retention: nothing of it can be read or added.
    case erased
    /// The case's keys were destroyed, and it had not been erased: an older state was restored without them. Nothing of it can be
    /// read or added.
    case lost
    /// Another epoch of the cases' keys counts by now: this process is to be started again, with its keys.
    case keysOutdated

    /// Whether it says that the request is no longer as it was when somebody looked: another has been faster, or it was never so.
    public var saysMoved: Bool {
        switch self {
        case .outdated, .transition(.alreadyDecided), .transition(.notIn), .transition(.notDecided): true
        default: false
        }
    }
}
