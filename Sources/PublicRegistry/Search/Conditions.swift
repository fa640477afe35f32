import SQLDatabase

/// The conditions of a WHERE with their parameters: only filters that are present are written, since neither engine
/// can tell the type of a parameter that is compared with NULL alone.
struct Conditions {
    private(set) var parameters: [any SQLConvertible] = []
    private var terms: [String]

    init(_ first: String) { terms = [first] }

    var sql: String { terms.joined(separator: " AND ") }

    /// The placeholder that the next parameter gets.
    var nextPlaceholder: String { "$\(parameters.count + 1)" }

    /// Adds a term on one parameter, whose placeholder it is given.
    mutating func add(_ parameter: any SQLConvertible, _ term: (String) -> String) {
        terms.append(term(nextPlaceholder))
        parameters.append(parameter)
    }

    /// Adds that the row comes after `key` (or before, where the sort goes down) in the order of `columns`.
    mutating func add(_ comparison: String, columns: [String], key: [String]) {
        let placeholders = Placeholders.list(key.count, from: parameters.count + 1)
        terms.append("(\(columns.joined(separator: ", "))) \(comparison) (\(placeholders))")
        parameters += key
    }
}
