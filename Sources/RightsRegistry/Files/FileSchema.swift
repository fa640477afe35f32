import SQLDatabase

extension RightsSchema {
    static let files = Migration(
        "0430-case-files",
        """
        -- The files of a case, numbered within it. The sender's name for one is sealed under the case's key, as is the
        -- content, in parts. A proof of identity or of quality is destroyed once it has served: its row stays and says
        -- when, the name and the parts go.
        CREATE TABLE case_file (
            reference TEXT NOT NULL,
            n BIGINT NOT NULL,
            -- The event that it came with.
            event BIGINT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('citizen', 'operator')),
            is_proof BIGINT NOT NULL CHECK (is_proof IN (0, 1)),
            type TEXT NOT NULL,
            size BIGINT NOT NULL,
            sealed_name BYTEA,
            sent_at BIGINT NOT NULL,
            -- Set where the proof was found good; with destroyed_at.
            checked_at BIGINT,
            destroyed_at BIGINT,
            PRIMARY KEY (reference, n)
        );

        CREATE TABLE case_file_part (
            reference TEXT NOT NULL,
            n BIGINT NOT NULL,
            part BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            PRIMARY KEY (reference, n, part)
        );
        """)
}
