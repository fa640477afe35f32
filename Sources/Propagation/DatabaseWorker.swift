import CivilTime
import Logging
import RightsRegistry
import SQLDatabase
import Vault

/// Serves one linked database: reads the ledger after its cursor, and hands over batch after batch.
struct DatabaseWorker: Sendable {
    private static let largestBatch = 500
    private static let largestCatchUp = 200
    private static let leaseSeconds = 30

    let id: String
    let database: SQLDatabase
    let keys: KeyStore
    let reader: LedgerReader
    let holder: String
    let now: TimeSource
    let logger: Logger

    /// Looks whether the target is where it was left, and hands over everything that waits. Returns at once where another
    /// process has the lease.
    ///
    /// Throws what kept the database from being served; it has been recorded for operators.
    func serve() async throws {
        do {
            // Leased before it is looked at, so that of two hubs one alone connects and judges where the target stands.
            guard let lease = try await takeLease() else { return }
            do {
                try await deliverWaiting()
                try await release(lease)
            } catch {
                // Another process may reach what this one can't.
                try? await release(lease)
                throw error
            }
        } catch {
            // What a shutdown interrupts is no failure of the database's.
            guard !Task.isCancelled else { throw CancellationError() }
            let moment = now()
            try? await database.write {
                try LinkedDatabaseStore.recordFailure(
                    "\(error)", isOutOfPlace: (error as? TargetError)?.isOutOfPlace ?? false, of: id, at: moment, on: $0
                )
            }
            throw error
        }
    }

    private func deliverWaiting() async throws {
        let key = PseudonymKey(try keys.symmetricKey(.database(id)))
        let target = try await SQLTarget.open(try await connector(), logger: logger)
        do {
            try await requirePlace(of: target, under: key)
            while !Task.isCancelled {
                let mayGoOn =
                    switch try await next() {
                    case .nothing: false
                    case .batch(let linked, let entries, let served):
                        try await deliver(entries, served, to: linked, at: target, under: key)
                    case .project(let linked, let project):
                        try await catchUp(project, linked, at: target, under: key)
                    }
                if !mayGoOn { break }
            }
        } catch {
            await target.close()
            throw error
        }
        await target.close()
    }

    /// Throws `TargetError` unless the target stands where it was left, and takes back what was said against it.
    private func requirePlace(of target: SQLTarget, under key: PseudonymKey) async throws {
        guard let linked = try await database.read({ try LinkedDatabaseStore.find(id, on: $0) }),
            linked.state == .active
        else { return }
        if let end = try await alreadyApplied(by: target, linked, under: key) { try await confirm(linked, upTo: end) }
        guard linked.failingSince != nil else { return }
        try await database.write { try LinkedDatabaseStore.recordPlace(of: id, on: $0) }
    }

    private func connector() async throws -> String {
        try await database.read { try LinkedDatabaseStore.find(id, on: $0)?.connector } ?? ""
    }

    /// What is to be handed over next.
    private enum Work {
        /// Nothing waits, or the database is not to be served.
        case nothing
        /// The entries after the cursor; of the projects that they name, those that the database gets.
        case batch(LinkedDatabase, [LedgerEntry], served: Set<String>)
        /// What was objected to in a project before it came to use the database.
        case project(LinkedDatabase, String)
    }

    private func next() async throws -> Work {
        try await database.read { connection in
            guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.state == .active else {
                return .nothing
            }
            let incarnation = try LedgerStore.incarnation(on: connection)
            guard linked.incarnation == incarnation else {
                throw TargetError.otherIncarnation(found: linked.incarnation, expected: incarnation)
            }
            var isHanding = false
            if let handing = linked.handing { isHanding = handing > linked.position }
            if !isHanding, let project = try ProjectReach.waiting(in: id, on: connection) {
                return .project(linked, project)
            }
            var entries = try LedgerStore.entries(after: linked.position, limit: Self.largestBatch, on: connection)
            if isHanding, let handing = linked.handing {
                // A batch whose outcome is not known is handed over again as it was: the target may stand at its end.
                entries.removeAll { $0.position > handing }
            }
            guard !entries.isEmpty else { return .nothing }
            let served = try ProjectReach.served(Set(entries.flatMap(\.projects)), in: id, on: connection)
            return .batch(linked, entries, served: served)
        }
    }

