import CivilTime
public import Logging
import SQLDatabase
import StrictJSON
import Vault

/// Does what waited to be recalled and was not, in its operator's name and with every check of an act that is sent now.
///
/// It runs where cases can be opened, in as many processes as there are: whoever does an act takes its row away in the same
/// transaction. What can't happen any more is its operator's draft again.
public struct HeldActWorker: Sendable {
    private static let batch = 20

    private let desk: OperatorDesk
    private let logger: Logger

    public init(_ desk: OperatorDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
    }

    /// Looks every second until the task is cancelled.
    public func run(every interval: Duration = .seconds(1)) async {
        await recurring(every: interval, failing: "held acts could not be read", logger: logger) {
            _ = try await runOnce()
        }
    }

    /// Does what is due now; returns how much that was. Whatever can't be done just now keeps no other waiting: it is tried again
    /// the next time, after everything else that is due.
    public func runOnce() async throws -> Int {
        let moment = desk.now()
        var count = 0
        var last: StoredHeldAct?
        while !Task.isCancelled {
            let after = last
            let due = try await desk.database.read {
                try HeldActStore.due(at: moment, after: after?.act, limit: Self.batch, on: $0)
            }
            for held in due {
                do {
                    try await settle(held)
                } catch {
                    logger.warning(
                        "a held act waits", metadata: ["reference": "\(held.reference)", "error": "\(error)"])
                }
            }
            count += due.count
            guard due.count == Self.batch else { break }
            last = due.last
        }
        return count
    }

    private func settle(_ held: StoredHeldAct) async throws {
        let name = held.act.operatorName
        let (stored, account): (StoredRequest?, Operator?) = try await desk.database.read { connection in
            (
                try RequestStore.load(held.reference, on: connection), try Self.account(name, on: connection)
            )
        }
        // Whoever has left, or has another role, acts as what they are now.
        guard let signedIn = account else {
            let gone = Operator(name: name, role: .auditor)
            _ = try await desk.putBack(held, as: .role, audited: "act.notDone", by: gone)
            return
        }
        do {
            guard let stored else { throw RightsError.notFound }
            let key = try desk.opened(stored)
            let arrival = ActPassage(enter: { stored, connection in
                guard try HeldActStore.take(held.act.id, on: connection) else { throw Taken() }
                guard !stored.timeline.hasMoved(since: held.seen) else { throw RightsError.outdated }
            })
            if let id = held.proposal {
                let (act, passage) = try await desk.confirmation(of: id, on: held.reference, by: signedIn)
                try await desk.carryOut(
                    act, on: held.reference, by: signedIn, files: [], through: arrival.then(passage))
            } else {
                let act = try OperatorAct(
                    try held.body(under: key), today: desk.now().date(in: desk.policy.zone))
                if act.isRefusal, desk.policy.refusals == .confirmed {
                    throw OperatorDesk.wrong("/type", "refusal.confirmed")
                }
                try await desk.demand(
                    act.permission, of: signedIn, asking: "\(act.type.rawValue) \(held.reference)")
                let files = try await desk.database.read {
                    try HeldActStore.files(of: held.act.id, under: key, on: $0)
                }
                try await desk.carryOut(act, on: held.reference, by: signedIn, files: files, through: arrival)
            }
        } catch is Taken {
            // Another process did it, or it was recalled at the last moment.
        } catch let error as RightsError {
            // What this process can't open waits for one that can.
            if error == .keysOutdated || error == .sealed && desk.keys.casesPrivate == nil { throw error }
            _ = try await desk.putBack(held, as: Self.failure(of: error), audited: "act.notDone", by: signedIn)
        } catch is SealError {
            // What nobody opens any more can't wait for ever; where somebody does, this says so and it waits.
            _ = try await desk.putBack(held, as: .changed, audited: "act.notDone", by: signedIn)
        } catch is FieldErrors {
            _ = try await desk.putBack(held, as: .incomplete, audited: "act.notDone", by: signedIn)
        }
    }

    private struct Taken: Error {}

    private static func failure(of error: RightsError) -> OperatorDraft.Failure {
        switch error {
        case .forbidden: .role
        case .invalid: .incomplete
        default: .changed
        }
    }

    /// The operator as they are now; nil where the account has ended.
    private static func account(_ name: String, on connection: any SQLConnection) throws -> Operator? {
        try connection.first(
            "SELECT role FROM operator_account WHERE name = $1 AND is_disabled = 0", name
        ).flatMap { row in Role(rawValue: try row["role"]).map { Operator(name: name, role: $0) } }
    }
}
