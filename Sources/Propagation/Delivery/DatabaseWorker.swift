import CivilTime
import Logging
import Outbound
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// Serves one linked database: takes its lease, and hands over whatever waits, by the way that its connector goes.
struct DatabaseWorker: Sendable {
    private static let leaseSeconds = 30

    let id: String
    let database: SQLDatabase
    let keys: KeyStore
    let reader: LedgerReader
    let holder: String
    /// Which custodians' receivers may be asked.
    let receivers: WebRules
    let now: TimeSource
    let logger: Logger
    /// Reaches the other end in place of the connectors that there are: in simulations.
    var opening: ConnectorOpening?
    var pace = Pace.learnt
    /// Takes what custodians answer of tasks; without it none are exchanged.
    var answers: TaskAnswers?

    /// How many entries a batch has, and what goes on meanwhile.
    enum Pace: Sendable, Hashable {
        /// As many as the target takes in a second, the next batch being made while it does.
        case learnt
        /// Always as many, one thing after the other: a simulation can be played again.
        case fixed(Int)
    }

    /// Looks whether the target is where it was left, and hands over everything that waits. Returns at once where another
    /// process has the lease.
    ///
    /// Throws what kept the database from being served; it has been recorded for operators.
    func serve() async throws {
        do {
            // Leased before it is looked at, so that of two hubs one alone connects and judges where the target stands.
            guard let lease = try await takeLease() else { return }
            do {
                try await deliverWaiting(under: lease)
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
            let problem = error as? TargetError
            let command = problem?.isResynchronisable == true ? " Run “regard database resync \(id)”." : ""
            try? await database.write {
                try LinkedDatabaseStore.recordFailure(
                    "\(error)\(command)", isOutOfPlace: problem?.isOutOfPlace ?? false, of: id, at: moment, on: $0
                )
            }
            throw error
        }
    }

    private func deliverWaiting(under lease: Lease) async throws {
        try await retireKeys(under: lease)
        try await deliver(under: lease)
        try await retireKeys(under: lease)
    }

    /// Turns back a change of keys that was called off, once what was handed over of it is settled. Retires a key whose rows are all ended, and destroys what is retired: recorded first, so that nobody looks for a key
    /// that is gone, and done once more after a crash between the two.
    private func retireKeys(under lease: Lease) async throws {
        let hasWork = try await database.read { [id] connection in
            try DatabaseKeyStore.current(of: id, on: connection).contains {
                $0.state == .outgoing && $0.isGoneThrough || $0.isStopping
            }
                || !DatabaseKeyStore.undestroyed(in: id, on: connection).isEmpty
        }
        guard hasWork else { return }
        let moment = now()
        let retired = try await database.write { [id] connection in
            guard try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection) else { return [Int]() }
            try DatabaseKeyStore.turnBack(in: id, at: moment, on: connection)
            _ = try DatabaseKeyStore.retire(in: id, at: moment, on: connection)
            return try DatabaseKeyStore.undestroyed(in: id, on: connection)
        }
        for generation in retired {
            try keys.destroy(.key(of: id, generation: generation))
            let audit = AuditEvent(
                at: moment, actor: "hub", role: "system", act: "database.keyDestroyed", subject: id,
                detail: ["generation": .integer(Int64(generation))])
            try await database.write { [id] connection in
                try DatabaseKeyStore.recordDestroyed(generation, in: id, at: moment, on: connection)
                try audit.record(on: connection)
            }
            logger.notice("key destroyed", metadata: ["database": "\(id)", "generation": "\(generation)"])
        }
    }

    private func deliver(under lease: Lease) async throws {
        let maker = BatchMaker(
            id: id, keys: try await ListKeys.load(id, from: keys, in: database), reader: reader, database: database)
        let address = try ConnectorAddress(try await connector())
        let end = if let opening { try await opening(address) } else { try await open(address) }
        switch end {
        case .push(let target):
            let delivery = PushDelivery(worker: self, lease: lease, maker: maker, target: target)
            do {
                try await exchangingTasks(with: target, under: lease, maker) { try await delivery.deliverWaiting() }
            } catch {
                await target.close()
                throw error
            }
            await target.close()
        case .mailbox(let mailbox):
            do {
                let delivery = MailboxDelivery(worker: self, lease: lease, maker: maker, mailbox: mailbox)
                try await exchangingTasks(with: mailbox, under: lease, maker) { try await delivery.deliverWaiting() }
                if let mailbox = mailbox as? StoredMailbox {
                    try await WholeListMaking(
                        worker: self, lease: lease, maker: maker, mailbox: mailbox
                    ).makeAsked()
                }
            } catch {
                await mailbox.close()
                throw error
            }
            await mailbox.close()
        }
    }

