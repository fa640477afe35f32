public import CivilTime
public import SQLDatabase
import StrictJSON

/// A batch that waits for a custodian, or waited: what it holds follows from what is written here.
public struct MailboxBatch: Sendable, Hashable {
    public let database: String
    /// Counts how often the list was begun anew.
    public let edition: Int64
    /// From 1 in each edition, without gaps: what a custodian acknowledges.
    public let number: Int64
    public let incarnation: String
    /// It holds what the ledger says in `(from, to]`; where the two are equal, what was left out of earlier batches.
    public let from: Int64
    public let to: Int64
    /// The project that comes to use the database, of which it holds what was objected to before.
    public let project: String?
    /// The objections that are sent once more.
    public let objections: [ObjectionID]
    /// The registrations that it goes through for a key that comes or goes.
    public let keyPass: KeyPass?
    public let madeAt: Instant
    /// How many lines it has; nil where it was made before that was kept.
    public let changes: Int?
    /// The batch's document under the feed's key; nil where it stands elsewhere, or has been acknowledged.
    public let sealed: [UInt8]?

    public init(
        database: String, edition: Int64, number: Int64, incarnation: String, from: Int64, to: Int64,
        project: String? = nil, objections: [ObjectionID] = [], keyPass: KeyPass? = nil, madeAt: Instant,
        changes: Int?, sealed: [UInt8]?
    ) {
        self.database = database
        self.edition = edition
        self.number = number
        self.incarnation = incarnation
        self.from = from
        self.to = to
        self.project = project
        self.objections = objections
        self.keyPass = keyPass
        self.madeAt = madeAt
        self.changes = changes
        self.sealed = sealed
    }

    init(_ row: Row) throws {
        let objections = try JSONText.strings(try row["objections"]).compactMap(ObjectionID.init)
        self.init(
            database: try row["linked_database"], edition: try row["edition"], number: try row["number"],
            incarnation: try row["incarnation"], from: try row["from_position"], to: try row["to_position"],
            project: try row["project"], objections: objections, keyPass: try KeyPass(row), madeAt: try row["made_at"],
            changes: try row["changes"], sealed: try row["sealed"])
    }
}

/// What a custodian says of its whole list, as far as the edition that it acknowledges has named it.
public struct ToldList: Sendable, Hashable {
    /// Of the rows that say something: docs/propagation.md tells how they are counted and digested.
    public let count: Int64
    public let digest: String
    /// How many more rows it keeps in force, of an edition before.
    public let kept: Int64

    public init(count: Int64, digest: String, kept: Int64) {
        self.count = count
        self.digest = digest
        self.kept = kept
    }
}

/// What a custodian says of the batches: all up to this number have been applied.
public struct MailboxAcknowledgement: Sendable, Hashable {
    public let edition: Int64
    public let number: Int64
    public let incarnation: String
    /// The end of batch `number`: a check that both sides speak of the same one.
    public let position: Int64
    /// Entries that the database could not take: their positions, and the custodian's words.
    public let rejected: [(position: Int64, reason: String)]
    public let told: ToldList?

    public init(
        edition: Int64, number: Int64, incarnation: String, position: Int64,
        rejected: [(position: Int64, reason: String)], told: ToldList? = nil
    ) {
        self.edition = edition
        self.number = number
        self.incarnation = incarnation
        self.position = position
        self.rejected = rejected
        self.told = told
    }

    public static func == (a: MailboxAcknowledgement, b: MailboxAcknowledgement) -> Bool {
        a.edition == b.edition && a.number == b.number && a.incarnation == b.incarnation && a.position == b.position
            && a.rejected.elementsEqual(b.rejected, by: ==) && a.told == b.told
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(edition)
        hasher.combine(number)
    }
}

/// Why an acknowledgement changes nothing.
///
/// The raw values are stable: programs are told them.
public enum AcknowledgementRefusal: String, Error, Sendable, Hashable, CustomStringConvertible {
    /// It speaks of another ledger, or of an edition that is over or has not begun.
    case otherEdition
    /// It acknowledges a batch that was never made.
    case future
    /// Its position is not where that batch ends, or an entry that it rejects is not in what it acknowledges.
    case wrongPosition
    /// The database is not linked any more.
    case notLinked

