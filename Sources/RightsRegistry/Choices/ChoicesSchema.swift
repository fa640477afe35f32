import SQLDatabase

extension RightsSchema {
    static let personIndex = Migration(
        "0445-person-index",
        """
        -- Whom filings are about, as keyed hashes: of each identifier, and of the folded traits. Only the operators' process
        -- holds the key; without it nothing here can be tried against a name or a number. Rows outlive the erasure of
        -- their case, so that whoever proves who they are finds the objections that are still in force.
        CREATE TABLE person_index (
            entry BYTEA NOT NULL,
            reference TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('identifier', 'traits', 'origin')),
            PRIMARY KEY (entry, reference)
        );
        CREATE INDEX person_index_by_request ON person_index (reference);

        -- Which key the index was made with, as an HMAC of nothing: another one would find nobody, in silence.
        CREATE TABLE person_index_key (
            fingerprint BYTEA PRIMARY KEY
        );

        -- Every filing waits for its place in the index, those from before this migration too, and waits again when its
        -- identity is corrected.
        ALTER TABLE rights_request ADD COLUMN indexing TEXT NOT NULL DEFAULT 'waiting'
            CHECK (indexing IN ('waiting', 'done', 'unreadable'));
        CREATE INDEX rights_request_unindexed ON rights_request (reference) WHERE indexing = 'waiting';
        """)

    static let unindexedByArrival = Migration(
        "0675-unindexed-by-arrival",
        """
        -- In the order of arrival, the oldest first: what arrives together stands on the same pages.
        DROP INDEX rights_request_unindexed;
        CREATE INDEX rights_request_unindexed ON rights_request (received_at, reference) WHERE indexing = 'waiting';
        """)
}
