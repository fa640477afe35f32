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

    static let packageLetters = Migration(
        "0833-letters-of-packages",
        """
        -- Letters have one kind more: packageCode. A CHECK can't be widened where it stands, so the rows move.
        CREATE TABLE letter_widened (
            id TEXT PRIMARY KEY,
            reference TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('notice', 'filedOnPaper', 'secretReissued', 'packageCode')),
            sealed BYTEA,
            created_at BIGINT NOT NULL,
            printed_at BIGINT,
            posted_on TEXT,
            failure TEXT
        );
        INSERT INTO letter_widened (id, reference, kind, sealed, created_at, printed_at, posted_on, failure)
            SELECT id, reference, kind, sealed, created_at, printed_at, posted_on, failure FROM letter;
        DROP TABLE letter;
        ALTER TABLE letter_widened RENAME TO letter;
        CREATE INDEX letter_by_request ON letter (reference);
        CREATE INDEX letter_waiting ON letter (created_at, id) WHERE posted_on IS NULL;
        """)

    static let notices = Migration(
        "0410-notices",
        """
        -- Whom to tell what happened: a row an event, written with the event. Nothing in it is about a person: where the
        -- notice goes is read from the case when it goes.
        CREATE TABLE notice (
            reference TEXT NOT NULL,
            n BIGINT NOT NULL,
            type TEXT NOT NULL,
            noted_at BIGINT NOT NULL,
            state TEXT NOT NULL,
            due_at BIGINT NOT NULL,
            -- While a process is at it.
            leased_until BIGINT NOT NULL DEFAULT 0,
            attempts BIGINT NOT NULL DEFAULT 0,
            -- The message that tells of it, with others of the same time: the same at each attempt.
            message TEXT,
            -- The last failure as a code, without the address, and since when it fails.
            failure TEXT,
            failing_since BIGINT,
            -- When the address itself was refused: from then on, this case's notices are letters.
            refused_at BIGINT,
            letter TEXT,
            settled_at BIGINT,
            PRIMARY KEY (reference, n)
        );
        CREATE INDEX notice_waiting ON notice (due_at, reference) WHERE state = 'waiting';
        CREATE INDEX notice_undelivered ON notice (settled_at) WHERE state = 'undeliverable';
        -- Why a letter can't be printed yet.
        ALTER TABLE letter ADD COLUMN failure TEXT;
        """)
}
