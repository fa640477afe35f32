import SQLDatabase
import StrictJSON

/// A case of a bulk act, as the operator saw it.
public struct SeenCase: Sendable, Hashable {
    public let reference: String
    /// The number of the last event that they had seen; nil where they chose it by a filter, unseen.
    public let after: Int?

    public init(_ reference: String, after: Int? = nil) {
        self.reference = reference
        self.after = after
    }
}

/// What a bulk act came to in one case.
public struct BulkResult: Sendable {
    public enum Outcome: Sendable {
        case done
        /// It is as the act would make it: nothing was written.
        case alreadySo
        /// Why it can't happen there; nothing was done to that case.
        case refused(RightsError)
        /// The machine failed at that case: nothing was done to it, and the same again may succeed.
        case failed
    }

    public let reference: String
    public let outcome: Outcome
    /// What somebody else did meanwhile, where that kept it from happening.
    public let meanwhile: LastAct?

    init(reference: String, outcome: Outcome, meanwhile: LastAct? = nil) {
        self.reference = reference
        self.outcome = outcome
        self.meanwhile = meanwhile
    }

    public var isDone: Bool { if case .done = outcome { true } else { false } }

    public var isAlreadySo: Bool { if case .alreadySo = outcome { true } else { false } }

    /// Whether the case was erased: nothing can be done to it any more.
    var isErased: Bool { if case .refused(.erased) = outcome { true } else { false } }
}

extension OperatorDesk {
    /// How many cases one bulk act takes.
    public static let bulkLimit = 1000

    /// The acts that say the same of every case they are done to.
    public static let bulkTypes: [EventType] = [
        .assigned, .noted, .message, .identityRequested, .identityVerified, .extended, .granted, .voided, .unreadable,
    ]

    private static let atOnce = 8

    /// Does `act` to each of `cases`: each for itself, with its own event and audit event, so that one that can't be done
    /// keeps none of the others.
    ///
    /// Throws `RightsError.forbidden`, and `.invalid` for an act that needs words of each case's own, for too many cases, or with
    /// `voiding.confirmed` where voiding several has to be proposed; what goes wrong in one case is its result. The results
    /// stand in the order of `cases`, a case that is named twice once.
    public func perform(
        _ act: OperatorAct, onEach cases: [SeenCase], by signedIn: Operator
    ) async throws -> [BulkResult] {
        try await demand(act.permission, of: signedIn, asking: "requests \(act.type.rawValue)")
        guard Self.bulkTypes.contains(act.type) else {
            throw Self.wrong("/type", "notOneOf", Self.bulkTypes.map(\.rawValue))
        }
        var seen: Set<String> = []
        let cases = cases.filter { seen.insert($0.reference).inserted }
        guard !cases.isEmpty else { throw Self.wrong("/requests", "required") }
        guard cases.count <= Self.bulkLimit else {
            throw Self.wrong("/requests", "tooMany", [String(Self.bulkLimit)])
        }
        if act.type == .voided, cases.count > 1, policy.refusals == .confirmed {
            throw Self.wrong("/type", "voiding.confirmed")
        }
        return try await perform(act, each: cases, by: signedIn)
    }

    /// The same for acts that are not done to many by hand, and for cases that are each named once.
    ///
    /// - Parameter proposer: who has proposed what `signedIn` confirms, for which somebody else has asked the permission: it is done
    ///   where nothing has happened since that bears on it.
    func perform(
        _ act: OperatorAct, each cases: [SeenCase], by signedIn: Operator, confirming proposer: String? = nil
    ) async throws -> [BulkResult] {
        try await withThrowingTaskGroup(of: (Int, BulkResult).self) { group in
            var results = [BulkResult?](repeating: nil, count: cases.count)
            func start(_ index: Int) {
                group.addTask {
                    (index, try await result(of: act, on: cases[index], by: signedIn, confirming: proposer))
                }
            }
            for index in cases.indices.prefix(Self.atOnce) { start(index) }
            var next = Self.atOnce
            while let (index, result) = try await group.next() {
                results[index] = result
                if next < cases.count { start(next) }
                next += 1
            }
            return results.compactMap { $0 }
        }
    }

    private func result(
        of act: OperatorAct, on seen: SeenCase, by signedIn: Operator, confirming proposer: String?
    ) async throws -> BulkResult {
        do {
            if let proposer {
                try await carryOut(
                    act, on: seen.reference, by: signedIn, files: [],
                    through: ActPassage(
                        enter: { stored, _ in
                            if stored.timeline.hasBeenTouched(since: seen.after ?? 0) { throw RightsError.outdated }
                        }, audited: ["proposedBy": .string(proposer)]))
            } else {
                try await perform(
                    act.after(seen.after), on: seen.reference, by: signedIn,
                    through: ActPassage(enter: { stored, connection in
                        if try act.isAlreadySo(in: stored, by: signedIn, on: connection) { throw AlreadySo() }
                    }))
            }
            return BulkResult(reference: seen.reference, outcome: .done)
        } catch is AlreadySo {
            return BulkResult(reference: seen.reference, outcome: .alreadySo)
        } catch let error as RightsError {
            // Told where it can be; that it was not done stands without.
            let meanwhile =
                error.saysMoved ? try? await database.read { try LastAct.load(of: seen.reference, on: $0) } : nil
            return BulkResult(reference: seen.reference, outcome: .refused(error), meanwhile: meanwhile)
        } catch let error as CancellationError {
            throw error
        } catch {
            return BulkResult(reference: seen.reference, outcome: .failed)
        }
    }
}

/// Thrown in a case's transaction, so that nothing of the act stays.
private struct AlreadySo: Error {}

extension OperatorAct {
    /// Whether the case stands as the act would leave it. Said again, only the timeline would grow: of one case by an operator who
    /// knows why, and of many by those who ticked them.
    fileprivate func isAlreadySo(
        in stored: StoredRequest, by signedIn: Operator, on connection: any SQLConnection
    ) throws -> Bool {
        switch type {
        case .assigned: return stored.assignee == assignee ?? signedIn.name && stored.timeline.state != .received
        case .identityVerified:
            guard stored.timeline.isIdentityVerified, stored.timeline.state == .underReview else { return false }
            // A proof that has come since is to be checked.
            return try connection.first(
                "SELECT n FROM case_file WHERE reference = $1 AND is_proof = 1 AND destroyed_at IS NULL",
                stored.reference) == nil
        default: return false
        }
    }
}
