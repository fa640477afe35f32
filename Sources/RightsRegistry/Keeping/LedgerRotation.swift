public import CivilTime
import Crypto
public import SQLDatabase
import StrictJSON
public import Vault

/// Seals whatever the ledger still knows of anybody anew, for a new key pair, then destroys the older private half: who was forgotten
/// by then opens nowhere any more, in no backup either, whoever has today's keys.
///
/// Boxes are sealed anew, not only the keys of their segments: a segment that one live registration needed would else open all that
/// an old backup has in it. It may be killed at any point and is simply run again, and the hub may go on meanwhile where it has the keys
/// of both epochs.
public struct LedgerRotation: Sendable {
    let database: SQLDatabase
    let store: KeyStore
    let now: TimeSource
    let random: RandomSource

    public init(
        database: SQLDatabase, store: KeyStore, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.store = store
        self.now = now
        self.random = random
    }

    /// Makes the next epoch's pair and does not use it yet, to be copied to where processes read theirs. Returns the epoch.
    public func prepare() async throws -> Int {
        let epoch = next(after: try await database.read { try LedgerEpochs.standing(on: $0) })
        try store.createLedgerEpoch(epoch)
        return epoch
    }

    /// The number of the epoch that comes. In an older database whose key was put back, the next ones may have been begun and ended
    /// already: their names are not given twice.
    private func next(after standing: LedgerEpochs.Standing) -> Int {
        let ended = store.ledgerEpochs.filter { !store.existsLedgerPrivateKey(of: $0) }
        var epoch = standing.current + 1
        while ended.contains(epoch) { epoch += 1 }
        return epoch
    }

