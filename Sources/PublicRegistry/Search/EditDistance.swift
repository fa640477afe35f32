/// How many letters must be changed, added, left out or exchanged with their neighbour to make one word of another.
enum EditDistance {
    /// Nil where it is more than `most`.
    static func between(_ left: String, _ right: String, atMost most: Int) -> Int? {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard abs(left.count - right.count) <= most, !left.isEmpty, !right.isEmpty else { return nil }
        var (before, last, current) = ([Int](), Array(0...right.count), Array(0...right.count))
        for i in 1...left.count {
            current[0] = i
            var least = i
            for j in 1...right.count {
                var cost = min(last[j] + 1, current[j - 1] + 1, last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    cost = min(cost, before[j - 2] + 1)
                }
                current[j] = cost
                least = min(least, cost)
            }
            guard least <= most else { return nil }
            (before, last, current) = (last, current, before.isEmpty ? Array(0...right.count) : before)
        }
        return last[right.count] <= most ? last[right.count] : nil
    }
}
