/// The two engines that Regard runs on.
public enum SQLEngine: String, Sendable, CaseIterable {
    case sqlite, postgresql
}

/// A connection inside a transaction, lent to the closure of `SQLDatabase.read` or `write` for as long as it runs.
///
/// SQL is written once for both engines, with `$1`, `$2`… for the parameters in order.
public protocol SQLConnection {
    var engine: SQLEngine { get }
    /// All rows of the answer.
    func query(_ sql: String, parameters: [any SQLConvertible]) throws -> [Row]
    /// Runs a statement; returns how many rows it inserted, updated or deleted.
    @discardableResult
    func execute(_ sql: String, parameters: [any SQLConvertible]) throws -> Int
    /// Adds many rows to a table at once: far quicker than a statement for each, on PostgreSQL (COPY).
    func insert(_ rows: BulkRows, into table: String) throws
    /// Runs several statements without parameters, as migrations do.
    func script(_ sql: String) throws
}

extension SQLConnection {
    /// All rows of the answer.
    public func query(_ sql: String, _ parameters: any SQLConvertible...) throws -> [Row] {
        try query(sql, parameters: parameters)
    }

    /// The first row of the answer, or nil where it is empty.
    public func first(_ sql: String, _ parameters: any SQLConvertible...) throws -> Row? {
        try query(sql, parameters: parameters).first
    }

    /// Runs a statement; returns how many rows it inserted, updated or deleted.
    @discardableResult
    public func execute(_ sql: String, _ parameters: any SQLConvertible...) throws -> Int {
        try execute(sql, parameters: parameters)
    }
}

extension SQLValue {
    /// The values of `parameters`. Text with a NUL is refused on both engines, since PostgreSQL can't hold it and
    /// the C interface would cut it short without a word.
    static func binding(_ parameters: [any SQLConvertible]) throws -> [SQLValue] {
        try parameters.map { parameter in
            let value = parameter.sqlValue
            if case .text(let text) = value, text.utf8.contains(0) {
                throw SQLError.statement("a text parameter holds a NUL character")
            }
            return value
        }
    }
}