    // MARK: The lease

    private func takeLease() async throws -> Lease? {
        let moment = now()
        return try await database.write { try takeLease(at: moment, on: $0) }
    }

    private func takeLease(at moment: Instant, on connection: any SQLConnection) throws -> Lease? {
        try Lease.take("linked-database:\(id)", for: holder, seconds: Self.leaseSeconds, at: moment, on: connection)
    }

    private func release(_ lease: Lease) async throws {
        try await database.write { try lease.release(on: $0) }
    }

    // MARK: One batch

    /// What became of the claim of a batch.
    private enum Claim { case made, cursorMoved, leasedByAnother }

    /// Hands one batch over and moves the cursor; false where another process has the lease.
    private func deliver(
        _ entries: [LedgerEntry], _ served: Set<String>, to linked: LinkedDatabase, at target: SQLTarget,
        under key: PseudonymKey
    ) async throws -> Bool {
        guard let last = entries.last else { return false }
        do {
            if let end = try await alreadyApplied(by: target, linked, under: key) {
                try await confirm(linked, upTo: end)
                return true
            }
            let batch = TargetBatch(
                list: key.listName, incarnation: linked.incarnation, from: linked.position, to: last.position,
                changes: try await changes(entries, served, under: key))
            switch try await claim(linked, upTo: batch.to) {
            case .made: break
            case .cursorMoved: return true
            case .leasedByAnother: return false
            }
            try await target.apply(batch)
            try await confirm(linked, upTo: batch.to)
            logger.info(
                "batch confirmed", metadata: ["database": "\(id)", "from": "\(batch.from)", "to": "\(batch.to)"])
            return true
        } catch let error as TargetError {
            // This process may have been frozen past its lease: what looks out of place is then another's work.
            guard try await hasMoved(linked) else { throw error }
            return true
        }
    }

    /// A target that stands at the end of the very batch that was under way has applied it: its confirmation was lost,
    /// to a crash or a broken connection. Any other place that is not the cursor stops the database.
    private func alreadyApplied(
        by target: SQLTarget, _ linked: LinkedDatabase, under key: PseudonymKey
    ) async throws -> Int64? {
        guard let place = try await target.place() else {
            guard linked.position == 0 else { throw TargetError.empty(expected: linked.position) }
            return nil
        }
        try place.require(list: key.listName, incarnation: linked.incarnation)
        if place.position == linked.position { return nil }
        guard place.position > linked.position, place.position == linked.handing else {
            throw TargetError.elsewhere(found: place.position, expected: linked.position)
        }
        return place.position
    }

    /// Prolongs the lease and notes the batch's end, in one transaction and only where the cursor is still `linked`'s.
    private func claim(_ linked: LinkedDatabase, upTo end: Int64) async throws -> Claim {
        let moment = now()
        return try await database.write { connection in
            guard try takeLease(at: moment, on: connection) != nil else { return .leasedByAnother }
            guard try !hasMoved(linked, on: connection) else { return .cursorMoved }
            try LinkedDatabaseStore.recordHanding(to: end, of: id, on: connection)
            return .made
        }
    }

    private func hasMoved(_ linked: LinkedDatabase) async throws -> Bool {
        try await database.read { try hasMoved(linked, on: $0) }
    }

    /// Whether the cursor, or the batch that is under way, has changed since `linked` was read.
    private func hasMoved(_ linked: LinkedDatabase, on connection: any SQLConnection) throws -> Bool {
        let current = try LinkedDatabaseStore.find(id, on: connection)
        return current?.incarnation != linked.incarnation || current?.position != linked.position
            || current?.handing != linked.handing || current?.reach != linked.reach
    }

