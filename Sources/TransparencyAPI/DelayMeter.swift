import CivilTime
import RightsRegistry
import SQLDatabase

/// Measures the published delays now and then, whoever asks: they change slowly, and cost a thousand lookups.
actor DelayMeter {
    private static let renewedAfter = 600

    private let database: SQLDatabase
    private let now: TimeSource
    private var kept: (at: Instant, delays: MeasuredDelays)?
    private var running: Task<MeasuredDelays, any Error>?

    init(database: SQLDatabase, now: @escaping TimeSource) {
        self.database = database
        self.now = now
    }

    func delays() async throws -> MeasuredDelays {
        let moment = now()
        if let kept, abs(moment.seconds(since: kept.at)) < Self.renewedAfter { return kept.delays }
        if let running { return try await running.value }
        let task = Task { [database] in
            try await database.read { try PropagationDelays.measure(at: moment, on: $0) }
        }
        running = task
        defer { running = nil }
        let delays = try await task.value
        kept = (moment, delays)
        return delays
    }
}
