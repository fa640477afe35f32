import CPostgreSQL
import Foundation

/// One libpq connection. It belongs to whoever has taken it from the pool and is used by one thread at a time.
///
/// `@unchecked Sendable`: the pool hands a connection to exactly one job, and gets it back when that job has ended.
final class PostgreSQLConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    /// Prepared statements of this session by their SQL.
    private var statements: [String: String] = [:]

    /// Connects, which blocks. Throws `SQLError.unavailable`.
    init(keywords: [(String, String)], settings: PostgreSQLSettings) throws {
        let names = keywords.map { strdup($0.0) }
        let values = keywords.map { strdup($0.1) }
        defer { for text in names + values { free(text) } }
        let namePointers = names.map { UnsafePointer($0) } + [nil]
        let valuePointers = values.map { UnsafePointer($0) } + [nil]
        guard let connection = PQconnectdbParams(namePointers, valuePointers, 0) else {
            throw SQLError.unavailable("out of memory")
        }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else {
            let message = PostgreSQLConnection.message(of: connection)
            PQfinish(connection)
            throw SQLError.unavailable(message)
        }
        // Notices go to standard error by default, where they would mix with ours.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        do {
            try command(
                """
                SET statement_timeout = \(settings.statementTimeout);
                SET idle_in_transaction_session_timeout = \(settings.idleInTransactionTimeout);
                SET client_encoding = 'UTF8'; SET bytea_output = 'hex'; SET standard_conforming_strings = on
                """)
        } catch {
            PQfinish(connection)
            throw error
        }
    }

    func close() { PQfinish(connection) }

    var isUsable: Bool { PQstatus(connection) == CONNECTION_OK }
    var isIdle: Bool { PQtransactionStatus(connection) == PQTRANS_IDLE }

    /// Runs SQL that carries no values: transaction control, settings, migrations.
    func command(_ sql: String) throws {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        try check(result)
    }

    /// Commits. A transaction in which an error was swallowed ends in a rollback that libpq calls a success: that is
    /// an error here. A connection that is lost meanwhile leaves the outcome unknown.
    func commit() throws {
        let result = PQexec(connection, "COMMIT")
        defer { PQclear(result) }
        guard PQstatus(connection) == CONNECTION_OK else {
            throw SQLError.outcomeUnknown(Self.message(of: connection))
        }
        try check(result)
        guard String(cString: PQcmdStatus(result)) == "COMMIT" else {
            throw SQLError.statement("the transaction had failed before its commit")
        }
    }

    /// Sends the values beside the statement, prepared once a session, and gives the result to `body`.
    private func run<T>(
        _ sql: String, _ parameters: [any SQLConvertible], _ body: (OpaquePointer?) throws -> T
    ) throws
        -> T
    {
        let values = try SQLValue.binding(parameters)
        let name = try prepared(sql)
        let bytes: [[UInt8]?] = values.map { value in
            switch value {
            case .null: nil
            case .integer(let number): Array(String(number).utf8) + [0]
            case .real(let number): Array("\(number)".utf8) + [0]
            case .text(let text): Array(text.utf8) + [0]
            case .blob(let blob): blob
            }
        }
        let isBinary: [Int32] = values.map { if case .blob = $0 { 1 } else { 0 } }
        let lengths = bytes.map { Int32($0?.count ?? 0) }
        // One buffer holds all values, so that the pointers stay valid for the length of the call.
        var buffer: [UInt8] = []
        var offsets: [Int?] = []
        for value in bytes {
            offsets.append(value == nil ? nil : buffer.count)
            buffer.append(contentsOf: value ?? [])
        }
        buffer.append(0)
        let result = buffer.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in
                offset.map { UnsafeRawPointer(buffer.baseAddress! + $0).assumingMemoryBound(to: CChar.self) }
            }
            return PQexecPrepared(connection, name, Int32(values.count), pointers, lengths, isBinary, 1)
        }
        defer { PQclear(result) }
        try check(result)
        return try body(result)
    }

    private func prepared(_ sql: String) throws -> String {
        if let name = statements[sql] { return name }
        if statements.count >= 256 { try forgetStatements() }
        let name = "s\(statements.count)"
        let result = PQprepare(connection, name, sql, 0, nil)
        defer { PQclear(result) }
        try check(result)
        statements[sql] = name
        return name
    }

    private func forgetStatements() throws {
        try command("DEALLOCATE ALL")
        statements = [:]
    }

    private func check(_ result: OpaquePointer?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default: break
        }
        let state = PQresultErrorField(result, CInt(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let text =
            PQresultErrorField(result, CInt(UInt8(ascii: "M"))).map { String(cString: $0) }
            ?? Self.message(of: connection)
        guard PQstatus(connection) == CONNECTION_OK else { throw SQLError.unavailable(text) }
        throw Self.error(state: state, message: text)
    }

    /// SQLSTATE classes as `SQLError`s (PostgreSQL manual, appendix A).
    private static func error(state: String, message: String) -> SQLError {
        switch state {
        case "40001", "40P01": .contention(message)
        case "53100", "54000": .storageFull(message)
        case "57014", "55P03", "25P03": .timeout(message)
        case "57P01", "57P02", "57P03": .unavailable(message)
        case _ where state.hasPrefix("23"): .constraint(message)
        case _ where state.hasPrefix("08") || state.hasPrefix("53"): .unavailable(message)
        default: .statement("\(message) (\(state))")
        }
    }

    private static func message(of connection: OpaquePointer) -> String {
        String(cString: PQerrorMessage(connection)).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension PostgreSQLConnection: SQLConnection {
    var engine: SQLEngine { .postgresql }

    func query(_ sql: String, parameters: [any SQLConvertible]) throws -> [Row] {
        try run(sql, parameters) { result in
            let width = PQnfields(result)
            var columns: [String: Int] = [:]
            for column in 0..<width where columns[String(cString: PQfname(result, column))] == nil {
                columns[String(cString: PQfname(result, column))] = Int(column)
            }
            let types = (0..<width).map { PQftype(result, $0) }
            return try (0..<PQntuples(result)).map { row in
                let values = try (0..<width).map { column in
                    guard PQgetisnull(result, row, column) == 0 else { return SQLValue.null }
                    let bytes = UnsafeRawBufferPointer(
                        start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
                    return try SQLValue(binary: bytes, type: types[Int(column)])
                }
                return Row(columns: columns, values: values)
            }
        }
    }

    func execute(_ sql: String, parameters: [any SQLConvertible]) throws -> Int {
        try run(sql, parameters) { Int(String(cString: PQcmdTuples($0))) ?? 0 }
    }

    func insert(_ rows: BulkRows, into table: String) throws {
        guard rows.count > 0 else { return }
        let start = PQexec(
            connection, "COPY \(table) (\(rows.columns.joined(separator: ", "))) FROM STDIN (FORMAT binary)")
        defer { PQclear(start) }
        guard PQresultStatus(start) == PGRES_COPY_IN else { return try check(start) }
        try send(Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8))
        try send(rows.bytes)
        try send([0xFF, 0xFF])
        guard PQputCopyEnd(connection, nil) == 1 else { throw SQLError.unavailable(Self.message(of: connection)) }
        // The answer to COPY, then none: until it has been read, nothing else can be asked.
        let result = PQgetResult(connection)
        defer { PQclear(result) }
        while let more = PQgetResult(connection) { PQclear(more) }
        try check(result)
    }

    private func send(_ bytes: [UInt8]) throws {
        let isTaken = bytes.withUnsafeBytes { bytes in
            PQputCopyData(
                connection, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard isTaken == 1 else { throw SQLError.unavailable(Self.message(of: connection)) }
    }

    func script(_ sql: String) throws { try command(sql) }
}

extension SQLValue {
    /// A cell in PostgreSQL's binary format, by its type's object id (`pg_type.oid`).
    fileprivate init(binary bytes: UnsafeRawBufferPointer, type: Oid) throws {
        switch type {
        case 20, 21, 23:  // int8, int2, int4: big-endian two's complement
            var number: Int64 = bytes.first.map { $0 & 0x80 != 0 } == true ? -1 : 0
            for byte in bytes { number = number << 8 | Int64(byte) }
            self = .integer(number)
        case 16: self = .integer(bytes.first == 1 ? 1 : 0)  // bool
        case 17: self = .blob(Array(bytes))  // bytea
        case 25, 1043, 1042, 19, 114: self = .text(String(decoding: bytes, as: UTF8.self))  // text and its kin
        case 701: self = .real(Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) }))  // float8
        default: throw SQLError.decoding("type \(type) is not read: CAST it to bigint, text or double precision")
        }
    }
}