    /// For operators, and for whoever wrote the custodian's program.
    public var description: String {
        switch self {
        case .otherEdition: "An acknowledgement is of another ledger, or of another edition of the list."
        case .future: "An acknowledgement names a batch that was never made."
        case .wrongPosition: "An acknowledgement's positions are not those of the batch that it names."
        case .notLinked: "The database is not linked any more."
        }
    }
}

/// The batches of every mailbox, and what is acknowledged of them.
public enum MailboxStore {
    /// Adds a batch, and records that the database may be found at its end. False where another has its number: somebody
    /// else added one meanwhile.
    public static func add(_ batch: MailboxBatch, on connection: any SQLConnection) throws -> Bool {
        let isNew = try connection.execute(
            """
            INSERT INTO mailbox_batch (linked_database, edition, number, incarnation, from_position, to_position, project,
                objections, made_at, sealed, changes, key_generation, key_kind, key_from, key_upto, answered)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0) ON CONFLICT DO NOTHING
            """,
            batch.database, batch.edition, batch.number, batch.incarnation, batch.from, batch.to, batch.project,
            JSONText.of(batch.objections.map(\.description)), batch.madeAt, batch.sealed,
            batch.changes, batch.keyPass?.generation, batch.keyPass?.kind.rawValue, batch.keyPass?.from,
            batch.keyPass?.upTo)
        guard isNew == 1 else { return false }
        try LinkedDatabaseStore.recordHanding(to: batch.to, of: batch.database, on: connection)
        if let project = batch.project {
            try connection.execute(
                "UPDATE project_reach SET handed_at = $1 WHERE linked_database = $2 AND project = $3",
                batch.madeAt, batch.database, project)
        }
        if let pass = batch.keyPass {
            try DatabaseKeyStore.recordHanded(
                pass.generation, to: pass.upTo, in: batch.database, on: connection)
        }
        try DeliveryExceptionStore.recordHanded(
            batch.objections, in: batch.database, at: batch.madeAt, on: connection)
        return true
    }

    /// The batches after number `number` of an edition, in order, at most `limit`.
    ///
    /// - Parameter withContent: whether what they hold is read too, which may be a megabyte each.
    public static func batches(
        of database: String, edition: Int64, after number: Int64, limit: Int, withContent: Bool = true,
        on connection: any SQLConnection
    ) throws -> [MailboxBatch] {
        try connection.query(
            """
            SELECT linked_database, edition, number, incarnation, from_position, to_position, project, objections,
                made_at, changes, key_generation, key_kind, key_from, key_upto,
                \(withContent ? "sealed" : "CAST(NULL AS BYTEA) AS sealed")
            FROM mailbox_batch WHERE linked_database = $1 AND edition = $2 AND number > $3
            ORDER BY number LIMIT \(limit)
            """, database, edition, number
        ).map(MailboxBatch.init)
    }

    /// The last batch of an edition, without its content; nil where it has none.
    public static func last(
        of database: String, edition: Int64, on connection: any SQLConnection
    ) throws -> MailboxBatch? {
        try connection.first(
            """
            SELECT linked_database, edition, number, incarnation, from_position, to_position, project, objections,
                made_at, changes, key_generation, key_kind, key_from, key_upto, CAST(NULL AS BYTEA) AS sealed
            FROM mailbox_batch WHERE linked_database = $1 AND edition = $2 ORDER BY number DESC LIMIT 1
            """, database, edition
        ).map(MailboxBatch.init)
    }

