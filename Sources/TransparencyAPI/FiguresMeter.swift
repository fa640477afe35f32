import CivilTime
public import Logging
import PublicRegistry
import RightsRegistry
import SQLDatabase

/// Counts what the register and the requests come to, beside what is asked for: a loop of each process keeps both fresh, and
/// whoever comes before it has counted waits for the same counting.
public actor FiguresMeter {
    /// The register's figures follow its changes, but not each of a thousand edits at once.
    private static let shortest = 60
    /// What is counted of requests changes at the beginning of a month, and when something late is entered.
    private static let longest = 3600

    private let database: SQLDatabase
    private let policy: RightsPolicy
    private let watch: RegisterWatch
    private let now: TimeSource
    private var register = Kept<RegisterFigures>()
    private var requests = Kept<RequestFigures>()

    /// What was counted last, and what is being counted.
    private struct Kept<Value: Sendable> {
        var last: (at: Instant, generation: Int64, value: Value)?
        var running: Task<Value, any Error>?
    }

    init(database: SQLDatabase, policy: RightsPolicy, register: RegisterWatch, now: @escaping TimeSource) {
        (self.database, self.policy, watch, self.now) = (database, policy, register, now)
    }

    func registerFigures() async throws -> RegisterFigures {
        let (moment, generation) = (now(), watch.generation)
        if let last = register.last {
            let age = abs(moment.seconds(since: last.at))
            if age < Self.shortest || (last.generation == generation && age < Self.longest) { return last.value }
        }
        if let running = register.running { return try await running.value }
        let holidays = policy.holidays
        let task = Task { [database] in
            try await RegisterFigures.read(from: database) { holidays.closure(on: $0) == nil }
        }
        register.running = task
        defer { register.running = nil }
        let value = try await task.value
        register.last = (moment, generation, value)
        return value
    }

    func requestFigures() async throws -> RequestFigures {
        let moment = now()
        if let last = requests.last, abs(moment.seconds(since: last.at)) < Self.longest,
            last.generation == month(of: moment)
        {
            return last.value
        }
        if let running = requests.running { return try await running.value }
        let task = Task { [database, policy] in try await RequestFigures.read(from: database, at: moment, policy) }
        requests.running = task
        defer { requests.running = nil }
        let value = try await task.value
        requests.last = (moment, month(of: moment), value)
        return value
    }

    /// Numbers the months, so that a new one is told of from its first minute.
    private func month(of moment: Instant) -> Int64 {
        let today = moment.date(in: policy.zone)
        return Int64(today.year * 12 + today.month)
    }

    /// Counts whenever it is time to, until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(Self.shortest), failing: "the figures could not be counted", logger: logger) {
            _ = try await registerFigures()
            _ = try await requestFigures()
        }
    }
}
