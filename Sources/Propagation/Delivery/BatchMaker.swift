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
    /// - Parameter served: of the projects that the entries name, those that the database gets.
    func changes(_ entries: [LedgerEntry], served: Set<String>) async throws -> [TargetBatch.Change] {
        let concerned = entries.map { ($0, rows: $0.rows(in: id, served: served)) }.filter { !$0.rows.isEmpty }
        let identifiers = try await reader.identifiers(of: concerned.map(\.0), in: database)
        return concerned.flatMap { entry, rows in
            switch entry.effect {
            case .register:
                return keys.names(of: entry, identifiers[entry.id, default: []]).flatMap { name in
                    rows.map { row in
                        TargetBatch.Change.register(
                            pseudonym: name.pseudonym, token: name.token, scope: row, isAgain: entry.isLater,
                            position: entry.position)
                    }
                }
            case .withdraw:
                return keys.tokens(of: entry).flatMap { token in
                    rows.map { TargetBatch.Change.withdraw(token: token, scope: $0, position: entry.position) }
                }
            }
        }
    }
}

extension PseudonymKey {
    /// Names the list that this key makes, and tells nothing of the key: a target keeps it to know whose list it holds.
    var listName: String { Hex.encode(pseudonym(of: "regard list").prefix(16)) }
}