    /// Takes a custodian's word: what was acknowledged counts as confirmed, what was rejected becomes an exception.
    ///
    /// Returns whether it said anything new: an acknowledgement that comes again changes nothing.
    public static func acknowledge(
        _ word: MailboxAcknowledgement, of id: String, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.state != .removed,
            linked.state != .pending
        else {
            throw AcknowledgementRefusal.notLinked
        }
        guard word.edition == linked.edition, word.incarnation == linked.incarnation,
            try LedgerStore.incarnation(on: connection) == linked.incarnation
        else { throw AcknowledgementRefusal.otherEdition }
        guard word.number > linked.acknowledged else {
            // What comes again must still speak of the same batch.
            let known = try self.batches(
                of: id, edition: linked.edition, after: word.number - 1, limit: 1, withContent: false, on: connection)
            guard known.allSatisfy({ $0.number != word.number || $0.to == word.position }) else {
                throw AcknowledgementRefusal.wrongPosition
            }
            return try takeLate(word, of: linked, at: now, on: connection)
        }
        let batches = try self.batches(
            of: id, edition: linked.edition, after: linked.acknowledged, limit: Int(word.number - linked.acknowledged),
            withContent: false, on: connection)
        guard let last = batches.last, last.number == word.number else { throw AcknowledgementRefusal.future }
        guard last.to == word.position, word.rejected.allSatisfy({ $0.position > 0 && $0.position <= last.to }) else {
            throw AcknowledgementRefusal.wrongPosition
        }
        try LinkedDatabaseStore.recordConfirmation(
            from: linked.position, to: last.to, of: linked, at: now, on: connection)
        try connection.execute(
            "UPDATE linked_database SET acknowledged = $1, confirmed_at = $2 WHERE id = $3", word.number, now, id)
        if let told = word.told {
            try connection.execute(
                """
                UPDATE linked_database SET told_number = $1, told_count = $2, told_digest = $3, told_kept = $4 WHERE id = $5
                """, word.number, told.count, told.digest, told.kept, id)
        }
        // What has arrived need not be kept: the ledger has it, and a list that is begun anew is made from there.
        try connection.execute(
            "UPDATE mailbox_batch SET sealed = NULL WHERE linked_database = $1 AND edition = $2 AND number <= $3",
            id, linked.edition, word.number)
        try recordAnswered(word, of: id, on: connection)
        for batch in batches {
            if let project = batch.project {
                try ProjectReach.recordServed(project, in: id, at: now, on: connection)
            }
            if let pass = batch.keyPass {
                try DatabaseKeyStore.recordConfirmed(pass, in: id, on: connection)
            }
            try DeliveryExceptionStore.resolve(batch.objections, in: id, at: now, on: connection)
        }
        for rejection in word.rejected {
            try DeliveryExceptionStore.record(
                rejection.reason, at: rejection.position, in: id, now: now, on: connection)
        }
        return true
    }
}

extension MailboxStore {
    /// The batches that a later acknowledgement has confirmed too, and that none has spoken of itself: one that comes late may
    /// have rejected something. The newest thousand.
    public static func unanswered(
        of database: String, edition: Int64, upTo number: Int64, on connection: any SQLConnection
    ) throws -> Set<Int64> {
        Set(
            try connection.query(
                """
                SELECT number FROM mailbox_batch
                WHERE linked_database = $1 AND edition = $2 AND number <= $3 AND answered = 0
                ORDER BY number DESC LIMIT 1000
                """, database, edition, number
            ).map { try $0["number"] })
    }

    /// Takes what a word rejects that comes after a later one. What it says for the first time becomes an exception, though the
    /// batch counts as confirmed; what is known already stays what has become of it.
    private static func takeLate(
        _ word: MailboxAcknowledgement, of linked: LinkedDatabase, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        guard try recordAnswered(word, of: linked.id, on: connection) else { return false }
        guard word.rejected.allSatisfy({ $0.position > 0 && $0.position <= word.position }) else {
            throw AcknowledgementRefusal.wrongPosition
        }
        for rejection in word.rejected {
            let isKnown =
                try connection.first(
                    "SELECT objection FROM delivery_exception WHERE linked_database = $1 AND position = $2 LIMIT 1",
                    linked.id, rejection.position) != nil
            if !isKnown {
                try DeliveryExceptionStore.record(
                    rejection.reason, at: rejection.position, in: linked.id, now: now, on: connection)
            }
        }
        return !word.rejected.isEmpty
    }

    /// False where its own batch was answered before, or is not known.
    @discardableResult
    private static func recordAnswered(
        _ word: MailboxAcknowledgement, of database: String, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE mailbox_batch SET answered = 1
            WHERE linked_database = $1 AND edition = $2 AND number = $3 AND answered = 0
            """, database, word.edition, word.number) == 1
    }
}

/// Lists of short texts in one column.
enum JSONText {
    static func of(_ texts: [String]) -> String { JSON.array(texts.map { .string($0) }).canonical }

    static func strings(_ text: String) throws -> [String] {
        try JSON(parsing: text.utf8).array?.compactMap(\.string) ?? []
    }
}
