import ServiceLifecycle
import Synchronization

/// Those who wait for a feed's next batch. Few at once, each looking twice a second: a batch reaches its custodian within
/// half a second, and the database hardly notices.
public final class FeedWaiting: Sendable {
    private struct Places {
        var last = 0
        var byDatabase: [String: [Int]] = [:]
        var count: Int { byDatabase.values.reduce(0) { $0 + $1.count } }
    }

    private static let pause = Duration.milliseconds(500)

    private let most: Int
    private let mostOfOne: Int
    private let places = Mutex(Places())

    /// - Parameters:
    ///   - most: who wait at once.
    ///   - mostOfOne: who wait at once for one database; one more ends the wait of the first, who may have left unseen.
    public init(most: Int = 256, mostOfOne: Int = 4) {
        self.most = most
        self.mostOfOne = mostOfOne
    }

    /// Looks until there is something, for at most `duration`; nil where there was nothing, all places are taken, or the
    /// server is being stopped.
    public func wait<Found: Sendable>(
        for database: String, _ duration: Duration, until look: () async throws -> Found?
    ) async throws -> Found? {
        guard let place = take(for: database) else { return nil }
        defer { leave(place, of: database) }
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end, holds(place, of: database), !Task.isShuttingDownGracefully {
            try await Task.sleep(for: min(Self.pause, end - ContinuousClock.now))
            if let found = try await look() { return found }
        }
        return nil
    }

    private func take(for database: String) -> Int? {
        places.withLock { places in
            let own = places.byDatabase[database, default: []]
            if own.count >= mostOfOne {
                places.byDatabase[database, default: []].removeFirst()
            } else if places.count >= most {
                return nil
            }
            places.last += 1
            places.byDatabase[database, default: []].append(places.last)
            return places.last
        }
    }

    private func holds(_ place: Int, of database: String) -> Bool {
        places.withLock { $0.byDatabase[database]?.contains(place) ?? false }
    }

    private func leave(_ place: Int, of database: String) {
        places.withLock { places in
            places.byDatabase[database]?.removeAll { $0 == place }
            if places.byDatabase[database]?.isEmpty == true { places.byDatabase[database] = nil }
        }
    }
}
