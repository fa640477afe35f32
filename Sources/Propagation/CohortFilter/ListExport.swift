public import CivilTime
import Crypto
import NIOPosix
import RightsRegistry
public import SQLDatabase
public import Vault

/// Makes the signed list of one linked database out of the ledger: where the ledger's private key and the database's are.
public struct ListExport: Sendable {
    /// Segments repeat in the order of positions: enough of their keys to open each once or nearly.
    private static let keptSegments = 16_384
    private static let pageLength = 1000
    /// How long the sequencer has to number what waits, in steps of 25 ms.
    private static let longestWait = 400

    let database: SQLDatabase
    let reader: LedgerReader
    let keys: ListKeys
    let signingKey: Curve25519.Signing.PrivateKey
    let id: String
    let maximumAge: Int
    let now: TimeSource

    /// - Parameters:
    ///   - id: the linked database's.
    ///   - maximumAge: for how many seconds the list may be used.
    ///
    /// Throws `KeyStoreError` where a key is missing.
    public init(
        of id: String, in database: SQLDatabase, keys: KeyStore, maximumAge: Int, now: @escaping TimeSource
    ) async throws {
        self.id = id
        self.database = database
        self.maximumAge = maximumAge
        self.now = now
        reader = try LedgerReader(keysIn: keys, keptSegments: Self.keptSegments)
        self.keys = try await ListKeys.load(id, from: keys, in: database)
        signingKey = try keys.signingKey(.lists)
    }

    /// Writes the list to `path`, under that name once it is whole.
    ///
    /// - Parameters:
    ///   - sequence: numbers what waits, where this process may; asked until what had been committed is numbered.
    ///   - progress: told how many positions of how many have been read.
    ///
    /// Throws `GateRefusal` where no such database is linked or the sequencer does not work, `SealError` where an entry
    /// does not open: the list would not be whole.
    public func write(
        to path: String, sequence: @Sendable () async throws -> Void,
        progress: @Sendable (_ read: Int64, _ of: Int64) -> Void = { _, _ in }
    ) async throws -> SignedListHeader {
        guard let linked = try await database.read({ [id] in try LinkedDatabaseStore.find(id, on: $0) }),
            linked.state != .removed, linked.state != .pending
        else { throw GateRefusal.list("there is no linked database \(id)") }
        let whole = try await wholeLedger(sequence)
        try await database.write { try ProjectReach.refresh(on: $0) }
        let projects = try await database.read { [id] in try ProjectReach.projects(of: id, on: $0) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let numbers = Dictionary(uniqueKeysWithValues: zip(projects, 1...).map { ($0, UInt32($1)) })

        let writer = try await NIOThreadPool.singleton.runIfActive { try SignedListWriter(path: path) }
        var position: Int64 = 0
        while true {
            let page = try await database.read { [position] in
                try LedgerStore.standing(after: position, upTo: whole.position, limit: Self.pageLength, on: $0)
            }
            guard let last = page.last?.entry.position else { break }
            try await take(page, numbers, into: writer)
            position = last
            progress(position, whole.position)
        }
        try await takeStrays(numbers, into: writer)
        return try await NIOThreadPool.singleton.runIfActive { [id, maximumAge, signingKey] in
            let file = try AsideFile(path: path)
            let header = try writer.write(to: file, projects: projects, signedBy: signingKey) {
                SignedListHeader(
                    database: id, incarnation: whole.incarnation, position: whole.position,
                    completeAsOf: whole.asOf, maximumAge: maximumAge, pseudonyms: $0, records: $1,
                    projects: projects.count, projectBytes: $2, digest: $3)
            }
            try file.commit()
            return header
        }
    }

    private func take(
        _ page: [StandingRegistration], _ numbers: [String: UInt32], into writer: SignedListWriter
    ) async throws {
        let inForce = page.compactMap { registration in
            registration.effect(in: id).map { (registration.entry, $0) }
        }
        // At the head, what was forgotten has ended. Were it not so, somebody would be missing from the list.
        guard inForce.allSatisfy({ !$0.0.isForgotten }) else { throw SealError.doesNotOpen }
        let identifiers = try await reader.identifiers(of: inForce.map(\.0), in: database)
        try await NIOThreadPool.singleton.runIfActive { [keys] in
            let generations = keys.generations
            for (entry, effect) in inForce {
                // Whichever of its keys the cohort was pseudonymised with.
                for name in keys.names(of: entry, identifiers[entry.id, default: []], in: generations) {
                    try writer.add(name.pseudonym, objection: entry.position, effect, projects: numbers)
                }
            }
        }
    }

    /// What is in force without the ledger: nobody knows whose it is, and whoever it is stays protected.
    private func takeStrays(_ numbers: [String: UInt32], into writer: SignedListWriter) async throws {
        let strays = try await database.read { [id] in try StrayStore.all(in: id, on: $0) }
            .filter { $0.state != .ended }
        let byToken = Dictionary(grouping: strays, by: \.token)
        for (place, rows) in byToken.values.enumerated() {
            guard let row = rows.first(where: \.isActive) else { continue }
            let isWhole = rows.contains { $0.scope == TargetBatch.whole && $0.isActive }
            let projects = Set(rows.filter { $0.scope != TargetBatch.whole && $0.isActive != isWhole }.map(\.scope))
            // Objections have their positions: what is no objection of the ledger counts below them.
            try writer.add(
                try keys.strayKey.open(row.sealed, database: id, token: row.token, scope: row.scope),
                objection: -1 - Int64(place), isWhole ? .everything(except: projects) : .projects(projects),
                projects: numbers)
        }
    }

    // MARK: Complete as of

    private struct WholeLedger: Sendable {
        let incarnation: String
        let position: Int64
        let asOf: Instant
    }

    /// A position, and a moment by which nothing had been committed that is not at or below it.
    ///
    /// The moment is taken first. A look at the database that begins later sees whatever had been committed by then,
    /// numbered or not: once all that this look saw is numbered, the head is at or beyond every one of them. What commits
    /// meanwhile may wait; it is of after the moment.
    private func wholeLedger(_ sequence: () async throws -> Void) async throws -> WholeLedger {
        let asOf = now()
        var awaited: Set<String>?
        for _ in 0..<Self.longestWait {
            let (waiting, incarnation, head) = try await database.read { connection in
                (
                    try LedgerStore.waiting(on: connection), try LedgerStore.incarnation(on: connection),
                    try LedgerStore.head(on: connection)
                )
            }
            let still = awaited?.intersection(waiting) ?? waiting
            if still.isEmpty { return WholeLedger(incarnation: incarnation, position: head, asOf: asOf) }
            awaited = still
            try await sequence()
            try await Task.sleep(for: .milliseconds(25))
        }
        throw GateRefusal.list("entries of the ledger wait for their numbers, and no sequencer gives them any")
    }
}
