import CivilTime
import Testing

@testable import RightsRegistry

/// Whoever has everything that is published, knows how it is made, and tries to find a small cell.
///
/// Each cell lies between two numbers, and so does each sum of cells; what follows from that is drawn, again and again, until
/// nothing more does. Subtraction from totals is its simplest case.
private struct Attacker {
    private var bounds: [ClosedRange<Int>]
    private var sums: [(cells: [Int], is: ClosedRange<Int>)] = []

    init(_ bounds: [ClosedRange<Int>]) { self.bounds = bounds }

    mutating func learn(_ cells: [Int], _ sum: ClosedRange<Int>) { sums.append((cells, sum)) }

    mutating func conclude() -> [ClosedRange<Int>] {
        var isNew = true
        while isNew {
            isNew = false
            for (cells, sum) in sums {
                for cell in cells {
                    let others = cells.filter { $0 != cell }
                    let least = max(
                        bounds[cell].lowerBound, sum.lowerBound - others.reduce(0) { $0 + bounds[$1].upperBound })
                    let most = min(
                        bounds[cell].upperBound, sum.upperBound - others.reduce(0) { $0 + bounds[$1].lowerBound })
                    if least...most != bounds[cell] { (bounds[cell], isNew) = (least...most, true) }
                }
            }
        }
        return bounds
    }
}

/// A table of requests that nobody ever made, many of its cells small.
private struct Made {
    static let months = RequestFigures.months(before: CalendarDate("2026-03-05")!)
    static let cells = Right.allCases.flatMap { right in
        months.indices.flatMap { month in
            RequestFigures.Answer.allCases.map { RequestFigures.Cell(right: right, month: month, answer: $0) }
        }
    }

    var counts: [RequestFigures.Cell: Int]

    init(_ dice: inout some RandomNumberGenerator) {
        counts = Dictionary(
            uniqueKeysWithValues: Self.cells.map { cell in
                (
                    cell,
                    [0, Int.random(in: 0...10, using: &dice), Int.random(in: 0...60, using: &dice)].randomElement(
                        using: &dice)!
                )
            })
    }

    var published: RequestFigures { RequestFigures(months: Self.months, exactly: counts) }
}

/// Dice that fall the same each time, so that a failure can be looked into.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// All that is told of a table, number by number.
private func everything(_ figures: RequestFigures) -> [Int] {
    let rights = [nil] + Right.allCases.map(Optional.some)
    let months = [nil] + figures.months.indices.map(Optional.some)
    return rights.flatMap { right in
        months.flatMap { month -> [Int] in
            let counts = [nil] + RequestFigures.Answer.allCases.map(Optional.some)
            return counts.flatMap { answer -> [Int] in
                let count = figures.count(right, month: month, answer)
                return [count.atLeast, count.atMost]
            } + (figures.shareInTime(right, month: month).map { [$0.atLeast, $0.atMost] } ?? [-1])
        }
    }
}

private let seeds: [UInt64] = [1, 2, 3, 4, 5]

@Suite("Counts that tell of nobody")
struct ToldCountTests {
    @Test("Everything published is the same, number by number, whatever a small cell holds", arguments: seeds)
    func indistinguishable(seed: UInt64) {
        var dice = Dice(state: seed)
        let made = Made(&dice)
        let told = everything(made.published)
        let small = made.counts.filter { $0.value < ToldCount.step }.map(\.key).shuffled(using: &dice)
        #expect(small.count > 100)
        for cell in small.prefix(12) {
            for other in 0..<ToldCount.step {
                var otherwise = made
                otherwise.counts[cell] = other
                #expect(everything(otherwise.published) == told)
            }
        }
        // All of them at once, too: what is small is nowhere in it.
        var without = made
        for cell in small { without.counts[cell] = Int.random(in: 0..<ToldCount.step, using: &dice) }
        #expect(everything(without.published) == told)
    }

