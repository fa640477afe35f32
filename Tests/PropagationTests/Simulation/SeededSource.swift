import CivilTime
import Synchronization
import Vault

/// Chance that can be had again: everything that a simulation leaves to chance comes from one number.
struct SeededSource: Sendable {
    private var state: UInt64

    /// - Parameter stream: another one for the same seed.
    init(seed: UInt64, stream: UInt64 = 0) { state = Self.mix(Self.mix(seed) &+ stream) }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x2545_F491_4F6C_DD1D
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound - 1`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func chance(inThousand share: Int) -> Bool { below(1000) < share }

    mutating func pick<T>(_ items: [T]) -> T? { items.isEmpty ? nil : items[below(items.count)] }

    /// Some of `items`, at least one where there is one, in their order.
    mutating func some<T>(of items: [T]) -> [T] {
        guard let sure = items.isEmpty ? nil : below(items.count) else { return [] }
        var chosen: [T] = []
        for (index, item) in items.enumerated() where index == sure || chance(inThousand: 300) { chosen.append(item) }
        return chosen
    }

    mutating func shuffled<T>(_ items: [T]) -> [T] {
        var items = items
        for index in items.indices.reversed() where index > 0 { items.swapAt(index, below(index + 1)) }
        return items
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// The same as what code under test takes for randomness.
    static func random(seed: UInt64, stream: UInt64) -> RandomSource {
        let source = Shared(SeededSource(seed: seed, stream: stream))
        return { count in source.value.withLock { $0.bytes(count) } }
    }

    private final class Shared: Sendable {
        let value: Mutex<SeededSource>
        init(_ source: SeededSource) { value = Mutex(source) }
    }
}

/// The clock of one process: it goes on when it is told to, and may be wrong.
final class SimulatedClock: Sendable {
    private let moment = Mutex(Instant("2026-03-05T09:00:00Z")!)

    var now: TimeSource { { self.moment.withLock { $0 } } }

    func advance(seconds: Int) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
}
