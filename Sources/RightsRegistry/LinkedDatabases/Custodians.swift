public import CivilTime
public import SQLDatabase

/// The number of a file that a custodian takes away: that of the last batch which it holds.
///
/// Written `12`, and `2-12` in the second edition of a list, whose numbers begin again.
public struct FileNumber: Sendable, Hashable, CustomStringConvertible {
    public let edition: Int64
    public let number: Int64

    public init(edition: Int64, number: Int64) {
        self.edition = edition
        self.number = number
    }

    /// As a person types it; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        switch (parts.count, parts.first ?? nil, parts.last ?? nil) {
        case (1, let number?, _) where number > 0: self.init(edition: 1, number: number)
        case (2, let edition?, let number?) where edition > 1 && number > 0:
            self.init(edition: edition, number: number)
        default: return nil
        }
    }

    public var description: String { edition == 1 ? "\(number)" : "\(edition)-\(number)" }
}

/// What waits for a custodian's word in one mailbox.
public struct WaitingMailbox: Sendable, Hashable {
    public let database: String
    public let batches: Int
    /// Lines that change something.
    public let changes: Int
    /// When the oldest batch that changes something was made; nil where none does.
    public let since: Instant?
}

/// A custodian's word: all up to the file was applied at an extraction.
public struct Attestation: Sendable, Hashable {
    public let file: FileNumber
    public let extractedOn: CalendarDate
    public let by: String
    public let at: Instant

    public init(file: FileNumber, extractedOn: CalendarDate, by name: String, at now: Instant) {
        self.file = file
        self.extractedOn = extractedOn
        by = name
        at = now
    }
}

/// Custodians who sign in: for which databases, what they took away, what they said.
public enum CustodianStore {
    /// What a file holds.
    public enum FileKind: String, Sendable, CaseIterable {
        /// What was laid down since the last attestation.
        case changes
        /// Everybody who is on the list.
        case list
    }

    /// Makes `name` answer for databases.
    public static func entrust(_ databases: [String], to name: String, on connection: any SQLConnection) throws {
        for database in databases {
            try connection.execute(
                "INSERT INTO custodian_database (operator, linked_database) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                name, database)
        }
    }

    /// The databases that a custodian answers for, removed ones left out, by id.
    public static func databases(of name: String, on connection: any SQLConnection) throws -> [LinkedDatabase] {
        try connection.query(
            """
            SELECT d.* FROM custodian_database c JOIN linked_database d ON d.id = c.linked_database
            WHERE c.operator = $1 AND d.state <> 'removed' ORDER BY d.id
            """, name
        ).map(LinkedDatabase.init)
    }

    /// Records that a file was taken away; again, by whom it was last.
    public static func recordFile(
        _ file: FileNumber, _ kind: FileKind, of database: String, by name: String, at now: Instant,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO custodian_file (linked_database, edition, number, kind, operator, taken_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (linked_database, edition, number, kind) DO UPDATE SET operator = $5, taken_at = $6
            """, database, file.edition, file.number, kind.rawValue, name, now)
    }

    /// Whether somebody took this file away, of whichever kind.
    public static func wasTaken(
        _ file: FileNumber, of database: String, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.first(
            "SELECT kind FROM custodian_file WHERE linked_database = $1 AND edition = $2 AND number = $3", database,
            file.edition, file.number) != nil
    }

    public static func record(
        _ attestation: Attestation, of database: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO custodian_attestation (linked_database, edition, number, extracted_on, operator, attested_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """, database, attestation.file.edition, attestation.file.number, attestation.extractedOn.description,
            attestation.by, attestation.at)
    }

    /// The newest first.
    public static func attestations(
        of database: String, limit: Int, on connection: any SQLConnection
    ) throws -> [Attestation] {
        try connection.query(
            """
            SELECT * FROM custodian_attestation WHERE linked_database = $1
            ORDER BY edition DESC, number DESC LIMIT \(limit)
            """, database
        ).map { row in
            guard let day = CalendarDate(try row["extracted_on"] as String) else {
                throw SQLError.decoding("custodian_attestation.extracted_on")
            }
            return Attestation(
                file: FileNumber(edition: try row["edition"], number: try row["number"]), extractedOn: day,
                by: try row["operator"], at: try row["attested_at"])
        }
    }
}

extension MailboxStore {
    /// What waits in each mailbox, by id; one where nothing waits is not there.
    public static func waiting(on connection: any SQLConnection) throws -> [String: WaitingMailbox] {
        let rows = try connection.query(
            """
            SELECT b.linked_database AS id, COUNT(*) AS batches,
                CAST(SUM(COALESCE(b.changes, 1)) AS BIGINT) AS changes,
                MIN(CASE WHEN COALESCE(b.changes, 1) > 0 THEN b.made_at END) AS since
            FROM linked_database d
            JOIN mailbox_batch b ON b.linked_database = d.id AND b.edition = d.edition AND b.number > d.acknowledged
            WHERE d.state <> 'removed' GROUP BY b.linked_database
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let id: String = try row["id"]
                return (
                    id,
                    WaitingMailbox(
                        database: id, batches: try row["batches"], changes: try row["changes"],
                        since: try row["since"])
                )
            })
    }
}
