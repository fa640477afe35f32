import RightsRegistry
import SQLDatabase
import Vault

/// Turns entries of the ledger into what one database must hear of them, under its own pseudonyms.
struct BatchMaker: Sendable {
    let id: String
    let keys: ListKeys
    let reader: LedgerReader
    let database: SQLDatabase

    /// The changes, in the order of the entries.
    ///
    /// - Parameters:
    ///   - served: of the projects that the entries name, those that the database gets.
    ///   - coverage: under which keys it gets each of the entries.
    func changes(
        _ entries: [LedgerEntry], served: Set<String>, _ coverage: KeyCoverage
    ) async throws -> [TargetBatch.Change] {
        guard entries.count > Self.part else { return try await part(entries[...], served, coverage) }
        // On all cores: opening what is sealed is most of the work.
        return try await withThrowingTaskGroup(of: (Int, [TargetBatch.Change]).self) { group in
            for start in stride(from: 0, to: entries.count, by: Self.part) {
                let part = entries[start..<min(start + Self.part, entries.count)]
                group.addTask { (start, try await self.part(part, served, coverage)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    /// Entries that are opened one after the other.
    private static let part = 2000

    private func part(
        _ entries: ArraySlice<LedgerEntry>, _ served: Set<String>, _ coverage: KeyCoverage
    ) async throws -> [TargetBatch.Change] {
        let concerned = entries.map { ($0, rows: $0.rows(in: id, served: served)) }.filter { !$0.rows.isEmpty }
        let identifiers = try await reader.identifiers(of: concerned.map(\.0), in: database)
        var changes: [TargetBatch.Change] = []
        changes.reserveCapacity(concerned.count)
        for (entry, rows) in concerned {
            let generations = coverage.generations(of: entry)
            switch entry.effect {
            case .register:
                for name in keys.names(of: entry, identifiers[entry.id, default: []], in: generations) {
                    for row in rows {
                        changes.append(
                            .register(
                                pseudonym: name.pseudonym, token: name.token, scope: row, isAgain: entry.isLater,
                                position: entry.position))
                    }
                }
            case .withdraw:
                for generation in generations {
                    // What was forgotten was never told to who joined since; elsewhere its end is told once more.
                    let mayBeMissing = entry.isForgotten || coverage.mayLackRow(entry, under: generation)
                    for token in keys.tokens(of: entry, in: [generation]) {
                        for row in rows {
                            changes.append(
                                .withdraw(
                                    token: token, scope: row, position: entry.position, mayBeMissing: mayBeMissing))
                        }
                    }
                }
            }
        }
        return changes
    }

    /// All that some registrations have come to, under a key that is coming; or the end of that, under one that goes. Where
    /// nothing of a registration is in force, nothing is said of it.
    func changes(of page: KeyPage) async throws -> [TargetBatch.Change] {
        let told = page.registrations.compactMap { registration in
            registration.effect(in: id).map { (registration, $0) }
        }
        switch page.pass.kind {
        case .outgoing:
            return told.flatMap { registration, effect in
                keys.tokens(of: registration.entry, in: [page.pass.generation]).flatMap { token in
                    rows(registration, effect, page.served).filter(\.isActive).map {
                        // What was forgotten ended further on, and may never have been told here.
                        TargetBatch.Change.withdraw(
                            token: token, scope: $0.scope, position: registration.entry.position,
                            mayBeMissing: registration.entry.isForgotten)
                    }
                }
            }
        case .incoming:
            let known = told.filter { !$0.0.entry.isForgotten }
            let identifiers = try await reader.identifiers(of: known.map(\.0.entry), in: database)
            return known.flatMap { registration, effect in
                let entry = registration.entry
                let rows = rows(registration, effect, page.served)
                return keys.names(
                    of: entry, identifiers[entry.id, default: []], in: [page.pass.generation]
                ).flatMap { name in
                    rows.map { row -> TargetBatch.Change in
                        row.isActive
                            ? .register(
                                pseudonym: name.pseudonym, token: name.token, scope: row.scope, isAgain: false,
                                position: entry.position)
                            : .withdraw(token: name.token, scope: row.scope, position: row.position)
                    }
                }
            }
        }
    }

    /// One row of a token: what is in force, and what is not in force beside that.
    struct StandingRow: Sendable, Hashable {
        let scope: String
        let isActive: Bool
        let position: Int64
    }

    /// The rows of a token, the row `*` first.
    func rows(
        _ registration: StandingRegistration, _ effect: StandingRegistration.Effect, _ served: Set<String>
    ) -> [StandingRow] {
        switch effect {
        case .everything(let exceptions):
            [StandingRow(scope: TargetBatch.whole, isActive: true, position: registration.entry.position)]
                + exceptions.filter(served.contains).sorted().map {
                    StandingRow(scope: $0, isActive: false, position: registration.position(of: $0))
                }
        case .projects(let projects):
            projects.filter(served.contains).sorted().map {
                StandingRow(scope: $0, isActive: true, position: registration.position(of: $0))
            }
        }
    }
}

extension PseudonymKey {
    /// What the list is called that this key, as a database's first, makes.
    var listName: String { Hex.encode(pseudonym(of: "regard list").prefix(16)) }
}
