public import CivilTime
import Crypto
public import SQLDatabase
public import StrictJSON
public import Vault

/// One act, written in the transaction of the act itself: where writing it fails, the act fails.
public struct AuditEvent: Sendable {
    public let id: String
    public let at: Instant
    /// The operator's name, `system`, or `command` for what is done on the machine itself.
    public let actor: String
    public let role: String
    /// What was done: `requestEvent.granted`, `operator.signedIn`, `database.added`.
    public let act: String
    /// What it was done to: a reference, a name, an id.
    public let subject: String
    public let detail: JSON

    public init(
        at: Instant, actor: String, role: String, act: String, subject: String, detail: JSON = [:],
        random: RandomSource = systemRandom
    ) {
        id = Hex.encode(random(16))
        self.at = at
        self.actor = actor
        self.role = role
        self.act = act
        self.subject = subject
        self.detail = detail
    }

    /// Writes the event; it gets its number and its place in the chain from the sequencer.
    public func record(on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO audit_event (id, at, actor, role, act, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id, at, actor, role, act, subject, detail.canonical)
    }
}

/// The chain of audit events: each link is SHA-256 of the link before and of the event's canonical JSON, so that none
/// can be changed, dropped or put in without every later link telling.
public enum AuditTrail {
    public static let sequenced = SequencedTable(
        name: "audit_event", number: "number", order: "at, id",
        seal: { connection, first, _ in
            var link = try chain(at: first - 1, on: connection)
            for row in try connection.query("SELECT * FROM audit_event WHERE number >= $1 ORDER BY number", first) {
                link = try next(after: link, row)
                let id: String = try row["id"]
                try connection.execute("UPDATE audit_event SET chain = $1 WHERE id = $2", link, id)
            }
        })

    /// Checks every link; returns the number of the first event that does not fit, or nil where the chain holds.
    public static func firstBreak(on connection: any SQLConnection) throws -> Int64? {
        var link = try chain(at: 0, on: connection)
        var expected: Int64 = 1
        for row in try connection.query("SELECT * FROM audit_event WHERE number IS NOT NULL ORDER BY number") {
            link = try next(after: link, row)
            guard try row["number"] == expected, try row["chain"] == link else { return expected }
            expected += 1
        }
        return nil
    }

    private static func chain(at number: Int64, on connection: any SQLConnection) throws -> [UInt8] {
        try connection.first("SELECT chain FROM audit_event WHERE number = $1", number)?["chain"]
            ?? [UInt8](repeating: 0, count: 32)
    }

    private static func next(after link: [UInt8], _ row: Row) throws -> [UInt8] {
        let members: [String: JSON] = [
            "id": .string(try row["id"]), "at": .integer(try row["at"]), "actor": .string(try row["actor"]),
            "role": .string(try row["role"]), "act": .string(try row["act"]), "subject": .string(try row["subject"]),
            "detail": .string(try row["detail"]), "number": .integer(try row["number"]),
        ]
        return Array(SHA256.hash(data: link + JSON.object(members).canonicalBytes))
    }
}