    /// Begins a new epoch, or goes on with the one that was begun, to its end.
    ///
    /// - Parameter progress: told how many boxes of how many are sealed anew.
    ///
    /// Throws `KeyStoreError` where a key that is needed is not here, and `RightsError.keysOutdated` where this folder's keys are not
    /// those of the database. Nothing is lost then.
    public func run(
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> RotationOutcome {
        let before = try await database.read { try LedgerEpochs.standing(on: $0) }
        let epoch = before.isRotating ? before.current : next(after: before)
        if !before.isRotating { try await begin(epoch, after: before) }
        let keys = try await keys(for: epoch)
        let (renewed, unreadable) = try await Renewal<SealedForHub>(database: database, epoch: epoch).run(
            progress: progress
        ) { try await renew($0, in: $1, keys) }
        return RotationOutcome(
            epoch: epoch, isResumed: before.isRotating, renewed: renewed, unreadable: unreadable,
            ended: try await end(before: epoch))
    }

    /// Destroys in this folder the private keys of epochs that have ended: what every process does at its start.
    public func settle() async throws {
        try destroyEnded(try await database.read { try LedgerEpochs.standing(on: $0) })
    }

    // MARK: Beginning and ending

    private func begin(_ epoch: Int, after standing: LedgerEpochs.Standing) async throws {
        // What is to be opened must be here, before anything is begun.
        let current = standing.current
        let old = try store.ledgerKey(of: current)
        let opener = try store.ledgerPrivateKey(of: current)
        guard opener.publicKey.rawRepresentation == old.publicKey.rawRepresentation else {
            throw KeyStoreError.malformed(path: "\(store.folder)/\(KeyStore.ledgerFiles(of: current).publicHalf)")
        }
        let known = standing.epochs.last?.fingerprint
        guard known == nil || known == LedgerEpochs.fingerprint(of: old) else { throw RightsError.keysOutdated }
        // Of the first pair the database knows no fingerprint: that it opens one of its segments says that it is its own.
        if known == nil {
            let some: [(id: String, wrap: [UInt8])] = try await database.read { connection in
                try connection.query(
                    "SELECT id, wrap FROM ledger_segment WHERE epoch = $1 ORDER BY id LIMIT 50", current
                ).map { (try $0["id"], try $0["wrap"]) }
            }
            let opens = some.contains { (try? SegmentKey(unwrapping: $0.wrap, id: $0.id, with: opener)) != nil }
            guard some.isEmpty || opens else { throw RightsError.keysOutdated }
        }
        try store.createLedgerEpoch(epoch)
        let new = try store.ledgerKey(of: epoch)
        guard try store.ledgerPrivateKey(of: epoch).publicKey.rawRepresentation == new.publicKey.rawRepresentation
        else {
            throw KeyStoreError.malformed(path: "\(store.folder)/\(KeyStore.ledgerFiles(of: epoch).publicHalf)")
        }
        let moment = now()
        let (oldPrint, newPrint) = (LedgerEpochs.fingerprint(of: old), LedgerEpochs.fingerprint(of: new))
        let audit = audit("ledgerKeys.rotationBegun", epoch, at: moment)
        try await database.write { connection in
            try LedgerEpochs.require(current, on: connection)
            try connection.execute(
                "UPDATE ledger_key_epoch SET fingerprint = $1 WHERE epoch = $2", oldPrint, current)
            try connection.execute(
                "INSERT INTO ledger_key_epoch (epoch, began_at, fingerprint) VALUES ($1, $2, $3)", epoch, moment,
                newPrint)
            // Of the rotation before. A hub that was in the middle of something could still read by them when that one ended.
            try connection.execute(
                "DELETE FROM ledger_segment WHERE epoch IN (SELECT epoch FROM ledger_key_epoch WHERE ended_at IS NOT NULL)"
            )
            try audit.record(on: connection)
        }
    }

    /// Ends what nothing needs any more, in a transaction that writes; then the files go. Returns the epochs that have ended.
    private func end(before epoch: Int) async throws -> [Int] {
        let moment = now()
        let audit = audit("ledgerKeys.rotated", epoch, at: moment)
        let standing = try await database.write { connection in
            try LedgerEpochs.require(epoch, on: connection)
            var isNew = false
            for older in try LedgerEpochs.standing(on: connection).epochs
            where older.number < epoch && older.endedAt == nil {
                guard try SealedForHub.allCases.allSatisfy({ try !$0.needs(older.number, on: connection) }) else {
                    continue
                }
                try connection.execute(
                    "UPDATE ledger_key_epoch SET ended_at = $1 WHERE epoch = $2", moment, older.number)
                isNew = true
            }
            if isNew { try audit.record(on: connection) }
            return try LedgerEpochs.standing(on: connection)
        }
        try destroyEnded(standing)
        return standing.epochs.filter { $0.endedAt != nil }.map(\.number)
    }

    /// Destroys the keys of epochs that have ended, if they are those of this very database.
    private func destroyEnded(_ standing: LedgerEpochs.Standing) throws {
        for epoch in standing.epochs.dropLast() where epoch.endedAt != nil {
            // The hub's folder may have the private half alone.
            let key =
                (try? store.ledgerKey(of: epoch.number))
                ?? (try? store.ledgerPrivateKey(of: epoch.number)).map {
                    LedgerKey(epoch: epoch.number, publicKey: $0.publicKey)
                }
            guard let key, LedgerEpochs.fingerprint(of: key) == epoch.fingerprint else { continue }
            try store.destroyLedgerPrivateKey(of: epoch.number)
        }
    }

    private func audit(_ act: String, _ epoch: Int, at moment: Instant) -> AuditEvent {
        AuditEvent(
            at: moment, actor: "command", role: "command", act: act, subject: "epoch-\(epoch)", random: random)
    }

    // MARK: Sealing anew

    private struct Keys: Sendable {
        let epoch: Int
        let older: [Int: Curve25519.KeyAgreement.PrivateKey]
        let keyring: SegmentKeyring
        let new: Curve25519.KeyAgreement.PrivateKey
    }

    private func keys(for epoch: Int) async throws -> Keys {
        let standing = try await database.read { try LedgerEpochs.standing(on: $0) }
        let new = try store.ledgerKey(of: epoch)
        guard standing.epochs.last?.fingerprint == LedgerEpochs.fingerprint(of: new) else {
            throw RightsError.keysOutdated
        }
        let older = try standing.needed.filter { $0 < epoch }.map { ($0, try store.ledgerPrivateKey(of: $0)) }
        return Keys(
            epoch: epoch, older: Dictionary(uniqueKeysWithValues: older),
            keyring: SegmentKeyring(publicKey: new.publicKey, random: random),
            new: try store.ledgerPrivateKey(of: epoch))
    }

    /// A row with its boxes sealed anew.
    private struct Renewed: Sendable {
        let row: SealedForHub.Row
        let segment: WrappedSegment
        let boxes: [[UInt8]?]
    }

    /// Seals some rows anew; returns how many, and the names of those that can't be opened.
    private func renew(
        _ rows: [SealedForHub.Row], in table: SealedForHub, _ keys: Keys
    ) async throws -> (done: Int, failed: [String]) {
        let moment = now()
        var (opened, checked): ([String: SegmentKey], [String: SegmentKey]) = ([:], [:])
        var (renewed, failed): ([Renewed], [String]) = ([], [])
        for row in rows {
            do {
                renewed.append(try renewal(of: row, in: table, keys, at: moment, &opened, &checked))
            } catch is SealError {
                failed.append(row.name)
            }
            // Others of this process get their turn.
            if renewed.count.isMultiple(of: 64) { await Task.yield() }
        }
        let ready = renewed
        let done = try await database.write { connection in
            var inserted: Set<String> = []
            return try ready.reduce(0) { count, renewed in
                if inserted.insert(renewed.segment.id).inserted {
                    try renewed.segment.insert(at: moment, on: connection)
                }
                return count
                    + (try table.replace(renewed.row, by: renewed.boxes, in: renewed.segment.id, on: connection))
            }
        }
        return (done, failed)
    }

    /// The boxes under a segment of the new epoch. They were opened again before anything is replaced by them.
    private func renewal(
        of row: SealedForHub.Row, in table: SealedForHub, _ keys: Keys, at moment: Instant,
        _ opened: inout [String: SegmentKey], _ checked: inout [String: SegmentKey]
    ) throws -> Renewed {
        guard let opener = keys.older[row.epoch] else { throw SealError.doesNotOpen }
        let old = try opened[row.segment] ?? SegmentKey(unwrapping: row.wrap, id: row.segment, with: opener)
        opened[row.segment] = old
        let current = try keys.keyring.current(at: moment)
        let id = current.key.id
        let check = try checked[id] ?? SegmentKey(unwrapping: current.wrap, id: id, with: keys.new)
        checked[id] = check
        let boxes = try zip(row.boxes, table.places(of: row.key)).map { box, place in
            try box.map { box in
                let content = try old.open(box, at: place)
                let new = try current.key.seal(content, at: place, random: random)
                guard try check.open(new, at: place) == content else { throw SealError.doesNotOpen }
                return new
            }
        }
        return Renewed(
            row: row, segment: WrappedSegment(id: id, wrap: current.wrap, epoch: keys.epoch), boxes: boxes)
    }
}

/// Where boxes stand that the hub opens.
private enum SealedForHub: EpochTable {
    case registrations, tasks

