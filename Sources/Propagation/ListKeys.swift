import RightsRegistry
import SQLDatabase
import Vault

/// What one linked database calls people and objections: by its own key, and by what it knows people.
struct ListKeys: Sendable {
    let matching: Matching
    let key: PseudonymKey
    let strayKey: StrayKey

    /// One identifier of one objection, as the database's list has it.
    struct Name: Sendable, Hashable {
        let token: [UInt8]
        let pseudonym: [UInt8]
    }

    /// Throws `KeyStoreError` where the key is missing.
    static func load(_ id: String, from keys: KeyStore, in database: SQLDatabase) async throws -> ListKeys {
        let matching = try await database.read { try LinkedDatabaseStore.find(id, on: $0)?.matching }
        let key = try keys.symmetricKey(.database(id))
        return ListKeys(matching: matching ?? .nir, key: PseudonymKey(key), strayKey: StrayKey(of: key))
    }

    /// Names the list that the key makes, and tells nothing of the key: a target keeps it to know whose list it holds.
    var listName: String { key.listName }

    /// The pseudonyms by which the custodian finds a person, of identifiers by which the database may know them.
    func pseudonyms(of identifiers: [String]) -> [[UInt8]] { identifiers.map { key.pseudonym(of: $0) } }

    /// The tokens of an entry's objection, for each identifier by which the database may know the person.
    func tokens(of entry: LedgerEntry) -> [[UInt8]] {
        entry.numbers(for: matching).map { key.token(objection: entry.objection.bytes, identifier: UInt32($0)) }
    }

    /// The same with the pseudonyms.
    /// - Parameter identifiers: all of the entry's, as the ledger's reader opens them.
    func names(of entry: LedgerEntry, _ identifiers: [String]) -> [Name] {
        entry.numbers(for: matching).compactMap { number in
            guard number < identifiers.count else { return nil }
            return Name(
                token: key.token(objection: entry.objection.bytes, identifier: UInt32(number)),
                pseudonym: key.pseudonym(of: identifiers[number]))
        }
    }
}
