public import CivilTime
import SQLDatabase
public import StrictJSON
import Vault

/// A refusal that one operator proposes, and that another one has to confirm. Nothing of it has happened, and the citizen
/// sees nothing of it.
public struct RefusalProposal: Sendable, Hashable {
    public let id: String
    /// `refused` or `partiallyGranted`.
    public let type: EventType
    /// The operator's name.
    public let proposer: String
    public let proposedAt: Instant
    /// Whether something has happened since that bears on it: it can't be confirmed any more.
    public let isOutdated: Bool
    /// The act as it was proposed; nil where the reader may not read words of the case.
    public let body: JSON?
}

/// A proposal as it is stored.
struct StoredProposal: Sendable {
    let id: String
    let type: EventType
    let proposer: String
    let event: Int
    let sealed: [UInt8]
    let proposedAt: Instant

    /// Throws where it does not open.
    func body(under key: CaseKey) throws -> JSON {
        try JSON(parsing: try key.open(sealed, at: CaseLocation.proposal(id)))
    }
}

/// The SQL of proposals.
enum RefusalProposalStore {
    static func find(_ reference: String, on connection: any SQLConnection) throws -> StoredProposal? {
        try connection.first("SELECT * FROM refusal_proposal WHERE reference = $1", reference).map { row in
            guard let type = EventType(rawValue: try row["type"]) else {
                throw SQLError.decoding("refusal_proposal.type")
            }
            return StoredProposal(
                id: try row["id"], type: type, proposer: try row["proposer"], event: try row["event"],
                sealed: try row["sealed"], proposedAt: try row["proposed_at"])
        }
    }

