import NIOPosix
import RightsRegistry
import SQLDatabase
import Vault

/// What the ledger yields for one database: the rows of its list that say something, and the tokens that have ended.
struct LedgerRows: Sendable {
    private static let pageLength = 2000

    let id: String
    let database: SQLDatabase
    let reader: LedgerReader
    let keys: ListKeys
    /// Under which of its keys the list has rows of what.
    let generations: [KeyGeneration]
    let scopes: ScopeNames

    /// Writes the rows of the ledger up to `position` into `rows`, and those that are kept without it.
    ///
    /// - Parameter asAcknowledged: of the projects alone that the custodian has acknowledged to have caught up with.
    func write(upTo position: Int64, into rows: RowBuckets, asAcknowledged: Bool = false) async throws {
        let (served, strays) = try await database.read { [id] connection in
            let projects =
                try asAcknowledged
                ? ProjectReach.acknowledged(in: id, on: connection)
                : ProjectReach.served(ProjectReach.projects(of: id, on: connection), in: id, on: connection)
            return (projects, try StrayStore.all(in: id, on: connection))
        }
        try rows.add(try strays.compactMap(row))
        var after: Int64 = 0
        while true {
            try Task.checkCancellation()
            let page = try await database.read { [after] in
                try LedgerStore.standing(after: after, upTo: position, limit: Self.pageLength, on: $0)
            }
            guard let last = page.last?.entry.position else { return }
            after = last
            let standing = page.map { ($0.entry, told($0, served)) }
            let identifiers = try await reader.identifiers(
                of: standing.filter { !$0.1.isEmpty }.map(\.0), in: database)
            try await NIOThreadPool.singleton.runIfActive { [self] in
                try rows.add(
                    standing.flatMap { entry, told in
                        self.rows(entry, told, identifiers[entry.id] ?? [], asAcknowledged: asAcknowledged)
                    })
            }
        }
    }

    /// The tokens of objections that a database could not take: what it holds of them is not ours to say.
    func exceptedTokens() async throws -> Set<Bytes32> {
        let excepted = try await database.read { [id] in try DeliveryExceptionStore.excepted(in: id, on: $0) }
        return Set(
            excepted.flatMap { objection, count in
                keys.keys.values.flatMap { key in
                    (0..<count).compactMap { Bytes32(key.token(objection: objection.bytes, identifier: UInt32($0))) }
                }
            })
    }

    /// A row that an objection comes to, whoever's.
    private struct Told: Sendable {
        let scope: UInt32
        let state: ListRow.State
    }

    /// Which rows an objection comes to, of the projects that the database gets.
    private func told(
        _ registration: StandingRegistration, _ served: Set<String>
    ) -> [Told] {
        // It has ended further on, and its pseudonyms can't be made any more: a list that has it in force is mended.
        if registration.entry.isForgotten { return [] }
        return switch registration.effect(in: id) {
        case nil: []
        case .everything(let exceptions):
            [Told(scope: ScopeNames.whole, state: .inForce)]
                + exceptions.intersection(served).map { Told(scope: scopes.number(of: $0), state: .notInForce) }
        case .projects(let projects):
            projects.intersection(served).map { Told(scope: scopes.number(of: $0), state: .inForce) }
        }
    }

    private func rows(
        _ entry: LedgerEntry, _ told: [Told], _ identifiers: [String], asAcknowledged: Bool
    ) -> [ListRow] {
        func row(_ token: [UInt8], _ pseudonym: [UInt8]?, _ scope: UInt32, _ state: ListRow.State) -> ListRow? {
            guard let token = Bytes32(token) else { return nil }
            return ListRow(
                token: token, pseudonym: pseudonym.flatMap { Bytes32($0) } ?? .zero, scope: scope, state: state,
                position: entry.position)
        }
        let (carrying, others) = generations.reduce(into: ([Int](), [Int]())) { split, generation in
            if !told.isEmpty, generation.carries(entry.position, asConfirmed: asAcknowledged) {
                split.0.append(generation.number)
            } else {
                split.1.append(generation.number)
            }
        }
        return keys.tokens(of: entry, in: others).compactMap { row($0, nil, ScopeNames.whole, .ended) }
            + keys.names(of: entry, identifiers, in: carrying).flatMap { name in
                told.compactMap { row(name.token, name.pseudonym, $0.scope, $0.state) }
            }
    }

    /// What is kept without the ledger; what an operator has ended is known, and not in force.
    private func row(_ stray: StrayRow) throws -> ListRow? {
        guard let token = Bytes32(stray.token),
            let pseudonym = Bytes32(
                try keys.strayKey.open(stray.sealed, database: id, token: stray.token, scope: stray.scope))
        else { return nil }
        let state: ListRow.State =
            stray.state == .ended ? .ended : stray.isActive ? .inForce : .notInForce
        return ListRow(
            token: token, pseudonym: pseudonym, scope: scopes.number(of: stray.scope), state: state,
            position: ListRow.stray)
    }
}
