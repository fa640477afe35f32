public import CivilTime
public import PublicRegistry
import SQLDatabase
import StrictJSON

extension RightsSchema {
    static let impossibleAnswers = Migration(
        "0830-impossible-answers",
        """
        -- That a database can't do what a request of access, rectification, erasure or restriction wants, or only by a
        -- disproportionate effort, as an operator has declared; the request's event has the reasons, sealed. It goes with the
        -- facts: once the database answers after all, or is asked anew, the row is gone, and the event alone tells of it.
        CREATE TABLE impossible_answer (
            reference TEXT NOT NULL,
            linked_database TEXT NOT NULL,
            declared_at BIGINT NOT NULL,
            event BIGINT NOT NULL,
            is_disproportionate BIGINT NOT NULL,
            PRIMARY KEY (reference, linked_database)
        );
        """)
}

/// That one linked database can't do what a request wants, or only by a disproportionate effort (GDPR, article 19). It has
/// not answered; nothing waits for it either.
public struct ImpossibleAnswer: Sendable {
    public let database: String
    /// Nil where the database has none but its id.
    public let name: LocalizedText?
    public let since: Instant
    public let isDisproportionate: Bool
    /// The operator's; nil where the reader may not read them.
    public fileprivate(set) var reasons: String?
    /// The event in which they stand.
    let event: Int
}

extension TaskStanding {
    /// The same with the reasons, as far as they are among what the reader may read.
    func withReasons(from events: [RequestView.Event]) -> TaskStanding {
        TaskStanding(
            tasks: tasks, toAsk: toAsk,
            impossible: impossible.map { found in
                var told = found
                told.reasons = events.first { $0.event.n == found.event }?.words?["reasons"]?.string
                return told
            })
    }
}

/// What operators have declared of requests that databases answer, as far as the facts have not overtaken it.
enum ImpossibleAnswerStore {
    /// The condition that it stands, of a request and a database as SQL names them.
    static func stands(_ reference: String, in database: String) -> String {
        """
        EXISTS (SELECT 1 FROM impossible_answer a WHERE a.reference = \(reference) AND a.linked_database = \(database))
        """
    }

    /// In the order of the databases' ids.
    static func all(of reference: String, on connection: any SQLConnection) throws -> [ImpossibleAnswer] {
        try connection.query(
            """
            SELECT a.*, d.name AS database_name FROM impossible_answer a JOIN linked_database d ON d.id = a.linked_database
            WHERE a.reference = $1 AND d.state <> 'removed' ORDER BY a.linked_database
            """, reference
        ).map { row in
            ImpossibleAnswer(
                database: try row["linked_database"], name: try LinkedDatabase.name(try row["database_name"]),
                since: try row["declared_at"], isDisproportionate: try row["is_disproportionate"] as Int == 1,
                event: try row["event"])
        }
    }

    static func declare(
        _ reference: String, in database: String, event: Int, isDisproportionate: Bool, at moment: Instant,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO impossible_answer (reference, linked_database, declared_at, event, is_disproportionate)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (reference, linked_database) DO UPDATE SET declared_at = $3, event = $4, is_disproportionate = $5
            """, reference, database, moment, event, isDisproportionate ? 1 : 0)
    }

    /// The database has answered after all, or is asked: what was said of it before counts no more. Of all databases where
    /// `database` is nil.
    static func lapse(_ reference: String, in database: String? = nil, on connection: any SQLConnection) throws {
        if let database {
            try connection.execute(
                "DELETE FROM impossible_answer WHERE reference = $1 AND linked_database = $2", reference, database)
        } else {
            try connection.execute("DELETE FROM impossible_answer WHERE reference = $1", reference)
        }
    }
}

extension OperatorDesk {
    /// Records that `database` can't do what a request of access, rectification, erasure or restriction wants; the request's
    /// event `number` has the reasons. A question that lies there may still be answered: then it is as if nothing had been said.
    ///
    /// Throws `RightsError.transition` for a request that is closed or not to be done, and `.invalid` for a database that it
    /// does not cover or that has answered.
    func declareUnanswerable(
        in database: String, isDisproportionate: Bool, for stored: StoredRequest, event number: Int, at moment: Instant,
        on connection: any SQLConnection
    ) throws {
        func refusal(_ code: String) -> RightsError {
            .invalid(FieldErrors([FieldError(pointer: "/database", code: code)]))
        }
        switch stored.timeline.outcome {
        case nil, .granted, .partiallyGranted: break
        case .refused, .transferred, .withdrawn, .abandoned, .voided, .unreadable:
            throw RightsError.transition(.notIn(stored.timeline.state, .impossible))
        }
        guard stored.timeline.state != .closed else { throw RightsError.transition(.notIn(.closed, .impossible)) }
        guard try TaskStore.inScope(of: stored.reference, on: connection).contains(where: { $0.id == database }) else {
            throw refusal("task.outOfScope")
        }
        let answered = try connection.first(
            "SELECT id FROM request_task WHERE reference = $1 AND linked_database = $2 AND state = 'answered'",
            stored.reference, database)
        guard answered == nil else { throw refusal("impossible.answered") }
        try ImpossibleAnswerStore.declare(
            stored.reference, in: database, event: number, isDisproportionate: isDisproportionate, at: moment,
            on: connection)
    }
}
