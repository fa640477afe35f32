import SQLDatabase

extension RightsSchema {
    static let letters = Migration(
        "0400-letters",
        """
        -- What is to be posted. A notice is written when it is printed, from the case; a letter that carries a tracking
        -- code holds it sealed under the case's key, and no longer once it is printed.
        CREATE TABLE letter (
            id TEXT PRIMARY KEY,
            reference TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('notice', 'filedOnPaper', 'secretReissued')),
            sealed BYTEA,
            created_at BIGINT NOT NULL,
            printed_at BIGINT,
            posted_on TEXT
        );
        CREATE INDEX letter_by_request ON letter (reference);
        CREATE INDEX letter_waiting ON letter (created_at, id) WHERE posted_on IS NULL;
        """)
}
