public import SQLDatabase

/// Under which of a database's keys it is told of each entry. Read in the transaction in which the entries are.
public struct KeyCoverage: Sendable {
    let generations: [KeyGeneration]
    /// By entry, where the registration stands that it is about; only where a key was changed.
    let registrations: [String: Int64]

    /// Of no entry.
    public static let none = KeyCoverage(generations: [], registrations: [:])

    /// The generations whose lines an entry gets.
    public func generations(of entry: LedgerEntry) -> [Int] {
        let position = registrations[entry.id] ?? entry.position
        return generations.filter { $0.carries(position) }.map(\.number)
    }

    /// Whether the list may never have had a row of what an entry ends under a key: what was ended before the key came was not
    /// told under it, and an objection that ends as a whole ends that once more.
    public func mayLackRow(_ entry: LedgerEntry, under generation: Int) -> Bool {
        guard let generation = generations.first(where: { $0.number == generation }) else { return false }
        return registrations[entry.id].map { $0 <= generation.bound } ?? false
    }

    public static func of(
        _ entries: [LedgerEntry], in database: String, on connection: any SQLConnection
    ) throws -> KeyCoverage {
        let generations = try DatabaseKeyStore.current(of: database, on: connection)
        guard generations.contains(where: { $0.state != .active || $0.bound > 0 }) else {
            return KeyCoverage(generations: generations, registrations: [:])
        }
        var registrations: [String: Int64] = [:]
        for entry in entries where entry.effect == .withdraw {
            let registration: Int64? = try connection.first(
                """
                SELECT MAX(position) AS position FROM ledger_entry
                WHERE objection = $1 AND effect = 'register' AND position < $2
                """, entry.objection.description, entry.position)?["position"]
            registrations[entry.id] = registration
        }
        return KeyCoverage(generations: generations, registrations: registrations)
    }
}
