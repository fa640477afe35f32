import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// What an operator does to a request, from whatever way it comes: one transaction with its audit event, and with all that follows
/// from it in the ledger, in tasks and in other requests.
extension OperatorDesk {
    /// Does `act` to a request, with files for the citizen where it may have some. Throws `RightsError.forbidden`,
    /// `.transition`, `.outdated`, `.notFound`, `.erased`, and `.invalid` for what it lacks, or names wrongly; with
    /// `refusal.confirmed` for a refusal where one has to be proposed.
    ///
    /// A refusal ends the request's own objection and no other, even one of the same person. A grant registers the
    /// objection where it is not.
    public func perform(
        _ act: OperatorAct, on reference: String, by signedIn: Operator, files: [CheckedFile] = []
    ) async throws {
        try await perform(act, on: reference, by: signedIn, files: files, through: ActPassage())
    }

    /// The same, through a passage of its own.
    func perform(
        _ act: OperatorAct, on reference: String, by signedIn: Operator, files: [CheckedFile] = [],
        through passage: ActPassage
    ) async throws {
        try await demand(act.permission, of: signedIn, asking: "\(act.type.rawValue) \(reference)")
        if act.isRefusal, policy.refusals == .confirmed { throw Self.wrong("/type", "refusal.confirmed") }
        try await carryOut(act, on: reference, by: signedIn, files: files, through: passage)
    }

