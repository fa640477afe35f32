import CivilTime
public import RightsRegistry
import SQLDatabase
import StrictJSON

extension ListRepair {
    /// What a resynchronisation comes to.
    public enum Resynchronisation: Sendable, Hashable {
        /// The list compared, or brought, to the ledger. What was surplus stays in force there.
        case compared(ListReport)
        /// The list is out of our reach: it is handed over anew, from the beginning.
        case anew
    }

    /// Looks what a resynchronisation would do, and changes nothing.
    public func inspect() async throws -> Resynchronisation {
        let linked = try await linked()
        guard let address = Self.readable(linked) else { return .anew }
        return try await leased { _ in
            try await with(address) { target in
                let head = try await database.read { try LedgerStore.head(on: $0) }
                let lists = try await read(target, upTo: head, ignoresExcepted: false, goneThrough: true)
                try requireOwnList(lists.place)
                return .compared(try await compare(lists))
            }
        }
    }

    /// Brings a list to the ledger, so that the database is served again. No row that protects somebody is ended but by an
    /// entry of the ledger: what the ledger does not explain stays in force, and is kept for operators to decide on.
    ///
    /// The target is told where it stands last, so that one which was stopped stays so until all is done.
    public func resynchronise(by actor: String, role: String) async throws -> Resynchronisation {
        let linked = try await linked()
        guard let address = Self.readable(linked) else {
            try await beginAnew(linked, by: actor, role: role)
            return .anew
        }
        return try await leased { lease in
            try await with(address) { target in
                .compared(try await bring(target, lease, by: actor, role: role))
            }
        }
    }

    private func bring(
        _ target: SQLTarget, _ lease: Lease, by actor: String, role: String
    ) async throws -> ListReport {
        let (incarnation, head) = try await database.read { connection in
            (try LedgerStore.incarnation(on: connection), try LedgerStore.head(on: connection))
        }
        let lists = try await read(target, upTo: head, ignoresExcepted: false, goneThrough: true)
        try requireOwnList(lists.place)
        var refused: [Rejection] = []
        var report = try await compare(lists) { differences in
            // Kept before anything else is done with the target.
            try await keep(differences.filter { $0.kind == .surplus }, as: .waiting)
            refused += try await target.mend(
                differences.filter { $0.kind != .surplus }, at: lists.place, position: head)
        }
        report.refused = refused.count
        try await target.move(
            from: lists.place, to: TargetPlace(list: keys.listName, incarnation: incarnation, position: head))
        let moment = now()
        let audit = AuditEvent(
            at: moment, actor: actor, role: role, act: "database.resynchronised", subject: id,
            detail: [
                "position": .integer(head),
                "from": lists.place.map { .string("\($0.incarnation):\($0.position)") } ?? .null,
                "missing": .integer(Int64(report.missing)), "stale": .integer(Int64(report.stale)),
                "surplus": .integer(Int64(report.surplus)),
            ])
        try await database.write { [id, refused] connection in
            try require(lease, at: moment, on: connection)
            try LinkedDatabaseStore.recordResynchronised(
                id, incarnation: incarnation, position: head, at: moment, on: connection)
            try DeliveryExceptionStore.resolveAll(in: id, at: moment, on: connection)
            for rejection in refused {
                try DeliveryExceptionStore.record(
                    rejection.reason, at: rejection.position, in: id, now: moment, on: connection)
            }
            try audit.record(on: connection)
        }
        return report
    }

    private func beginAnew(_ linked: LinkedDatabase, by actor: String, role: String) async throws {
        let moment = now()
        let audit = AuditEvent(
            at: moment, actor: actor, role: role, act: "database.begunAnew", subject: id,
            detail: ["position": .integer(linked.position), "edition": .integer(linked.edition)])
        try await leased { lease in
            try await database.write { [id] connection in
                try require(lease, at: moment, on: connection)
                try LinkedDatabaseStore.beginAnew(id, at: moment, on: connection)
                try audit.record(on: connection)
            }
        }
    }

    // MARK: The target

    /// Whether a database's list can be read from here, and so be repaired.
    public static func isReadable(_ linked: LinkedDatabase) -> Bool { readable(linked) != nil }

    /// The address of a list that we can read; nil where it is its custodian's alone.
    static func readable(_ linked: LinkedDatabase) -> ConnectorAddress? {
        switch try? ConnectorAddress(linked.connector) {
        case .postgresql(let url): .postgresql(url: url)
        case .sqlite(let path): .sqlite(path: path)
        case .https, .directory, .pull, .manual, nil: nil
        }
    }

    func with<T: Sendable>(
        _ address: ConnectorAddress, _ body: (SQLTarget) async throws -> T
    ) async throws -> T {
        let target = try await SQLTarget.open(address, logger: logger)
        let result: Result<T, any Error>
        do { result = .success(try await body(target)) } catch { result = .failure(error) }
        await target.close()
        return try result.get()
    }

    /// A list that another key made is another database's, or was ours before the key was replaced: not one to write to.
    func requireOwnList(_ place: TargetPlace?) throws {
        guard let place, place.list != keys.listName else { return }
        throw RepairRefusal.outOfPlace(.otherList)
    }
}
