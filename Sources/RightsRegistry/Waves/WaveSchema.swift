import SQLDatabase

extension RightsSchema {
    static let waves = Migration(
        "0791-waves",
        """
        -- What filings may have in common that honest ones have not: keyed hashes, which tell nothing by themselves.
        CREATE TABLE filing_sign (
            reference TEXT NOT NULL,
            kind TEXT NOT NULL,
            sign BYTEA NOT NULL,
            PRIMARY KEY (reference, kind)
        );
        CREATE INDEX filing_sign_common ON filing_sign (kind, sign, reference);

        -- Waves that were voided as one, and what was voided with them, so that it can be undone as one.
        CREATE TABLE voided_wave (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            voided_at BIGINT NOT NULL,
            voided_by TEXT NOT NULL,
            restored_at BIGINT,
            restored_by TEXT
        );
        CREATE TABLE voided_wave_case (
            wave TEXT NOT NULL,
            reference TEXT NOT NULL,
            PRIMARY KEY (wave, reference)
        );

        -- When filings come in.
        CREATE INDEX rights_request_received ON rights_request (received_at);
        """)
}