    /// Does an act whose permission has been asked for.
    ///
    /// - Parameter passage: what the act comes through, and what has to hold of it in the transaction itself.
    func carryOut(
        _ act: OperatorAct, on reference: String, by signedIn: Operator, files: [CheckedFile],
        through passage: ActPassage
    ) async throws {
        let (moment, policy) = (now(), policy)
        let (stored, unreached) = try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            return (stored, try ScopeLookup.look(up: stored.scope, on: connection).unreached)
        }
        // Before whatever else is wrong: it may be wrong of what is there now alone. Asked again in the transaction.
        if let after = act.after, after != stored.timeline.events.count { throw RightsError.outdated }
        // Asked before as well as in the transaction, so that it leaves an audit event.
        if act.takesFromThird(stored, by: signedIn) {
            try await demand(.reassign, of: signedIn, asking: "\(act.type.rawValue) \(reference)")
        }
        // What is left to do about a case that was erased is to tell a controller of its objection's end.
        let isErased = stored.erasedAt != nil
        if isErased, act.project == nil { throw RightsError.erased }
        try requireWhole(act, on: stored, at: moment)
        if !files.isEmpty, !act.mayHaveFiles { throw FileDoor.refusal("file.notHere") }
        let number = stored.timeline.nextNumber
        let sealedFiles =
            try files.isEmpty
            ? nil
            : SealedFiles(
                files, of: stored, from: .operator, isProof: false, under: try opened(stored), random: random)
        let roles = policy.roles
        let taskAct: PreparedTaskAct? =
            if let task = act.task { try await prepared(task, for: stored, at: moment) } else { nil }
        var members = taskAct?.data(stored.right).object ?? act.data.object ?? [:]
        members.merge(sealedFiles?.data ?? [:]) { $1 }
        // Tells what a database can't answer from what it can't apply.
        if act.impossibleIn != nil, stored.right.isCarriedByTasks { members["kind"] = .string(stored.right.rawValue) }
        let data = JSON.object(members)
        let audit = event(
            "requestEvent.\(act.type.rawValue)", on: reference, by: signedIn,
            // To whom a case was given, and who proposed a refusal, the audit knows, and the citizen does not.
            .object(
                (data.object ?? [:]).merging(passage.audited) { $1 }
                    .merging(act.assignee.map { ["assignee": .string($0)] } ?? [:]) { $1 }), moment)
        // There may be no key any more to seal a controller's words with: that it has answered is what is kept.
        let isUnsealed = isErased || (act.project != nil && stored.lost?.isForOperators == true)
        let sealedWords = try (isUnsealed ? nil : act.words).map {
            try opened(stored).seal($0.canonicalBytes, at: CaseLocation.event(reference, number), random: random)
        }
        let isGranted = act.type == .granted || act.type == .partiallyGranted
        // What was voided by mistake protects again from the moment that it is taken up.
        let isRestored =
            act.type == .reopened && stored.timeline.outcome == .voided && policy.register == .onFiling
        let registration = isGranted || isRestored ? try registration(of: stored, unreached, at: moment) : nil
        let corrected = try act.subject.map { try correction(to: $0, of: stored, unreached: unreached, at: moment) }
        let death = try await sharedDeath(act, of: stored, by: signedIn, at: moment)
        let entryIDs = (0..<3).map { _ in Hex.encode(random(16)) }
        let withdrawalID = entryIDs[0]
        try await database.write { connection in
            guard let current = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            if let after = act.after, after != current.timeline.events.count { throw RightsError.outdated }
            try passage.enter(current, connection)
            if let template = act.template { try AnswerTemplateStore.requireKnown(template, on: connection) }
            // What was typed for it is sent now.
            if let form = DraftForm(of: act.type) {
                try OperatorDraftStore.discard(form, of: signedIn.name, in: reference, on: connection)
            }
            // What is sealed was sealed for the number that was free when the act began.
            if sealedWords != nil || corrected != nil || sealedFiles != nil, current.timeline.nextNumber != number {
                throw RightsError.outdated
            }
            if let message = act.message, !current.timeline.messagesSinceQuestion.contains(where: { $0.n == message }) {
                throw RightsError.invalid(FieldErrors([FieldError(pointer: "/message", code: "message.notSince")]))
            }
            if let taskAct {
                try apply(taskAct, to: current, by: signedIn, at: moment, on: connection)
                return try audit.record(on: connection)
            }
            if act.type == .extended, !policy.mayExtend(current, at: moment) { throw RightsError.extensionTooLate }
            if let assignee = act.assignee {
                guard try ColleagueStore.names(roles, on: connection).contains(assignee) else {
                    throw Self.wrong("/assignee", "operator.unknown")
                }
                if act.takesFromThird(current, by: signedIn), !roles.allows(signedIn.role, .reassign) {
                    throw RightsError.forbidden(.reassign)
                }
            }
            if act.type == .unreadable { try requireLost(current) }
            // What it ended would stay ended, and nobody be told.
            if act.type == .voided, current.right == .objectionWithdrawal, let outcome = current.timeline.outcome {
                throw RightsError.transition(.alreadyDecided(outcome))
            }
            try RequestStore.append(
                act.type, to: current, actor: signedIn.actor, operatorName: signedIn.name, assignee: act.assignee,
                data: data,
                sealed: sealedWords, at: moment, policy: policy, on: connection)
            if let sealedFiles {
                try CaseFileStore.insert(
                    sealedFiles, of: current, event: number, at: moment, limits: policy.files, on: connection)
            }
            // A registration is of the identity that was read when the act began.
            if registration != nil, current.timeline.nextNumber != number { throw RightsError.outdated }
            switch act.type {
            case .refused, .voided:
                if current.right == .objection, let objection = current.objection {
                    try LedgerStore.withdraw(objection, entryID: withdrawalID, at: moment, on: connection)
                }
            case .granted, .partiallyGranted, .reopened:
                if let registration {
                    // A grant registers the whole; what was voided by mistake comes back as its person had left it.
                    let exceptions =
                        isRestored
                        ? try ObjectionHistory.load(registration.objection, on: connection).exceptionsBeforeItsEnd : []
                    try LedgerStore.registerUnlessInForce(registration, on: connection)
                    for (exception, entryID) in zip(exceptions, entryIDs.dropFirst()) {
                        try LedgerStore.withdraw(
                            registration.objection, exception, entryID: entryID, at: moment, on: connection)
                    }
                }
                if act.type == .granted, current.right == .objectionWithdrawal, let ended = act.objection {
                    try end(
                        ended.description, for: current, by: signedIn, entryID: withdrawalID, at: moment,
                        on: connection)
                }
            // What waits there was sealed under the same keys.
            case .unreadable: try CaseAnswering.discard(of: reference, on: connection)
            case .identityCorrected:
                try corrected?.apply(to: current, entryIDs: entryIDs, at: moment, on: connection)
            case .taskSent, .taskCompleted: try record(act, of: current, at: moment, on: connection)
            case .impossible:
                if let id = act.impossibleIn, current.right.isCarriedByTasks {
                    try declareUnanswerable(
                        in: id, isDisproportionate: act.isDisproportionate, for: current, event: number, at: moment,
                        on: connection)
                } else if let id = act.impossibleIn {
                    try declareImpossible(in: id, for: current, event: number, at: moment, on: connection)
                }
            default: break
            }
            try death?.apply(besides: reference, by: signedIn, at: moment, policy: policy, on: connection)
            try audit.record(on: connection)
        }
    }

    /// Throws what the act lacks for the right at hand, and grounds on which the law lets nobody refuse it.
    func requireWhole(_ act: OperatorAct, on stored: StoredRequest, at moment: Instant) throws(RightsError) {
        func missing(_ pointer: String) -> RightsError {
            .invalid(FieldErrors([FieldError(pointer: pointer, code: "required")]))
        }
        switch (act.type, stored.right) {
        case (.granted, .objectionWithdrawal): if act.objection == nil { throw missing("/objection") }
        // The answer itself, in words: what was found, corrected, erased or set apart.
        case (.granted, .access), (.granted, .rectification), (.granted, .erasure), (.granted, .restriction):
            if act.words == nil { throw missing("/text") }
        // Recipients may be spared a disproportionate effort; whoever asks to see, or objects, is not (GDPR, article 19).
        case (.impossible, .access), (.impossible, .objection), (.impossible, .objectionWithdrawal):
            if act.isDisproportionate {
                throw .invalid(
                    FieldErrors([FieldError(pointer: "/disproportionate", code: "impossible.notDisproportionate")]))
            }
        case (.refused, let right), (.partiallyGranted, let right):
            let known = RefusalGrounds.known(for: right).map(\.rawValue)
            guard let grounds = act.data["grounds"]?.string, known.contains(grounds) else {
                throw .invalid(FieldErrors([FieldError(pointer: "/grounds", code: "notOneOf", arguments: known)]))
            }
        default: break
        }
    }

    /// Records what the controller of a project was told or has answered.
    private func record(
        _ act: OperatorAct, of stored: StoredRequest, at moment: Instant, on connection: any SQLConnection
    ) throws {
        guard let project = act.project, let objection = stored.objection,
            try act.type == .taskSent
                ? ControllerTaskStore.recordTold(project, of: objection, at: moment, on: connection)
                : ControllerTaskStore.recordAnswer(project, of: objection, at: moment, on: connection)
        else {
            throw RightsError.invalid(FieldErrors([FieldError(pointer: "/project", code: "task.none")]))
        }
    }

    /// Ends the objection of another request, or the part of it that is asked for, for a withdrawal that was filed
    /// without its secret. From then on, both requests show how its end comes through.
    private func end(
        _ ended: String, for withdrawal: StoredRequest, by signedIn: Operator, entryID: String, at moment: Instant,
        on connection: any SQLConnection
    ) throws {
        let (other, objection, scope, history) = try endable(ended, by: withdrawal, on: connection)
        let request: [String: JSON] = ["request": .string(withdrawal.reference)]
        if withdrawal.scope != .all, history.inForce(within: scope) != history.inForce() {
            try RequestStore.narrow(
                other, by: scope, entryID: entryID, actor: signedIn.actor, operatorName: signedIn.name, data: request,
                at: moment, policy: policy, on: connection)
        } else if other.timeline.outcome != .withdrawn {
            try RequestStore.append(
                .withdrawn, to: other, actor: signedIn.actor, operatorName: signedIn.name, data: .object(request),
                at: moment, policy: policy, on: connection)
            try LedgerStore.withdraw(objection, entryID: entryID, at: moment, on: connection)
        }
        try RequestStore.point(withdrawal.reference, to: objection, scope, on: connection)
    }

    /// The objection that a withdrawal names, as far as it can end it. Throws `RightsError.invalid`.
    func endable(
        _ ended: String, by withdrawal: StoredRequest, on connection: any SQLConnection
    ) throws -> (request: StoredRequest, objection: ObjectionID, scope: Scope, history: ObjectionHistory) {
        guard let other = try RequestStore.load(ended, on: connection), other.right == .objection,
            let objection = other.objection
        else { throw Self.wrong("/objection", "objection.unknown") }
        guard let scope = other.scope.part(within: withdrawal.scope) else {
            throw Self.wrong("/objection", "scope.notCovered")
        }
        let history = try ObjectionHistory.load(objection, on: connection)
        // A part of what is not in force can't be taken back: it would end the whole.
        if withdrawal.scope != .all, other.timeline.outcome != .withdrawn, !history.isInForce {
            throw Self.wrong("/objection", "scope.notInForce")
        }
        return (other, objection, scope, history)
    }

    /// What a grant registers, unless it is registered already: where objections wait for the grant, and where a refusal
    /// had ended one whose request was reopened.
    private func registration(
        of stored: StoredRequest, _ unreached: [String], at moment: Instant
    ) throws -> SealedRegistration? {
        guard stored.right == .objection, let objection = stored.objection,
            let sealed = stored.sealedFiling
        else {
            return nil
        }
        let filing = try JSON(parsing: try opened(stored).open(sealed, at: CaseLocation.filing(stored.reference)))
        let subject = try Subject(json: filing["subject"] ?? .null)
        return try sealer.registration(
            of: objection, about: subject, scope: stored.scope, unreached: unreached, at: moment)
    }
}
