public import CivilTime
import Crypto
public import SQLDatabase
import StrictJSON
public import Vault

/// Moves every case that is live into a new epoch of keys, then destroys the older ones: what was erased by then opens nowhere any
/// more, in no backup either, whoever has today's keys.
///
/// It may be killed at any point and is simply run again: the same epoch is gone on with, in bounded transactions, and an older key
/// goes only once not one row needs it.
public struct KeyRotation: Sendable {
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

    /// Makes the next epoch's keys and does not use them yet, to be copied to where processes read theirs. Returns the epoch.
    public func prepare() async throws -> Int {
        let standing = try await database.read { try KeyEpochs.standing(on: $0) }
        try store.createEpoch(standing.current + 1)
        return standing.current + 1
    }

    /// Begins a new epoch, or goes on with the one that was begun, to its end.
    ///
    /// - Parameter progress: told how many wraps of how many are renewed.
    ///
    /// Throws `KeyStoreError` where a key that is needed is not here, and `RightsError.keysOutdated` where this folder's keys are not
    /// those of the database. Nothing is lost then.
    public func run(
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> RotationOutcome {
        let before = try await database.read { try KeyEpochs.standing(on: $0) }
        let epoch = before.isRotating ? before.current : before.current + 1
        if !before.isRotating { try await begin(epoch, after: before) }
        let keys = try await keys(for: epoch)
        let (renewed, unreadable) = try await Renewal<WrapTable>(database: database, epoch: epoch).run(
            progress: progress
        ) { try await renew($0, in: $1, to: epoch, keys) }
        return RotationOutcome(
            epoch: epoch, isResumed: before.isRotating, renewed: renewed, unreadable: unreadable,
            ended: try await end(before: epoch))
    }

    /// Codes that only their citizens can renew: the older pepper stays for them. Nil where there are none.
    public func oldCodes() async throws -> KeyEpochs.OldCodes? {
        try await database.read { try KeyEpochs.oldCodes(on: $0) }
    }

    /// Ends peppers that no citizen's wrap needs any more, and destroys in this folder the keys of whatever has ended: what every
    /// process does at its start, so that no copy of a key outlives its epoch.
    public func settle() async throws {
        let standing = try await database.read { try KeyEpochs.standing(on: $0) }
        if standing.epochs.dropLast().contains(where: { $0.pepperEndedAt == nil && $0.casesEndedAt != nil }) {
            _ = try await end(before: standing.current)
        } else {
            try destroyEnded(standing)
        }
    }

    // MARK: An older database

    /// The epochs whose cases open no more, in an older database that was restored: their private keys were destroyed, and a later one is
    /// here. One that was made in the middle of a rotation has cases under two keys, of which the older alone may be gone.
    public func destroyedEpochs() async throws -> [Int] {
        let standing = try await database.read { try KeyEpochs.standing(on: $0) }
        guard let newest = store.epochs.last, newest >= standing.current, store.existsCasesPrivateKey(of: newest)
        else { return [] }
        return standing.epochs.filter { $0.casesEndedAt == nil && !store.existsCasesPrivateKey(of: $0.number) }
            .map(\.number)
    }

    /// Has such a database use the newest keys of this folder: what is under those that were destroyed is lost.
    public func takeUpNewest() async throws {
        let ended = try await destroyedEpochs()
        guard !ended.isEmpty, let newest = store.epochs.last else { return }
        let key = try store.casesKey(of: newest)
        let peppers = store.epochs.filter { store.exists(.pepper($0)) }
        let moment = now()
        try await database.write { try KeyEpochs.takeUp(key, ending: ended, keeping: peppers, at: moment, on: $0) }
    }

    // MARK: Beginning and ending

    private func begin(_ epoch: Int, after standing: KeyEpochs.Standing) async throws {
        // What is to be opened must be here, before anything is begun.
        let old = try store.casesKey(of: standing.current)
        _ = try store.casesPrivateKey(of: standing.current)
        _ = try store.symmetricKey(.pepper(standing.current))
        let known = standing.epochs.last?.fingerprint
        guard known == nil || known == KeyEpochs.fingerprint(of: old) else { throw RightsError.keysOutdated }
        // Of the first keys the database knows no fingerprint: that they open one of its cases says that they are its own.
        if known == nil {
            let opener = CaseOpener([standing.current: try store.casesPrivateKey(of: standing.current)])
            let some: [(reference: String, wrap: [UInt8])] = try await database.read { connection in
                try connection.query(
                    """
                    SELECT reference, operator_wrap FROM rights_request WHERE epoch = $1 AND operator_wrap IS NOT NULL
                    ORDER BY reference LIMIT 50
                    """, standing.current
                ).map { (try $0["reference"], try $0["operator_wrap"]) }
            }
            let opens = some.contains {
                (try? CaseKey(unwrapping: $0.wrap, with: opener, reference: $0.reference)) != nil
            }
            guard some.isEmpty || opens else { throw RightsError.keysOutdated }
        }
        try store.createEpoch(epoch)
        let new = try store.casesKey(of: epoch)
        guard
            try store.casesPrivateKey(of: epoch).publicKey.rawRepresentation == new.publicKey.rawRepresentation
        else { throw KeyStoreError.malformed(path: "\(store.folder)/cases.\(epoch).pub") }
        let (moment, current) = (now(), standing.current)
        let (oldPrint, newPrint) = (KeyEpochs.fingerprint(of: old), KeyEpochs.fingerprint(of: new))
        let audit = audit("keys.rotationBegun", epoch, [:], at: moment)
        try await database.write { connection in
            try KeyEpochs.require(current, on: connection)
            try connection.execute(
                "UPDATE key_epoch SET fingerprint = $1 WHERE epoch = $2", oldPrint, current)
            try connection.execute(
                "INSERT INTO key_epoch (epoch, began_at, fingerprint) VALUES ($1, $2, $3)", epoch, moment, newPrint)
            try audit.record(on: connection)
        }
    }

    /// Ends what nothing needs any more, in a transaction that writes: a row that was sealed under an older epoch at the same time
    /// makes one of the two begin again. Then the files go. Returns the epochs whose private keys have ended.
    private func end(before epoch: Int) async throws -> [Int] {
        let moment = now()
        let audit = audit("keys.rotated", epoch, [:], at: moment)
        let standing = try await database.write { connection in
            try KeyEpochs.require(epoch, on: connection)
            var isNew = false
            // Each for itself: what can't be moved out of one keeps no other's key.
            for older in try KeyEpochs.standing(on: connection).epochs
            where older.number < epoch && older.casesEndedAt == nil {
                let through = try Self.leftWhole(before: older.number + 1, on: connection)
                guard try through == Self.leftWhole(before: older.number, on: connection) else { continue }
                isNew =
                    try connection.execute(
                        "UPDATE key_epoch SET cases_ended_at = $1 WHERE epoch = $2", moment, older.number) > 0 || isNew
            }
            try connection.execute(
                """
                UPDATE key_epoch SET pepper_ended_at = $1
                WHERE epoch < $2 AND pepper_ended_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM rights_request r
                    WHERE r.citizen_epoch = key_epoch.epoch AND r.citizen_wrap IS NOT NULL)
                """, moment, epoch)
            if isNew { try audit.record(on: connection) }
            return try KeyEpochs.standing(on: connection)
        }
        try destroyEnded(standing)
        return standing.epochs.filter { $0.casesEndedAt != nil }.map(\.number)
    }

    /// Destroys the keys of epochs that have ended, if they are those of this very database.
    private func destroyEnded(_ standing: KeyEpochs.Standing) throws {
        for epoch in standing.epochs.dropLast() where epoch.casesEndedAt != nil || epoch.pepperEndedAt != nil {
            guard let key = try? store.casesKey(of: epoch.number), KeyEpochs.fingerprint(of: key) == epoch.fingerprint
            else { continue }
            if epoch.casesEndedAt != nil { try store.destroyCasesPrivateKey(of: epoch.number) }
            if epoch.pepperEndedAt != nil { try store.destroy(.pepper(epoch.number)) }
        }
    }

    private func audit(_ act: String, _ epoch: Int, _ detail: JSON, at moment: Instant) -> AuditEvent {
        AuditEvent(
            at: moment, actor: "command", role: "command", act: act, subject: "epoch-\(epoch)", detail: detail,
            random: random)
    }

    /// How many wraps need an older private key.
    private static func leftWhole(before epoch: Int, on connection: any SQLConnection) throws -> Int {
        try WrapTable.allCases.filter(\.needsPrivateKey).reduce(0) {
            $0 + (try $1.count(before: epoch, on: connection))
        }
    }

    // MARK: Renewing

    private struct Keys: Sendable {
        let opener: CaseOpener
        let peppers: [Int: SymmetricKey]
        let keyring: CaseKeyring
        let newOpener: CaseOpener
        let newPepper: SymmetricKey
    }

    private func keys(for epoch: Int) async throws -> Keys {
        let standing = try await database.read { try KeyEpochs.standing(on: $0) }
        let new = try store.casesKey(of: epoch)
        guard standing.epochs.last?.fingerprint == KeyEpochs.fingerprint(of: new) else {
            throw RightsError.keysOutdated
        }
        let older = standing.epochs.dropLast()
        let privates = try older.filter { $0.casesEndedAt == nil }.map {
            ($0.number, try store.casesPrivateKey(of: $0.number))
        }
        let peppers = try older.filter { $0.pepperEndedAt == nil }.map {
            ($0.number, try store.symmetricKey(.pepper($0.number)))
        }
        return Keys(
            opener: CaseOpener(Dictionary(uniqueKeysWithValues: privates)),
            peppers: Dictionary(uniqueKeysWithValues: peppers),
            keyring: CaseKeyring(publicKey: new.publicKey, random: random),
            newOpener: CaseOpener([epoch: try store.casesPrivateKey(of: epoch)]),
            newPepper: try store.symmetricKey(.pepper(epoch)))
    }

    /// Renews some wraps; returns how many, and the keys of rows that can't be opened.
    private func renew(
        _ rows: [WrapTable.Row], in table: WrapTable, to epoch: Int, _ keys: Keys
    ) async throws -> (done: Int, failed: [String]) {
        let moment = now()
        var (renewed, failed): ([(row: WrapTable.Row, wrap: [UInt8])], [String]) = ([], [])
        for row in rows {
            do {
                renewed.append((row, try renewal(of: row, in: table, keys, at: moment)))
            } catch {
                failed.append(row.name)
            }
            // Public-key arithmetic takes its time: others of this process get theirs.
            if renewed.count.isMultiple(of: 16) { await Task.yield() }
        }
        let ready = renewed
        let done = try await database.write { connection in
            try KeyEpochs.require(epoch, on: connection)
            return try ready.reduce(0) { $0 + (try table.replace($1.row, by: $1.wrap, in: epoch, on: connection)) }
        }
        return (done, failed)
    }

    /// The wrap in the new epoch. It was opened again before anything is replaced by it.
    private func renewal(
        of row: WrapTable.Row, in table: WrapTable, _ keys: Keys, at moment: Instant
    ) throws(SealError) -> [UInt8] {
        guard table.needsPrivateKey else {
            guard let pepper = keys.peppers[row.epoch] else { throw .doesNotOpen }
            return try CitizenWrap.renewed(
                row.wrap, from: pepper, to: keys.newPepper, reference: row.reference, random: random)
        }
        let key = try CaseKey(unwrapping: row.wrap, with: keys.opener, reference: row.reference)
        let wrap = try keys.keyring.wrap(key, reference: row.reference, at: moment)
        _ = try CaseKey(unwrapping: wrap, with: keys.newOpener, reference: row.reference)
        return wrap
    }
}

/// Where wraps stand that an epoch's keys open.
private enum WrapTable: EpochTable {
    case operators, citizens, lostCodes, taskAnswers

