import RightsRegistry

/// How long a database that could not be served is left alone.
enum RetryPause {
    /// Seconds after so many failures in a row, at most: first growing to 15. Then the circuit is open, and one try every 15
    /// seconds becomes one every five minutes: who is down for a day is not asked a thousand times an hour.
    static func seconds(after failures: Int) -> Double {
        let beyond = failures - LinkedDatabase.seldomAfter
        guard beyond >= 0 else { return min(15, 0.5 * Double(1 << max(0, failures))) }
        return min(300, 15 * Double(1 << min(beyond, 5)))
    }
}
