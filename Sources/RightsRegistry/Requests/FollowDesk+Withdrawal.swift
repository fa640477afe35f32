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
        try await withdraw(reference, secret: secret, try SentScope.ended(by: body))
    }

    private func withdraw(_ reference: String, secret: TrackingSecret, _ sent: SentScope) async throws {
        let (moment, policy, entryID) = (now(), policy, Hex.encode(random(16)))
        if sent.scope != .all {
            try await database.read { connection in
                try RequestStore.requireCovered(
                    sent, by: try ending(reference, secret, on: connection), on: connection)
            }
        }
        try await database.write { connection in
            try RequestStore.end(
                try ending(reference, secret, on: connection), sent.scope, entryID: entryID, at: moment,
                policy: policy, on: connection)
        }
    }

    /// The request whose objection the secret may end. Throws as `authenticated` does, and `RightsError.lost` where nobody can tell
    /// any more whose the secret is.
    private func ending(
        _ reference: String, _ secret: TrackingSecret, on connection: any SQLConnection
    ) throws -> StoredRequest {
        let stored = try authenticated(reference, secret, on: connection)
        guard stored.lost?.mayEnd != false else { throw RightsError.lost }
        return stored
    }
}

extension SentScope {
    /// What the body of a withdrawal ends: everything where it names no `scope`.
    static func ended(by body: JSON) throws(FieldErrors) -> SentScope {
        try ObjectReader.read(body) { reader -> SentScope? in
            reader.has("scope") ? reader.object("scope", SentScope.read) : .all
        }
    }
}

extension RequestStore {
    /// Throws unless all that `sent` names is a part of an objection that is registered.
    static func requireCovered(
        _ sent: SentScope, by stored: StoredRequest, on connection: any SQLConnection
    ) throws {
        guard sent.scope != .all else { return }
        let history = try stored.objection.map { try ObjectionHistory.load($0, on: connection) }
        if stored.scope == .all {
            try sent.refuse(try ScopeLookup.look(up: sent.scope, on: connection).unknown, "scope.unknown")
        }
        let covered = stored.scope.part(within: sent.scope)?.ids ?? []
        try sent.refuse(Set(sent.scope.ids).subtracting(covered), "scope.notCovered")
        if history?.isInForce != true, stored.timeline.outcome != .withdrawn {
            throw RightsError.invalid(FieldErrors([FieldError(pointer: "/scope", code: "scope.notInForce")]))
        }
    }

    /// Ends a request's objection for its citizen, or that part of it; what ends the last of it ends it whole. A second
    /// time changes nothing.
    static func end(
        _ stored: StoredRequest, _ scope: Scope, entryID: String, data: [String: JSON] = [:], at moment: Instant,
        policy: RightsPolicy, on connection: any SQLConnection
    ) throws {
        guard stored.timeline.outcome != .withdrawn else { return }
        let history = try stored.objection.map { try ObjectionHistory.load($0, on: connection) }
        // A part of what is not in force can't be taken back: it would end the whole.
        if scope != .all, history?.isInForce != true {
            throw RightsError.invalid(FieldErrors([FieldError(pointer: "/scope", code: "scope.notInForce")]))
        }
        guard scope == .all || history?.inForce(within: scope) == history?.inForce() else {
            return try narrow(
                stored, by: scope, entryID: entryID, actor: .citizen, data: data, at: moment, policy: policy,
                on: connection)
        }
        try append(
            .withdrawn, to: stored, actor: .citizen, data: .object(data), at: moment, policy: policy, on: connection)
        if let objection = stored.objection {
            try LedgerStore.withdraw(objection, entryID: entryID, at: moment, on: connection)
        }
    }

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
