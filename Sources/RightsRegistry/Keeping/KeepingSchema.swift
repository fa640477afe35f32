import SQLDatabase

extension RightsSchema {
    static let keyEpochs = Migration(
        "0800-key-epochs",
        """
        -- The epochs of the keys that open cases. The newest counts: nothing is sealed under an older one any more. What was, is
        -- wrapped anew; then the older private key is destroyed, and the older pepper once no citizen's wrap needs it.
        CREATE TABLE key_epoch (
            epoch BIGINT PRIMARY KEY,
            -- NULL for the first.
            began_at BIGINT,
            -- Of the public key, so that no folder of keys is taken for another. NULL for the first until a second begins.
            fingerprint BYTEA,
            -- Since when nothing needs its private key, and its pepper.
            cases_ended_at BIGINT,
            pepper_ended_at BIGINT
        );
        INSERT INTO key_epoch (epoch) VALUES (1);

        -- The epoch whose pepper the citizen's wrap needs; epoch is that of the operators' wrap.
        ALTER TABLE rights_request ADD COLUMN citizen_epoch BIGINT NOT NULL DEFAULT 1;
        ALTER TABLE lost_code ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
        ALTER TABLE request_task ADD COLUMN answer_epoch BIGINT NOT NULL DEFAULT 1;
        """)

    static let erasure = Migration(
        "0801-erasure",
        """
        -- When the request was closed last, while it is: follows from the events, for queries alone.
        ALTER TABLE rights_request ADD COLUMN closed_at BIGINT;
        UPDATE rights_request SET closed_at = (
            SELECT max(e.at) FROM request_event e
            WHERE e.reference = rights_request.reference AND e.type IN ('closed', 'abandoned'))
        WHERE state = 'closed';

        -- When its keys and all that was sealed were destroyed. Its bare timeline stays.
        ALTER TABLE rights_request ADD COLUMN erased_at BIGINT;
        -- 1 while its objection outlives it: then the secret still opens what is left, and whoever signs in finds it.
        ALTER TABLE rights_request ADD COLUMN outlived BIGINT NOT NULL DEFAULT 0;
        CREATE INDEX rights_request_kept ON rights_request (closed_at, reference)
            WHERE closed_at IS NOT NULL AND erased_at IS NULL;
        CREATE INDEX rights_request_outlived ON rights_request (reference) WHERE outlived = 1 AND outcome = 'withdrawn';

        -- How far this database has what an erasure journal says: an older one that is put in its place lacks what comes after.
        CREATE TABLE erasure_mark (
            journal TEXT PRIMARY KEY,
            position BIGINT NOT NULL
        );

        -- Answers to filings that were sent with an idempotency key are forgotten after a month.
        CREATE INDEX filing_answer_age ON filing_answer (filed_at);
        """)

    static let forgetting = Migration(
        "0880-forgetting",
        """
        -- When the identifiers of an objection were destroyed, long after it had ended and every database had confirmed that: of
        -- all its entries until then. Each stays at its position as a bare fact.
        ALTER TABLE ledger_entry ADD COLUMN forgotten_at BIGINT;
        CREATE INDEX ledger_entry_ended ON ledger_entry (position) WHERE effect = 'withdraw' AND forgotten_at IS NULL;
        """)

    static let ledgerEpochs = Migration(
        "0881-ledger-epochs",
        """
        -- The epochs of the ledger's key pair. The newest counts: what the ledger still knows of anybody is sealed anew for it, then
        -- the older private half is destroyed.
        CREATE TABLE ledger_key_epoch (
            epoch BIGINT PRIMARY KEY,
            -- NULL for the first.
            began_at BIGINT,
            -- Of the public key, so that no folder of keys is taken for another. NULL for the first until a second begins.
            fingerprint BYTEA,
            -- Since when nothing needs the private key.
            ended_at BIGINT
        );
        INSERT INTO ledger_key_epoch (epoch) VALUES (1);

        ALTER TABLE ledger_segment ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
        """)
}
