/// The rights that a request can exercise (GDPR art. 15 to 21; R.1461-9 CSP).
public enum Right: String, Sendable, CaseIterable, Codable {
    case objection, objectionWithdrawal, access, rectification, erasure, restriction

    /// Whether it can't be answered without being told what about.
    public var needsDetails: Bool { self == .rectification || self == .restriction }
}

/// Where a request stands.
public enum RequestState: String, Sendable, CaseIterable {
    case received, awaitingIdentity, underReview, closed
}

/// What became of a request. State and outcome are two fields: a granted objection is `underReview` until every linked
/// database in scope has confirmed.
public enum RequestOutcome: String, Sendable, CaseIterable {
    case granted, partiallyGranted, refused, transferred, withdrawn, abandoned, voided
    /// Closed unread: its keys are gone, and nobody can answer it.
    case unreadable
}

/// All that can happen to a request.
public enum EventType: String, Sendable, CaseIterable {
    case filed, identityRequested, identityProvided, identityVerified, identityCorrected, assigned, message, extended
    case granted, partiallyGranted, refused, transferred, withdrawn, narrowed, reminded, abandoned, voided
    case taskSent, taskCompleted, impossible, secretReissued, identityOpened, packageReady, packageDownloaded, reopened,
        noted,
        closed
    /// That nobody reads it any more, since its keys are gone, and that it is closed so.
    case unreadable
    /// That the person has died, and that this was a mistake.
    case deathRecorded, deathUnrecorded

    /// The outcome that this event decides, or nil where it decides nothing.
    public var outcome: RequestOutcome? {
        switch self {
        case .granted: .granted
        case .partiallyGranted: .partiallyGranted
        case .refused: .refused
        case .transferred: .transferred
        case .withdrawn: .withdrawn
        case .abandoned: .abandoned
        case .voided: .voided
        case .unreadable: .unreadable
        case .filed, .identityRequested, .identityProvided, .identityVerified, .identityCorrected, .assigned, .message,
            .extended, .narrowed, .reminded, .taskSent, .taskCompleted, .impossible, .secretReissued,
            .identityOpened, .packageReady, .packageDownloaded, .reopened, .noted, .closed, .deathRecorded,
            .deathUnrecorded:
            nil
        }
    }

    /// Whether the citizen sees the event. Internal notes stay inside; that a death is recorded is said by the page itself.
    public var isPublic: Bool { ![.noted, .deathRecorded, .deathUnrecorded].contains(self) }
}

/// Who acted: a role, never a name, since the citizen reads it.
public enum ActingRole: String, Sendable, CaseIterable {
    case citizen, system, agent, editor, supervisor, administrator, auditor, custodian
}

/// Why a right may be refused, by the articles of domain law.
public enum RefusalGrounds: String, Sendable, CaseIterable {
    /// Manifestly unfounded (GDPR art. 12(5)).
    case unfounded
    /// Excessive, as where it is repeated (GDPR art. 12(5)).
    case excessive
    /// The person could not be identified (GDPR art. 12(2)).
    case identityNotEstablished
    /// Compelling legitimate grounds (GDPR art. 21(1)).
    case compellingGrounds
    /// Establishment, exercise or defence of legal claims (GDPR art. 21(1)).
    case legalClaims
    /// The rights and freedoms of others, in a copy of data (GDPR art. 15(4)).
    case othersRights
    /// What the law keeps from erasure (GDPR art. 17(3)).
    case erasureException
    /// A restriction set by law (GDPR art. 23).
    case restrictedByLaw

    /// The grounds that the law knows for refusing `right`, in whole or in part; those for which nobody can tell who asks
    /// count for each.
    public static func known(for right: Right) -> [RefusalGrounds] {
        switch right {
        case .objection: [.compellingGrounds, .legalClaims, .identityNotEstablished]
        // Ending an objection is never refused to the person.
        case .objectionWithdrawal: [.identityNotEstablished]
        case .access: [.othersRights, .unfounded, .excessive, .restrictedByLaw, .identityNotEstablished]
        case .rectification, .restriction: [.unfounded, .excessive, .restrictedByLaw, .identityNotEstablished]
        case .erasure: [.erasureException, .unfounded, .excessive, .restrictedByLaw, .identityNotEstablished]
        }
    }
}

/// Why an operator opens who a request is about. The citizen reads it, so it is chosen and not written.
public enum OpeningMotive: String, Sendable, CaseIterable {
    /// To check who files.
    case identityCheck
    /// To answer the person.
    case answer
    /// To correct a mistake in the filing.
    case correction
    /// To handle a dispute over the request.
    case dispute
}
