import SQLDatabase

extension RightsSchema {
    static let deaths = Migration(
        "0890-deaths",
        """
        -- Since when a death is recorded, and nothing is written to the person; the timeline says who recorded it and why. When
        -- somebody died stands sealed with that event: a date beside the case would lead to them in the public list of deaths.
        ALTER TABLE rights_request ADD COLUMN silenced_at BIGINT;
        -- Letters that are not to go out any more. What is sealed in them stays until the case goes: the record may be a mistake.
        ALTER TABLE letter ADD COLUMN withheld_at BIGINT;
        """)

    static let doubtedDeaths = Migration(
        "0901-doubted-deaths",
        """
        -- Whether it was filed after a death was recorded, and no operator has said which of the two is wrong: follows from the events,
        -- for queries alone. Such a request stays in the queue, closed or not.
        ALTER TABLE rights_request ADD COLUMN death_doubted BIGINT NOT NULL DEFAULT 0;
        DROP INDEX rights_request_queued;
        DROP INDEX rights_request_assignee;
        CREATE INDEX rights_request_queued ON rights_request (due_on, received_at, reference)
            WHERE state <> 'closed' OR awaits_reply = 1 OR death_doubted = 1;
        CREATE INDEX rights_request_assignee ON rights_request (assignee, due_on, received_at, reference)
            WHERE state <> 'closed' OR awaits_reply = 1 OR death_doubted = 1;
        """)
}
