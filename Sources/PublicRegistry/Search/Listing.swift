import SQLDatabase
import StrictJSON

/// A sorted list, read page by page after the sort key of the last row: a page costs the same wherever it is.
struct Listing {
    enum Direction {
        case ascending, descending
    }

    let select: String
    let from: String
    let conditions: Conditions
    /// The table that has the columns of `sort`.
    let table: String
    /// Columns of TEXT that together are unique and never NULL; `select` has them under their own names.
    let sort: [String]
    let direction: Direction
    /// What its cursors are bound to.
    let filters: JSON

    /// One page and the total; `cursor` is nil for the first.
    func page<Item: Sendable>(
        after cursor: Cursor?, limit: PageLimit, on connection: any SQLConnection, item: (Row) throws -> Item
    ) throws -> ResultPage<Item> {
        let total: Int =
            try connection.query(
                "SELECT count(*) AS total FROM \(from) WHERE \(conditions.sql)", parameters: conditions.parameters
            ).first?["total"] ?? 0
        let columns = sort.map { "\(table).\($0)" }
        var remaining = conditions
        if let cursor {
            remaining.add(direction == .ascending ? ">" : "<", columns: columns, key: cursor.key)
        }
        let order = columns.map { direction == .ascending ? $0 : "\($0) DESC" }.joined(separator: ", ")
        // One row more than the page has tells whether another page follows.
        let rows = try connection.query(
            """
            SELECT \(select) FROM \(from) WHERE \(remaining.sql)
            ORDER BY \(order) LIMIT \(limit.items + 1)
            """,
            parameters: remaining.parameters)
        let shown = rows.prefix(limit.items)
        var next: String?
        if rows.count > shown.count, let last = shown.last {
            next = Cursor(after: try sort.map { try last[$0] }).encoded(filters: filters)
        }
        return ResultPage(items: try shown.map(item), total: total, nextCursor: next)
    }

    /// The place that `text` names in a list that is kept in memory.
    static func end(_ text: String?, filters: JSON) throws(CursorError) -> SearchEnd? {
        try cursor(text, filters: filters, keyLength: SearchEnd.keyLength).map { SearchEnd($0) }
    }

    /// The place that `text` names in a list with these filters.
    static func cursor(
        _ text: String?, filters: JSON, keyLength: Int = 2
    ) throws(CursorError) -> Cursor? {
        guard let text else { return nil }
        return try Cursor(text, filters: filters, keyLength: keyLength)
    }
}
