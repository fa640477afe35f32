public import CivilTime
public import SQLDatabase

/// What knows the tokens of the program that fetches a database's batches.
public struct FeedAccess: Sendable, Hashable {
    /// `FeedKey.index` of the key that batches are sealed under.
    public let index: [UInt8]
    /// Of the key before it, until when its token is taken too, and the key now, sealed under that one; nil where there is
    /// none.
    public let former: Former?

    public struct Former: Sendable, Hashable {
        public let index: [UInt8]
        public let until: Instant
        public let successor: [UInt8]

        public init(index: [UInt8], until: Instant, successor: [UInt8]) {
            self.index = index
            self.until = until
            self.successor = successor
        }
    }
}

extension LinkedDatabaseStore {
    /// Nil where no program fetches.
    public static func feedAccess(of id: String, on connection: any SQLConnection) throws -> FeedAccess? {
        guard
            let row = try connection.first(
                """
                SELECT feed_index, feed_former_index, feed_former_until, feed_successor FROM linked_database
                WHERE id = $1 AND connector = 'pull:' AND state <> 'removed' AND feed_index IS NOT NULL
                """, id)
        else { return nil }
        let former: FeedAccess.Former?
        if let index: [UInt8] = try row["feed_former_index"], let until: Instant = try row["feed_former_until"],
            let successor: [UInt8] = try row["feed_successor"]
        {
            former = FeedAccess.Former(index: index, until: until, successor: successor)
        } else {
            former = nil
        }
        return FeedAccess(index: try row["feed_index"], former: former)
    }

    /// Puts another key in the place of a feed's; `former` says how long the one before is taken too.
    public static func recordFeed(
        _ index: [UInt8], former: FeedAccess.Former?, of id: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE linked_database
            SET feed_index = $1, feed_former_index = $2, feed_former_until = $3, feed_successor = $4 WHERE id = $5
            """, index, former?.index, former?.until, former?.successor, id)
    }

    /// Whether `index` is of the key under which a mailbox's batches are to be sealed now; true where there is none to know.
    public static func isFeed(_ index: [UInt8], of id: String, on connection: any SQLConnection) throws -> Bool {
        let known: [UInt8]? = try connection.first("SELECT feed_index FROM linked_database WHERE id = $1", id)?[
            "feed_index"]
        return known == nil || known == index
    }
}

extension MailboxStore {
    /// The batches of a mailbox that are kept sealed, without what they hold.
    public static func sealed(
        of database: String, on connection: any SQLConnection
    ) throws -> [(edition: Int64, number: Int64)] {
        try connection.query(
            """
            SELECT edition, number FROM mailbox_batch WHERE linked_database = $1 AND sealed IS NOT NULL
            ORDER BY edition, number
            """, database
        ).map { (try $0["edition"], try $0["number"]) }
    }

    /// Puts another box in the place of a batch's.
    public static func reseal(
        _ batch: MailboxBatch, as sealed: [UInt8], on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE mailbox_batch SET sealed = $1 WHERE linked_database = $2 AND edition = $3 AND number = $4", sealed,
            batch.database, batch.edition, batch.number)
    }
}

extension RightsSchema {
    static let feedTokens = Migration(
        "0661-feed-tokens",
        """
        -- The token before this one, where its custodian was given time to change over: how it is known, until when, and the
        -- feed's key now, sealed under the one that it was.
        ALTER TABLE linked_database ADD COLUMN feed_former_index BYTEA;
        ALTER TABLE linked_database ADD COLUMN feed_former_until BIGINT;
        ALTER TABLE linked_database ADD COLUMN feed_successor BYTEA;
        """)
}
