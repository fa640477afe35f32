import CivilTime
import SQLDatabase
import StrictJSON

/// A filing that arrives after the death of whom it is about was recorded in another request.
///
/// Whoever records a death has the requests before them that are there by then. One that comes later is found when its person is
/// indexed, which is before anything is sent of it. Nothing is written to the dead person's address; an heir is written to.
enum LaterFiling {
    /// What other requests say of a person's death.
    private struct Record {
        /// Where it was recorded.
        let reference: String
        let since: Instant
        let source: JSON?
    }

    /// Records the death in the request `reference` as well, by itself, where it stands recorded in another one that is certainly the
    /// same person's. Whether it is a mistake, an operator says.
    ///
    /// What came before the record, and is only indexed anew, is left as its operators left it.
    ///
    /// - Parameters:
    ///   - filing: what was filed, opened.
    ///   - isFirst: whether the person was not indexed before.
    ///   - auditID: 16 random bytes.
    static func follow(
        _ filing: JSON, of reference: String, isFirst: Bool, auditID: [UInt8], at moment: Instant, policy: RightsPolicy,
        on connection: any SQLConnection
    ) throws {
        guard filing["capacity"]?.string != Capacity.heir.rawValue,
            let record = try standing(beside: reference, on: connection),
            let stored = try RequestStore.load(reference, on: connection), stored.erasedAt == nil,
            // What an operator has said of this very request counts.
            !stored.timeline.events.contains(where: { [.deathRecorded, .deathUnrecorded].contains($0.type) })
        else { return }
        // Of a letter or a call the day alone is known: one that came that day may have come after.
        let day = { (instant: Instant) in instant.date(in: policy.zone) }
        let isAfter =
            stored.timeline.events.first?.data["channel"] == nil
            ? stored.receivedAt > record.since : day(stored.receivedAt) >= day(record.since)
        guard isFirst || isAfter else { return }
        let data = JSON.object(ofPresent: [
            "source": record.source, "request": .string(record.reference), "filedAfter": isAfter ? true : nil,
        ])
        try RequestStore.append(
            .deathRecorded, to: stored, actor: .system, data: data, at: moment, policy: policy, on: connection)
        try AuditEvent(
            at: moment, actor: "system", role: "system", act: "requestEvent.deathRecorded", subject: reference,
            detail: data, random: { _ in auditID }
        ).record(on: connection)
    }

    /// The death that stands recorded in the other requests of the same person; nil where none does, or where the last word on it was
    /// that it is a mistake.
    private static func standing(beside reference: String, on connection: any SQLConnection) throws -> Record? {
        let certain = try OperatorDesk.alike(reference, limit: ChoicesDesk.mostRequests, on: connection).filter(
            \.isCertain)
        guard certain.contains(where: \.isDeathRecorded) else { return nil }
        let references = certain.map(\.reference)
        let places = references.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let said = try connection.query(
            """
            SELECT * FROM request_event
            WHERE reference IN (\(places)) AND type IN ('deathRecorded', 'deathUnrecorded')
            ORDER BY at DESC, reference, n DESC LIMIT 1
            """, parameters: references
        ).first
        guard let said, case let event = try RequestStore.event(said), event.type == .deathRecorded else { return nil }
        let since: Instant? = try connection.query(
            "SELECT min(silenced_at) AS since FROM rights_request WHERE reference IN (\(places))",
            parameters: references
        ).first?["since"]
        return Record(
            reference: try event.data["request"]?.string ?? said["reference"], since: since ?? event.at,
            source: event.data["source"])
    }
}
