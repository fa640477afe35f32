import Glibc

/// The pseudonyms that a cohort must not keep: 32 bytes each, sorted, in one block of memory.
///
/// They are spread evenly, since each is an HMAC. So their first bits say nearly where each one is: a table has, for the
/// first bits, where those begin, and a bit map that stays in the processor's cache turns most of the others away. Where
/// they were not spread evenly it would be slow, and still right.
///
/// `@unchecked` is safe: its memory is its own and does not change once `finish` was called, but for `met` and `removed`,
/// which one thread alone uses.
final class OptOutSet: @unchecked Sendable {
    /// How many are looked for at once, at most.
    static let batch = 128
    private static let length = 32

    private let keys: UnsafeMutableRawPointer
    private let capacity: Int
    private(set) var count = 0
    private var starts: UnsafeMutablePointer<UInt32>
    private var startBits = 0
    private var map: UnsafeMutablePointer<UInt64>
    private var mapBits = 0
    private var met: UnsafeMutablePointer<UInt64>
    /// How many of them were met so far.
    private(set) var removed = 0

    init(capacity: Int) {
        self.capacity = capacity
        keys = .allocate(byteCount: max(1, capacity) * Self.length, alignment: 64)
        starts = .allocate(capacity: 1)
        map = .allocate(capacity: 1)
        met = .allocate(capacity: 1)
    }

    deinit {
        keys.deallocate()
        starts.deallocate()
        map.deallocate()
        met.deallocate()
    }

    /// Adds one after all others: they come sorted, each once.
    func append(_ pseudonym: UnsafeRawBufferPointer) {
        precondition(count < capacity && count < Int(UInt32.max), "no more than were announced")
        memcpy(keys + count * Self.length, pseudonym.baseAddress!, Self.length)
        count += 1
    }

    /// Makes the tables; nothing is added afterwards.
    func finish() {
        let bits = max(4, Int.bitWidth - max(1, count - 1).leadingZeroBitCount)
        (startBits, mapBits) = (min(bits - 1, 30), min(bits + 4, 36))
        starts.deallocate()
        starts = .allocate(capacity: 1 << startBits + 1)
        map.deallocate()
        let words = max(1, 1 << mapBits / 64)
        map = .allocate(capacity: words)
        map.initialize(repeating: 0, count: words)
        met.deallocate()
        met = .allocate(capacity: count / 64 + 1)
        met.initialize(repeating: 0, count: count / 64 + 1)
        var bucket = 0
        for place in 0..<count {
            let first = first(of: keys + place * Self.length)
            let bit = Int(first >> UInt64(64 - mapBits))
            map[bit >> 6] |= 1 << UInt64(bit & 63)
            while bucket <= Int(first >> UInt64(64 - startBits)) {
                starts[bucket] = UInt32(place)
                bucket += 1
            }
        }
        while bucket <= 1 << startBits {
            starts[bucket] = UInt32(count)
            bucket += 1
        }
    }

    @inline(__always)
    private func first(of pseudonym: UnsafeRawPointer) -> UInt64 {
        UInt64(bigEndian: pseudonym.loadUnaligned(as: UInt64.self))
    }

    /// Tells for each of `count` pseudonyms, 32 bytes each, whether it is among them; all 32 are compared. Counts those
    /// that are met.
    ///
    /// Each step goes through all of them before the next one, so that the processor waits for many places in memory at
    /// once, and not for one after the other.
    func look(for pseudonyms: UnsafeRawPointer, count: Int, found: UnsafeMutablePointer<Bool>) {
        precondition(count <= Self.batch, "no more than a batch")
        withUnsafeTemporaryAllocation(of: Candidate.self, capacity: Self.batch) { candidates in
            var candidateCount = 0
            for place in 0..<count {
                let first = first(of: pseudonyms + place &* Self.length)
                let bit = Int(truncatingIfNeeded: first &>> UInt64(truncatingIfNeeded: 64 &- mapBits))
                candidates[candidateCount] = Candidate(place: place, first: first)
                candidateCount &+= Int(truncatingIfNeeded: map[bit &>> 6] &>> UInt64(truncatingIfNeeded: bit & 63) & 1)
                found[place] = false
            }
            for index in 0..<candidateCount {
                let bucket = Int(
                    truncatingIfNeeded: candidates[index].first &>> UInt64(truncatingIfNeeded: 64 &- startBits))
                candidates[index].low = starts[bucket]
                candidates[index].high = starts[bucket &+ 1]
            }
            for index in 0..<candidateCount where candidates[index].low < candidates[index].high {
                candidates[index].middleFirst = first(of: keys + candidates[index].middle &* Self.length)
            }
            for index in 0..<candidateCount {
                let place = candidates[index].place
                found[place] = find(pseudonyms + place &* Self.length, candidates[index])
            }
        }
    }

    /// Whether one pseudonym is among them.
    func contains(_ pseudonym: UnsafeRawPointer) -> Bool {
        var isFound = false
        look(for: pseudonym, count: 1, found: &isFound)
        return isFound
    }

    /// A pseudonym that the bit map did not turn away, and where it would be.
    private struct Candidate {
        let place: Int
        let first: UInt64
        var low: UInt32 = 0
        var high: UInt32 = 0
        /// The beginning of the key in the middle, with which the search begins.
        var middleFirst: UInt64 = 0

        var middle: Int { (Int(low) &+ Int(high)) / 2 }
    }

    private func find(_ pseudonym: UnsafeRawPointer, _ candidate: Candidate) -> Bool {
        let first = candidate.first
        var (low, high, middleFirst) = (Int(candidate.low), Int(candidate.high), candidate.middleFirst)
        while low < high {
            let middle = (low + high) / 2
            let key = keys + middle * Self.length
            // Nearly always the first word decides.
            let comparison =
                middleFirst == first ? memcmp(key, pseudonym, Self.length) : middleFirst < first ? -1 : 1
            if comparison == 0 {
                meet(middle)
                return true
            }
            if comparison < 0 { low = middle + 1 } else { high = middle }
            if low < high { middleFirst = self.first(of: keys + (low + high) / 2 * Self.length) }
        }
        return false
    }

    private func meet(_ place: Int) {
        let bit: UInt64 = 1 << UInt64(place & 63)
        if met[place >> 6] & bit == 0 {
            met[place >> 6] |= bit
            removed += 1
        }
    }
}
