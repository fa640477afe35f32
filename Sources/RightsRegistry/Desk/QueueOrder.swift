import SQLDatabase

extension RightsSchema {
    /// Of what is due on one day, what was received first comes first: many requests of one day share its due date.
    static let queueOrder = Migration(
        "0900-queue-order",
        """
        DROP INDEX rights_request_queued;
        DROP INDEX rights_request_assignee;
        CREATE INDEX rights_request_queued ON rights_request (due_on, received_at, reference)
            WHERE state <> 'closed' OR awaits_reply = 1;
        CREATE INDEX rights_request_assignee ON rights_request (assignee, due_on, received_at, reference)
            WHERE state <> 'closed' OR awaits_reply = 1;
        """)
}