    private func confirm(_ linked: LinkedDatabase, upTo end: Int64) async throws {
        let moment = now()
        try await database.write { connection in
            try LinkedDatabaseStore.recordConfirmation(
                from: linked.position, to: end, of: linked, at: moment, on: connection)
        }
    }

    private func changes(
        _ entries: [LedgerEntry], _ served: Set<String>, under key: PseudonymKey
    ) async throws -> [TargetBatch.Change] {
        let concerned = entries.map { ($0, rows: $0.rows(in: id, served: served)) }.filter { !$0.rows.isEmpty }
        let identifiers = try await reader.identifiers(of: concerned.map(\.0), in: database)
        return concerned.flatMap { entry, rows in
            let numbers = 0..<entry.identifierCount
            let tokens = numbers.map { key.token(objection: entry.objection.bytes, identifier: UInt32($0)) }
            switch entry.effect {
            case .register:
                return zip(identifiers[entry.id, default: []], tokens).flatMap { canonical, token in
                    let pseudonym = key.pseudonym(of: canonical)
                    return rows.map { row in
                        TargetBatch.Change.register(
                            pseudonym: pseudonym, token: token, scope: row, isAgain: entry.isLater,
                            position: entry.position)
                    }
                }
            case .withdraw:
                return tokens.flatMap { token in
                    rows.map { TargetBatch.Change.withdraw(token: token, scope: $0, position: entry.position) }
                }
            }
        }
    }

    // MARK: Projects that come to use the database

    /// Hands over what was objected to in `project` up to the cursor, then counts the project among those whose entries
    /// the database gets. The cursor stays where it is, and what has been handed over twice changes nothing. False where
    /// another process has the lease.
    private func catchUp(
        _ project: String, _ linked: LinkedDatabase, at target: SQLTarget, under key: PseudonymKey
    ) async throws -> Bool {
        var after = ""
        while true {
            let (entries, last, served) = try await database.read { [after] connection in
                let (entries, last) = try ProjectReach.earlierEntries(
                    of: project, after: after, upTo: linked.position, limit: Self.largestCatchUp, on: connection)
                let named = Set(entries.flatMap(\.projects))
                return (
                    entries, last, try ProjectReach.served(named, in: id, on: connection).union([project])
                )
            }
            guard let last else { break }
            after = last
            let batch = TargetBatch(
                list: key.listName, incarnation: linked.incarnation, from: linked.position, to: linked.position,
                changes: try await changes(entries, served, under: key))
            switch try await hold(linked) {
            case .made: break
            case .cursorMoved: return true
            case .leasedByAnother: return false
            }
            do {
                if !batch.changes.isEmpty { try await target.apply(batch) }
            } catch let error as TargetError {
                guard try await hasMoved(linked) else { throw error }
                return true
            }
        }
        let moment = now()
        return try await database.write { connection in
            guard try takeLease(at: moment, on: connection) != nil else { return false }
            guard try !hasMoved(linked, on: connection) else { return true }
            try ProjectReach.recordServed(project, in: id, at: moment, on: connection)
            try ProjectReach.recordUnconcerned(in: id, at: moment, on: connection)
            return true
        }
    }

    /// Prolongs the lease, where the cursor is still `linked`'s.
    private func hold(_ linked: LinkedDatabase) async throws -> Claim {
        let moment = now()
        return try await database.write { connection in
            guard try takeLease(at: moment, on: connection) != nil else { return .leasedByAnother }
            return try hasMoved(linked, on: connection) ? .cursorMoved : .made
        }
    }
}

extension PseudonymKey {
    /// Names the list that this key makes, and tells nothing of the key: a target keeps it to know whose list it holds.
    fileprivate var listName: String { Hex.encode(pseudonym(of: "regard list").prefix(16)) }
}
