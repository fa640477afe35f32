import SQLDatabase

extension RightsSchema {
    static let targets = Migration(
        "0660-targets",
        """
        -- What a database had confirmed at a moment: for drawings, pace and delays.
        CREATE INDEX delivery_batch_confirmed ON delivery_batch
            (linked_database, incarnation, confirmed_at, to_position);

        -- Since when objections wait for a database; what came before is backfilled, and says nothing of its pace.
        ALTER TABLE linked_database ADD COLUMN linked_at BIGINT;
        UPDATE linked_database SET linked_at = created_at WHERE state <> 'pending';

        -- Each time that a database passed its published target: one row from when it was noticed until it was over.
        CREATE TABLE target_breach (
            linked_database TEXT NOT NULL,
            began_at BIGINT NOT NULL,
            -- When what waited longest had entered the ledger, and the target then, in hours.
            waiting_since BIGINT NOT NULL,
            target_hours BIGINT NOT NULL,
            over_at BIGINT,
            PRIMARY KEY (linked_database, began_at)
        );
        CREATE UNIQUE INDEX target_breach_open ON target_breach (linked_database) WHERE over_at IS NULL;

        -- Mail to those who work for the institution or with it: nothing in it is about a person, and where it goes is read
        -- when it goes.
        CREATE TABLE service_mail (
            -- The message's own name: the same at each attempt.
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            linked_database TEXT NOT NULL,
            -- An operator's name; NULL for the data protection officer.
            recipient TEXT,
            waiting_since BIGINT NOT NULL,
            target_hours BIGINT NOT NULL,
            noted_at BIGINT NOT NULL,
            due_at BIGINT NOT NULL,
            leased_until BIGINT NOT NULL DEFAULT 0,
            attempts BIGINT NOT NULL DEFAULT 0,
            state TEXT NOT NULL,
            -- A code, without the address.
            failure TEXT,
            settled_at BIGINT
        );
        CREATE INDEX service_mail_waiting ON service_mail (due_at, id) WHERE state = 'waiting';
        """)
}
