import SQLDatabase

extension RightsSchema {
    static let queue = Migration(
        "0450-queue",
        """
        -- Whether the citizen has written since the body last answered: follows from the events, for queries alone.
        ALTER TABLE rights_request ADD COLUMN awaits_reply BIGINT NOT NULL DEFAULT 0;
        -- Objections that no database can apply before an operator has completed them.
        CREATE INDEX ledger_entry_unidentified ON ledger_entry (objection)
            WHERE effect = 'register' AND identifier_count = 0;
        """)
}
