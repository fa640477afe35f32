import SQLDatabase

extension RightsSchema {
    static let desk = Migration(
        "0790-desk",
        """
        -- To whom an event gave the request; the citizen is never told a name, so it stands beside what they read.
        ALTER TABLE request_event ADD COLUMN assignee TEXT;

        -- The queue: what is open or waits for an answer, in the order in which it is due. Whatever is over stays out.
        CREATE INDEX rights_request_queued ON rights_request (due_on, reference)
            WHERE state <> 'closed' OR awaits_reply = 1;
        CREATE INDEX rights_request_assignee ON rights_request (assignee, due_on, reference)
            WHERE state <> 'closed' OR awaits_reply = 1;

        -- Since when, until when, and who takes over. One a person: the next one replaces it.
        CREATE TABLE operator_absence (
            operator TEXT PRIMARY KEY,
            from_on TEXT NOT NULL,
            until_on TEXT NOT NULL,
            deputy TEXT
        );

        -- Filters of the queue that are kept, as their page's address writes them.
        CREATE TABLE saved_filter (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            name TEXT NOT NULL,
            query TEXT NOT NULL,
            is_shared BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (owner, name)
        );

        -- Who has a case open, so that two do not answer one person.
        CREATE TABLE case_viewing (
            operator TEXT NOT NULL,
            reference TEXT NOT NULL,
            seen_at BIGINT NOT NULL,
            PRIMARY KEY (operator, reference)
        );
        CREATE INDEX case_viewing_case ON case_viewing (reference, seen_at);

        -- Whether somebody has said why they open an identity, for the day.
        CREATE INDEX request_event_opened ON request_event (reference, at) WHERE type = 'identityOpened';
        """)
}
