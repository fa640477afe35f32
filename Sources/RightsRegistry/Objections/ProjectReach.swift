public import CivilTime
import PublicRegistry
public import SQLDatabase

/// Which linked databases an objection to a project is carried into: those that hold data which the project uses.
///
/// A pair of database and project is recorded once the project uses it, and stays: what a database was told, it is also
/// told the end of. Until a pair is *served*, the database has not been handed what was objected to before the project
/// came to use it, and nothing about that project counts as confirmed there.
public enum ProjectReach {
    /// What the pairs follow from. Where it is the same as before, no pair can be missing.
    public struct Basis: Sendable, Hashable {
        let change: Int64
        let datasets: [String: [String]]
    }

    public static func basis(
        of linked: [LinkedDatabase], on connection: any SQLConnection
    ) throws -> Basis {
        Basis(
            change: try RegisterChanges.latest(connection),
            datasets: Dictionary(uniqueKeysWithValues: linked.map { ($0.id, $0.datasets) }))
    }

    /// Records the pairs that the register now has and that were not known.
    public static func refresh(on connection: any SQLConnection) throws {
        for database in try LinkedDatabaseStore.linked(on: connection) {
            try connection.execute(
                """
                INSERT INTO project_reach (linked_database, project)
                SELECT DISTINCT CAST($1 AS text), used.project FROM project_dataset used
                WHERE \(holds(database, from: 2)) AND NOT EXISTS (
                    SELECT 1 FROM project_reach known
                    WHERE known.linked_database = $1 AND known.project = used.project)
                ON CONFLICT DO NOTHING
                """, parameters: [database.id] + database.datasets)
        }
    }

    /// That `used.dataset` is among what the database holds, by its own word or by the catalogue's. `$1` is its id.
    private static func holds(_ database: LinkedDatabase, from first: Int) -> String {
        let catalogue = "used.dataset IN (SELECT reference FROM dataset WHERE linked_database = $1)"
        guard !database.datasets.isEmpty else { return catalogue }
        let list = database.datasets.indices.map { "$\(first + $0)" }.joined(separator: ", ")
        return "(used.dataset IN (\(list)) OR \(catalogue))"
    }

    // MARK: For citizens

    /// By project, the linked databases that hold data which it uses or used, and whether each was served.
    static func databases(
        of projects: [String], among linked: [LinkedDatabase], on connection: any SQLConnection
    ) throws -> [String: [String: Instant?]] {
        guard !projects.isEmpty else { return [:] }
        var found: [String: [String: Instant?]] = [:]
        for project in projects {
            let used = try connection.query(
                """
                SELECT used.dataset, dataset.linked_database FROM project_dataset used
                LEFT JOIN dataset ON dataset.reference = used.dataset WHERE used.project = $1
                """, project)
            for row in used {
                let (dataset, named): (String, String?) = (try row["dataset"], try row["linked_database"])
                for database in linked where database.id == named || database.datasets.contains(dataset) {
                    found[project, default: [:]].updateValue(nil, forKey: database.id)
                }
            }
            let known = try connection.query(
                "SELECT linked_database, served_at FROM project_reach WHERE project = $1", project)
            for row in known {
                let id: String = try row["linked_database"]
                guard linked.contains(where: { $0.id == id }) else { continue }
                found[project, default: [:]].updateValue(try row["served_at"], forKey: id)
            }
        }
        return found
    }

    /// Those of `uses` that have data which no linked database holds.
    static func unreached(
        _ uses: [ProjectUse], among linked: [LinkedDatabase], on connection: any SQLConnection
    ) throws -> [String] {
        let held = Set(linked.flatMap(\.datasets))
        let ids = Set(linked.map(\.id))
        return try uses.filter { use in
            if use.usesOtherData { return true }
            return try use.datasets.subtracting(held).contains { dataset in
                let named: String? = try connection.first(
                    "SELECT linked_database FROM dataset WHERE reference = $1", dataset)?["linked_database"]
                return named.map { !ids.contains($0) } ?? true
            }
        }.map(\.reference).sorted()
    }

    // MARK: For the hub

    /// The projects among `projects` of which `database` gets every entry, or has a batch waiting that catches up with them.
    public static func served(
        _ projects: Set<String>, in database: String, on connection: any SQLConnection
    ) throws -> Set<String> {
        try projects.filter { project in
            try connection.first(
                """
                SELECT project FROM project_reach
                WHERE linked_database = $1 AND project = $2 AND (served_at IS NOT NULL OR handed_at IS NOT NULL)
                """, database, project) != nil
        }
    }

    /// All projects of which `database` gets every entry, or has a batch waiting that catches up with them.
    public static func served(in database: String, on connection: any SQLConnection) throws -> Set<String> {
        let rows = try connection.query(
            """
            SELECT project FROM project_reach
            WHERE linked_database = $1 AND (served_at IS NOT NULL OR handed_at IS NOT NULL)
            """, database)
        return Set(try rows.map { try $0["project"] })
    }

    /// The projects that use `database` or used it, served or not.
    public static func projects(of database: String, on connection: any SQLConnection) throws -> Set<String> {
        let rows = try connection.query("SELECT project FROM project_reach WHERE linked_database = $1", database)
        return Set(try rows.map { try $0["project"] })
    }

    /// A project whose earlier entries `database` still has to be handed; nil where there is none.
    public static func waiting(in database: String, on connection: any SQLConnection) throws -> String? {
        try connection.first(
            """
            SELECT project FROM project_reach
            WHERE linked_database = $1 AND served_at IS NULL AND handed_at IS NULL
            ORDER BY project LIMIT 1
            """, database)?["project"]
    }

    /// The entries up to `position` of the objections that concern `project`, by position, of at most `limit` of those
    /// objections after `objection`; and the last of these, nil where there is none.
    public static func earlierEntries(
        of project: String, after objection: String, upTo position: Int64, limit: Int,
        on connection: any SQLConnection
    ) throws -> (entries: [LedgerEntry], last: String?) {
        let found: [String] = try connection.query(
            """
            SELECT objection FROM objection_project WHERE project = $1 AND objection > $2
            ORDER BY objection LIMIT \(limit)
            """, project, objection
        ).map { try $0["objection"] }
        guard let last = found.last else { return ([], nil) }
        return (try LedgerStore.entries(of: found, upTo: position, on: connection), last)
    }

    /// Records that `database` has been handed all that was objected to in `project` so far.
    public static func recordServed(
        _ project: String, in database: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE project_reach SET served_at = $1 WHERE linked_database = $2 AND project = $3 AND served_at IS NULL",
            now, database, project)
        try LinkedDatabaseStore.recordReach(of: database, on: connection)
    }

    /// Records the same of every project that nobody has objected to.
    public static func recordUnconcerned(
        in database: String, at now: Instant, on connection: any SQLConnection
    ) throws {
        let served = try connection.execute(
            """
            UPDATE project_reach SET served_at = $1
            WHERE linked_database = $2 AND served_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM objection_project named WHERE named.project = project_reach.project)
            """, now, database)
        if served > 0 { try LinkedDatabaseStore.recordReach(of: database, on: connection) }
    }
}
