import SQLDatabase

/// A batch as an SQL target writes it: made before its turn, so that the target does not wait for it.
struct SQLArrangement: Sendable {
    /// The registrations whose row nothing else in the batch touches, where there are enough of them to be worth being taken
    /// together: the order among them does not matter.
    private(set) var together = BulkRows(columns: ["pseudonym", "token", "scope", "position"])
    /// The rest, in order.
    private(set) var oneByOne: [TargetBatch.Change] = []

    /// So few are not worth it.
    private static let fewest = 50

    init(_ changes: [TargetBatch.Change]) {
        guard changes.count >= Self.fewest else {
            oneByOne = changes
            return
        }
        let mentions = changes.reduce(into: [[UInt8]: Int](minimumCapacity: changes.count)) { counts, change in
            counts[change.token, default: 0] += 1
        }
        for change in changes {
            guard case .register(let pseudonym, let token, let scope, isAgain: false, let position) = change,
                mentions[token] == 1
            else {
                oneByOne.append(change)
                continue
            }
            together.beginRow()
            together.append(pseudonym)
            together.append(token)
            together.append(scope)
            together.append(position)
        }
    }
}
