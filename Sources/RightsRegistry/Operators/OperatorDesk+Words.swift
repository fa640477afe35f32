import CivilTime
import SQLDatabase
import StrictJSON

/// Who reads the words of a case: messages, reasons, notes, the names of files.
extension OperatorDesk {
    /// Whether the operator's role opens the words of cases: they may tell who a case is about.
    public func mayReadWords(_ signedIn: Operator) -> Bool { policy.roles.allows(signedIn.role, .openIdentity) }

    /// Notes in the audit that the operator read the words of a case: `case.wordsOpened`, once for each operator, case and
    /// day. Where that can't be written, nothing is read.
    func noteReading(of reference: String, by signedIn: Operator) async throws {
        let moment = now()
        let since = moment.date(in: policy.zone).start(in: policy.zone)
        let isNoted: @Sendable (any SQLConnection) throws -> Bool = { connection in
            try connection.first(
                """
                SELECT id FROM audit_event
                WHERE act = 'case.wordsOpened' AND subject = $1 AND actor = $2 AND at >= $3
                """, reference, signedIn.name, since) != nil
        }
        guard try await !database.read(isNoted) else { return }
        let audit = event("case.wordsOpened", on: reference, by: signedIn, [:], moment)
        try await database.write { connection in
            // Two readings at once leave one event.
            if try !isNoted(connection) { try audit.record(on: connection) }
        }
    }
}

extension RightsSchema {
    static let wordsOpened = Migration(
        "0460-words-opened",
        """
        -- Whether a reading of a case's words is noted for the day.
        CREATE INDEX audit_event_words ON audit_event (subject, actor, at) WHERE act = 'case.wordsOpened';
        """)
}