    struct Row: EpochRow {
        let key: String
        let epoch: Int
        let wrap: [UInt8]
        /// What the wrap is bound to.
        let reference: String
        let name: String
    }

    /// False for what a pepper opens.
    var needsPrivateKey: Bool { self != .citizens }

    private var columns: (table: String, key: String, wrap: String, epoch: String) {
        switch self {
        case .operators: ("rights_request", "reference", "operator_wrap", "epoch")
        case .citizens: ("rights_request", "reference", "citizen_wrap", "citizen_epoch")
        case .lostCodes: ("lost_code", "id", "wrap", "epoch")
        case .taskAnswers: ("request_task", "id", "answer_wrap", "answer_epoch")
        }
    }

    /// What is of an older epoch that has not ended; of citizens' wraps, those that can be renewed without them.
    private var condition: String {
        let columns = columns
        let ended = needsPrivateKey ? "cases_ended_at" : "pepper_ended_at"
        let isRenewable = needsPrivateKey ? "" : " AND substr(\(columns.wrap), 1, 1) = $2"
        return """
            \(columns.wrap) IS NOT NULL AND \(columns.epoch) < $1
            AND \(columns.epoch) IN (SELECT k.epoch FROM key_epoch k WHERE k.\(ended) IS NULL)\(isRenewable)
            """
    }

