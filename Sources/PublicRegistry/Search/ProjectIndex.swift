import SQLDatabase
import StrictJSON
import Synchronization

/// Keeps the projects that are shown in memory, as of the register's newest change: one for each process that reads them.
final class ProjectIndex: Sendable {
    /// Projects that are read at once.
    private static let pageLength = 500
    /// Above so many changes all is read anew: it costs less than to put them in one by one.
    private static let mostChanges = 20_000

    private let database: SQLDatabase
    private let current = Mutex<ProjectSnapshot?>(nil)
    private let loading: Loading

    init(database: SQLDatabase) {
        self.database = database
        loading = Loading()
    }

    /// The projects as of change `number` at least; as of the newest where it is nil.
    func snapshot(asOf number: Int64?) async throws -> ProjectSnapshot {
        let kept = current.withLock { $0 }
        if let kept, let number, kept.change >= number { return kept }
        return try await loading.one { [self] in
            let kept = current.withLock { $0 }
            if let kept, let number, kept.change >= number { return kept }
            let newest = try await brought(kept)
            current.withLock { $0 = newest }
            return newest
        }
    }

    /// One at a time: whoever comes meanwhile looks again when it is done.
    private actor Loading {
        private var last: Task<ProjectSnapshot, any Error>?

        func one(_ load: @escaping @Sendable () async throws -> ProjectSnapshot) async throws -> ProjectSnapshot {
            let before = last
            let task = Task {
                _ = await before?.result
                return try await load()
            }
            last = task
            return try await task.value
        }
    }

    /// `kept` with what has changed since; all of it where there is none.
    private func brought(_ kept: ProjectSnapshot?) async throws -> ProjectSnapshot {
        guard var snapshot = kept else { return try await whole() }
        let since = snapshot.change
        let (change, changed) = try await database.read { connection -> (Int64, [String]) in
            // What has no number yet may be seen already, and will be looked at once more when it has.
            let rows = try connection.query(
                """
                SELECT DISTINCT reference FROM record_version
                WHERE kind = 'project' AND (change > $1 OR change IS NULL) LIMIT \(Self.mostChanges + 1)
                """, since)
            return (try RegisterChanges.latest(connection), try rows.map { try $0["reference"] })
        }
        guard changed.count <= Self.mostChanges else { return try await whole() }
        var documents: [ProjectDocument] = []
        for start in stride(from: 0, to: changed.count, by: Self.pageLength) {
            let references = Array(changed[start..<min(start + Self.pageLength, changed.count)])
            let rows = try await database.read { connection in
                try connection.query(
                    """
                    \(Self.select) AND p.reference IN (\(Placeholders.list(references.count, from: 1)))
                    """, parameters: references
                ).map(Self.stored)
            }
            documents += try await Self.documents(rows)
        }
        snapshot.replace(Set(changed), by: documents)
        snapshot.change = change
        return snapshot
    }

    private func whole() async throws -> ProjectSnapshot {
        let change = try await database.read { try RegisterChanges.latest($0) }
        var (after, documents): (String, [ProjectDocument]) = ("", [])
        while true {
            let rows = try await database.read { [after] connection in
                try connection.query(
                    "\(Self.select) AND p.reference > $1 ORDER BY p.reference LIMIT \(Self.pageLength)", after
                ).map(Self.stored)
            }
            guard let last = rows.last else { break }
            after = last.summary.reference
            documents += try await Self.documents(rows)
        }
        var snapshot = ProjectSnapshot(change: change)
        snapshot.replace([], by: documents)
        return snapshot
    }

    // MARK: Reading

    private struct Stored: Sendable {
        let summary: ProjectSummary
        let sortTitle: String
        let content: String
    }

    private static let select = """
        SELECT p.*, v.content FROM project p
        JOIN record_version v ON v.kind = 'project' AND v.reference = p.reference AND v.n = p.n
        WHERE p.shown = 1
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(summary: try ProjectSummary(row), sortTitle: try row["sort_title"], content: try row["content"])
    }

    /// Reads what is stored into documents, on all cores.
    private static func documents(_ rows: [Stored]) async throws -> [ProjectDocument] {
        try await withThrowingTaskGroup(of: [ProjectDocument].self) { group in
            for start in stride(from: 0, to: rows.count, by: 125) {
                let part = rows[start..<min(start + 125, rows.count)]
                group.addTask {
                    try part.map { row in
                        ProjectDocument(
                            try Project(stored: try JSON(parsing: row.content.utf8)), row.summary,
                            sortTitle: row.sortTitle)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
