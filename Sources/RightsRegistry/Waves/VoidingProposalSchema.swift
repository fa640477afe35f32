import SQLDatabase

extension RightsSchema {
    static let voidingProposals = Migration(
        "0897-voiding-proposals",
        """
        -- Requests that somebody proposes to void together, where that takes two: filings of a wave, or chosen by hand.
        CREATE TABLE voiding_proposal (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            -- The wave as it was found; one proposal at a time. NULL where they were chosen by hand.
            wave TEXT UNIQUE,
            -- How many there were when it was proposed.
            requests BIGINT NOT NULL,
            proposer TEXT NOT NULL,
            proposed_at BIGINT NOT NULL,
            -- Set where somebody has declined: what is left is for its proposer to read.
            declined_at BIGINT,
            declined_by TEXT
        );
        CREATE TABLE voiding_proposal_case (
            proposal TEXT NOT NULL,
            reference TEXT NOT NULL,
            -- The last event that was seen; what happens to the case after it spares the case.
            event BIGINT NOT NULL,
            -- The reasons, and the note of whoever has declined, under this case's key; of some cases alone.
            sealed BYTEA,
            PRIMARY KEY (proposal, reference)
        );
        CREATE INDEX voiding_proposal_case_reference ON voiding_proposal_case (reference);

        -- Who had proposed it, where it took two.
        ALTER TABLE voided_wave ADD COLUMN proposed_by TEXT;
        """)
}
