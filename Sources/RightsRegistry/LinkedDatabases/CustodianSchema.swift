import SQLDatabase

extension RightsSchema {
    static let custodians = Migration(
        "0610-custodians",
        """
        -- What a batch changes, in lines: what a person is told that waits. NULL for batches made before.
        ALTER TABLE mailbox_batch ADD COLUMN changes BIGINT;

        -- Whose databases a custodian answers for.
        CREATE TABLE custodian_database (
            operator TEXT NOT NULL,
            linked_database TEXT NOT NULL,
            PRIMARY KEY (operator, linked_database)
        );

        -- The whole list of a database as of one of its batches: asked for by its custodian, made by the hub. The last one
        -- alone is kept.
        CREATE TABLE whole_list (
            linked_database TEXT PRIMARY KEY,
            -- Since when the hub is to make one; NULL while it is not.
            asked_at BIGINT,
            -- Names the parts of the list that is there; NULL before the first.
            list TEXT,
            edition BIGINT,
            number BIGINT,
            made_at BIGINT,
            part_count BIGINT,
            line_count BIGINT
        );

        -- Under the feed's key, as batches are.
        CREATE TABLE whole_list_part (
            list TEXT NOT NULL,
            part BIGINT NOT NULL,
            linked_database TEXT NOT NULL,
            sealed BYTEA NOT NULL,
            PRIMARY KEY (list, part)
        );

        -- The files that custodians took away: what they can attest.
        CREATE TABLE custodian_file (
            linked_database TEXT NOT NULL,
            edition BIGINT NOT NULL,
            number BIGINT NOT NULL,
            -- changes or list
            kind TEXT NOT NULL,
            operator TEXT NOT NULL,
            taken_at BIGINT NOT NULL,
            PRIMARY KEY (linked_database, edition, number, kind)
        );

        -- That all up to a file was applied at an extraction, and who says so.
        CREATE TABLE custodian_attestation (
            linked_database TEXT NOT NULL,
            edition BIGINT NOT NULL,
            number BIGINT NOT NULL,
            extracted_on TEXT NOT NULL,
            operator TEXT NOT NULL,
            attested_at BIGINT NOT NULL,
            PRIMARY KEY (linked_database, edition, number)
        );
        """)
}
