public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// Indexes the persons of filings that have arrived: opens each once, in the operators' process alone.
///
/// Several processes may do so at once: each filing is claimed in the transaction that writes its entries. That transaction also
/// finds whether the person's death is recorded elsewhere (``LaterFiling``).
public struct PersonIndexing: Sendable {
    private static let batch = 50

    private let database: SQLDatabase
    private let casesPrivate: CaseOpener
    private let key: PersonIndexKey
    private let policy: RightsPolicy
    private let now: TimeSource
    private let random: RandomSource

    /// Nil without the keys of the operators' process.
    public init?(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        guard let casesPrivate = keys.casesPrivate, let key = keys.personIndex else { return nil }
        self.database = database
        self.casesPrivate = casesPrivate
        self.key = key
        self.policy = policy
        self.now = now
        self.random = random
    }

    /// Whether this database's index was made with another key than this process has. Where it has none yet, ours is
    /// noted as the one.
    public func isUnderAnotherKey() async throws -> Bool {
        let fingerprint = key.fingerprint
        return try await database.write { connection in
            if let row = try connection.first("SELECT fingerprint FROM person_index_key") {
                return try row["fingerprint"] as [UInt8] != fingerprint
            }
            try connection.execute(
                "INSERT INTO person_index_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING", fingerprint)
            return false
        }
    }

    /// Indexes up to a batch of what waits; returns how many there were.
    public func indexNext() async throws -> Int { try await indexWaiting(only: nil) }

    /// Indexes one request, where it waits: before anything is sent of it.
    func index(_ reference: String) async throws {
        let isWaiting = try await database.read { connection in
            try connection.first(
                "SELECT 1 AS one FROM rights_request WHERE reference = $1 AND indexing = 'waiting'", reference) != nil
        }
        if isWaiting { _ = try await indexWaiting(only: reference) }
    }

    /// - Parameter reference: nil for whatever waits.
    private func indexWaiting(only reference: String?) async throws -> Int {
        // What is under a key that this process has not read yet waits for one that has. What is under one that is gone waits for
        // nobody: nothing else may wait for it in vain.
        let epochs = casesPrivate.epochs.sorted().map(String.init).joined(separator: ", ")
        let waiting = try await database.read { connection in
            try connection.query(
                """
                SELECT reference, operator_wrap, sealed_filing FROM rights_request
                WHERE indexing = 'waiting' \(reference == nil ? "" : "AND reference = $1") AND (epoch IN (\(epochs))
                    OR epoch IN (SELECT k.epoch FROM key_epoch k WHERE k.cases_ended_at IS NOT NULL))
                ORDER BY received_at, reference LIMIT \(Self.batch)
                """, parameters: reference.map { [$0] } ?? []
            ).map { try Waiting($0) }
        }
        guard !waiting.isEmpty else { return 0 }
        let read = waiting.map { filing in
            let opened = opened(filing)
            return Reading(
                filing: filing, opened: opened, entries: opened.flatMap(entries), signs: opened.map(key.signs) ?? [],
                auditID: random(16))
        }
        let moment = now()
        try await database.write { connection in
            for reading in read { try record(reading, at: moment, on: connection) }
        }
        return waiting.count
    }

    /// Indexes what waits until the task is cancelled. Failures are logged and tried again.
    public func run(logger: Logger) async {
        while !Task.isCancelled {
            var pause = Duration.seconds(1)
            do {
                let start = ContinuousClock.now
                // A pause between batches too, the longer the busier the machine is: neither a million old filings nor a
                // surge of new ones may keep today's citizens waiting.
                if try await indexNext() == Self.batch { pause = min(pause, start.duration(to: .now) * 9) }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("filings could not be indexed, trying again", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: pause)
        }
    }

    private struct Waiting: Sendable {
        let reference: String
        let wrap: [UInt8]?
        let sealed: [UInt8]?

        init(_ row: Row) throws {
            reference = try row["reference"]
            wrap = try row["operator_wrap"]
            sealed = try row["sealed_filing"]
        }
    }

    /// What was read of a filing, and what may have to be written of it.
    private struct Reading: Sendable {
        let filing: Waiting
        let opened: JSON?
        let entries: Set<PersonIndexEntry>?
        let signs: [FilingSign]
        let auditID: [UInt8]
    }

    /// Nil where the filing does not open: its keys were destroyed, or it is damaged.
    private func opened(_ filing: Waiting) -> JSON? {
        guard let wrap = filing.wrap, let sealed = filing.sealed,
            let caseKey = try? CaseKey(unwrapping: wrap, with: casesPrivate, reference: filing.reference),
            let opened = try? caseKey.open(sealed, at: CaseLocation.filing(filing.reference))
        else { return nil }
        return try? JSON(parsing: opened)
    }

    /// Nil where it is about nobody that can be read.
    private func entries(of filing: JSON) -> Set<PersonIndexEntry>? {
        (try? Subject(json: filing["subject"] ?? .null)).map(key.entries)
    }

    private func record(_ reading: Reading, at moment: Instant, on connection: any SQLConnection) throws {
        let (filing, entries) = (reading.filing, reading.entries)
        // An identity that was corrected meanwhile waits on, and one that another process was faster with is done.
        let isOurs =
            if let sealed = filing.sealed {
                try connection.execute(
                    """
                    UPDATE rights_request SET indexing = $1
                    WHERE reference = $2 AND indexing = 'waiting' AND sealed_filing = $3
                    """, entries == nil ? "unreadable" : "done", filing.reference, sealed) == 1
            } else {
                try connection.execute(
                    "UPDATE rights_request SET indexing = 'unreadable' WHERE reference = $1 AND sealed_filing IS NULL",
                    filing.reference) == 1
            }
        guard isOurs, let entries else { return }
        try FilingSignStore.replace(reading.signs, of: filing.reference, on: connection)
        let isFirst = try connection.execute("DELETE FROM person_index WHERE reference = $1", filing.reference) == 0
        for entry in entries {
            try connection.execute(
                "INSERT INTO person_index (entry, reference, kind) VALUES ($1, $2, $3)", entry.bytes, filing.reference,
                entry.kind.rawValue)
        }
        if let opened = reading.opened {
            try LaterFiling.follow(
                opened, of: filing.reference, isFirst: isFirst, auditID: reading.auditID, at: moment, policy: policy,
                on: connection)
        }
    }
}