    /// Delivers batches, then exchanges tasks over the same connection, whatever has become of the batches: neither waits for
    /// the other's repair.
    private func exchangingTasks(
        with carrier: any TaskCarrier, under lease: Lease, _ maker: BatchMaker, _ deliver: () async throws -> Void
    ) async throws {
        let tasks = answers.map {
            TaskDelivery(worker: self, lease: lease, maker: maker, carrier: carrier, answers: $0)
        }
        do { try await deliver() } catch {
            guard !Task.isCancelled else { throw error }
            try await tasks?.exchangeWaiting()
            throw error
        }
        try await tasks?.exchangeWaiting()
    }

    private func open(_ address: ConnectorAddress) async throws -> ConnectorEnd {
        if let target = try await push(address) { return .push(target) }
        if let mailbox = try mailbox(address) { return .mailbox(mailbox) }
        throw TargetError.unknownConnector("\(address)")
    }

    /// A connection to a target that applies batches while we wait; nil for a mailbox.
    private func push(_ address: ConnectorAddress) async throws -> (any PushConnector)? {
        switch address {
        case .postgresql, .sqlite: try await SQLTarget.open(address, logger: logger)
        case .https(let address):
            HTTPSTarget(
                database: id, address: address, signer: MessageSigner(try keys.signingKey(.connector)),
                rules: receivers, now: now)
        case .directory, .pull, .manual: nil
        }
    }

    private func mailbox(_ address: ConnectorAddress) throws -> (any Mailbox)? {
        switch address {
        case .pull, .manual: StoredMailbox(FeedKey(try keys.symmetricKey(.feed(id))))
        case .directory(let path):
            DirectoryMailbox(folder: path, database: id, key: try keys.signingKey(.connector))
        case .postgresql, .sqlite, .https: nil
        }
    }

    private func connector() async throws -> String {
        try await database.read { try LinkedDatabaseStore.find(id, on: $0)?.connector } ?? ""
    }

    // MARK: The lease, and the cursor

    /// What became of the claim of a batch.
    enum Claim { case made, cursorMoved, leasedByAnother }

    /// Prolongs the lease and does `record`, in one transaction and only where the cursor is still `linked`'s.
    ///
    /// Whoever stood still while another had the lease is told so, wherever the cursor stands: what it had read may be old.
    func claim(
        _ linked: LinkedDatabase, under lease: Lease,
        _ record: @escaping @Sendable (_ moment: Instant, any SQLConnection) throws -> Claim = { _, _ in .made }
    ) async throws -> Claim {
        let moment = now()
        return try await database.write { connection in
            guard try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection) else {
                return .leasedByAnother
            }
            guard try !hasMoved(linked, on: connection) else { return .cursorMoved }
            return try record(moment, connection)
        }
    }

    /// Prolongs the lease; false where another process has it.
    func prolong(_ lease: Lease, at moment: Instant, on connection: any SQLConnection) throws -> Bool {
        try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection)
    }

    /// The database as it stands, if it is to be served, and other keys than `keys` don't count in the meantime. Throws
    /// `TargetError` where it counts in another ledger.
    func current(under keys: ListKeys, on connection: any SQLConnection) throws -> LinkedDatabase? {
        guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.state == .active,
            linked.keyChange == keys.change
        else { return nil }
        let incarnation = try LedgerStore.incarnation(on: connection)
        guard linked.incarnation == incarnation else {
            throw TargetError.otherIncarnation(found: linked.incarnation, expected: incarnation)
        }
        return linked
    }

    func hasMoved(_ linked: LinkedDatabase) async throws -> Bool {
        try await database.read { try hasMoved(linked, on: $0) }
    }

    /// Whether the cursor, or the batch that is under way, has changed since `linked` was read, or it was paused.
    private func hasMoved(_ linked: LinkedDatabase, on connection: any SQLConnection) throws -> Bool {
        let current = try LinkedDatabaseStore.find(id, on: connection)
        return current?.state != linked.state || current?.incarnation != linked.incarnation
            || current?.position != linked.position
            || current?.handing != linked.handing || current?.reach != linked.reach
            || current?.keyChange != linked.keyChange || current?.edition != linked.edition
            || current?.acknowledged != linked.acknowledged
    }

    private func takeLease() async throws -> Lease? {
        let moment = now()
        return try await database.write { [id, holder] connection in
            try Lease.take(
                "linked-database:\(id)", for: holder, seconds: Self.leaseSeconds, at: moment, on: connection)
        }
    }

    private func release(_ lease: Lease) async throws {
        try await database.write { try lease.release(on: $0) }
    }
}
