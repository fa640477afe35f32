public import CivilTime
import SQLDatabase
import Vault

/// A letter in the queue.
public struct LetterItem: Sendable, Hashable {
    public let id: String
    public let reference: String
    public let kind: LetterKind
    public let createdAt: Instant
    public let printedAt: Instant?
    /// Why it can't be printed: `noAddress`; `print` where what it says can't be.
    public let failure: String?
    /// Whether it is not to go out any more, since a death is recorded.
    let isWithheld: Bool
}

/// The SQL of letters.
enum LetterStore {
    static func location(of id: String) -> BoxLocation {
        BoxLocation(table: "letter", row: id, column: "sealed", version: 1)
    }

    /// The letter that tells a batch: one that carries the code of what the batch is all about, or a new one.
    static func letter(
        for batch: NoticeBatch, id: String, at now: Instant, on connection: any SQLConnection
    ) throws -> String {
        let kind: LetterKind? =
            switch batch.events.first {
            case .filed where Set(batch.events).isSubset(of: [.filed, .granted]): .filedOnPaper
            case .secretReissued where batch.events.count == 1: .secretReissued
            default: nil
            }
        if let kind,
            let row = try connection.first(
                """
                SELECT id FROM letter WHERE reference = $1 AND kind = $2 AND created_at >= $3
                ORDER BY created_at LIMIT 1
                """, batch.reference, kind.rawValue, batch.since)
        {
            return try row["id"]
        }
        try connection.execute(
            "INSERT INTO letter (id, reference, kind, created_at) VALUES ($1, $2, $3, $4)",
            id, batch.reference, LetterKind.notice.rawValue, now)
        return id
    }

    /// Those that are not posted: first those that an operator can print, then the oldest.
    static func waiting(limit: Int, on connection: any SQLConnection) throws -> [LetterItem] {
        try connection.query(
            """
            SELECT * FROM letter WHERE posted_on IS NULL AND withheld_at IS NULL
            ORDER BY CASE WHEN sealed IS NULL AND failure IS NULL THEN 0 ELSE 1 END, created_at, id LIMIT \(limit)
            """
        ).map(item)
    }

    static func load(_ id: String, on connection: any SQLConnection) throws -> LetterItem? {
        try connection.first("SELECT * FROM letter WHERE id = $1", id).map(item)
    }

    /// Letters that were printed, are not noted as posted, and are to be taken out of the post: a death is recorded.
    static func toStop(of reference: String, on connection: any SQLConnection) throws -> [LetterItem] {
        try connection.query(
            """
            SELECT * FROM letter
            WHERE reference = $1 AND withheld_at IS NOT NULL AND printed_at IS NOT NULL AND posted_on IS NULL
            ORDER BY created_at, id
            """, reference
        ).map(item)
    }

    private static func item(_ row: Row) throws -> LetterItem {
        guard let kind = LetterKind(rawValue: try row["kind"]) else { throw SQLError.decoding("letter.kind") }
        return LetterItem(
            id: try row["id"], reference: try row["reference"], kind: kind, createdAt: try row["created_at"],
            printedAt: try row["printed_at"], failure: try row["failure"],
            isWithheld: (try row["withheld_at"] as Instant?) != nil)
    }

    /// The numbers of the events that a letter tells of.
    static func events(of id: String, on connection: any SQLConnection) throws -> [Int] {
        try connection.query("SELECT n FROM notice WHERE letter = $1 ORDER BY n", id).map { try $0["n"] }
    }

    /// Letters with a code that nobody has printed yet, the oldest first.
    static func secretsToPrint(limit: Int, on connection: any SQLConnection) throws -> [(id: String, sealed: [UInt8])] {
        try connection.query(
            """
            SELECT id, sealed FROM letter
            WHERE printed_at IS NULL AND posted_on IS NULL AND sealed IS NOT NULL AND withheld_at IS NULL
            ORDER BY CASE WHEN failure IS NULL THEN 0 ELSE 1 END, created_at, id LIMIT \(limit)
            """
        ).map { (try $0["id"], try $0["sealed"]) }
    }

    /// Notes that a letter was printed, and destroys what was sealed in it; false where it was before.
    static func recordPrinted(_ id: String, at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE letter SET printed_at = $1, sealed = NULL, failure = NULL WHERE id = $2 AND printed_at IS NULL",
            now, id) == 1
    }

    static func recordFailure(_ id: String, _ failure: String, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE letter SET failure = $1 WHERE id = $2", failure, id)
    }

    /// Notes the day on which a letter was posted; false where it was before, or was never printed.
    static func recordPosted(_ id: String, on day: CalendarDate, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE letter SET posted_on = $1 WHERE id = $2 AND posted_on IS NULL AND printed_at IS NOT NULL", day, id)
            == 1
    }
}
