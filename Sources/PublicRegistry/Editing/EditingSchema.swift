import SQLDatabase

extension PublicRegistry {
    static let editing = Migration(
        "0190-editing",
        """
        -- Why a version was made, where somebody said so. The reason is public, who gave it is not.
        CREATE TABLE version_reason (
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            n BIGINT NOT NULL,
            reason TEXT NOT NULL,
            -- Whether the version puts right an error of the register.
            is_correction BIGINT NOT NULL CHECK (is_correction IN (0, 1)),
            -- The operator's name.
            editor TEXT,
            PRIMARY KEY (kind, reference, n)
        );

        -- What an editor has typed and not published: one for each record and editor.
        CREATE TABLE record_draft (
            editor TEXT NOT NULL,
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            -- The version that it began from; 0 for a new record.
            base_n BIGINT NOT NULL,
            -- The record as JSON, which need not be one that can be published.
            content TEXT NOT NULL,
            saved_at BIGINT NOT NULL,
            PRIMARY KEY (editor, kind, reference)
        );

        -- Files that were read as a trial and wait to be taken. Swept after a day.
        CREATE TABLE record_upload (
            id TEXT PRIMARY KEY,
            editor TEXT NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            content BYTEA NOT NULL,
            received_at BIGINT NOT NULL
        );

        -- Records that somebody asked to take out of the register, until another person agrees.
        CREATE TABLE record_removal (
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            reason TEXT NOT NULL,
            keeps_content BIGINT NOT NULL CHECK (keeps_content IN (0, 1)),
            editor TEXT NOT NULL,
            asked_at BIGINT NOT NULL,
            PRIMARY KEY (kind, reference)
        );
        """)
}
