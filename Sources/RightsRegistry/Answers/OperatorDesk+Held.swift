import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// What waits in a case for an operator who reads it: their drafts, a proposed refusal, what is about to go.
public struct CaseAnswering: Sendable {
    public let drafts: [OperatorDraft]
    public let proposal: RefusalProposal?
    public let held: HeldAct?

    public static let none = CaseAnswering(drafts: [], proposal: nil, held: nil)

    public subscript(form: DraftForm) -> OperatorDraft? { drafts.first { $0.form == form } }
}

extension CaseAnswering {
    /// Takes everything that waits in a case away: drafts, a proposal, what is held. For where a case's keys are destroyed;
    /// none of it opens after that.
    static func discard(of reference: String, on connection: any SQLConnection) throws {
        if let held = try HeldActStore.find(reference, on: connection) {
            _ = try HeldActStore.take(held.act.id, on: connection)
        }
        try RefusalProposalStore.discard(of: reference, on: connection)
        try connection.execute("DELETE FROM operator_draft WHERE reference = $1", reference)
    }
}

extension OperatorDesk {
    /// What waits in a case, as far as this operator may know of it: the drafts are their own, and a proposal's words are for
    /// those who read words of cases. Throws `RightsError.forbidden` and `.notFound`.
    public func answering(_ reference: String, for signedIn: Operator) async throws -> CaseAnswering {
        try await demand(.readRequests, of: signedIn, asking: reference)
        let found = try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            return (
                stored, try RefusalProposalStore.find(reference, on: connection),
                try HeldActStore.find(reference, on: connection)?.act
            )
        }
        let (stored, proposal, held) = found
        let key = try? opened(stored)
        let drafts = try await database.read {
            try OperatorDraftStore.drafts(of: signedIn.name, in: reference, under: key, on: $0)
        }
        let reads = proposal != nil && key != nil && mayReadWords(signedIn)
        if reads { try await noteReading(of: reference, by: signedIn) }
        return CaseAnswering(
            drafts: drafts,
            proposal: proposal.map { proposal in
                RefusalProposal(
                    id: proposal.id, type: proposal.type, proposer: proposal.proposer,
                    proposedAt: proposal.proposedAt, isOutdated: stored.timeline.hasMoved(since: proposal.event),
                    body: reads ? key.flatMap { try? proposal.body(under: $0) } : nil)
            }, held: held)
    }

    /// Does an act that was sent from a page: what speaks to the citizen waits for `recallSeconds`, and whatever else
    /// happens at once; so does what would miss its last day by waiting. Throws as `perform`, and `.outdated` where another act
    /// waits in the case.
    /// - Returns: whether it waits.
    @discardableResult
    public func send(
        _ act: OperatorAct, on reference: String, by signedIn: Operator, files: [CheckedFile] = []
    ) async throws -> Bool {
        guard act.isHeld, policy.recallSeconds > 0 else {
            try await perform(act, on: reference, by: signedIn, files: files)
            return false
        }
        try await demand(act.permission, of: signedIn, asking: "\(act.type.rawValue) \(reference)")
        if act.isRefusal, policy.refusals == .confirmed { throw Self.wrong("/type", "refusal.confirmed") }
        if !files.isEmpty, !act.mayHaveFiles { throw FileDoor.refusal("file.notHere") }
        if try await hold(act, on: reference, by: signedIn, files: files, proposal: nil) { return true }
        try await perform(act, on: reference, by: signedIn, files: files)
        return false
    }

    /// Confirms a proposal from a page: the refusal waits for `recallSeconds` as any other answer. Throws as `confirm`.
    /// - Returns: whether it waits.
    @discardableResult
    public func sendConfirmation(
        of id: String, on reference: String, by signedIn: Operator
    ) async throws -> Bool {
        guard policy.recallSeconds > 0 else {
            try await confirm(id, on: reference, by: signedIn)
            return false
        }
        let (act, _) = try await confirmation(of: id, on: reference, by: signedIn)
        if try await hold(act, on: reference, by: signedIn, files: [], proposal: id) { return true }
        try await confirm(id, on: reference, by: signedIn)
        return false
    }

    /// False, and nothing is held, where the last day on which it may happen would be over meanwhile.
    private func hold(
        _ act: OperatorAct, on reference: String, by signedIn: Operator, files: [CheckedFile], proposal: String?
    ) async throws -> Bool {
        guard let stored = try await database.read({ try RequestStore.load(reference, on: $0) }) else {
            throw RightsError.notFound
        }
        try await requirePossible(act, on: stored)
        let moment = now()
        if mustGoToday(act, on: stored, at: moment) { return false }
        let held = try SealedHeldAct(
            act, on: stored, by: signedIn, files: files, proposal: proposal, under: try opened(stored), random: random)
        let due = moment.adding(seconds: policy.recallSeconds)
        let count = stored.timeline.events.count
        let audit = event("act.held", on: reference, by: signedIn, ["type": .string(act.type.rawValue)], moment)
        try await database.write { connection in
            guard let current = try RequestStore.load(reference, on: connection),
                current.timeline.events.count == count, try held.insert(at: moment, dueAt: due, on: connection)
            else { throw RightsError.outdated }
            if let form = DraftForm(of: act.type) {
                try OperatorDraftStore.discard(form, of: signedIn.name, in: reference, on: connection)
            }
            try audit.record(on: connection)
        }
        return true
    }

    /// Seconds after its time within which a held act is done, while processes run.
    private static let heldMargin = 60

    /// Whether an act comes on its last day and would be held into the next: notice of an extension counts until the end of the
    /// month, and an answer until its due date.
    private func mustGoToday(_ act: OperatorAct, on stored: StoredRequest, at moment: Instant) -> Bool {
        let day = moment.date(in: policy.zone)
        let done = moment.adding(seconds: policy.recallSeconds + Self.heldMargin).date(in: policy.zone)
        guard done > day else { return false }
        let clock = policy.clock(of: stored.timeline, receivedAt: stored.receivedAt)
        switch act.type {
        case .extended: return clock.extendableUntil < done
        case .granted, .partiallyGranted, .refused, .transferred: return (day..<done).contains(clock.due)
        default: return false
        }
    }

    /// Recalls what one has sent: nothing of it has happened, and its words are a draft again. Files are to be chosen again.
    ///
    /// Throws `RightsError.forbidden` for what another operator sent, `.outdated` where it has gone, `.erased` with the case, and
    /// `.keysOutdated` where its words could not be kept.
    public func recall(_ id: String, on reference: String, by signedIn: Operator) async throws {
        let found = try await database.read { connection in
            if try RequestStore.load(reference, on: connection)?.erasedAt != nil { throw RightsError.erased }
            return try HeldActStore.find(reference, on: connection)
        }
        guard let held = found, held.act.id == id else { throw RightsError.outdated }
        guard held.act.operatorName == signedIn.name else {
            try await recordRefusal(of: signedIn, asking: "recall \(reference)")
            throw RightsError.forbidden(OperatorAct.permission(for: held.act.type))
        }
        guard try await putBack(held, as: .recalled, audited: "act.recalled", by: signedIn) else {
            throw RightsError.outdated
        }
    }

    /// Makes a held act its operator's draft again, with why; false where it is gone. A confirmation leaves its proposal as
    /// it stands. Throws `RightsError.keysOutdated` where this process can't open the words, and another can.
    func putBack(
        _ held: StoredHeldAct, as failure: OperatorDraft.Failure, audited: String, by signedIn: Operator
    ) async throws -> Bool {
        let (reference, moment) = (held.reference, now())
        let (key, drafts): (CaseKey?, [OperatorDraft]) = try await database.read { connection in
            // A confirmation has no words of its own to lose.
            let key = try RequestStore.load(reference, on: connection).flatMap {
                held.proposal == nil ? try openedIfAnything($0, on: connection) : try? opened($0)
            }
            return (
                key, try OperatorDraftStore.drafts(of: signedIn.name, in: reference, under: key, on: connection)
            )
        }
        var draft: SealedDraft?
        if held.proposal == nil, let form = DraftForm(of: held.act.type), let key,
            let act = try? OperatorAct(try held.body(under: key), today: moment.date(in: policy.zone))
        {
            var fields = act.formFields
            // Whatever was typed into the same form since stays, behind what comes back.
            if let field = form.templateField, let since = drafts.first(where: { $0.form == form })?.fields[field],
                !since.isEmpty
            {
                fields[field] = [fields[field], since].compactMap { $0 }.joined(separator: "\n\n")
            }
            draft = try SealedDraft(
                fields, form, of: signedIn.name, in: reference, under: key, failure: failure,
                lostFiles: held.act.fileCount, random: random)
        }
        let sealed = draft
        let audit = event(
            audited, on: reference, by: signedIn,
            ["type": .string(held.act.type.rawValue), "reason": .string(failure.rawValue)], moment)
        return try await database.write { connection in
            guard try HeldActStore.take(held.act.id, on: connection) else { return false }
            if let sealed { try OperatorDraftStore.save(sealed, at: moment, on: connection) }
            try audit.record(on: connection)
            return true
        }
    }
}
