public import CivilTime
public import Logging
import NIOPosix
import RightsRegistry
public import SQLDatabase
public import Vault

/// Compares one database's list with what the ledger yields, and brings it there: where the ledger's private key and that
/// database's are.
public struct ListRepair: Sendable {
    static let leaseSeconds = 30
    /// How many tokens are mended in one transaction of the target's.
    static let batch = 500

    public let id: String
    let database: SQLDatabase
    let reader: LedgerReader
    let keys: ListKeys
    let holder: String
    let now: TimeSource
    let logger: Logger

    /// - Parameters:
    ///   - id: the linked database's.
    ///   - holder: names this process among those that may serve a database.
    ///
    /// Throws `KeyStoreError` where a key is missing.
    public init(
        of id: String, in database: SQLDatabase, keys: KeyStore, holder: String, now: @escaping TimeSource,
        logger: Logger
    ) async throws {
        self.id = id
        self.database = database
        // Beside the hub of this process, and other repairs of its own.
        self.holder = "\(holder)/repair/\(Hex.encode(systemRandom(4)))"
        self.now = now
        self.logger = logger
        reader = try LedgerReader(keysIn: keys, keptSegments: 16_384)
        self.keys = try await ListKeys.load(id, from: keys, in: database)
    }

    /// The database as it stands. Throws `RepairRefusal.notLinked`.
    func linked() async throws -> LinkedDatabase {
        guard let linked = try await database.read({ [id] in try LinkedDatabaseStore.find(id, on: $0) }),
            linked.state != .removed
        else { throw RepairRefusal.notLinked(id) }
        return linked
    }

    // MARK: The lease

    /// Runs `body` while this process alone serves the database. Waits for whoever serves it now.
    func leased<T: Sendable>(_ body: @escaping @Sendable (Lease) async throws -> T) async throws -> T {
        let lease = try await waitForLease()
        let result: Result<T, any Error>
        do {
            result = .success(
                try await withThrowingTaskGroup(of: T?.self) { group in
                    group.addTask { try await body(lease) }
                    group.addTask {
                        // A long comparison outlives many leases.
                        while true {
                            try await Task.sleep(for: .seconds(Self.leaseSeconds / 3))
                            _ = try? await takeLease()
                        }
                    }
                    defer { group.cancelAll() }
                    guard let first = try await group.next(), let value = first else { throw CancellationError() }
                    return value
                })
        } catch {
            result = .failure(error)
        }
        try? await database.write { try lease.release(on: $0) }
        return try result.get()
    }

    private func waitForLease() async throws -> Lease {
        for _ in 0..<300 {
            if let lease = try await takeLease() { return lease }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw RepairRefusal.busy
    }

    private func takeLease() async throws -> Lease? {
        let moment = now()
        return try await database.write { try takeLease(at: moment, on: $0) }
    }

    /// Throws `RepairRefusal.moved` where another process has taken the database over.
    func require(_ lease: Lease, at moment: Instant, on connection: any SQLConnection) throws {
        guard try takeLease(at: moment, on: connection) == lease else { throw RepairRefusal.moved }
    }

    private func takeLease(at moment: Instant, on connection: any SQLConnection) throws -> Lease? {
        try Lease.take("linked-database:\(id)", for: holder, seconds: Self.leaseSeconds, at: moment, on: connection)
    }

    // MARK: Comparing

    /// Both sides of a comparison, read.
    struct BothLists: Sendable {
        let place: TargetPlace?
        let position: Int64
        let expected: RowBuckets
        let found: RowBuckets
        let scopes: ScopeNames
        let ignoring: Set<Bytes32>
    }

    /// Reads what `target` holds and what the ledger yields up to `position`, at the same time.
    ///
    /// - Parameters:
    ///   - ignoresExcepted: leave out what the database could not take.
    ///   - goneThrough: as it is to be once a change of keys has come to its end.
    func read(
        _ target: SQLTarget, upTo position: Int64, ignoresExcepted: Bool, goneThrough: Bool
    ) async throws -> BothLists {
        let (expected, found) = try await NIOThreadPool.singleton.runIfActive { (try RowBuckets(), try RowBuckets()) }
        let scopes = ScopeNames()
        var generations = try await generations()
        if goneThrough { generations = generations.map(\.goneThrough) }
        let ledger = ledgerRows(scopes, generations)
        async let place = target.readList(into: found, scopes: scopes)
        try await ledger.write(upTo: position, into: expected)
        let excepted = try await ledger.exceptedTokens()
        return BothLists(
            place: try await place, position: position, expected: expected, found: found, scopes: scopes,
            ignoring: ignoresExcepted ? excepted : [])
    }

    func ledgerRows(_ scopes: ScopeNames, _ generations: [KeyGeneration]) -> LedgerRows {
        LedgerRows(
            id: id, database: database, reader: reader, keys: keys, generations: generations, scopes: scopes)
    }

    /// Throws `RepairRefusal.moved` where other keys count in the meantime.
    func generations() async throws -> [KeyGeneration] {
        try await database.read { [id, keys] connection in
            guard try LinkedDatabaseStore.find(id, on: connection)?.keyChange == keys.change else {
                throw RepairRefusal.moved
            }
            return try DatabaseKeyStore.current(of: id, on: connection)
        }
    }

    /// Compares both sides; `take` is handed the differences in bounded parts.
    func compare(
        _ lists: BothLists, _ take: ([ListDifference]) async throws -> Void = { _ in }
    ) async throws -> ListReport {
        var report = ListReport(position: lists.position, ours: ListDigest(), theirs: ListDigest())
        for bucket in 0..<RowBuckets.count {
            let merge = try await NIOThreadPool.singleton.runIfActive {
                BucketMerge(
                    expected: try lists.expected.take(bucket), found: try lists.found.take(bucket),
                    scopes: lists.scopes, ignoring: lists.ignoring)
            }
            while true {
                try Task.checkCancellation()
                let differences = try await NIOThreadPool.singleton.runIfActive { merge.next(Self.batch) }
                if differences.isEmpty { break }
                for difference in differences { report.count(difference) }
                try await take(differences)
            }
            report.ours.add(merge.digests.ours)
            report.theirs.add(merge.digests.theirs)
        }
        return report
    }

    /// Keeps what the ledger does not explain, sealed.
    func keep(_ differences: [ListDifference], as state: StrayRow.State) async throws {
        let moment = now()
        let rows = try differences.flatMap { difference in
            try difference.telling.map { row in
                StrayRow(
                    database: id, token: difference.token, scope: row.scope, isActive: row.isInForce,
                    sealed: try keys.strayKey.seal(
                        row.pseudonym, database: id, token: difference.token, scope: row.scope),
                    foundAt: moment, state: state)
            }
        }
        guard !rows.isEmpty else { return }
        try await database.write { try StrayStore.record(rows, on: $0) }
    }
}
