import SQLDatabase

extension RightsSchema {
    static let lostCodes = Migration(
        "0447-lost-codes",
        """
        -- Codes that somebody says are lost, for an operator to look at. All that they wrote is sealed to the cases' key, and
        -- destroyed once it is dealt with.
        CREATE TABLE lost_code (
            id TEXT PRIMARY KEY,
            received_at BIGINT NOT NULL,
            wrap BYTEA,
            sealed BYTEA,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dismissed')),
            done_at BIGINT
        );
        CREATE INDEX lost_code_waiting ON lost_code (received_at, id) WHERE state = 'waiting';
        """)
}
