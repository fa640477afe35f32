import SQLDatabase

extension RightsSchema {
    static let drafts = Migration(
        "0260-filing-drafts",
        """
        -- Forms that are being filled. Neither the id nor anything else here leads to whoever fills it: the key that
        -- opens `sealed` lives in their browser's cookie alone. Swept when its time is up.
        CREATE TABLE filing_draft (
            id BYTEA PRIMARY KEY,
            sealed BYTEA NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX filing_draft_end ON filing_draft (expires_at);
        """)
}
