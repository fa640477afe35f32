import SQLDatabase

extension RightsSchema {
    static let tasks = Migration(
        "0650-tasks",
        """
        -- What a linked database is asked to do for one request: access, rectification, erasure or restriction. One that
        -- stands, for each request, database and kind.
        CREATE TABLE request_task (
            id TEXT PRIMARY KEY,
            reference TEXT NOT NULL,
            linked_database TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('access', 'rectification', 'erasure', 'restriction')),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'answered', 'cancelled')),
            asked_at BIGINT NOT NULL,
            asked_on TEXT NOT NULL,
            answer_by TEXT NOT NULL,
            -- Under a segment key, for the hub: who it is about, and what the operator says of it. Gone once it has ended.
            segment TEXT,
            sealed_identifiers BYTEA,
            sealed_instruction BYTEA,
            -- The same words under the case's key, for operators.
            case_instruction BYTEA,
            -- The whole task under the feed's key, where a custodian comes for it; gone once it has ended.
            document BYTEA,
            sent_at BIGINT,
            answered_at BIGINT,
            answer TEXT CHECK (answer IN ('done', 'partly', 'nothingHeld', 'refused')),
            -- The custodian's words, under a key of their own that the cases' key alone unwraps.
            answer_wrap BYTEA,
            answer_words BYTEA,
            cancelled_at BIGINT,
            -- 1 while it has ended and may still lie where the custodian finds it.
            untold BIGINT NOT NULL DEFAULT 0
        );
        CREATE UNIQUE INDEX request_task_one ON request_task (reference, linked_database, kind)
            WHERE state <> 'cancelled';
        CREATE INDEX request_task_open ON request_task (linked_database, asked_at, id)
            WHERE state IN ('waiting', 'sent');
        CREATE INDEX request_task_untold ON request_task (linked_database, id) WHERE untold = 1;

        -- When tasks were last exchanged with a database, and why they could not be.
        CREATE TABLE task_exchange (
            linked_database TEXT PRIMARY KEY,
            at BIGINT NOT NULL,
            failing_since BIGINT,
            failure TEXT
        );

        -- Answers that can't be taken. One is resolved when it is seen no more, or its task has been answered.
        CREATE TABLE task_exception (
            linked_database TEXT NOT NULL,
            -- Where it stands: a file, a row, a request.
            source TEXT NOT NULL,
            task TEXT,
            reason TEXT NOT NULL,
            opened_at BIGINT NOT NULL,
            resolved_at BIGINT,
            PRIMARY KEY (linked_database, source)
        );
        """)
}
