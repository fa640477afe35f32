public import SQLDatabase

/// The newest registration of an objection, as far as a position, with what was taken back of it since.
public struct StandingRegistration: Sendable {
    public let entry: LedgerEntry
    /// The later withdrawals, in their order.
    let withdrawn: [(position: Int64, scope: Scope)]

    /// What an objection comes to in one database.
    public enum Effect: Sendable, Hashable {
        /// Whatever is done there, but for some projects.
        case everything(except: Set<String>)
        case projects(Set<String>)
    }

    /// What the objection comes to in `database`; nil where nothing of it is in force there. For the database and each
    /// project, the latest covering entry decides.
    public func effect(in database: String) -> Effect? {
        func isInForce(_ project: String?) -> Bool {
            entry.scope.covers(database: database, project: project)
                && !withdrawn.contains { $0.scope.covers(database: database, project: project) }
        }
        if isInForce(nil) {
            return .everything(except: Set(withdrawn.flatMap(\.scope.projects).filter { !isInForce($0) }))
        }
        let projects = Set(entry.scope.projects.filter(isInForce))
        return projects.isEmpty ? nil : .projects(projects)
    }

    /// The position of what was said last of a project: of its withdrawal, else of the registration.
    public func position(of project: String) -> Int64 {
        withdrawn.last { $0.scope.projects.contains(project) }?.position ?? entry.position
    }
}

extension LedgerStore {
    /// The registrations at positions after `position` that stand at `end`: none is there whose objection was registered
    /// again up to `end`. In order, at most `limit`.
    ///
    /// - Parameter bound: those alone that stand at it or before, as they stand at `end`.
    public static func standing(
        after position: Int64, upTo end: Int64, registeredUpTo bound: Int64 = .max, limit: Int,
        on connection: any SQLConnection
    ) throws -> [StandingRegistration] {
        let entries = try connection.query(
            """
            SELECT * FROM ledger_entry e
            WHERE position > $1 AND position <= $3 AND effect = 'register' AND NOT EXISTS (
                SELECT 1 FROM ledger_entry later
                WHERE later.objection = e.objection AND later.ordinal > e.ordinal AND later.effect = 'register'
                    AND later.position <= $2)
            ORDER BY position LIMIT \(limit)
            """, position, end, min(bound, end)
        ).map(LedgerEntry.init)
        guard let last = entries.last else { return [] }
        let withdrawals = try connection.query(
            """
            SELECT w.objection, w.position, w.scope FROM ledger_entry e
            JOIN ledger_entry w ON w.objection = e.objection AND w.ordinal > e.ordinal
            WHERE e.position > $1 AND e.position <= $2 AND e.effect = 'register'
                AND w.effect = 'withdraw' AND w.position <= $3
            ORDER BY w.objection, w.ordinal
            """, position, last.position, end)
        var withdrawn: [String: [(position: Int64, scope: Scope)]] = [:]
        for row in withdrawals {
            withdrawn[try row["objection"], default: []].append(
                (try row["position"], try Scope(stored: try row["scope"])))
        }
        return entries.map { entry in
            // What was withdrawn before the newest registration was registered again with it. Positions follow ordinals.
            let later = withdrawn[entry.objection.description, default: []].filter { $0.position > entry.position }
            return StandingRegistration(entry: entry, withdrawn: later)
        }
    }

    /// The ids of the entries that are committed and have no position yet.
    public static func waiting(on connection: any SQLConnection) throws -> Set<String> {
        Set(try connection.query("SELECT id FROM ledger_entry WHERE position IS NULL").map { try $0["id"] })
    }
}
