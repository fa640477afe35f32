import Crypto
import RightsRegistry
import SQLDatabase
import Vault

/// What one linked database calls people and objections: by its own key, and by what it knows people. While its key is
/// changed, under each of its keys.
struct ListKeys: Sendable {
    let id: String
    let matching: Matching
    /// Names the list, and tells nothing of the keys: a target keeps it to know whose list it holds. It stays when a key is
    /// changed.
    let listName: String
    /// By generation: all that are not retired.
    let keys: [Int: PseudonymKey]
    let strayKey: StrayKey
    /// Which set of keys this is: `LinkedDatabase.keyChange`.
    let change: Int64

    /// One identifier of one objection, as the database's list has it.
    struct Name: Sendable, Hashable {
        let token: [UInt8]
        let pseudonym: [UInt8]
    }

    /// Throws `KeyStoreError` where a key is missing.
    static func load(_ id: String, from store: KeyStore, in database: SQLDatabase) async throws -> ListKeys {
        let (linked, generations) = try await database.read { connection in
            (
                try LinkedDatabaseStore.find(id, on: connection),
                try DatabaseKeyStore.current(of: id, on: connection)
            )
        }
        var keys: [Int: PseudonymKey] = [:]
        var active: SymmetricKey?
        for generation in generations {
            let key = try store.symmetricKey(.key(of: id, generation: generation.number))
            keys[generation.number] = PseudonymKey(key)
            if generation.state == .active { active = key }
        }
        guard let active, let oldest = generations.first.flatMap({ keys[$0.number] }) else {
            throw TargetError.otherList
        }
        return ListKeys(
            id: id, matching: linked?.matching ?? .nir, listName: linked?.list ?? oldest.listName, keys: keys,
            strayKey: StrayKey(of: active), change: linked?.keyChange ?? 0)
    }

    /// All of them, the oldest first.
    var generations: [Int] { keys.keys.sorted() }

    /// The pseudonyms by which the custodian finds a person, of identifiers by which the database may know them; under each key,
    /// since nobody but the custodian knows which of them it matches with today.
    func pseudonyms(of identifiers: [String]) -> [[UInt8]] {
        generations.compactMap { keys[$0] }.flatMap { key in identifiers.map { key.pseudonym(of: $0) } }
    }

    /// The tokens of an entry's objection under some of the keys, for each identifier by which the database may know the
    /// person.
    func tokens(of entry: LedgerEntry, in generations: [Int]) -> [[UInt8]] {
        generations.compactMap { keys[$0] }.flatMap { key in
            entry.numbers(for: matching).map { key.token(objection: entry.objection.bytes, identifier: UInt32($0)) }
        }
    }

    /// The same with the pseudonyms.
    /// - Parameter identifiers: all of the entry's, as the ledger's reader opens them.
    func names(of entry: LedgerEntry, _ identifiers: [String], in generations: [Int]) -> [Name] {
        var names: [Name] = []
        for key in generations.lazy.compactMap({ keys[$0] }) {
            for number in entry.numbers(for: matching) where number < identifiers.count {
                names.append(
                    Name(
                        token: key.token(objection: entry.objection.bytes, identifier: UInt32(number)),
                        pseudonym: key.pseudonym(of: identifiers[number])))
            }
        }
        return names
    }
}
