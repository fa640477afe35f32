public import CivilTime
public import RightsRegistry
public import SQLDatabase
public import StrictJSON

/// The tables of this half.
public enum PropagationSchema {
    public static let migrations = [
        Migration(
            "0500-release-certificates",
            """
            -- What the release gate certified: the public document as it is published, and the auditor's, whose counts
            -- are exact, as it was signed.
            CREATE TABLE release_certificate (
                id TEXT PRIMARY KEY,
                -- NULL where the cohort serves no single project.
                project TEXT,
                linked_database TEXT NOT NULL,
                issued_at BIGINT NOT NULL,
                registered_at BIGINT NOT NULL,
                public_document TEXT NOT NULL,
                auditor_document TEXT NOT NULL
            );
            CREATE INDEX release_certificate_by_project ON release_certificate (project, issued_at, id);
            """)
    ]
}

/// A certificate as the public may see it.
public struct PublishedCertificate: Sendable, Hashable {
    public let id: String
    public let project: String?
    public let database: String
    public let issuedAt: Instant
    public let completeAsOf: Instant
    /// A multiple of eleven, rounded down, as `personsRemoved` is.
    public let rowsIn: Int
    public let personsRemoved: Int
    /// The signed document.
    public let document: JSON

    init(_ row: Row) throws {
        document = try JSON(parsing: try row["public_document"] as String)
        id = try row["id"]
        project = try row["project"]
        database = try row["linked_database"]
        issuedAt = try row["issued_at"]
        guard let completeAsOf = document["certificate"]?["completeAsOf"]?.string.flatMap({ Instant($0) }),
            let rowsIn = document["certificate"]?["rowsIn"]?.int,
            let personsRemoved = document["certificate"]?["personsRemoved"]?.int
        else { throw SQLError.decoding("a certificate's public document") }
        self.completeAsOf = completeAsOf
        self.rowsIn = rowsIn
        self.personsRemoved = personsRemoved
    }
}

/// The certificates that were registered.
public enum CertificateStore {
    /// What registering came to.
    public enum Registration: String, Sendable { case added, known }

    /// Registers what the gate certified; `document` is the auditor's, from which `certificate` was read. The same one
    /// again changes nothing.
    ///
    /// Throws `GateRefusal` where it is not about this installation's ledger and databases.
    public static func register(
        _ certificate: Certificate, document: JSON, audit: AuditEvent, at now: Instant,
        on connection: any SQLConnection
    ) throws -> Registration {
        guard try LinkedDatabaseStore.find(certificate.database, on: connection) != nil else {
            throw GateRefusal.certificate("no database \(certificate.database) is linked here, nor was")
        }
        let ledger = try connection.first(
            "SELECT incarnation FROM ledger WHERE incarnation = $1", certificate.incarnation)
        guard ledger != nil else { throw GateRefusal.certificate("its list was taken from another ledger") }
        let publicDocument = document["certificate"]?["public"] ?? .null
        let added = try connection.execute(
            """
            INSERT INTO release_certificate
                (id, project, linked_database, issued_at, registered_at, public_document, auditor_document)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """, certificate.id, certificate.project, certificate.database, certificate.issuedAt, now,
            publicDocument.canonical, document.canonical)
        if added == 1 {
            try audit.record(on: connection)
            return .added
        }
        let known: String? = try connection.first(
            "SELECT auditor_document FROM release_certificate WHERE id = $1", certificate.id)?["auditor_document"]
        guard known == document.canonical else {
            throw GateRefusal.certificate("another one of the same number is registered")
        }
        return .known
    }

    /// Those of a project, newest first.
    public static func published(
        ofProject project: String, on connection: any SQLConnection
    ) throws -> [PublishedCertificate] {
        try connection.query(
            """
            SELECT id, project, linked_database, issued_at, public_document FROM release_certificate
            WHERE project = $1 ORDER BY issued_at DESC, id
            """, project
        ).map(PublishedCertificate.init)
    }

    public static func find(_ id: String, on connection: any SQLConnection) throws -> PublishedCertificate? {
        try connection.first(
            """
            SELECT id, project, linked_database, issued_at, public_document FROM release_certificate WHERE id = $1
            """, id
        ).map(PublishedCertificate.init)
    }

    /// The auditor's document, whose counts are exact.
    public static func auditorDocument(_ id: String, on connection: any SQLConnection) throws -> JSON? {
        let stored: String? = try connection.first(
            "SELECT auditor_document FROM release_certificate WHERE id = $1", id)?["auditor_document"]
        return try stored.map { try JSON(parsing: $0.utf8) }
    }

    /// How many are registered: what readers poll. None is ever removed.
    public static func count(on connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT count(*) AS total FROM release_certificate")?["total"] ?? 0
    }
}
