public import SQLDatabase

/// The tables of the private half, in the order in which a request meets them.
public enum RightsSchema {
    /// Tables whose rows are numbered after the acts that inserted them.
    public static let sequenced = [LedgerStore.sequenced, AuditTrail.sequenced]

    public static let migrations = [
        Migration(
            "0200-requests",
            """
            -- A request: what may be queried of it, and its sealed boxes. Who it is about stands in sealed_filing alone,
            -- under a key of the case that is kept as two wraps: for the operators, and for the citizen's own secret.
            CREATE TABLE rights_request (
                reference TEXT PRIMARY KEY,
                right_kind TEXT NOT NULL,
                scope TEXT NOT NULL,
                language TEXT NOT NULL,
                objection TEXT,
                received_at BIGINT NOT NULL,
                secret_index BYTEA NOT NULL,
                epoch BIGINT NOT NULL,
                operator_wrap BYTEA,
                citizen_wrap BYTEA,
                sealed_filing BYTEA,
                -- State, outcome, due date and assignee follow from the events; they stand here for queries alone.
                state TEXT NOT NULL,
                outcome TEXT,
                due_on TEXT NOT NULL,
                assignee TEXT,
                event_count BIGINT NOT NULL
            );
            CREATE INDEX rights_request_queue ON rights_request (state, due_on, reference);
            CREATE INDEX rights_request_decided ON rights_request (reference)
                WHERE outcome IS NOT NULL AND state = 'underReview';

            -- The timeline. The number within its request is the key: of two acts at once, one comes second.
            CREATE TABLE request_event (
                reference TEXT NOT NULL,
                n BIGINT NOT NULL,
                type TEXT NOT NULL,
                at BIGINT NOT NULL,
                actor TEXT NOT NULL,
                operator TEXT,
                data TEXT NOT NULL,
                sealed BYTEA,
                PRIMARY KEY (reference, n)
            );

            -- Filings that were sent with an idempotency key: a repetition gets the answer that the first one got,
            -- sealed under that key, which is not kept.
            CREATE TABLE filing_answer (
                key_index BYTEA PRIMARY KEY,
                body_digest BYTEA NOT NULL,
                sealed_answer BYTEA NOT NULL,
                filed_at BIGINT NOT NULL
            );
            """),
        Migration(
            "0210-ledger",
            """
            -- The ledger's identity. It changes when an older state is restored, so that no target mistakes one for
            -- the other.
            CREATE TABLE ledger (
                incarnation TEXT PRIMARY KEY,
                since BIGINT NOT NULL
            );

            -- A segment's key, wrapped to the hub; committed with the first entry that it seals, at the latest.
            CREATE TABLE ledger_segment (
                id TEXT PRIMARY KEY,
                wrap BYTEA NOT NULL,
                created_at BIGINT NOT NULL
            );

            -- What objections do to the lists. A registration holds the identifiers, sealed, and not a word of the case;
            -- a withdrawal needs none. An entry has no position until the sequencer gives it one.
            CREATE TABLE ledger_entry (
                id TEXT PRIMARY KEY,
                objection TEXT NOT NULL,
                ordinal BIGINT NOT NULL,
                effect TEXT NOT NULL,
                scope TEXT NOT NULL,
                identifier_count BIGINT NOT NULL,
                segment TEXT,
                sealed BYTEA,
                created_at BIGINT NOT NULL,
                position BIGINT UNIQUE,
                UNIQUE (objection, ordinal)
            );
            CREATE INDEX ledger_entry_waiting ON ledger_entry (ordinal, created_at, id) WHERE position IS NULL;
            """),
        Migration(
            "0220-linked-databases",
            """
            -- The databases that apply objections, and for each the position up to which it has confirmed.
            -- handing is the end of the batch that is under way: the only place where a target may be found ahead.
            CREATE TABLE linked_database (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                connector TEXT NOT NULL,
                datasets TEXT NOT NULL,
                state TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                incarnation TEXT NOT NULL,
                position BIGINT NOT NULL,
                handing BIGINT,
                confirmed_at BIGINT,
                failing_since BIGINT,
                failure TEXT,
                -- Since when its list is known not to be what it had confirmed: nothing is complete there meanwhile.
                stopped_at BIGINT
            );

            -- When which interval was confirmed.
            CREATE TABLE delivery_batch (
                linked_database TEXT NOT NULL,
                incarnation TEXT NOT NULL,
                to_position BIGINT NOT NULL,
                from_position BIGINT NOT NULL,
                confirmed_at BIGINT NOT NULL,
                PRIMARY KEY (linked_database, incarnation, to_position)
            );

            -- Entries that a database could not take. An open one keeps its objection from being complete there.
            CREATE TABLE delivery_exception (
                linked_database TEXT NOT NULL,
                objection TEXT NOT NULL,
                opened_at BIGINT NOT NULL,
                reason TEXT NOT NULL,
                resolved_at BIGINT,
                PRIMARY KEY (linked_database, objection, opened_at)
            );
            """),
        Migration(
            "0230-operators",
            """
            CREATE TABLE operator_account (
                name TEXT PRIMARY KEY,
                role TEXT NOT NULL,
                password TEXT NOT NULL,
                sealed_otp_seed BYTEA NOT NULL,
                last_otp_step BIGINT NOT NULL,
                is_disabled BIGINT NOT NULL,
                created_at BIGINT NOT NULL
            );

            -- The session's token is kept as its hash.
            CREATE TABLE operator_session (
                token_hash BYTEA PRIMARY KEY,
                operator TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                seen_at BIGINT NOT NULL
            );

            -- Failed sign-ins for a pair of account and address, kept as an HMAC of the two.
            CREATE TABLE sign_in_failure (
                pair BYTEA PRIMARY KEY,
                failures BIGINT NOT NULL,
                blocked_until BIGINT NOT NULL
            );
            """),
        Migration(
            "0240-audit",
            """
            -- Who did what. Append-only; the sequencer numbers the events and chains each to the one before.
            CREATE TABLE audit_event (
                id TEXT PRIMARY KEY,
                at BIGINT NOT NULL,
                actor TEXT NOT NULL,
                role TEXT NOT NULL,
                act TEXT NOT NULL,
                subject TEXT NOT NULL,
                detail TEXT NOT NULL,
                number BIGINT UNIQUE,
                chain BYTEA
            );
            CREATE INDEX audit_event_waiting ON audit_event (at, id) WHERE number IS NULL;
            """),
        drafts,
        scopes,
        files,
        letters,
        notices,
        personIndex,
        lostCodes,
        objectionImports,
        queue,
        mailboxes,
        wordsOpened,
        repair,
        custodians,
        circuits,
        targets,
        feedTokens,
        custodianReminders,
        tasks,
        matching,
        databaseKeys,
        unindexedByArrival,
        impossibilities,
        keysCalledOff,
        lateAnswers,
        batchesBeside,
        keyEpochs,
        erasure,
        clockAlerts,
        deskFigures,
        impossibleAnswers,
        answerFiles,
        packages,
        packageLetters,
        desk,
        refusalProposals,
        answerTemplates,
        operatorDrafts,
        heldActs,
        waves,
        packageFailures,
        decidedFor,
        queueOrder,
        deaths,
        forgetting,
        ledgerEpochs,
        voidingProposals,
        doubtedDeaths,
        lostCases,
    ]
}
