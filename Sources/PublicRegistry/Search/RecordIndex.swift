import SQLDatabase
import StrictJSON
import Synchronization

/// Keeps what is shown of one kind of record in memory, as of the register's newest change: one for each process that reads it.
final class RecordIndex<Item: SearchedItem>: Sendable {
    /// Records that are read at once.
    private static var pageLength: Int { 500 }
    /// Above so many changes all is read anew: it costs less than to put them in one by one.
    private static var mostChanges: Int { 20_000 }

    private let database: SQLDatabase
    private let kind: RecordKind
    /// The table of the newest versions of that kind.
    private let table: String
    private let read: @Sendable (Row) throws -> [SearchDocument<Item>]
    private let current = Mutex<SearchSnapshot<Item>?>(nil)
    private let loading: Loading

    /// - Parameter read: the items of a record, from its row of `table` and its `content`.
    init(
        database: SQLDatabase, kind: RecordKind, table: String,
        read: @escaping @Sendable (Row) throws -> [SearchDocument<Item>]
    ) {
        self.database = database
        self.kind = kind
        self.table = table
        self.read = read
        loading = Loading()
    }

    /// What there is as of change `number` at least; as of the newest where it is nil.
    func snapshot(asOf number: Int64?) async throws -> SearchSnapshot<Item> {
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
        private var last: Task<SearchSnapshot<Item>, any Error>?

        func one(
            _ load: @escaping @Sendable () async throws -> SearchSnapshot<Item>
        ) async throws -> SearchSnapshot<Item> {
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
    private func brought(_ kept: SearchSnapshot<Item>?) async throws -> SearchSnapshot<Item> {
        guard var snapshot = kept else { return try await whole() }
        let since = snapshot.change
        let (change, changed) = try await database.read { [kind] connection -> (Int64, [String]) in
            // What has no number yet may be seen already, and will be looked at once more when it has.
            let rows = try connection.query(
                """
                SELECT DISTINCT reference FROM record_version
                WHERE kind = $2 AND (change > $1 OR change IS NULL) LIMIT \(Self.mostChanges + 1)
                """, since, kind.rawValue)
            return (try RegisterChanges.latest(connection), try rows.map { try $0["reference"] })
        }
        guard changed.count <= Self.mostChanges else { return try await whole() }
        var documents: [SearchDocument<Item>] = []
        for start in stride(from: 0, to: changed.count, by: Self.pageLength) {
            let references = Array(changed[start..<min(start + Self.pageLength, changed.count)])
            let rows = try await database.read { [select] connection in
                try connection.query(
                    """
                    \(select) AND p.reference IN (\(Placeholders.list(references.count, from: 1)))
                    """, parameters: references)
            }
            documents += try await self.documents(rows)
        }
        snapshot.replace(Set(changed), by: documents)
        snapshot.change = change
        return snapshot
    }

    private func whole() async throws -> SearchSnapshot<Item> {
        let change = try await database.read { try RegisterChanges.latest($0) }
        var documents: [SearchDocument<Item>] = []
        var rows = try await page(after: "")
        while let last = rows.last {
            // The next page is fetched while this one is read.
            async let next = page(after: try last["reference"])
            documents += try await self.documents(rows)
            rows = try await next
        }
        var snapshot = SearchSnapshot<Item>(change: change)
        snapshot.replace([], by: documents)
        return snapshot
    }

    // MARK: Reading

    private var select: String {
        """
        SELECT p.*, v.content FROM \(table) p
        JOIN record_version v ON v.kind = '\(kind.rawValue)' AND v.reference = p.reference AND v.n = p.n
        WHERE p.shown = 1
        """
    }

    private func page(after reference: String) async throws -> [Row] {
        try await database.read { [select] connection in
            try connection.query(
                "\(select) AND p.reference > $1 ORDER BY p.reference LIMIT \(Self.pageLength)", reference)
        }
    }

    /// Reads what is stored into documents, on all cores.
    private func documents(_ rows: [Row]) async throws -> [SearchDocument<Item>] {
        try await withThrowingTaskGroup(of: [SearchDocument<Item>].self) { [read] group in
            for start in stride(from: 0, to: rows.count, by: 125) {
                let part = rows[start..<min(start + 125, rows.count)]
                group.addTask { try part.flatMap { try read($0) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
