/// Within how many hours each linked database is to confirm what enters the ledger: published, not promised by the law.
public struct PublishedTargets: Sendable, Hashable {
    /// Where a program applies what is sent.
    public let hours: Int
    /// Where a person does (`manual:`).
    public let manualHours: Int
    /// By the id of a database, where it differs.
    public let byDatabase: [String: Int]

    public init(hours: Int = 24, manualHours: Int = 720, byDatabase: [String: Int] = [:]) {
        self.hours = hours
        self.manualHours = manualHours
        self.byDatabase = byDatabase
    }

    /// The target of one linked database.
    public func hours(of linked: LinkedDatabase) -> Int { hours(of: linked.id, isByHand: linked.isByHand) }

    public func hours(of id: String, isByHand: Bool) -> Int {
        byDatabase[id] ?? (isByHand ? manualHours : hours)
    }
}

extension LinkedDatabase {
    /// Whether a person applies what is sent, who signs in.
    public var isByHand: Bool { connector == "manual:" }

    /// Whether batches wait until they are acknowledged, and are not applied while we look.
    var isMailbox: Bool { LinkedDatabaseStore.placeless.contains(connector) || connector.hasPrefix("dir:") }
}
