import SQLDatabase

extension RightsSchema {
    static let databaseKeys = Migration(
        "0671-database-keys",
        """
        -- The keys of databases whose key was ever changed; any other has one, of generation 1. While it is changed, a list has
        -- the rows of both: incoming until the custodian has confirmed it, outgoing until its rows are ended.
        CREATE TABLE database_key (
            linked_database TEXT NOT NULL,
            generation BIGINT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('active', 'incoming', 'outgoing', 'retired')),
            since BIGINT NOT NULL,
            -- Registrations up to this position are gone through, beside the batches that follow the ledger: as far as they
            -- were handed over, and as far as the database has confirmed them.
            bound BIGINT NOT NULL DEFAULT 0,
            handed BIGINT NOT NULL DEFAULT 0,
            confirmed BIGINT NOT NULL DEFAULT 0,
            -- What the database must have confirmed before an incoming key takes over.
            due BIGINT NOT NULL DEFAULT 0,
            -- When the file of a retired one was destroyed.
            destroyed_at BIGINT,
            PRIMARY KEY (linked_database, generation)
        );
        -- Changes whenever another set of keys counts: what was made under the set before is not handed over.
        ALTER TABLE linked_database ADD COLUMN key_change BIGINT NOT NULL DEFAULT 0;
        -- The list's name, once it no longer follows from the key; NULL where the key was never changed.
        ALTER TABLE linked_database ADD COLUMN list TEXT;
        -- What a batch goes through for one key: the registrations after key_from, up to key_upto.
        ALTER TABLE mailbox_batch ADD COLUMN key_generation BIGINT;
        ALTER TABLE mailbox_batch ADD COLUMN key_kind TEXT;
        ALTER TABLE mailbox_batch ADD COLUMN key_from BIGINT;
        ALTER TABLE mailbox_batch ADD COLUMN key_upto BIGINT;
        """)

    static let keysCalledOff = Migration(
        "0681-keys-called-off",
        """
        -- When a change of keys was called off. It is incoming until all that was handed over of it is confirmed, then outgoing;
        -- the registrations after untold_after, up to untold_upto, never got rows under it.
        ALTER TABLE database_key ADD COLUMN called_off_at BIGINT;
        ALTER TABLE database_key ADD COLUMN untold_after BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE database_key ADD COLUMN untold_upto BIGINT NOT NULL DEFAULT 0;
        """)
}
