import CivilTime
import SQLDatabase
public import StrictJSON
public import Vault

extension FollowDesk {
    /// Ends the objection of `reference`, at any time, even when the request is closed. A second time changes nothing.
    public func withdraw(_ reference: String, secret: TrackingSecret) async throws {
        try await withdraw(reference, secret: secret, .all)
    }

    /// Ends the objection of `reference`, or where `body` names a `scope`, that part of it: the rest stands.
    ///
    /// Throws `RightsError.invalid` with `scope.notCovered` where the objection does not cover what is named, and
    /// `scope.notInForce` at `/scope` where it is not registered yet.
    public func withdraw(_ body: JSON, of reference: String, secret: TrackingSecret) async throws {
        let sent = try ObjectReader.read(body) { reader -> SentScope? in
            reader.has("scope") ? reader.object("scope", SentScope.read) : .all
        }
        try await withdraw(reference, secret: secret, sent)
    }

    private func withdraw(_ reference: String, secret: TrackingSecret, _ sent: SentScope) async throws {
        let moment = now()
        let entryID = Hex.encode(random(16))
        let policy = policy
        if sent.scope != .all { try await requireCovered(sent, reference, secret) }
        try await database.write { connection in
            let stored = try authenticated(reference, secret, on: connection)
            guard stored.timeline.outcome != .withdrawn else { return }
            let history = try stored.objection.map { try ObjectionHistory.load($0, on: connection) }
            guard sent.scope == .all || history?.inForce(within: sent.scope) == history?.inForce() else {
                return try RequestStore.narrow(
                    stored, by: sent.scope, entryID: entryID, actor: .citizen, at: moment, policy: policy,
                    on: connection)
            }
            try RequestStore.append(
                .withdrawn, to: stored, actor: .citizen, at: moment, policy: policy, on: connection)
            if let objection = stored.objection {
                try LedgerStore.withdraw(objection, entryID: entryID, at: moment, on: connection)
            }
        }
    }

    /// Throws unless all that `sent` names is a part of an objection that is registered.
    private func requireCovered(_ sent: SentScope, _ reference: String, _ secret: TrackingSecret) async throws {
        let (stored, history, found) = try await database.read { connection in
            let stored = try authenticated(reference, secret, on: connection)
            return (
                stored, try stored.objection.map { try ObjectionHistory.load($0, on: connection) },
                try ScopeLookup.look(up: sent.scope, on: connection)
            )
        }
        if stored.scope == .all { try sent.refuse(found.unknown, "scope.unknown") }
        let covered = stored.scope.part(within: sent.scope)?.ids ?? []
        try sent.refuse(Set(sent.scope.ids).subtracting(covered), "scope.notCovered")
        if history?.scope == nil {
            throw RightsError.invalid(FieldErrors([FieldError(pointer: "/scope", code: "scope.notInForce")]))
        }
    }
}

extension RequestStore {
    /// Ends a part of the request's objection. The timeline tells which; nothing where none of it was in force.
    static func narrow(
        _ stored: StoredRequest, by scope: Scope, entryID: String, actor: ActingRole, operatorName: String? = nil,
        data: [String: JSON] = [:], at moment: Instant, policy: RightsPolicy, on connection: any SQLConnection
    ) throws {
        guard let objection = stored.objection,
            let ended = try LedgerStore.withdraw(objection, scope, entryID: entryID, at: moment, on: connection)
        else { return }
        try append(
            .narrowed, to: stored, actor: actor, operatorName: operatorName,
            data: .object(data.merging(["scope": ended.json]) { $1 }), at: moment, policy: policy, on: connection)
    }
}
