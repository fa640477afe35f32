import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// A death, or the taking back of one, in the other requests of the same person: with everything drawn and sealed.
struct SharedDeath: Sendable {
    struct Case: Sendable {
        let reference: String
        /// The number for which the words were sealed.
        let number: Int
        let sealed: [UInt8]?
        let audit: AuditEvent
    }

    let type: EventType
    let data: JSON
    let cases: [Case]
    /// The requests of the same person that were looked at; nil where none is meant.
    let known: Set<String>?

    /// Writes an event and an audit event in each. Throws `RightsError.outdated` where something happened in one meanwhile, or
    /// another one has turned up.
    func apply(
        besides reference: String, by signedIn: Operator, at moment: Instant, policy: RightsPolicy,
        on connection: any SQLConnection
    ) throws {
        guard let known else { return }
        let alike = try OperatorDesk.certain(reference, on: connection)
        guard alike.isSubset(of: known) else { throw RightsError.outdated }
        for shared in cases {
            guard alike.contains(shared.reference),
                let stored = try RequestStore.load(shared.reference, on: connection),
                stored.timeline.nextNumber == shared.number
            else { throw RightsError.outdated }
            try RequestStore.append(
                type, to: stored, actor: signedIn.actor, operatorName: signedIn.name, data: data,
                sealed: shared.sealed, at: moment, policy: policy, on: connection)
            try shared.audit.record(on: connection)
        }
    }
}

extension OperatorDesk {
    /// Prepares what an act on a death does in other requests of the same person; nil for any other act.
    ///
    /// Only requests that are certainly about the same person are meant, by the rule of ``PersonMatch``, and none that an heir
    /// has filed: those are the heir's own. Throws `RightsError.invalid` with `death.heir` where the request at hand is one.
    func sharedDeath(
        _ act: OperatorAct, of stored: StoredRequest, by signedIn: Operator, at moment: Instant
    ) async throws -> SharedDeath? {
        guard act.type == .deathRecorded || act.type == .deathUnrecorded else { return nil }
        if act.type == .deathRecorded, try isHeirs(stored, at: moment) { throw Self.wrong("/type", "death.heir") }
        let data = JSON.object((act.data.object ?? [:]).merging(["request": .string(stored.reference)]) { $1 })
        guard act.isForSamePerson else { return SharedDeath(type: act.type, data: data, cases: [], known: nil) }
        let others = try await database.read { connection in
            try Self.certain(stored.reference, on: connection).sorted().compactMap {
                try RequestStore.load($0, on: connection)
            }
        }
        let cases = try others.compactMap { other -> SharedDeath.Case? in
            // Of a case that can't be read any more nothing is written anyway: its address is sealed with the rest.
            guard other.erasedAt == nil, other.lost?.isForOperators != true,
                (other.timeline.deathRecordedAt == nil) == (act.type == .deathRecorded),
                try !isHeirs(other, at: moment)
            else { return nil }
            let number = other.timeline.nextNumber
            return SharedDeath.Case(
                reference: other.reference, number: number,
                sealed: try act.words.map {
                    try opened(other).seal(
                        $0.canonicalBytes, at: CaseLocation.event(other.reference, number), random: random)
                },
                audit: event("requestEvent.\(act.type.rawValue)", on: other.reference, by: signedIn, data, moment))
        }
        return SharedDeath(type: act.type, data: data, cases: cases, known: Set(others.map(\.reference)))
    }

    /// Whether it was filed by an heir: then whom it is about had died before. Who files as what is sealed.
    private func isHeirs(_ stored: StoredRequest, at moment: Instant) throws -> Bool {
        let key = try opened(stored)
        guard let sealed = stored.sealedFiling else { return false }
        let filing = try JSON(parsing: try key.open(sealed, at: CaseLocation.filing(stored.reference)))
        return filing["capacity"]?.string == Capacity.heir.rawValue
    }

    /// The requests that are certainly about the same person as this one, none of them erased.
    static func certain(_ reference: String, on connection: any SQLConnection) throws -> Set<String> {
        Set(try alike(reference, limit: ChoicesDesk.mostRequests, on: connection).filter(\.isCertain).map(\.reference))
    }
}
