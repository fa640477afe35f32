import CivilTime
import SQLDatabase
import StrictJSON

extension RightsSchema {
    static let impossibilities = Migration(
        "0680-impossible",
        """
        -- That a database can't apply an objection, as an operator has declared, and the request's event in which the reasons
        -- stand sealed. It goes with the facts: once the database takes the objection, refuses it anew or is to be sent it
        -- again, and where the objection itself changes, the row is gone, and the event alone tells of it.
        CREATE TABLE impossible_there (
            objection TEXT NOT NULL,
            linked_database TEXT NOT NULL,
            declared_at BIGINT NOT NULL,
            reference TEXT NOT NULL,
            event BIGINT NOT NULL,
            PRIMARY KEY (objection, linked_database)
        );
        """)
}

/// That one database can't apply one objection. It is never done there; nothing waits for it either.
struct Impossibility: Sendable {
    let declaredAt: Instant
    /// The request whose event has the reasons.
    let reference: String
    let event: Int
}

/// What operators have declared impossible, as far as the facts have not overtaken it.
enum ImpossibilityStore {
    /// By database.
    static func all(of objection: ObjectionID, on connection: any SQLConnection) throws -> [String: Impossibility] {
        try connection.query("SELECT * FROM impossible_there WHERE objection = $1", objection.description)
            .reduce(into: [:]) { found, row in
                found[try row["linked_database"]] = Impossibility(
                    declaredAt: try row["declared_at"], reference: try row["reference"], event: try row["event"])
            }
    }

    /// The condition that it stands, of an objection and a database as SQL names them.
    static func stands(_ objection: String, in database: String) -> String {
        """
        EXISTS (SELECT 1 FROM impossible_there i WHERE i.objection = \(objection) AND i.linked_database = \(database))
        """
    }

    static func declare(
        _ objection: ObjectionID, in database: String, by impossibility: Impossibility,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO impossible_there (objection, linked_database, declared_at, reference, event)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (objection, linked_database) DO UPDATE SET declared_at = $3, reference = $4, event = $5
            """, objection.description, database, impossibility.declaredAt, impossibility.reference, impossibility.event
        )
    }

    /// Something has happened to the objection in that database: what was said of it before counts no more.
    static func lapse(_ objection: String, in database: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM impossible_there WHERE objection = $1 AND linked_database = $2", objection, database)
    }

    /// The objection says something new of `scope`: whether that can be applied is to be judged anew.
    static func lapse(_ objection: ObjectionID, within scope: Scope, on connection: any SQLConnection) throws {
        guard scope.part != nil else {
            try connection.execute("DELETE FROM impossible_there WHERE objection = $1", objection.description)
            return
        }
        if case .databases(let ids) = scope {
            for id in ids { try lapse(objection.description, in: id, on: connection) }
        }
    }

    /// The database has confirmed the ledger's entries after `start`, up to `end`: what it has taken is not impossible. What it
    /// can't know, or holds back as an exception, it has not taken.
    static func lapseConfirmed(
        in database: String, after start: Int64, upTo end: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            DELETE FROM impossible_there WHERE linked_database = $1 AND EXISTS (
                SELECT 1 FROM ledger_entry e JOIN linked_database d ON d.id = $1
                WHERE e.objection = impossible_there.objection AND e.position > $2 AND e.position <= $3
                    AND \(Matching.knows("e", in: "d")))
            AND NOT EXISTS (
                SELECT 1 FROM delivery_exception x
                WHERE x.linked_database = $1 AND x.objection = impossible_there.objection AND x.resolved_at IS NULL)
            """, database, start, end)
    }
}

extension OperatorDesk {
    /// Records that `database` can't apply the objection of a request, whose event `number` has the reasons.
    ///
    /// Throws `RightsError.invalid` where there is no objection, the database is not in its scope, has applied it, or has
    /// stopped: then nobody knows what it holds.
    func declareImpossible(
        in database: String, for stored: StoredRequest, event number: Int, at moment: Instant,
        on connection: any SQLConnection
    ) throws {
        func refusal(_ pointer: String, _ code: String) -> RightsError {
            .invalid(FieldErrors([FieldError(pointer: pointer, code: code)]))
        }
        guard let objection = stored.objection else { throw refusal("/type", "impossible.notForRight") }
        let statuses = try ObjectionStanding.load(of: stored, policy, on: connection).propagation.filter {
            $0.database == database
        }
        guard !statuses.isEmpty else { throw refusal("/database", "task.outOfScope") }
        guard try LinkedDatabaseStore.find(database, on: connection)?.stoppedAt == nil else {
            throw refusal("/database", "impossible.stopped")
        }
        guard statuses.contains(where: \.isOpen) else { throw refusal("/database", "impossible.applied") }
        try ImpossibilityStore.declare(
            objection, in: database,
            by: Impossibility(declaredAt: moment, reference: stored.reference, event: number), on: connection)
    }
}
