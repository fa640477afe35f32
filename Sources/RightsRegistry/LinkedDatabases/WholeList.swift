public import CivilTime
public import SQLDatabase

/// The whole list of one database, as its custodian takes it away.
public struct WholeList: Sendable, Hashable {
    /// Names its parts.
    public let list: String
    /// It holds what all batches up to this one say.
    public let file: FileNumber
    public let madeAt: Instant
    public let parts: Int
    public let lines: Int

    public init(list: String, file: FileNumber, madeAt: Instant, parts: Int, lines: Int) {
        self.list = list
        self.file = file
        self.madeAt = madeAt
        self.parts = parts
        self.lines = lines
    }
}

/// Whole lists: asked for by custodians, made by the hub, which alone can open the ledger.
public enum WholeListStore {
    /// Asks for a list. Nothing where one is asked for already.
    public static func ask(for database: String, at now: Instant, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO whole_list (linked_database, asked_at) VALUES ($1, $2)
            ON CONFLICT (linked_database) DO UPDATE SET asked_at = COALESCE(whole_list.asked_at, $2)
            """, database, now)
    }

    /// Since when one is asked for; nil where none is.
    public static func asked(for database: String, on connection: any SQLConnection) throws -> Instant? {
        try connection.first("SELECT asked_at FROM whole_list WHERE linked_database = $1", database)?["asked_at"]
    }

    /// The list that is there; nil where none is.
    public static func list(of database: String, on connection: any SQLConnection) throws -> WholeList? {
        guard
            let row = try connection.first(
                "SELECT * FROM whole_list WHERE linked_database = $1 AND list IS NOT NULL", database)
        else { return nil }
        return WholeList(
            list: try row["list"], file: FileNumber(edition: try row["edition"], number: try row["number"]),
            madeAt: try row["made_at"], parts: try row["part_count"], lines: try row["line_count"])
    }

    /// Adds a part of a list that is being made, from 0.
    public static func add(
        _ sealed: [UInt8], part: Int, of list: String, database: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "INSERT INTO whole_list_part (list, part, linked_database, sealed) VALUES ($1, $2, $3, $4)", list, part,
            database, sealed)
    }

    /// Puts a list that is whole in the place of the one before.
    public static func publish(_ list: WholeList, of database: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE whole_list SET asked_at = NULL, list = $1, edition = $2, number = $3, made_at = $4, part_count = $5,
                line_count = $6
            WHERE linked_database = $7
            """, list.list, list.file.edition, list.file.number, list.madeAt, list.parts, list.lines, database)
        try connection.execute(
            "DELETE FROM whole_list_part WHERE linked_database = $1 AND list <> $2", database, list.list)
    }

    /// One part of a list, sealed; nil where another list has come in its place.
    public static func part(_ part: Int, of list: String, on connection: any SQLConnection) throws -> [UInt8]? {
        try connection.first(
            "SELECT sealed FROM whole_list_part WHERE list = $1 AND part = $2", list, part)?["sealed"]
    }

    /// The databases whose list was made before `moment`.
    static func old(madeBefore moment: Instant, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            "SELECT linked_database FROM whole_list WHERE list IS NOT NULL AND made_at < $1", moment
        ).map { try $0["linked_database"] }
    }

    /// Destroys the list of a database; one that is asked for is still made.
    static func destroy(_ database: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM whole_list_part WHERE list = (SELECT list FROM whole_list WHERE linked_database = $1)",
            database)
        try connection.execute("UPDATE whole_list SET list = NULL WHERE linked_database = $1", database)
    }

    /// Destroys the list, and takes back that one was asked for.
    public static func forget(_ database: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM whole_list WHERE linked_database = $1", database)
        try connection.execute("DELETE FROM whole_list_part WHERE linked_database = $1", database)
    }
}
