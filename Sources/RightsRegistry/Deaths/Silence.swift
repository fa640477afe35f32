import CivilTime
import SQLDatabase

/// After a recorded death nothing is written to the person: the one place where that is decided.
///
/// A notice of what happens is noted as `withheld` and goes nowhere, what waits to be sent is put away, letters leave the print
/// queue, and no letter with a code is made. All of it comes back where the record was a mistake. What a process is sending at that
/// very moment may arrive, once: whoever sends asks here again before each attempt.
enum Silence {
    /// Whether nothing is written to the person of the request whose reference is `$1`.
    static let holds =
        "EXISTS (SELECT 1 FROM rights_request r WHERE r.reference = $1 AND r.silenced_at IS NOT NULL)"

    static func holds(over reference: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT reference FROM rights_request WHERE reference = $1 AND silenced_at IS NOT NULL", reference) != nil
    }

    /// Brings what is written to the person up to an event of their request that was just recorded.
    static func follow(
        _ event: EventType, of reference: String, at moment: Instant, on connection: any SQLConnection
    ) throws {
        switch event {
        case .deathRecorded: try begin(over: reference, at: moment, on: connection)
        case .deathUnrecorded: try end(over: reference, at: moment, on: connection)
        default: break
        }
    }

    /// Puts away the notices that nobody is at.
    static func putAway(
        noticesOf reference: String, at moment: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE notice SET state = 'withheld' WHERE reference = $1 AND state = 'waiting' AND leased_until <= $2",
            reference, moment)
    }

    private static func begin(
        over reference: String, at moment: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rights_request SET silenced_at = $1 WHERE reference = $2", moment, reference)
        try putAway(noticesOf: reference, at: moment, on: connection)
        try connection.execute(
            "UPDATE letter SET withheld_at = $1 WHERE reference = $2 AND posted_on IS NULL", moment, reference)
    }

    /// The person lives: they are told everything that they were not told meanwhile.
    private static func end(
        over reference: String, at moment: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute("UPDATE rights_request SET silenced_at = NULL WHERE reference = $1", reference)
        try connection.execute(
            """
            UPDATE notice SET state = 'waiting', due_at = $1, failing_since = NULL, settled_at = NULL, leased_until = 0
            WHERE reference = $2 AND state = 'withheld'
            """, moment, reference)
        try connection.execute("UPDATE letter SET withheld_at = NULL WHERE reference = $1", reference)
    }
}
