import Foundation
import Logging
import PublicRegistry
import RightsRegistry
import TestSupport
import Vault

@testable import Propagation
@testable import SQLDatabase

/// What simulations of one run share, since it is slow to make: a database, keys, targets. Each begins with it emptied.
struct Stage: Sendable {
    enum Kind: Sendable { case push, pull, folder }

    static let kinds: [(id: String, kind: Kind)] = [
        ("cohorte", .push), ("entrepot", .push), ("dossier", .folder), ("tireuse", .pull),
    ]

    let database: SQLDatabase
    let keys: KeyStore
    let reader: LedgerReader
    let targets: [String: SimulatedTarget]
    let custodians: [String: SimulatedCustodian]

    static func kind(_ id: String) -> Kind { kinds.first { $0.id == id }!.kind }

    static func connector(_ id: String) -> String {
        switch kind(id) {
        case .push: "sqlite:/simulated/\(id)"
        case .pull: "pull:"
        case .folder: "dir:/simulated/\(id)"
        }
    }

    /// What every simulation writes to. The schema stays.
    private static let tables = [
        "ledger", "ledger_entry", "ledger_segment", "sequence", "lease", "linked_database", "delivery_batch",
        "delivery_exception", "project_reach", "objection_project", "mailbox_batch", "controller_task",
        "project_dataset", "database_key", "audit_event",
    ]

    /// - Parameters:
    ///   - keys: of a folder of the test's own.
    ///   - folder: where targets are.
    init(database: SQLDatabase, keys: KeyStore, folder: String) async throws {
        self.database = database
        self.keys = keys
        _ = try await database.migrate(
            Sequencer.migrations + PublicRegistry.migrations + RightsSchema.migrations + PropagationSchema.migrations)
        reader = LedgerReader(privateKey: try keys.privateKey(.ledger))
        var targets: [String: SimulatedTarget] = [:]
        for (id, kind) in Self.kinds {
            if !keys.exists(.feed(id)) { try keys.createSymmetricKey(.feed(id)) }
            guard kind == .push else { continue }
            let target = try await SQLDatabase.open(.sqlite(path: "\(folder)/\(id).sqlite"), logger: Self.logger)
            targets[id] = SimulatedTarget(id: id, list: try await SQLTarget.open(in: target))
        }
        self.targets = targets
        custodians = Dictionary(
            uniqueKeysWithValues: Self.kinds.filter { $0.kind != .push }.map { ($0.id, SimulatedCustodian(id: $0.id)) })
    }

    func reset() async throws {
        try await database.write { connection in
            for table in Self.tables { try connection.execute("DELETE FROM \(table)") }
            try LedgerStore.found(on: connection, incarnation: "first", at: SimulatedClock().now())
        }
        for (id, _) in Self.kinds where !keys.exists(.database(id)) { try keys.createSymmetricKey(.database(id)) }
        for target in targets.values { try await target.reset() }
        for custodian in custodians.values { custodian.reset() }
    }

    func close() async {
        for target in targets.values { await target.list.close() }
        await database.close()
    }

    static let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
}

/// Lends `body` a stage on `engine`. SQLite's files stand in memory where the machine has such a place: a simulation ends
/// processes and not machines, and what a disk keeps has tests of its own.
func withStage<T>(
    _ engine: EngineUnderTest, isolation: isolated (any Actor)? = #isolation, _ body: (Stage) async throws -> T
) async throws -> T {
    try await withTemporaryDatabase(engine) { place in
        let memory = "/dev/shm/" + URL(fileURLWithPath: place.folder).lastPathComponent
        let isMade =
            (try? FileManager.default.createDirectory(atPath: memory, withIntermediateDirectories: false)) != nil
        defer { try? FileManager.default.removeItem(atPath: memory) }
        let folder = isMade ? memory : place.folder
        let keys = try KeyStore.create(at: place.folder + "/keys")
        try keys.initialise()
        let database =
            switch engine {
            case .sqlite: try await SQLDatabase.open(.sqlite(path: folder + "/regard.sqlite"), logger: Stage.logger)
            case .postgresql: try await place.open()
            }
        let stage = try await Stage(database: database, keys: keys, folder: folder)
        let result: Result<T, any Error>
        do { result = .success(try await body(stage)) } catch { result = .failure(error) }
        await stage.close()
        return try result.get()
    }
}