    /// Inserts a proposal; false where the case has one.
    static func insert(
        _ proposal: StoredProposal, of reference: String, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO refusal_proposal (reference, id, type, proposer, event, sealed, proposed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """,
            reference, proposal.id, proposal.type.rawValue, proposal.proposer, proposal.event, proposal.sealed,
            proposal.proposedAt) == 1
    }

    /// Takes a proposal away; false where it is gone.
    static func take(_ id: String, of reference: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM refusal_proposal WHERE reference = $1 AND id = $2", reference, id) == 1
    }

    /// Takes whatever is proposed for a case away: it has been decided.
    static func discard(of reference: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM refusal_proposal WHERE reference = $1", reference)
    }
}

extension OperatorDesk {
    /// Whether the operator confirms what others propose: by role, or as a deputy by name.
    public func mayConfirm(_ signedIn: Operator) -> Bool { policy.refusals == .confirmed && isConfirmer(signedIn) }

    private func isConfirmer(_ signedIn: Operator) -> Bool {
        policy.roles.allows(signedIn.role, .confirmRefusal)
            || policy.deputies.contains(signedIn.name) && policy.roles.allows(signedIn.role, .readRequests)
    }

    /// Proposes a refusal, whole or in part: as complete as if it were sent, and sealed until somebody else confirms it.
    ///
    /// Throws `RightsError.forbidden`, `.transition`, `.notFound`, `.outdated` where the case has changed or has a
    /// proposal, and `.invalid` for what it lacks; with `refusal.direct` where refusals need nobody else.
    public func propose(_ act: OperatorAct, on reference: String, by signedIn: Operator) async throws {
        try await demand(.proposeRefusal, of: signedIn, asking: "proposal \(reference)")
        guard policy.refusals == .confirmed else { throw Self.wrong("/type", "refusal.direct") }
        guard act.isRefusal else { throw Self.wrong("/type", "notOneOf") }
        guard let stored = try await database.read({ try RequestStore.load(reference, on: $0) }) else {
            throw RightsError.notFound
        }
        try await requirePossible(act, on: stored)
        let (id, moment, policy) = (Hex.encode(random(16)), now(), policy)
        let number = stored.timeline.nextNumber
        let proposal = StoredProposal(
            id: id, type: act.type, proposer: signedIn.name, event: number,
            sealed: try opened(stored).seal(
                act.body.canonicalBytes, at: CaseLocation.proposal(id), random: random), proposedAt: moment)
        let detail: JSON = ["type": .string(act.type.rawValue)]
        let audit = event("refusal.proposed", on: reference, by: signedIn, detail, moment)
        try await database.write { connection in
            guard let current = try RequestStore.load(reference, on: connection),
                current.timeline.nextNumber == number
            else { throw RightsError.outdated }
            guard try RefusalProposalStore.insert(proposal, of: reference, on: connection) else {
                throw RightsError.outdated
            }
            try RequestStore.append(
                .noted, to: current, actor: signedIn.actor, operatorName: signedIn.name,
                data: ["refusal": "proposed", "type": .string(act.type.rawValue)], at: moment, policy: policy,
                on: connection)
            try OperatorDraftStore.discard(.refusal, of: signedIn.name, in: reference, on: connection)
            try audit.record(on: connection)
        }
    }

    /// Confirms another operator's proposal: the refusal happens, exactly as a direct one.
    ///
    /// Throws `RightsError.forbidden` for the proposer and for whoever may not, `.outdated` where the proposal is gone or
    /// something has happened to the case since, and whatever `perform` throws.
    public func confirm(_ id: String, on reference: String, by signedIn: Operator) async throws {
        let (act, passage) = try await confirmation(of: id, on: reference, by: signedIn)
        try await carryOut(act, on: reference, by: signedIn, files: [], through: passage)
    }

    /// What a confirmation would do, and what has to hold for it. Throws as `confirm`.
    func confirmation(
        of id: String, on reference: String, by signedIn: Operator
    ) async throws -> (act: OperatorAct, passage: ActPassage) {
        let (stored, proposal) = try await confirmable(id, on: reference, by: signedIn)
        guard !stored.timeline.hasMoved(since: proposal.event) else { throw RightsError.outdated }
        let act = try OperatorAct(
            try proposal.body(under: try opened(stored)), today: now().date(in: policy.zone))
        let passage = ActPassage(
            enter: { stored, connection in
                guard !stored.timeline.hasMoved(since: proposal.event),
                    try RefusalProposalStore.take(id, of: reference, on: connection)
                else { throw RightsError.outdated }
            }, audited: ["proposedBy": .string(proposal.proposer)])
        return (act, passage)
    }

    /// Sends a proposal back with a note that its proposer reads; its words are their draft again.
    ///
    /// Throws `RightsError.forbidden`, `.outdated` where it is gone, and `.invalid` without a note.
    public func sendBack(_ id: String, on reference: String, note: String, by signedIn: Operator) async throws {
        let (stored, proposal) = try await confirmable(id, on: reference, by: signedIn)
        let note = note.replacing("\r\n", with: "\n")
        guard !note.allSatisfy(\.isWhitespace) else { throw Self.wrong("/note", "required") }
        guard note.count <= 5000 else { throw Self.wrong("/note", "tooLong") }
        try await end(
            proposal, of: stored, as: "sentBack", draft: .sentBack, words: ["note": .string(note)], by: signedIn)
    }

    /// Takes one's own proposal back; its words are a draft again. Throws `RightsError.forbidden` for another's, and
    /// `.outdated` where it is gone.
    public func takeBack(_ id: String, on reference: String, by signedIn: Operator) async throws {
        let found: (stored: StoredRequest, proposal: StoredProposal)
        do {
            found = try await proposal(id, on: reference)
        } catch let error as RightsError {
            // Whether there is one, a role without proposals is not told.
            try await demand(.proposeRefusal, of: signedIn, asking: "proposal \(reference)")
            throw error
        }
        let (stored, proposal) = found
        guard proposal.proposer == signedIn.name else {
            try await recordRefusal(of: signedIn, asking: "proposal \(reference)")
            throw RightsError.forbidden(.proposeRefusal)
        }
        try await end(proposal, of: stored, as: "takenBack", draft: nil, words: nil, by: signedIn)
    }

    private func proposal(
        _ id: String, on reference: String
    ) async throws -> (stored: StoredRequest, proposal: StoredProposal) {
        try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            if stored.erasedAt != nil { throw RightsError.erased }
            guard let proposal = try RefusalProposalStore.find(reference, on: connection), proposal.id == id else {
                throw RightsError.outdated
            }
            return (stored, proposal)
        }
    }

    /// A proposal for whoever confirms it: the role is asked for first, so that one that lacks it does not learn what there is.
    /// Nobody confirms what they propose themselves.
    private func confirmable(
        _ id: String, on reference: String, by signedIn: Operator
    ) async throws -> (stored: StoredRequest, proposal: StoredProposal) {
        guard isConfirmer(signedIn) else { throw try await notConfirming(reference, signedIn) }
        let found = try await proposal(id, on: reference)
        guard mayConfirm(signedIn), found.proposal.proposer != signedIn.name else {
            throw try await notConfirming(reference, signedIn)
        }
        return found
    }

    private func notConfirming(_ reference: String, _ signedIn: Operator) async throws -> RightsError {
        try await recordRefusal(of: signedIn, asking: "confirmation \(reference)")
        return .forbidden(.confirmRefusal)
    }

    private func end(
        _ proposal: StoredProposal, of stored: StoredRequest, as fate: String, draft failure: OperatorDraft.Failure?,
        words: JSON?, by signedIn: Operator
    ) async throws {
        let (moment, policy, reference) = (now(), policy, stored.reference)
        let key = try opened(stored)
        let number = stored.timeline.nextNumber
        let act = try OperatorAct(try proposal.body(under: key), today: moment.date(in: policy.zone))
        let draft = try SealedDraft(
            act.formFields, .refusal, of: proposal.proposer, in: reference, under: key, failure: failure, random: random
        )
        let sealed = try words.map {
            try key.seal($0.canonicalBytes, at: CaseLocation.event(reference, number), random: random)
        }
        let audit = event("refusal.\(fate)", on: reference, by: signedIn, [:], moment)
        try await database.write { connection in
            guard let current = try RequestStore.load(reference, on: connection),
                current.timeline.nextNumber == number,
                try RefusalProposalStore.take(proposal.id, of: reference, on: connection)
            else { throw RightsError.outdated }
            try RequestStore.append(
                .noted, to: current, actor: signedIn.actor, operatorName: signedIn.name,
                data: ["refusal": .string(fate)], sealed: sealed, at: moment, policy: policy, on: connection)
            try OperatorDraftStore.save(draft, at: moment, on: connection)
            try audit.record(on: connection)
        }
    }
}
