import SQLDatabase

/// What came of a rotation: of everything live moved into a new epoch of keys.
public struct RotationOutcome: Sendable {
    /// The epoch that counts.
    public let epoch: Int
    /// Whether it had been begun before.
    public let isResumed: Bool
    /// How many wraps were renewed, or boxes sealed anew.
    public let renewed: Int
    /// What can't be opened, and so can't be moved, as people know it, at most a hundred: the older key stays for it.
    public let unreadable: [String]
    /// The epochs whose private keys are destroyed.
    public let ended: [Int]
}

/// The tables in which something is under an epoch's keys. Whatever else is put under them is to be named there: its key would be
/// destroyed under it.
protocol EpochTable: CaseIterable, Sendable {
    associatedtype Row: EpochRow

    /// How many rows are under older epochs that have not ended.
    func count(before epoch: Int, on connection: any SQLConnection) throws -> Int

    /// Some of these, in their order.
    func rows(before epoch: Int, after key: String, on connection: any SQLConnection) throws -> [Row]
}

protocol EpochRow: Sendable {
    /// Orders the rows of its table.
    var key: String { get }
    /// For people.
    var name: String { get }
}

/// Moves everything of some tables out of older epochs, in bounded transactions.
struct Renewal<Table: EpochTable>: Sendable {
    /// Rows that others change meanwhile are gone through again.
    private static var mostPasses: Int { 10 }

    let database: SQLDatabase
    let epoch: Int

    /// Goes through the rows until none is left but those that can't be opened; returns how many were moved, and the names of those.
    ///
    /// - Parameter renew: moves some rows of one table; returns how many, and the names of those that can't be opened.
    func run(
        progress: @Sendable (_ done: Int, _ total: Int) -> Void,
        _ renew: ([Table.Row], Table) async throws -> (done: Int, failed: [String])
    ) async throws -> (renewed: Int, unreadable: [String]) {
        let total = try await left()
        var (renewed, unreadable): (Int, Set<String>) = (0, [])
        progress(0, total)
        for _ in 0..<Self.mostPasses {
            unreadable = []
            for table in Table.allCases {
                var last = ""
                while true {
                    try Task.checkCancellation()
                    let after = last
                    let rows = try await database.read { try table.rows(before: epoch, after: after, on: $0) }
                    guard let end = rows.last else { break }
                    last = end.key
                    let (done, failed) = try await renew(rows, table)
                    renewed += done
                    unreadable.formUnion(failed)
                    progress(min(renewed, total), total)
                }
            }
            if try await left() <= unreadable.count { break }
        }
        return (renewed, Array(unreadable.sorted().prefix(100)))
    }

    private func left() async throws -> Int {
        try await database.read { connection in
            try Table.allCases.reduce(0) { $0 + (try $1.count(before: epoch, on: connection)) }
        }
    }
}
