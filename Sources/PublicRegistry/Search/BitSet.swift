/// Which of some documents: a bit each.
struct BitSet: Sendable, Equatable {
    private(set) var words: [UInt64]

    /// None of `count` documents, or all of them.
    init(count: Int, all: Bool = false) {
        words = Array(repeating: all ? ~0 : 0, count: (count + 63) / 64)
        if all, count % 64 != 0 { words[words.count - 1] = 1 << UInt64(count % 64) - 1 }
    }

    subscript(_ index: Int) -> Bool { words[index >> 6] >> UInt64(index & 63) & 1 == 1 }

    mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }

    mutating func insert(_ indices: ArraySlice<UInt32>) {
        words.withUnsafeMutableBufferPointer { words in
            for index in indices { words[Int(index >> 6)] |= 1 << UInt64(index & 63) }
        }
    }

    mutating func remove(_ index: Int) { words[index >> 6] &= ~(1 << UInt64(index & 63)) }

    mutating func formIntersection(_ other: BitSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Calls `body` with each index that is in the set, ascending, until it returns false.
    func visitUntil(_ body: (Int) -> Bool) {
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                guard body(place << 6 + rest.trailingZeroBitCount) else { return }
                rest &= rest - 1
            }
        }
    }

    func visit(_ body: (Int) -> Void) {
        visitUntil {
            body($0)
            return true
        }
    }
}
