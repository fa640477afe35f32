import RightsRegistry
import SQLDatabase
import Vault

/// Turns entries of the ledger into what one database must hear of them, under its own pseudonyms.
struct BatchMaker: Sendable {
    let id: String
    let key: PseudonymKey
    let reader: LedgerReader
    let database: SQLDatabase

    /// The changes, in the order of the entries.
    ///
    /// - Parameter served: of the projects that the entries name, those that the database gets.
    func changes(_ entries: [LedgerEntry], served: Set<String>) async throws -> [TargetBatch.Change] {
        let concerned = entries.map { ($0, rows: $0.rows(in: id, served: served)) }.filter { !$0.rows.isEmpty }
        let identifiers = try await reader.identifiers(of: concerned.map(\.0), in: database)
        return concerned.flatMap { entry, rows in
            let numbers = 0..<entry.identifierCount
            let tokens = numbers.map { key.token(objection: entry.objection.bytes, identifier: UInt32($0)) }
            switch entry.effect {
            case .register:
                return zip(identifiers[entry.id, default: []], tokens).flatMap { canonical, token in
                    let pseudonym = key.pseudonym(of: canonical)
                    return rows.map { row in
                        TargetBatch.Change.register(
                            pseudonym: pseudonym, token: token, scope: row, isAgain: entry.isLater,
                            position: entry.position)
                    }
                }
            case .withdraw:
                return tokens.flatMap { token in
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
