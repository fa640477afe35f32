import Synchronization

/// One token of which a target does not say what the ledger does.
struct ListDifference: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        /// The ledger yields it, and the target has no row of it.
        case missing
        /// The target has rows of it that say something else.
        case stale
        /// The target says something of it, and no entry of the ledger yields it.
        case surplus
    }

    struct Row: Sendable, Hashable {
        let scope: String
        let pseudonym: [UInt8]
        let isInForce: Bool
        let position: Int64
    }

    let kind: Kind
    let token: [UInt8]
    /// The rows that should say something.
    let expected: [Row]
    /// All the rows that the target has of it, and those of them that say something.
    let found: [Row]
    let telling: [Row]
}

/// Walks the tokens of one bucket on both sides, in order.
final class BucketMerge: Sendable {
    private struct State {
        var expected: [ListRow]
        var found: [ListRow]
        var nextExpected = 0
        var nextFound = 0
        var ours = ListDigest()
        var theirs = ListDigest()
    }

    private let scopes: ScopeNames
    private let ignoring: Set<Bytes32>
    private let state: Mutex<State>

    /// - Parameters:
    ///   - expected, found: sorted.
    ///   - ignoring: tokens that are left out of everything.
    init(expected: [ListRow], found: [ListRow], scopes: ScopeNames, ignoring: Set<Bytes32>) {
        self.scopes = scopes
        self.ignoring = ignoring
        state = Mutex(State(expected: expected, found: found))
    }

    /// The digests of what has been walked: at the end, of the bucket.
    var digests: (ours: ListDigest, theirs: ListDigest) { state.withLock { ($0.ours, $0.theirs) } }

    /// The next differences, at most `limit`; none at the end.
    func next(_ limit: Int) -> [ListDifference] {
        state.withLock { state in
            var differences: [ListDifference] = []
            while differences.count < limit, let token = Self.nextToken(state) {
                let expected = Self.group(of: token, in: state.expected, from: &state.nextExpected)
                let found = Self.group(of: token, in: state.found, from: &state.nextFound)
                guard !ignoring.contains(token) else { continue }
                if let difference = compare(expected, found, token, &state) { differences.append(difference) }
            }
            return differences
        }
    }

    private static func nextToken(_ state: State) -> Bytes32? {
        let expected = state.nextExpected < state.expected.count ? state.expected[state.nextExpected].token : nil
        let found = state.nextFound < state.found.count ? state.found[state.nextFound].token : nil
        guard let expected else { return found }
        guard let found else { return expected }
        return min(expected, found)
    }

    private static func group(of token: Bytes32, in rows: [ListRow], from next: inout Int) -> ArraySlice<ListRow> {
        let start = next
        while next < rows.count, rows[next].token == token { next += 1 }
        return rows[start..<next]
    }

    private func compare(
        _ yielded: ArraySlice<ListRow>, _ found: ArraySlice<ListRow>, _ token: Bytes32, _ state: inout State
    ) -> ListDifference? {
        // What the ledger yields after all goes before what was kept without it.
        let own = yielded.filter { $0.position != ListRow.stray }
        let known = own.isEmpty ? Array(yielded) : own
        let expected = known.filter { $0.state != .ended }
        let wholeIsInForce = found.contains { $0.scope == ScopeNames.whole && $0.state == .inForce }
        let telling = found.filter { row in
            row.scope == ScopeNames.whole ? row.state == .inForce : (row.state == .inForce) != wholeIsInForce
        }
        for row in expected { state.ours.add(row, scopes) }
        for row in telling { state.theirs.add(row, scopes) }
        let agrees =
            expected.count == telling.count
            && zip(expected, telling).allSatisfy { left, right in
                left.scope == right.scope && left.state == right.state && left.pseudonym == right.pseudonym
            }
        guard !agrees else { return nil }
        let kind: ListDifference.Kind = known.isEmpty ? .surplus : found.isEmpty ? .missing : .stale
        return ListDifference(
            kind: kind, token: token.bytes, expected: expected.map { $0.difference(scopes) },
            found: found.map { $0.difference(scopes) }, telling: telling.map { $0.difference(scopes) })
    }
}

extension ListRow {
    fileprivate func difference(_ scopes: ScopeNames) -> ListDifference.Row {
        ListDifference.Row(
            scope: scopes.name(of: scope), pseudonym: pseudonym.bytes, isInForce: state == .inForce,
            position: max(0, position))
    }
}

extension ListDigest {
    fileprivate mutating func add(_ row: ListRow, _ scopes: ScopeNames) {
        add(
            token: row.token, pseudonym: row.pseudonym, isInForce: row.state == .inForce,
            scope: scopes.name(of: row.scope))
    }
}
