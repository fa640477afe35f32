import Foundation
import GRDB

/// A GRDB connection seen through the seam.
struct SQLiteConnection: SQLConnection {
    let database: Database

    var engine: SQLEngine { .sqlite }

    func query(_ sql: String, parameters: [any SQLConvertible]) throws -> [Row] {
        try SQLiteConnection.translatingErrors {
            let statement = try prepared(sql, parameters)
            let columns = Dictionary(
                statement.columnNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            let width = statement.columnCount
            let cursor = try GRDB.Row.fetchCursor(statement)
            var rows: [Row] = []
            // The cells of the row at which the cursor stands, without a conversion that is looked up for each.
            while try cursor.next() != nil {
                rows.append(
                    Row(
                        columns: columns,
                        values: (0..<width).map { place in
                            SQLValue(DatabaseValue(sqliteStatement: statement.sqliteStatement, index: CInt(place)))
                        }))
            }
            return rows
        }
    }

    func execute(_ sql: String, parameters: [any SQLConvertible]) throws -> Int {
        try SQLiteConnection.translatingErrors {
            try prepared(sql, parameters).execute()
            return database.changesCount
        }
    }

    func insert(_ rows: BulkRows, into table: String) throws {
        try SQLiteConnection.translatingErrors {
            let places = rows.columns.map { _ in "?" }.joined(separator: ", ")
            let statement = try database.cachedStatement(
                sql: "INSERT INTO \(table) (\(rows.columns.joined(separator: ", "))) VALUES (\(places))")
            try rows.eachRow { cells in
                try statement.setArguments(StatementArguments(cells.map(\.bindable)))
                try statement.execute()
            }
        }
    }

    func script(_ sql: String) throws {
        try SQLiteConnection.translatingErrors { try database.execute(sql: sql) }
    }

    /// `$1` is a *name* to SQLite, numbered by first appearance: where that is not the order, parameters are bound by name.
    private func prepared(_ sql: String, _ parameters: [any SQLConvertible]) throws -> Statement {
        let values = try SQLValue.binding(parameters).map(\.bindable)
        let statement = try database.cachedStatement(sql: sql)
        if Self.appearInOrder(in: sql) {
            try statement.setArguments(StatementArguments(values))
        } else {
            let named = values.enumerated().map { (String($0.offset + 1), $0.element) }
            try statement.setArguments(StatementArguments(Dictionary(uniqueKeysWithValues: named)))
        }
        return statement
    }

    /// Whether `$1` appears first, then `$2`, and so on.
    private static func appearInOrder(in sql: String) -> Bool {
        var seen = 0
        var number: Int?
        for byte in sql.utf8 {
            switch (byte, number) {
            case (UInt8(ascii: "$"), _): number = 0
            case (UInt8(ascii: "0")...UInt8(ascii: "9"), let known?):
                number = known * 10 + Int(byte - UInt8(ascii: "0"))
            case (_, let known?):
                guard known <= seen + 1 else { return false }
                seen = max(seen, known)
                number = nil
            default: break
            }
        }
        return (number ?? seen) <= seen + 1
    }

    /// Maps SQLite's result codes to `SQLError`; lets every other error through.
    static func translatingErrors<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            let message = error.message ?? "SQLite \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_CONSTRAINT: throw SQLError.constraint(message)
            case .SQLITE_FULL: throw SQLError.storageFull(message)
            case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_CORRUPT, .SQLITE_NOTADB:
                throw SQLError.unavailable(message)
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw SQLError.contention(message)
            case .SQLITE_INTERRUPT: throw SQLError.timeout(message)
            default: throw SQLError.statement(message)
            }
        }
    }
}

extension SQLValue {
    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob(Array(data))
        }
    }

    /// As GRDB binds it. The type is the one that it maps by a closure: a sequence of values goes by a key path, which took
    /// two fifths of an insertion.
    fileprivate var bindable: (any DatabaseValueConvertible)? { databaseValue }

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Foundation.Data(bytes).databaseValue
        }
    }
}
