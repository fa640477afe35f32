import CivilTime
import Logging
import SQLDatabase
import Synchronization
import TestSupport
import Testing

@Suite struct LeaseTests {
    private struct Failure: Error {}

    private let now: TimeSource = { Instant(milliseconds: 1_800_000_000_000) }

    @Test(arguments: EngineUnderTest.allCases)
    func oneAtATimeDoesWhatALeaseIsFor(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Lease.migration]) { database in
            let within = try await database.underLease("work", for: "one", seconds: 60, now: now) { _ in
                let other = try await database.underLease("work", for: "two", seconds: 60, now: now) { _ in true }
                let elsewhere = try await database.underLease("else", for: "two", seconds: 60, now: now) { _ in true }
                return (other, elsewhere)
            }
            #expect(within?.0 == nil && within?.1 == true)
            let after = try await database.underLease("work", for: "two", seconds: 60, now: now) { _ in true }
            #expect(after == true)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatFailsHoldsUpNobody(engine: EngineUnderTest) async throws {
        try await withDatabase(engine, migrations: [Lease.migration]) { database in
            await #expect(throws: Failure.self) {
                _ = try await database.underLease("work", for: "one", seconds: 60, now: now) { _ in throw Failure() }
            }
            let taken = try await database.underLease("work", for: "two", seconds: 60, now: now) { _ in true }
            #expect(taken == true)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whoeverTookOverKeepsWhatTheyHave(engine: EngineUnderTest) async throws {
        let later: TimeSource = { Instant(milliseconds: 1_800_000_061_000) }
        try await withDatabase(engine, migrations: [Lease.migration]) { database in
            let taken = try await database.underLease("work", for: "one", seconds: 60, now: now) { lease in
                let taken = try await database.write {
                    try Lease.take("work", for: "two", seconds: 60, at: later(), on: $0)
                }
                let isOurs = try await database.write { try lease.prolong(seconds: 60, at: later(), on: $0) }
                #expect(!isOurs)
                return taken
            }
            #expect(taken != nil)
            let after = try await database.underLease("work", for: "three", seconds: 60, now: later) { _ in true }
            #expect(after == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatFailsIsTriedAgainUntilItIsToEnd() async throws {
        let attempts = Mutex(0)
        let done = AsyncStream<Void>.makeStream()
        let task = Task {
            await recurring(every: .milliseconds(1), failing: "it failed", logger: Logger(label: "test")) {
                let attempt = attempts.withLock { count in
                    count += 1
                    return count
                }
                guard attempt > 1 else { throw Failure() }
                if attempt == 3 { done.continuation.yield() }
            }
        }
        for await _ in done.stream { break }
        task.cancel()
        await task.value
        #expect(attempts.withLock { $0 } >= 3)
    }
}
