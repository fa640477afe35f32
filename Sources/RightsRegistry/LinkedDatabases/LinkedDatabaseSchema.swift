import SQLDatabase

extension RightsSchema {
    static let mailboxes = Migration(
        "0600-mailboxes",
        """
        -- Databases whose custodian comes for the batches, or finds them in a folder: each batch has a number, and what is
        -- acknowledged is a number. A new edition begins the list anew: its first batches hold the whole of it.
        ALTER TABLE linked_database ADD COLUMN edition BIGINT NOT NULL DEFAULT 1;
        ALTER TABLE linked_database ADD COLUMN acknowledged BIGINT NOT NULL DEFAULT 0;
        -- Proves to the feed's door who asks: a digest, from which the token does not follow. NULL where there is no feed.
        ALTER TABLE linked_database ADD COLUMN feed_index BYTEA;

        CREATE TABLE mailbox_batch (
            linked_database TEXT NOT NULL,
            edition BIGINT NOT NULL,
            number BIGINT NOT NULL,
            incarnation TEXT NOT NULL,
            from_position BIGINT NOT NULL,
            to_position BIGINT NOT NULL,
            -- The project that comes to use the database, of which the batch holds what was objected to before.
            project TEXT,
            -- The objections that are sent once more, as a JSON array.
            objections TEXT NOT NULL,
            made_at BIGINT NOT NULL,
            -- The batch itself, under the feed's key: whoever reads this table reads no pseudonym. NULL where it stands
            -- elsewhere, or has been acknowledged.
            sealed BYTEA,
            PRIMARY KEY (linked_database, edition, number)
        );

        -- A project that a waiting batch has caught up with: later batches speak of it, and nothing is confirmed of it yet.
        ALTER TABLE project_reach ADD COLUMN handed_at BIGINT;

        -- The entry that a database could not take, and since when its objection is to be sent once more.
        ALTER TABLE delivery_exception ADD COLUMN position BIGINT;
        ALTER TABLE delivery_exception ADD COLUMN retry_at BIGINT;
        ALTER TABLE delivery_exception ADD COLUMN handed_at BIGINT;
        """)

    static let lateAnswers = Migration(
        "0682-late-answers",
        """
        -- Whether an acknowledgement of this very batch has come. One of a later batch confirms it as well, but knows nothing of
        -- what this one's rejected. Of batches from before this nobody knows: they count as answered.
        ALTER TABLE mailbox_batch ADD COLUMN answered BIGINT NOT NULL DEFAULT 1;
        """)

    static let batchesBeside = Migration(
        "0683-batches-beside",
        """
        -- The number of the last batch that was handed over beside those of the ledger.
        ALTER TABLE linked_database ADD COLUMN beside BIGINT NOT NULL DEFAULT 0;
        """)

    static let circuits = Migration(
        "0640-circuits",
        """
        -- How often a database could not be served since it last was, and when it is tried again.
        ALTER TABLE linked_database ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE linked_database ADD COLUMN next_try_at BIGINT;
        """)
}
