import SQLDatabase

extension RightsSchema {
    static let clockAlerts = Migration(
        "0870-clock-alerts",
        """
        -- The day to warn of, as it follows from the events: NULL while the clock stands, and once there is nothing to decide.
        ALTER TABLE rights_request ADD COLUMN alert_on TEXT;
        -- How many of the three alerts of that day are behind it: before, on the day, after. Below zero where alert_on is to
        -- be read from the events first, since a pause may make it earlier than due_on.
        ALTER TABLE rights_request ADD COLUMN alert_step BIGINT NOT NULL DEFAULT 0;
        UPDATE rights_request SET alert_on = due_on, alert_step = CASE WHEN EXISTS (
            SELECT 1 FROM request_event e
            WHERE e.reference = rights_request.reference AND e.type = 'identityRequested') THEN -1 ELSE 0 END
            WHERE outcome IS NULL AND state <> 'closed';
        -- What an alert is due for, and nothing that has had all three.
        CREATE INDEX rights_request_alerts ON rights_request (alert_step, alert_on, reference)
            WHERE alert_on IS NOT NULL AND alert_step < 3;
        -- The queue of what is late or soon will be.
        CREATE INDEX rights_request_warned ON rights_request (alert_on, due_on, reference) WHERE alert_on IS NOT NULL;
        CREATE INDEX rights_request_taken ON rights_request (assignee, alert_on)
            WHERE alert_on IS NOT NULL AND assignee IS NOT NULL;

        -- Each alert, once for a case, its date and its step: another date is another clock.
        CREATE TABLE clock_alert (
            reference TEXT NOT NULL,
            due_on TEXT NOT NULL,
            step TEXT NOT NULL CHECK (step IN ('before', 'onTheDay', 'after')),
            -- Whom it is for, and which operator where it is for the one who has taken the case.
            audience TEXT NOT NULL CHECK (audience IN ('assignee', 'supervisors', 'officer')),
            recipient TEXT,
            noted_at BIGINT NOT NULL,
            -- The day whose mails list it; NULL until these are noted.
            day TEXT,
            PRIMARY KEY (reference, due_on, step)
        );
        CREATE INDEX clock_alert_listed ON clock_alert (day, audience, recipient);

        -- The days whose mails are noted: each once, whatever the number of processes.
        CREATE TABLE clock_alert_day (
            day TEXT PRIMARY KEY,
            noted_at BIGINT NOT NULL
        );

        -- The day whose alerts a mail lists. Such a mail is about no linked database: linked_database is empty in it.
        ALTER TABLE service_mail ADD COLUMN day TEXT;
        """)
}
