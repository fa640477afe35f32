/// How many people, as it may be told: between two numbers, the lower a multiple of ``step``.
///
/// Made of exact counts by ``GuardedCounts`` alone, it is all that anybody outside ever has of them.
public struct ToldCount: Sendable, Hashable {
    /// What is under this is not told (and see docs/decisions/0051-figures-tell-of-nobody.md).
    public static let step = 11

    /// There are this many, or more.
    public let atLeast: Int
    /// There are this many, or fewer.
    public let atMost: Int

    /// Whether there is anything to tell: otherwise there may be none, or a few.
    public var isTold: Bool { atLeast > 0 }

    fileprivate init(atLeast: Int, atMost: Int) { (self.atLeast, self.atMost) = (atLeast, atMost) }

    fileprivate init(told: Int) { self.init(atLeast: told, atMost: told + Self.step - 1) }

    public static func + (left: ToldCount, right: ToldCount) -> ToldCount {
        ToldCount(atLeast: left.atLeast + right.atLeast, atMost: left.atMost + right.atMost)
    }

    static let none = ToldCount(atLeast: 0, atMost: 0)

    /// An exact count of more than a table's cell, such as how many cases a median is of.
    public init(ofMany exact: Int) { self.init(told: exact / Self.step * Self.step) }
}

/// A share between two bounds, in hundredths, that follows from told counts alone.
public struct ToldShare: Sendable, Hashable {
    public let atLeast: Int
    public let atMost: Int

    /// The share of `part` in it and `rest`; nil where nothing is told of either.
    public init?(of part: ToldCount, beside rest: ToldCount) {
        guard part.isTold || rest.isTold else { return nil }
        let (least, most) = (part.atLeast + rest.atMost, part.atMost + rest.atLeast)
        // Rounded outwards: both bounds hold.
        atLeast = part.atLeast * 100 / least
        atMost = (part.atMost * 100 + most - 1) / most
    }
}

/// The smallest cells into which people are counted for publication. Each is rounded down to a multiple of eleven when it is put
/// in, and the exact numbers are forgotten: totals, shares and drawings can be made of what is told alone.
///
/// So no total is there to subtract from. Whatever is published is the same for every number that a cell may stand for: of a
/// cell under eleven, all of 0 to 10. Two publications are equal in a cell, or at least eleven apart in it.
public struct GuardedCounts<Cell: Hashable & Sendable>: Sendable, Hashable {
    private let told: [Cell: Int]

    /// - Parameter counts: cells that do not overlap; what is absent is none.
    public init(exactly counts: [Cell: Int]) {
        told = counts.compactMapValues { $0 < ToldCount.step ? nil : $0 / ToldCount.step * ToldCount.step }
    }

    public subscript(cell: Cell) -> ToldCount { ToldCount(told: told[cell] ?? 0) }

    /// Several cells together. The caller names them all, also those in which nothing is told: they widen what may be.
    public func total(of cells: some Sequence<Cell>) -> ToldCount { cells.reduce(.none) { $0 + self[$1] } }
}
