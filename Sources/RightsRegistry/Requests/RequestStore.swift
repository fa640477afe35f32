import CivilTime
import SQLDatabase
import StrictJSON

/// A request as it is stored: its row, its timeline, and its sealed boxes.
struct StoredRequest: Sendable {
    let reference: String
    let right: Right
    let scope: Scope
    let language: FilingLanguage
    let objection: ObjectionID?
    let receivedAt: Instant
    let secretIndex: [UInt8]
    /// The epoch whose private key opens the operators' wrap.
    let epoch: Int
    /// The epoch whose pepper opens the citizen's.
    let citizenEpoch: Int
    let operatorWrap: [UInt8]?
    let citizenWrap: [UInt8]?
    let sealedFiling: [UInt8]?
    let assignee: String?
    let timeline: Timeline
    /// Sealed words of events, by event number.
    let sealedWords: [Int: [UInt8]]
    /// When all that was sealed was destroyed.
    let erasedAt: Instant?
    /// What keys of it were destroyed though it was not erased; nil where none was.
    let lost: LostKeys?
}

/// The SQL of requests and their events.
enum RequestStore {
    static func load(_ reference: String, on connection: any SQLConnection) throws -> StoredRequest? {
        guard
            let row = try connection.first(
                "SELECT r.*, \(LostKeys.columns) FROM rights_request r WHERE r.reference = $1", reference)
        else { return nil }
        guard let right = Right(rawValue: try row["right_kind"]),
            let language = FilingLanguage(rawValue: try row["language"])
        else { throw SQLError.decoding("rights_request.right_kind or language") }
        let eventRows = try connection.query("SELECT * FROM request_event WHERE reference = $1 ORDER BY n", reference)
        var sealedWords: [Int: [UInt8]] = [:]
        let events = try eventRows.map { row in
            let event = try event(row)
            sealedWords[event.n] = try row["sealed"]
            return event
        }
        let timeline = Timeline(events)
        return StoredRequest(
            reference: reference, right: right, scope: try Scope(stored: try row["scope"]), language: language,
            objection: (try row["objection"] as String?).flatMap(ObjectionID.init), receivedAt: try row["received_at"],
            secretIndex: try row["secret_index"], epoch: try row["epoch"], citizenEpoch: try row["citizen_epoch"],
            operatorWrap: try row["operator_wrap"], citizenWrap: try row["citizen_wrap"],
            sealedFiling: try row["sealed_filing"], assignee: try row["assignee"], timeline: timeline,
            sealedWords: sealedWords, erasedAt: try row["erased_at"], lost: try LostKeys(row, timeline))
    }

    static func event(_ row: Row) throws -> RequestEvent {
        guard let type = EventType(rawValue: try row["type"]), let actor = ActingRole(rawValue: try row["actor"]) else {
            throw SQLError.decoding("request_event.type or actor")
        }
        return RequestEvent(
            n: try row["n"], type: type, at: try row["at"], actor: actor,
            data: try JSON(parsing: (try row["data"] as String).utf8))
    }

