/// Where a quarter, a half and three quarters of some measures lie.
public struct Quartiles: Sendable, Hashable {
    /// How many were measured.
    public let count: Int
    /// One in four is no greater than this; and so on. By the nearest rank: each is one of the measures.
    public let first: Int
    public let median: Int
    public let third: Int

    /// Nil where there is nothing.
    public init?(_ measures: [Int]) {
        guard !measures.isEmpty else { return nil }
        let ordered = measures.sorted()
        func rank(_ quarter: Int) -> Int { ordered[(ordered.count * quarter + 3) / 4 - 1] }
        (count, first, median, third) = (ordered.count, rank(1), rank(2), rank(3))
    }
}
