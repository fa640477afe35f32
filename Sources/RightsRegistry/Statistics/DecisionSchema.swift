import SQLDatabase

extension RightsSchema {
    static let deskFigures = Migration(
        "0872-desk-figures",
        """
        -- The decision that stands since the request was last taken up: the first of them, whatever was withdrawn of it since.
        -- It follows from the events; it stands here so that the desk's figures need no timeline.
        ALTER TABLE rights_request ADD COLUMN decided_at BIGINT;
        -- An operator's name; NULL where the system or the citizen ended it.
        ALTER TABLE rights_request ADD COLUMN decided_by TEXT;
        -- An outcome.
        ALTER TABLE rights_request ADD COLUMN decided_as TEXT;
        -- Whether that was on the due date at the latest; NULL where it is to be read from the events first.
        ALTER TABLE rights_request ADD COLUMN decided_in_time BIGINT;
        -- 0 where the filing granted itself, so that no operator had anything to do about it.
        ALTER TABLE rights_request ADD COLUMN is_desks BIGINT NOT NULL DEFAULT 1;

        UPDATE rights_request SET
            decided_at = (SELECT e.at FROM request_event e WHERE e.reference = rights_request.reference
                AND e.type IN ('granted', 'partiallyGranted', 'refused', 'transferred', 'withdrawn', 'abandoned', 'voided')
                AND e.n > (SELECT coalesce(max(o.n), 0) FROM request_event o
                    WHERE o.reference = rights_request.reference AND o.type = 'reopened')
                ORDER BY e.n LIMIT 1),
            decided_by = (SELECT e.operator FROM request_event e WHERE e.reference = rights_request.reference
                AND e.type IN ('granted', 'partiallyGranted', 'refused', 'transferred', 'withdrawn', 'abandoned', 'voided')
                AND e.n > (SELECT coalesce(max(o.n), 0) FROM request_event o
                    WHERE o.reference = rights_request.reference AND o.type = 'reopened')
                ORDER BY e.n LIMIT 1),
            decided_as = (SELECT e.type FROM request_event e WHERE e.reference = rights_request.reference
                AND e.type IN ('granted', 'partiallyGranted', 'refused', 'transferred', 'withdrawn', 'abandoned', 'voided')
                AND e.n > (SELECT coalesce(max(o.n), 0) FROM request_event o
                    WHERE o.reference = rights_request.reference AND o.type = 'reopened')
                ORDER BY e.n LIMIT 1)
            WHERE outcome IS NOT NULL;
        UPDATE rights_request SET is_desks = 0, decided_in_time = 1
            WHERE decided_as = 'granted' AND decided_by IS NULL;

        -- All of what a statement asks for, its condition too, so that none of them looks into the table.
        CREATE INDEX rights_request_open ON rights_request
            (state, right_kind, assignee, received_at, alert_on, reference, outcome) WHERE outcome IS NULL;
        CREATE INDEX rights_request_desk_received ON rights_request (received_at, is_desks) WHERE is_desks = 1;
        CREATE INDEX rights_request_desk_decided ON rights_request
            (decided_at, decided_as, right_kind, assignee, decided_by, decided_in_time, received_at, is_desks)
            WHERE is_desks = 1 AND decided_at IS NOT NULL;
        CREATE INDEX rights_request_desk_unread ON rights_request (reference)
            WHERE is_desks = 1 AND decided_at IS NOT NULL AND decided_in_time IS NULL;
        """)

    static let decidedFor = Migration(
        "0896-decided-for",
        """
        -- Who had the request when it was decided, or else decided it: whoever has it since has no part in that.
        ALTER TABLE rights_request ADD COLUMN decided_for TEXT;
        UPDATE rights_request SET decided_for = coalesce(
            (SELECT coalesce(e.assignee, e.operator) FROM request_event e
             WHERE e.reference = rights_request.reference AND e.type = 'assigned' AND e.at <= rights_request.decided_at
             ORDER BY e.n DESC LIMIT 1), decided_by)
            WHERE decided_at IS NOT NULL;

        -- A grant that was voided is no answer any more.
        UPDATE rights_request SET
            decided_as = 'voided',
            decided_at = (SELECT max(e.at) FROM request_event e
                WHERE e.reference = rights_request.reference AND e.type = 'voided'),
            decided_by = (SELECT e.operator FROM request_event e
                WHERE e.reference = rights_request.reference AND e.type = 'voided' ORDER BY e.n DESC LIMIT 1)
            WHERE outcome = 'voided' AND decided_as IN ('granted', 'partiallyGranted');

        DROP INDEX rights_request_desk_decided;
        CREATE INDEX rights_request_desk_decided ON rights_request
            (decided_at, decided_as, right_kind, decided_for, decided_in_time, received_at, is_desks)
            WHERE is_desks = 1 AND decided_at IS NOT NULL;
        """)
}
