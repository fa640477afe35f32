/// A piece of a text that is in both versions, or in one alone.
public struct DifferencePiece: Sendable, Hashable {
    public enum Place: String, Sendable {
        case both, before, after
    }

    public let place: Place
    public let text: String
}

/// What to do to one sequence to have the other.
enum SequenceDifference {
    enum Step: Equatable {
        /// The next of both.
        case keep
        /// The next of the old one goes.
        case delete
        /// The next of the new one comes.
        case insert
    }

    /// More changes than this are not looked for: the cost of Myers' algorithm grows with their number.
    static let mostChanges = 600

    /// The shortest way from `old` to `new` (Myers 1986), after what they have in common at both ends. Beyond
    /// `mostChanges` all between these ends is replaced, so that no text costs more than
    /// `mostChanges` × its length.
    static func steps<Element: Hashable>(from old: [Element], to new: [Element]) -> [Step] {
        var numbers: [Element: Int32] = [:]
        func number(_ element: Element) -> Int32 {
            if let known = numbers[element] { return known }
            let next = Int32(numbers.count)
            numbers[element] = next
            return next
        }
        let (a, b) = (old.map(number), new.map(number))
        var head = 0
        while head < a.count && head < b.count && a[head] == b[head] { head += 1 }
        var tail = 0
        while tail < a.count - head && tail < b.count - head && a[a.count - 1 - tail] == b[b.count - 1 - tail] {
            tail += 1
        }
        let middle = middleSteps(Array(a[head..<a.count - tail]), Array(b[head..<b.count - tail]))
        return Array(repeating: .keep, count: head) + middle + Array(repeating: .keep, count: tail)
    }

    private static func middleSteps(_ a: [Int32], _ b: [Int32]) -> [Step] {
        let (n, m) = (a.count, b.count)
        let replaced = Array(repeating: Step.delete, count: n) + Array(repeating: Step.insert, count: m)
        guard n > 0 && m > 0 else { return replaced }
        let most = min(n + m, mostChanges)
        // The furthest place on each diagonal, and what it was before each number of changes.
        var furthest = [Int](repeating: 0, count: 2 * most + 3)
        let middle = most + 1
        var trace: [[Int]] = []
        for changes in 0...most {
            trace.append(Array(furthest[(middle - changes - 1)...(middle + changes + 1)]))
            for diagonal in stride(from: -changes, through: changes, by: 2) {
                let isDown =
                    diagonal == -changes
                    || (diagonal != changes && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1])
                var x = isDown ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1
                var y = x - diagonal
                while x < n && y < m && a[x] == b[y] { (x, y) = (x + 1, y + 1) }
                furthest[middle + diagonal] = x
                if x >= n && y >= m { return steps(back: trace, n, m) }
            }
        }
        return replaced
    }

    private static func steps(back trace: [[Int]], _ n: Int, _ m: Int) -> [Step] {
        var steps: [Step] = []
        var (x, y) = (n, m)
        for changes in stride(from: trace.count - 1, through: 1, by: -1) {
            let furthest = trace[changes]
            func at(_ diagonal: Int) -> Int { furthest[diagonal + changes + 1] }
            let diagonal = x - y
            let isDown = diagonal == -changes || (diagonal != changes && at(diagonal - 1) < at(diagonal + 1))
            let fromX = isDown ? at(diagonal + 1) : at(diagonal - 1)
            let fromY = fromX - (isDown ? diagonal + 1 : diagonal - 1)
            while x > fromX && y > fromY && x > 0 && y > 0 {
                steps.append(.keep)
                (x, y) = (x - 1, y - 1)
            }
            steps.append(isDown ? .insert : .delete)
            (x, y) = (fromX, fromY)
        }
        while x > 0 {
            steps.append(.keep)
            x -= 1
        }
        return steps.reversed()
    }
}

/// Two texts word by word.
enum TextDifference {
    /// What both have, then what one alone has until both have something again.
    private struct Run {
        var both = ""
        /// Whether `both` is more than a lone mark.
        var hasWords = false
        var tokens = 0
        var before = ""
        var after = ""

        var isChange: Bool { !before.isEmpty || !after.isEmpty }
    }

    /// The pieces in their order, what goes before what comes.
    /// - Parameter isRaw: whether typography counts.
    static func pieces(from old: String, to new: String, isRaw: Bool) -> [DifferencePiece] {
        let (before, after) = (TextToken.all(of: old, isRaw: isRaw), TextToken.all(of: new, isRaw: isRaw))
        var runs = [Run()]
        var (i, j) = (0, 0)
        for step in SequenceDifference.steps(from: before.map(\.key), to: after.map(\.key)) {
            if step == .keep && runs[runs.count - 1].isChange { runs.append(Run()) }
            let last = runs.count - 1
            switch step {
            case .keep:
                runs[last].both += after[j].text
                runs[last].tokens += 1
                if after[j].isWord { runs[last].hasWords = true }
                (i, j) = (i + 1, j + 1)
            case .delete:
                runs[last].before += before[i].text
                i += 1
            case .insert:
                runs[last].after += after[j].text
                j += 1
            }
        }
        return pieces(of: runs)
    }

    private static func pieces(of runs: [Run]) -> [DifferencePiece] {
        var joined: [Run] = []
        for run in runs {
            // A lone mark between two changes is read more easily as a part of them.
            if !run.hasWords, run.tokens == 1, run.isChange, let last = joined.last, last.isChange {
                joined[joined.count - 1].before += run.both + run.before
                joined[joined.count - 1].after += run.both + run.after
            } else {
                joined.append(run)
            }
        }
        var pieces: [DifferencePiece] = []
        for run in joined {
            if !run.both.isEmpty { pieces.append(DifferencePiece(place: .both, text: run.both)) }
            if !run.before.isEmpty { pieces.append(DifferencePiece(place: .before, text: run.before)) }
            if !run.after.isEmpty { pieces.append(DifferencePiece(place: .after, text: run.after)) }
        }
        return pieces
    }
}
