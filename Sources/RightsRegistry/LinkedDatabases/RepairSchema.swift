import SQLDatabase

extension RightsSchema {
    static let repair = Migration(
        "0630-repair",
        """
        -- Rows that a database's list had and no entry of the ledger explains, as after a restore. Nobody knows whose they
        -- are: the token names an objection that is gone, and the pseudonym is sealed under a key of that database's own.
        -- What is waiting or kept stays in force there.
        CREATE TABLE stray_row (
            linked_database TEXT NOT NULL,
            token BYTEA NOT NULL,
            scope TEXT NOT NULL,
            active BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            found_at BIGINT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'kept', 'ended')),
            decided_at BIGINT,
            decided_by TEXT,
            PRIMARY KEY (linked_database, token, scope)
        );

        -- Each comparison of a database's list with what the ledger yields: who asked, and what came of it.
        CREATE TABLE reconciliation (
            id TEXT PRIMARY KEY,
            linked_database TEXT NOT NULL,
            asked_at BIGINT NOT NULL,
            asked_by TEXT NOT NULL,
            role TEXT NOT NULL,
            -- 1 where differences were to be mended.
            repairs BIGINT NOT NULL,
            begun_at BIGINT,
            ended_at BIGINT,
            outcome TEXT,
            -- Where it failed: why, for operators.
            failure TEXT,
            position BIGINT,
            our_count BIGINT,
            our_digest TEXT,
            their_count BIGINT,
            their_digest TEXT,
            missing BIGINT,
            stale BIGINT,
            surplus BIGINT,
            -- Some of the tokens that differ, as JSON by kind. A token tells of nobody.
            tokens TEXT
        );
        CREATE INDEX reconciliation_by_database ON reconciliation (linked_database, asked_at, id);
        CREATE INDEX reconciliation_waiting ON reconciliation (asked_at, id) WHERE ended_at IS NULL;

        -- What the custodian of a mailbox said of its list, with the batch that was acknowledged then: how many rows, and
        -- their digest; and how many more it keeps in force that this edition has not named.
        ALTER TABLE linked_database ADD COLUMN told_number BIGINT;
        ALTER TABLE linked_database ADD COLUMN told_count BIGINT;
        ALTER TABLE linked_database ADD COLUMN told_digest TEXT;
        ALTER TABLE linked_database ADD COLUMN told_kept BIGINT;
        """)
}
