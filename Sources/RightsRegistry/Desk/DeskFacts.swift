public import CivilTime
import SQLDatabase
import StrictJSON

/// What a case's page tells an operator beside the case itself.
public struct DeskFacts: Sendable {
    /// Why this operator has opened the identity today; nil where they have not.
    public let openedToday: OpeningMotive?
    /// The colleagues who have the case open, the latest first.
    public let viewers: [CaseViewer]
    /// Other requests that are about the same person, for certain or perhaps, without anybody's identity being opened.
    public let alike: [AlikeCase]
    /// Letters to be taken out of the post: they were printed before the person's death was recorded.
    public let lettersToStop: [LetterItem]
    /// Which operator did what, and to whom a request was given, by the number of the event. No citizen is told a name.
    public let acts: [Int: NamedAct]
}

/// By which operator an event happened.
public struct NamedAct: Sendable, Hashable {
    /// Nil where it was the citizen's, or happened by itself.
    public let operatorName: String?
    /// To whom it gave the request; nil for any other event.
    public let assignee: String?
}

/// A colleague who has a case open.
public struct CaseViewer: Sendable, Hashable {
    public let name: String
    public let seenAt: Instant
}

/// Another request that shares what the blind index knows of a person.
public struct AlikeCase: Sendable, Hashable {
    public let reference: String
    public let right: Right
    public let state: RequestState
    public let outcome: RequestOutcome?
    public let receivedAt: Instant
    /// Whether it is the same person by the rule of ``PersonMatch``: not only of one name and birth date, or under one
    /// number, as twins may be.
    public let isCertain: Bool
    /// Whether the death of whom it is about is recorded there.
    public let isDeathRecorded: Bool
}

extension OperatorDesk {
    /// For how long a colleague who has read a case counts as having it open.
    private static let viewingSeconds = 300
    /// How often a page that is read again is noted.
    private static let noteSeconds = 30
    /// How many other requests of a person a case lists.
    private static let mostAlike = 20

    /// Notes that the operator has the case open.
    public func noteViewing(of reference: String, by signedIn: Operator) async throws {
        let moment = now()
        let isNothingNew = try await database.read { connection in
            // What was erased is answered by nobody: there is no one to get in the way of.
            let isErased =
                try connection.first(
                    "SELECT reference FROM rights_request WHERE reference = $1 AND erased_at IS NOT NULL", reference)
                != nil
            if isErased { return true }
            return try connection.first(
                "SELECT seen_at FROM case_viewing WHERE operator = $1 AND reference = $2 AND seen_at > $3",
                signedIn.name, reference, moment.adding(seconds: -Self.noteSeconds)) != nil
        }
        guard !isNothingNew else { return }
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM case_viewing WHERE operator = $1 AND (seen_at < $2 OR reference = $3)", signedIn.name,
                moment.adding(seconds: -Self.viewingSeconds), reference)
            try connection.execute(
                "INSERT INTO case_viewing (operator, reference, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                signedIn.name, reference, moment)
        }
    }

    func deskFacts(
        of reference: String, for signedIn: Operator, at moment: Instant, on connection: any SQLConnection
    ) throws -> DeskFacts {
        DeskFacts(
            openedToday: try Self.openedToday(
                reference, by: signedIn, since: moment.date(in: policy.zone).start(in: policy.zone), on: connection),
            viewers: try connection.query(
                """
                SELECT operator, seen_at FROM case_viewing WHERE reference = $1 AND operator <> $2 AND seen_at >= $3
                ORDER BY seen_at DESC
                """, reference, signedIn.name, moment.adding(seconds: -Self.viewingSeconds)
            ).map { CaseViewer(name: try $0["operator"], seenAt: try $0["seen_at"]) },
            alike: try Self.alike(reference, limit: Self.mostAlike, on: connection),
            lettersToStop: try LetterStore.toStop(of: reference, on: connection),
            acts: try connection.query(
                """
                SELECT n, operator, assignee FROM request_event
                WHERE reference = $1 AND (operator IS NOT NULL OR assignee IS NOT NULL)
                """, reference
            ).reduce(into: [:]) { acts, row in
                acts[try row["n"] as Int] = NamedAct(operatorName: try row["operator"], assignee: try row["assignee"])
            })
    }

    /// Why the operator has opened the identity since then.
    static func openedToday(
        _ reference: String, by signedIn: Operator, since: Instant, on connection: any SQLConnection
    ) throws -> OpeningMotive? {
        try connection.query(
            """
            SELECT * FROM request_event
            WHERE reference = $1 AND type = 'identityOpened' AND at >= $2 AND operator = $3 ORDER BY n DESC
            """, reference, since, signedIn.name
        ).map(RequestStore.event).first { $0.data["file"] == nil }?.data["motive"]?.string
            .flatMap(OpeningMotive.init)
    }

    /// Nothing of a case that was erased, and nothing that it is like: a live one would tell who it was about.
    static func alike(
        _ reference: String, limit: Int, on connection: any SQLConnection
    ) throws -> [AlikeCase] {
        try AlikeCase.grouped(
            connection.query(
                """
                SELECT DISTINCT other.kind, \(AlikeCase.columns)
                FROM person_index own
                JOIN person_index other ON other.entry = own.entry AND other.reference <> own.reference
                JOIN rights_request r ON r.reference = other.reference
                WHERE own.reference = $1 AND r.erased_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM rights_request o WHERE o.reference = own.reference AND o.erased_at IS NOT NULL)
                ORDER BY r.received_at DESC, r.reference
                LIMIT \(limit * PersonIndexKind.allCases.count)
                """, reference), limit: limit)
    }
}

extension AlikeCase {
    /// Of `rights_request r`.
    static let columns = "r.reference, r.right_kind, r.state, r.outcome, r.received_at, r.silenced_at"

    /// The requests of rows that each say one kind of entry which is shared, in their order.
    static func grouped(_ rows: [Row], limit: Int) throws -> [AlikeCase] {
        var order: [String] = []
        var shared: [String: Set<PersonIndexKind>] = [:]
        var first: [String: Row] = [:]
        for row in rows {
            guard let kind = PersonIndexKind(rawValue: try row["kind"]) else { continue }
            let reference: String = try row["reference"]
            if shared[reference] == nil {
                order.append(reference)
                first[reference] = row
            }
            shared[reference, default: []].insert(kind)
        }
        return try order.prefix(limit).compactMap { reference in
            guard let row = first[reference] else { return nil }
            guard let right = Right(rawValue: try row["right_kind"]),
                let state = RequestState(rawValue: try row["state"])
            else { throw SQLError.decoding("rights_request.right_kind or state") }
            return AlikeCase(
                reference: reference, right: right, state: state,
                outcome: (try row["outcome"] as String?).flatMap(RequestOutcome.init),
                receivedAt: try row["received_at"], isCertain: PersonMatch.isCertain(shared[reference] ?? []),
                isDeathRecorded: (try row["silenced_at"] as Instant?) != nil)
        }
    }
}
