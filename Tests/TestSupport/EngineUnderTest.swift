import Foundation
public import Logging
public import SQLDatabase

/// The engines that every store's tests run on.
public typealias EngineUnderTest = SQLEngine

/// What a test needs and did not find.
public struct MissingComponent: Error, CustomStringConvertible {
    public let description: String
}

/// A fresh place for a database on a real engine, named so that it can be opened more than once.
public struct TemporaryDatabase: Sendable {
    public let location: DatabaseLocation
    /// As configuration writes it: `sqlite:PATH` or `postgres://…`.
    public let url: String
    /// A folder of the test's own.
    public let folder: String

    public func open(logger: Logger = Logger(label: "test")) async throws -> SQLDatabase {
        try await SQLDatabase.open(location, logger: logger)
    }
}

/// Lends `body` a place for a database on `engine`, and removes it afterwards.
///
/// PostgreSQL is the server named by `$REGARD_TEST_POSTGRES` (see `Tests/with-postgresql`); each test has a schema of
/// its own there. A test fails where the server is missing.
@discardableResult
public func withTemporaryDatabase<T>(
    _ engine: EngineUnderTest, use: SQLiteUse = .own, isolation: isolated (any Actor)? = #isolation,
    _ body: (TemporaryDatabase) async throws -> T
) async throws -> T {
    let name = "test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("regard-\(name)").path
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    switch engine {
    case .sqlite:
        let path = folder + "/regard.sqlite"
        return try await body(
            TemporaryDatabase(location: .sqlite(path: path, use: use), url: "sqlite:\(path)", folder: folder))
    case .postgresql:
        guard let server = ProcessInfo.processInfo.environment["REGARD_TEST_POSTGRES"] else {
            throw MissingComponent(
                description: "no PostgreSQL: run the tests with “make test” or Tests/with-postgresql")
        }
        let settings = PostgreSQLSettings(connections: 1)
        let owner = try await SQLDatabase.open(
            .postgresql(url: server, settings: settings), logger: Logger(label: "test"))
        try await owner.write { try $0.script("CREATE SCHEMA \(name)") }
        let url = server + "&options=-csearch_path%3D\(name)"
        let result: Result<T, any Error>
        do {
            result = .success(
                try await body(
                    TemporaryDatabase(
                        location: .postgresql(url: url, settings: PostgreSQLSettings(connections: 4)), url: url,
                        folder: folder)))
        } catch {
            result = .failure(error)
        }
        try await owner.write { try $0.script("DROP SCHEMA \(name) CASCADE") }
        await owner.close()
        return try result.get()
    }
}

/// Lends `body` a fresh, migrated database on `engine`, and removes it afterwards.
@discardableResult
public func withDatabase<T>(
    _ engine: EngineUnderTest, migrations: [Migration] = [], isolation: isolated (any Actor)? = #isolation,
    _ body: (SQLDatabase) async throws -> T
) async throws -> T {
    try await withTemporaryDatabase(engine) { place in
        let database = try await place.open()
        let result: Result<T, any Error>
        do {
            _ = try await database.migrate(migrations)
            result = .success(try await body(database))
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }
}
