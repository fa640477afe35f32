import CivilTime
import Synchronization

/// Keeps in memory what is costly to make, for 256 uses or 60 seconds, whichever ends first; a clock that went back ends it too.
final class Renewing<Value: Sendable>: Sendable {
    private struct Running {
        let value: Value
        let startedAt: Instant
        var uses: Int
    }

    private let running = Mutex<Running?>(nil)

    /// The value for one more use at `now`, and whether it was made for this one.
    func current(
        at now: Instant, _ make: () throws(SealError) -> Value
    ) throws(SealError) -> (value: Value, isNew: Bool) {
        try running.withLock { running throws(SealError) in
            if let kept = running, kept.uses < Self.useLimit, now >= kept.startedAt,
                now.seconds(since: kept.startedAt) < Self.secondsLimit
            {
                running?.uses += 1
                return (kept.value, false)
            }
            let value = try make()
            running = Running(value: value, startedAt: now, uses: 1)
            return (value, true)
        }
    }

    private static var useLimit: Int { 256 }
    private static var secondsLimit: Int { 60 }
}
