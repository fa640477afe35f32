import RightsRegistry

extension ListRepair {
    /// What became of the list of a database that leaves.
    public enum Withdrawal: Sendable, Hashable {
        /// So many rows were ended.
        case ended(Int)
        /// The list is out of our reach: its custodian must be told.
        case byCustodian
        /// The target was not reached, or would not take it.
        case failed(String)
    }

    /// Ends every row of the database's list.
    public func withdrawList() async throws -> Withdrawal {
        let linked = try await linked()
        guard let address = Self.readable(linked) else { return .byCustodian }
        do {
            return try await leased { _ in
                try await with(address) { target in .ended(try await target.withdrawAll(list: keys.listName)) }
            }
        } catch let refusal as RepairRefusal {
            throw refusal
        } catch {
            guard !Task.isCancelled else { throw error }
            return .failed("\(error)")
        }
    }
}