    /// Adds an event and brings the query columns up to the timeline that follows from it. What settles the question of
    /// identity, and what decides, destroys the proofs: they have served.
    ///
    /// - Parameter assignee: to whom an assignment gives the request; nil for whoever acts.
    ///
    /// Throws `RightsError.transition` where the event is not allowed, and `.erased` for what can't happen any more to a case that
    /// was erased: its objection can end, controllers are told of that, and whoever signs in can have a new code.
    static func append(
        _ type: EventType, to stored: StoredRequest, actor: ActingRole, operatorName: String? = nil,
        assignee: String? = nil, data: JSON = [:],
        sealed: [UInt8]? = nil, at now: Instant, policy: RightsPolicy, on connection: any SQLConnection
    ) throws {
        let isPastErasure = [.withdrawn, .narrowed, .secretReissued, .taskSent, .taskCompleted].contains(type)
        if stored.erasedAt != nil, !isPastErasure { throw RightsError.erased }
        var timeline = stored.timeline
        do {
            try timeline.require(type)
        } catch {
            throw RightsError.transition(error)
        }
        let event = RequestEvent(n: timeline.nextNumber, type: type, at: now, actor: actor, data: data)
        timeline.record(event)
        let assigned = type == .assigned ? assignee ?? operatorName : nil
        try insert(
            event, of: stored.reference, operatorName: operatorName, assignee: assigned, sealed: sealed,
            isTold: timeline.hasReader, on: connection)
        try connection.execute(
            """
            UPDATE rights_request
            SET state = $1, outcome = $2, due_on = $3, assignee = $4, event_count = $5, awaits_reply = $6,
                alert_step = CASE WHEN alert_on = $7 AND alert_step > 0 THEN alert_step ELSE 0 END, alert_on = $7,
                closed_at = $9, death_doubted = $10
            WHERE reference = $8
            """,
            stored.erasedAt == nil ? timeline.state.rawValue : RequestState.closed.rawValue, timeline.outcome?.rawValue,
            policy.clock(of: timeline, receivedAt: stored.receivedAt).due,
            assigned ?? stored.assignee, event.n, timeline.awaitsReply && stored.erasedAt == nil ? 1 : 0,
            stored.erasedAt == nil ? policy.alertOn(of: timeline, receivedAt: stored.receivedAt) : nil,
            stored.reference, stored.erasedAt ?? (timeline.state == .closed ? timeline.closedAt : nil),
            timeline.isDeathDoubted && stored.erasedAt == nil ? 1 : 0)
        try Silence.follow(type, of: stored.reference, at: now, on: connection)
        try DecisionColumns.keep(after: type, timeline, of: stored, by: operatorName, policy, on: connection)
        // What is decided, nobody confirms a refusal of any more.
        if type.outcome != nil { try RefusalProposalStore.discard(of: stored.reference, on: connection) }
        switch type.outcome {
        case .refused, .transferred, .withdrawn, .abandoned, .voided, .unreadable:
            // What is not to be done is asked of nobody any more, and what was put together is nobody's.
            try TaskStore.cancel(of: stored.reference, at: now, on: connection)
            try PackageStore.destroy(of: stored.reference, at: now, on: connection)
        case nil, .granted, .partiallyGranted: break
        }
        // What was answered no longer stands.
        if type == .reopened { try PackageStore.destroy(of: stored.reference, at: now, on: connection) }
        if stored.timeline.fileCount > 0, type == .identityVerified || type.outcome != nil {
            let areGood = [.identityVerified, .granted, .partiallyGranted].contains(type)
            let opened = stored.timeline.events.filter { $0.type == .identityOpened }.compactMap {
                $0.data["file"]?.int
            }
            try CaseFileStore.destroyProofs(
                of: stored.reference, checked: areGood ? Set(opened) : [], at: now, on: connection)
        }
    }

    /// Records what a request names, for queries; nothing where it covers everything.
    static func insert(_ scope: Scope, of reference: String, on connection: any SQLConnection) throws {
        guard let part = scope.part else { return }
        for id in scope.ids {
            try connection.execute(
                "INSERT INTO request_scope (reference, part, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                reference, part.rawValue, id)
        }
    }

    /// Has a request tell of `objection` from now on, as far as `scope` goes.
    static func point(
        _ reference: String, to objection: ObjectionID, _ scope: Scope, on connection: any SQLConnection
    ) throws {
        try connection.execute("DELETE FROM request_scope WHERE reference = $1", reference)
        try insert(scope, of: reference, on: connection)
        try connection.execute(
            "UPDATE rights_request SET objection = $1 WHERE reference = $2", objection.description, reference)
    }

    /// Inserts an event, and the notice that tells the citizen of it.
    /// - Parameter isTold: false for whoever has no code to read it with.
    static func insert(
        _ event: RequestEvent, of reference: String, operatorName: String? = nil, assignee: String? = nil,
        sealed: [UInt8]? = nil, isTold: Bool = true, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO request_event (reference, n, type, at, actor, operator, assignee, data, sealed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            reference, event.n, event.type.rawValue, event.at, event.actor.rawValue, operatorName, assignee,
            event.data.canonical, sealed)
        if isTold { try NoticeStore.insert(event, of: reference, on: connection) }
    }
}
