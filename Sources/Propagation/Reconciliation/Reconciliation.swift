import CivilTime
import NIOPosix
public import RightsRegistry
import SQLDatabase
import StrictJSON

extension ListRepair {
    /// Compares the database's list with what the ledger yields at the position that it has confirmed, and records the run;
    /// with `repairs`, mends what differs.
    ///
    /// Throws what kept it from being compared; that is recorded too.
    @discardableResult
    public func reconcile(_ run: ReconciliationRun) async throws -> ListReport {
        do {
            let report = try await compared(run)
            let moment = now()
            let audit = AuditEvent(
                at: moment, actor: run.askedBy, role: run.role, act: "database.reconciled", subject: id,
                detail: [
                    "position": .integer(report.position), "missing": .integer(Int64(report.missing)),
                    "stale": .integer(Int64(report.stale)), "surplus": .integer(Int64(report.surplus)),
                    "repairs": .bool(run.repairs),
                ])
            let outcome: ReconciliationRun.Outcome =
                !report.differs ? .agrees : run.repairs && report.refused == 0 ? .repaired : .differs
            try await database.write { connection in
                try ReconciliationStore.end(
                    run, outcome, report.figures, at: moment, on: connection)
                try audit.record(on: connection)
            }
            return report
        } catch {
            guard !Task.isCancelled else { throw error }
            let moment = now()
            try? await database.write {
                try ReconciliationStore.end(run, .failed, nil, failure: "\(error)", at: moment, on: $0)
            }
            throw error
        }
    }

    private func compared(_ run: ReconciliationRun) async throws -> ListReport {
        let linked = try await linked()
        guard let address = Self.readable(linked) else {
            let report = try await comparedWithWhatWasTold(linked)
            if run.repairs, report.differs { throw RepairRefusal.onlyAnew }
            return report
        }
        return try await leased { lease in
            // Read again: whoever served it until now may have moved its cursor.
            let linked = try await self.linked()
            return try await with(address) { target in
                try await compare(target, linked, lease, repairs: run.repairs)
            }
        }
    }

    private func compare(
        _ target: SQLTarget, _ linked: LinkedDatabase, _ lease: Lease, repairs: Bool
    ) async throws -> ListReport {
        let position = try await confirmedPosition(target, linked)
        // Of registrations that are under way under another key, nobody knows whether they are there.
        guard try await generations().allSatisfy({ $0.confirmed == $0.handed }) else { throw RepairRefusal.moved }
        let lists = try await read(target, upTo: position, ignoresExcepted: true, goneThrough: false)
        guard (lists.place?.position ?? 0) == position else { throw RepairRefusal.moved }
        var refused: [Rejection] = []
        var report = try await compare(lists) { differences in
            guard repairs else { return }
            // Ended there, and kept here: an operator may want them back.
            try await keep(differences.filter { $0.kind == .surplus }, as: .ended)
            refused += try await target.mend(differences, at: lists.place, position: position)
        }
        report.refused = refused.count
        guard !refused.isEmpty else { return report }
        let moment = now()
        try await database.write { [id, refused] connection in
            try require(lease, at: moment, on: connection)
            for rejection in refused {
                try DeliveryExceptionStore.record(
                    rejection.reason, at: rejection.position, in: id, now: moment, on: connection)
            }
        }
        return report
    }

    /// Where the target stands: at the cursor, or at the end of the batch whose confirmation was lost. Throws
    /// `RepairRefusal.outOfPlace` where it stands anywhere else.
    private func confirmedPosition(_ target: SQLTarget, _ linked: LinkedDatabase) async throws -> Int64 {
        let incarnation = try await database.read { try LedgerStore.incarnation(on: $0) }
        guard linked.incarnation == incarnation else {
            throw RepairRefusal.outOfPlace(.otherIncarnation(found: linked.incarnation, expected: incarnation))
        }
        guard let place = try await target.place() else {
            guard linked.position == 0 else { throw RepairRefusal.outOfPlace(.empty(expected: linked.position)) }
            return 0
        }
        do {
            try place.require(list: keys.listName, incarnation: incarnation)
        } catch {
            throw RepairRefusal.outOfPlace(error)
        }
        guard place.position == linked.position || place.position == linked.handing else {
            throw RepairRefusal.outOfPlace(.elsewhere(found: place.position, expected: linked.position))
        }
        return place.position
    }

    /// Of a list that we can't read: what its custodian said with the last acknowledgement.
    private func comparedWithWhatWasTold(_ linked: LinkedDatabase) async throws -> ListReport {
        let told = try await database.read { [id] in try ReconciliationStore.told(of: id, on: $0) }
        guard let told, told.number == linked.acknowledged else { throw RepairRefusal.unreadable }
        let scopes = ScopeNames()
        let (expected, found) = try await NIOThreadPool.singleton.runIfActive { (try RowBuckets(), try RowBuckets()) }
        let ledger = ledgerRows(scopes, try await generations())
        try await ledger.write(upTo: linked.position, into: expected, asAcknowledged: true)
        let excepted = try await ledger.exceptedTokens()
        var report = try await compare(
            BothLists(
                place: nil, position: linked.position, expected: expected, found: found, scopes: scopes,
                ignoring: excepted))
        report.forgetDifferences()
        report.theirs = ListDigest(count: told.count, hex: told.digest) ?? ListDigest()
        return report
    }
}

extension ListReport {
    /// Of a list that can't be read, nobody knows which rows differ.
    fileprivate mutating func forgetDifferences() {
        (missing, stale, surplus, tokens) = (0, 0, 0, [:])
    }

    var figures: ReconciliationRun.Figures {
        ReconciliationRun.Figures(
            position: position, ourCount: ours.count, ourDigest: ours.hex, theirCount: theirs.count,
            theirDigest: theirs.hex, missing: missing, stale: stale, surplus: surplus, tokens: tokensJSON)
    }
}