    private func parameters(_ epoch: Int) -> [any SQLConvertible] {
        needsPrivateKey ? [epoch] : [epoch, CitizenWrap.layeredFormat]
    }

    func count(before epoch: Int, on connection: any SQLConnection) throws -> Int {
        try connection.query(
            "SELECT count(*) AS n FROM \(columns.table) WHERE \(condition)", parameters: parameters(epoch)
        ).first?["n"] ?? 0
    }

    func rows(before epoch: Int, after key: String, on connection: any SQLConnection) throws -> [Row] {
        let columns = columns
        let parameters = parameters(epoch) + [key]
        return try connection.query(
            """
            SELECT * FROM \(columns.table) WHERE \(condition) AND \(columns.key) > $\(parameters.count)
            ORDER BY \(columns.key) LIMIT 200
            """, parameters: parameters
        ).map { row in
            let key: String = try row[columns.key]
            let reference: String
            let name: String
            switch self {
            case .operators, .citizens: (reference, name) = (key, key)
            case .lostCodes: (reference, name) = (key, "lost code \(key)")
            case .taskAnswers:
                reference = TaskLocation.wrap(key, of: try row["reference"])
                name = try row["reference"]
            }
            return Row(
                key: key, epoch: try row[columns.epoch], wrap: try row[columns.wrap], reference: reference, name: name)
        }
    }

    /// Replaces a wrap, unless it has changed since it was read; returns how many.
    func replace(
        _ row: Row, by wrap: [UInt8], in epoch: Int, on connection: any SQLConnection
    ) throws -> Int {
        let columns = columns
        return try connection.execute(
            """
            UPDATE \(columns.table) SET \(columns.wrap) = $1, \(columns.epoch) = $2
            WHERE \(columns.key) = $3 AND \(columns.wrap) = $4
            """, wrap, epoch, row.key, row.wrap)
    }
}
