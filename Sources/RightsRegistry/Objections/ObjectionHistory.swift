import CivilTime
import SQLDatabase

/// What the ledger says of one objection: for a database and a project, its latest covering entry decides.
///
/// Every registration has the objection's own scope; a withdrawal has that scope or a part of it.
struct ObjectionHistory: Sendable {
    struct Entry: Sendable {
        let ordinal: Int
        let effect: LedgerEffect
        let scope: Scope
        /// Nil until the sequencer has given it one.
        let position: Int64?
        let identifierCount: Int
        let traitCount: Int
        let at: Instant
        /// When its identifiers were destroyed, long after the objection had ended.
        var forgottenAt: Instant?
    }

    /// In their order; none for an objection that was never registered.
    let entries: [Entry]

    static func load(_ objection: ObjectionID, on connection: any SQLConnection) throws -> ObjectionHistory {
        let rows = try connection.query(
            """
            SELECT ordinal, effect, scope, position, identifier_count, trait_count, created_at,
                forgotten_at
            FROM ledger_entry
            WHERE objection = $1 ORDER BY ordinal
            """, objection.description)
        return ObjectionHistory(
            entries: try rows.map { row in
                guard let effect = LedgerEffect(rawValue: try row["effect"]) else {
                    throw SQLError.decoding("ledger_entry.effect")
                }
                return Entry(
                    ordinal: try row["ordinal"], effect: effect, scope: try Scope(stored: try row["scope"]),
                    position: try row["position"], identifierCount: try row["identifier_count"],
                    traitCount: try row["trait_count"], at: try row["created_at"], forgottenAt: try row["forgotten_at"])
            })
    }

    /// What the ledger said as far as `position`.
    func upTo(_ position: Int64) -> ObjectionHistory {
        ObjectionHistory(entries: entries.filter { entry in entry.position.map { $0 <= position } ?? false })
    }

    /// What the objection covers as a whole; nil where it was never registered.
    var scope: Scope? { entries.first?.scope }

    /// The entry that decides for `project` in `database`; where `project` is nil, for whatever else is done there.
    func deciding(database: String, project: String? = nil) -> Entry? {
        entries.last { $0.scope.covers(database: database, project: project) }
    }

    /// The entry that decides for one id of `part`, wherever it applies.
    private func deciding(_ part: Scope.Part, _ id: String) -> Entry? {
        entries.last { $0.scope == .all || ($0.scope.part == part && $0.scope.ids.contains(id)) }
    }

    /// What of `asked` is in force; nil where nothing is.
    func inForce(within asked: Scope = .all) -> Scope? {
        guard let part = scope?.part(within: asked) else { return nil }
        guard let kind = part.part else {
            return entries.last { $0.scope == .all }?.effect == .register ? part : nil
        }
        return part.with(part.ids.filter { deciding(kind, $0)?.effect == .register })
    }

    var isInForce: Bool { inForce() != nil }

    /// What had been taken back when the whole was ended by somebody else.
    var exceptionsBeforeItsEnd: [Scope] { ObjectionHistory(entries: entries.dropLast()).exceptions }

    /// What has been taken back while the rest stands: some databases, some projects.
    var exceptions: [Scope] {
        guard isInForce, let scope else { return [] }
        let withdrawn = entries.filter { $0.effect == .withdraw }
        return Scope.Part.allCases.compactMap { part in
            let named = Set(withdrawn.filter { $0.scope.part == part }.flatMap(\.scope.ids)).sorted()
            let ended = named.filter { deciding(part, $0)?.effect == .withdraw }
            guard !ended.isEmpty else { return nil }
            switch part {
            case .database: return scope.part(within: .databases(ended))
            case .project: return scope.part(within: .projects(ended))
            }
        }
    }
}
