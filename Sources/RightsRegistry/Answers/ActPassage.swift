import SQLDatabase
import StrictJSON
import Vault

/// What an act comes through before it happens: nothing, a confirmation by a second person, a minute in which it could have
/// been recalled.
struct ActPassage: Sendable {
    /// Takes what waited away, and throws where that is gone, or something has happened since. It runs in the transaction of
    /// the act, so that what waited happens once; that may run more than once.
    var enter: @Sendable (_ stored: StoredRequest, _ connection: any SQLConnection) throws -> Void = { _, _ in }
    /// What the act's audit event says of it.
    var audited: [String: JSON] = [:]

    /// Both passages, this one first.
    func then(_ next: ActPassage) -> ActPassage {
        ActPassage(
            enter: { stored, connection in
                try self.enter(stored, connection)
                try next.enter(stored, connection)
            }, audited: audited.merging(next.audited) { $1 })
    }
}

extension OperatorDesk {
    /// Throws what would keep an act from happening now, as far as that can be told before it does.
    func requirePossible(_ act: OperatorAct, on stored: StoredRequest) async throws {
        let moment = now()
        if stored.erasedAt != nil { throw RightsError.erased }
        if let after = act.after, after != stored.timeline.events.count { throw RightsError.outdated }
        try requireWhole(act, on: stored, at: moment)
        do {
            try stored.timeline.require(act.type)
        } catch {
            throw RightsError.transition(error)
        }
        if act.type == .extended, !policy.mayExtend(stored, at: moment) { throw RightsError.extensionTooLate }
        try await database.read { connection in
            if let template = act.template { try AnswerTemplateStore.requireKnown(template, on: connection) }
            if act.type == .granted, stored.right == .objectionWithdrawal, let ended = act.objection {
                _ = try endable(ended.description, by: stored, on: connection)
            }
        }
    }
}
