/// One row of an answer. Cells are read by column name into the type that is asked for.
public struct Row: Sendable {
    /// Column names to places, shared by all rows of one answer.
    @usableFromInline let columns: [String: Int]
    @usableFromInline let values: [SQLValue]

    /// The cell of `column` as `T`. Throws `SQLError.decoding` where there is no such column or it holds another type.
    ///
    /// Inlined where it is used: looked up for each cell, the types cost more than the reading.
    @inlinable public subscript<T: SQLConvertible>(_ column: String) -> T {
        get throws {
            guard let place = columns[column] else { throw SQLError.decoding("no column named \(column)") }
            guard let value = T(sqlValue: values[place]) else {
                throw SQLError.decoding("column \(column) is no \(T.self)")
            }
            return value
        }
    }
}