    @Test(
        "Nobody who subtracts, or bounds each number by the others, learns anything of a small cell", arguments: seeds)
    func attack(seed: UInt64) {
        var dice = Dice(state: seed)
        let made = Made(&dice)
        let figures = made.published
        let cells = Made.cells
        var attacker = Attacker(
            cells.map { cell in
                let count = figures.count(cell.right, month: cell.month, cell.answer)
                return count.atLeast...count.atMost
            })
        func learn(where isOne: (RequestFigures.Cell) -> Bool, _ count: ToldCount) {
            attacker.learn(cells.indices.filter { isOne(cells[$0]) }, count.atLeast...count.atMost)
        }
        for right in Right.allCases {
            learn(where: { $0.right == right }, figures.count(right))
            for month in figures.months.indices {
                learn(where: { $0.right == right && $0.month == month }, figures.count(right, month: month))
            }
            for answer in RequestFigures.Answer.allCases {
                learn(where: { $0.right == right && $0.answer == answer }, figures.count(right, answer))
            }
        }
        for month in figures.months.indices {
            learn(where: { $0.month == month }, figures.count(month: month))
            for answer in RequestFigures.Answer.allCases {
                learn(where: { $0.month == month && $0.answer == answer }, figures.count(month: month, answer))
            }
        }
        learn(where: { _ in true }, figures.count())
        for (cell, range) in zip(cells, attacker.conclude()) where made.counts[cell, default: 0] < ToldCount.step {
            #expect(range == 0...10, "\(cell)")
        }
    }

    @Test("The same attack finds small cells where exact totals are published beside hidden cells")
    func attackWorks() {
        var dice = Dice(state: 7)
        let made = Made(&dice)
        let cells = Made.cells
        // What is often done: cells under eleven are left out, totals are exact.
        var attacker = Attacker(
            cells.map { cell in
                let count = made.counts[cell, default: 0]
                return count < ToldCount.step ? 0...10 : count...count
            })
        for right in Right.allCases {
            for month in Made.months.indices {
                let own = cells.indices.filter { cells[$0].right == right && cells[$0].month == month }
                let total = own.reduce(0) { $0 + made.counts[cells[$1], default: 0] }
                attacker.learn(own, total...total)
            }
        }
        let found = zip(cells, attacker.conclude()).filter { cell, range in
            made.counts[cell, default: 0] < ToldCount.step && range.count == 1
        }
        #expect(found.count > 20)
        for (cell, range) in found { #expect(range.lowerBound == made.counts[cell]) }
    }

    @Test(
        "From one publication to the next a cell stays, or changes by eleven at least, and never tells by how much",
        arguments: seeds)
    func growth(seed: UInt64) {
        var dice = Dice(state: seed)
        var history = [Made(&dice)]
        for _ in 0..<30 {
            var next = history[history.count - 1]
            for cell in Made.cells.shuffled(using: &dice).prefix(60) {
                next.counts[cell, default: 0] += Int.random(in: 0...3, using: &dice)
            }
            history.append(next)
        }
        // Another history, in which each cell holds any other number of the same eleven, each time.
        let other = history.map { made -> Made in
            var otherwise = made
            for (cell, count) in made.counts {
                otherwise.counts[cell] = count / 11 * 11 + Int.random(in: 0...10, using: &dice)
            }
            return otherwise
        }
        for (one, two) in zip(history, other) { #expect(one.published == two.published) }
        for (before, after) in zip(history, history.dropFirst()) {
            for cell in Made.cells {
                let change =
                    after.published.count(cell.right, month: cell.month, cell.answer).atLeast
                    - before.published.count(cell.right, month: cell.month, cell.answer).atLeast
                #expect(change % ToldCount.step == 0)
            }
        }
    }

    @Test("Shares hold whatever the cells hold, and say nothing where nothing is told")
    func shares() throws {
        let cell = { RequestFigures.Cell(right: .access, month: 3, answer: $0) }
        let few = RequestFigures(months: Made.months, exactly: [cell(.inTime): 10, cell(.late): 10])
        #expect(few.shareInTime(.access) == nil && !few.count(.access).isTold)
        var dice = Dice(state: 3)
        for _ in 0..<500 {
            let (inTime, late) = (Int.random(in: 0...200, using: &dice), Int.random(in: 0...40, using: &dice))
            let figures = RequestFigures(months: Made.months, exactly: [cell(.inTime): inTime, cell(.late): late])
            guard let share = figures.shareInTime(.access, month: 3) else {
                #expect(inTime < 11 && late < 11)
                continue
            }
            let exact = Double(inTime * 100) / Double(inTime + late)
            #expect(Double(share.atLeast) <= exact && exact <= Double(share.atMost), "\(inTime) and \(late)")
        }
    }
}