    struct Row: EpochRow {
        /// Its id.
        let key: String
        let name: String
        let segment: String
        let wrap: [UInt8]
        let epoch: Int
        let boxes: [[UInt8]?]
    }

    /// The first column always has a box in rows that count.
    private var columns: (table: String, boxes: [String]) {
        switch self {
        case .registrations: ("ledger_entry", ["sealed"])
        case .tasks: ("request_task", ["sealed_identifiers", "sealed_instruction"])
        }
    }

    func places(of id: String) -> [BoxLocation] {
        switch self {
        case .registrations: [LedgerStore.location(of: id)]
        case .tasks: [TaskLocation.identifiers(id), TaskLocation.instruction(id)]
        }
    }

    private var sealed: String {
        "FROM \(columns.table) b JOIN ledger_segment s ON s.id = b.segment WHERE b.\(columns.boxes[0]) IS NOT NULL"
    }

    private static let isOlder =
        "s.epoch < $1 AND s.epoch IN (SELECT k.epoch FROM ledger_key_epoch k WHERE k.ended_at IS NULL)"

    func count(before epoch: Int, on connection: any SQLConnection) throws -> Int {
        try connection.first("SELECT count(*) AS n \(sealed) AND \(Self.isOlder)", epoch)?["n"] ?? 0
    }

    func needs(_ epoch: Int, on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 AS found \(sealed) AND s.epoch = $1 LIMIT 1", epoch) != nil
    }

    func rows(before epoch: Int, after key: String, on connection: any SQLConnection) throws -> [Row] {
        try connection.query(
            """
            SELECT b.*, s.wrap AS segment_wrap, s.epoch AS segment_epoch \(sealed) AND \(Self.isOlder) AND b.id > $2
            ORDER BY b.id LIMIT 200
            """, epoch, key
        ).map { row in
            let id: String = try row["id"]
            let name: String
            switch self {
            case .registrations:
                let position: Int64? = try row["position"]
                name = "ledger entry \(position.map(String.init) ?? id)"
            case .tasks: name = "a task of \(try row["reference"] as String)"
            }
            return Row(
                key: id, name: name, segment: try row["segment"], wrap: try row["segment_wrap"],
                epoch: try row["segment_epoch"], boxes: try columns.boxes.map { try row[$0] })
        }
    }

    /// Replaces the boxes of a row, unless they have changed since they were read, or are gone; returns how many.
    func replace(
        _ row: Row, by boxes: [[UInt8]?], in segment: String, on connection: any SQLConnection
    ) throws -> Int {
        let set = columns.boxes.enumerated().map { "\($1) = $\($0 + 4)" }.joined(separator: ", ")
        let parameters: [any SQLConvertible] = [row.key, row.segment, segment] + boxes
        return try connection.query(
            """
            UPDATE \(columns.table) SET segment = $3, \(set)
            WHERE id = $1 AND segment = $2 AND \(columns.boxes[0]) IS NOT NULL RETURNING id
            """, parameters: parameters
        ).count
    }
}
